from datetime import date

import pytest

from matching.domain.records import RecordKind
from matching.intake.demonstration import fill_days, write_demonstration
from tests.intake.samples import TODAY, codes, read


def test_every_demonstration_row_is_accepted_but_one_that_nobody_could_read(tmp_path):
    waiting = []
    for kind, path in write_demonstration(tmp_path, TODAY):
        intake = read(path, path.name, RecordKind(kind))
        assert len(intake.accepted) >= 40
        waiting += [(path.name, *codes(row.problems)) for row in intake.waiting]

    assert waiting == [("profiles-wuhou.xlsx", "ambiguous_amount")]  # 6000元/月，打包5万: which of the two?


def test_the_same_day_gives_the_same_bytes(tmp_path):
    first = [path.read_bytes() for _, path in write_demonstration(tmp_path / "a", TODAY)]

    assert [path.read_bytes() for _, path in write_demonstration(tmp_path / "b", TODAY)] == first


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{D+45}", "2027-01-07"),
        ("{D+45 年月日}", "2027年1月7日"),
        ("{D+45 点}", "2027.1.7"),
        ("{D+45 斜}", "2027/1/7"),
        ("{D+45 月底}", "2027年1月底前"),
        ("等保二级（有效期至{D-60}）", "等保二级（有效期至2026-09-24）"),
    ],
)
def test_days_are_counted_from_the_day_of_the_demonstration(text, filled):
    assert fill_days(text, date(2026, 11, 23)) == filled
