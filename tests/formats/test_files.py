import os

import pytest

from matching.domain.demand import Demand
from matching.domain.errors import InputError
from matching.publishing.formats import FORMATS, write_records
from matching.publishing.formats.csv import defuse
from matching.publishing.formats.report import write_report
from matching.publishing.formats.template import write_template
from tests.intake.samples import DEMANDS, VOCABULARY, codes

RECORDS = [Demand(id="1", title="甲")]
WRITERS = {
    **{suffix: lambda path: write_records(DEMANDS, RECORDS, path) for suffix in FORMATS},
    "template.xlsx": lambda path: write_template(DEMANDS, path, VOCABULARY),
    "report.xlsx": lambda path: write_report(path, [], [], summary={"rows": 0}),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_is_missing_is_told(tmp_path, name):
    with pytest.raises(InputError) as refused:
        WRITERS[name](tmp_path / "none" / f"a{name}")

    assert codes(refused.value.problems) == ["cannot_write"]


@pytest.mark.parametrize("name", WRITERS)
def test_a_target_that_cannot_be_replaced_is_told_and_nothing_is_left_behind(tmp_path, name):
    target = tmp_path / f"a{name}"
    target.mkdir()

    with pytest.raises(InputError) as refused:
        WRITERS[name](target)

    assert codes(refused.value.problems) == ["cannot_write"]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_written_with_the_usual_rights(tmp_path, name):
    before = os.umask(0o027)
    try:
        WRITERS[name](tmp_path / f"a{name}")
    finally:
        os.umask(before)

    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in tmp_path.iterdir()] == [(f"a{name}", "0o640")]


def test_an_unknown_format_is_refused_with_those_that_are_known(tmp_path):
    with pytest.raises(InputError) as refused:
        write_records(DEMANDS, RECORDS, tmp_path / "a.pdf")

    assert [(p.code, p.facts["known"]) for p in refused.value.problems] == [
        ("unknown_format", [".xlsx", ".csv", ".jsonl"])
    ]


def test_what_no_cell_can_hold_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "a.xlsx"
    write_records(DEMANDS, RECORDS, path)
    before = path.read_bytes()

    with pytest.raises(InputError) as refused:
        write_records(DEMANDS, [Demand(id="7", title="甲", data_provided=("长" * 19_000,) * 2)], path)

    assert [(p.code, p.record, p.key) for p in refused.value.problems] == [("cell_too_long", "7", "可提供数据")]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a", " =1", "'=1"])
def test_csv_cells_that_start_a_formula_are_defused(cell):
    assert defuse(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "甲", "1-2", "a=b", "'甲'"])
def test_other_csv_cells_stay_as_they_are(cell):
    assert defuse(cell) == cell
