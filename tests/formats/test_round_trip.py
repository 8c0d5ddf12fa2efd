from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.domain.codec import LARGEST_YUAN
from matching.domain.demand import Demand, Metric, Owner
from matching.domain.profile import Capability, CapabilityProfile, Case, Qualification
from matching.publishing.formats import FORMATS, write_records
from tests.intake.samples import DEMANDS, PROFILES, codes, read

# what check_text lets through: no half characters, no controls but line breaks and tabs
plain_text = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\r\t"), max_size=12)
spiky_text = st.sampled_from(
    ["无", "不限", "待定", "", " 前后有空格 ", "甲；乙", "=1+1", "'=1", "＋86", "\t=x", "JSON:[1]", '"引号"', "示例",
     "随时", "_x0041_", "甲（有效期至2027-06-30）", "≥95%", "a≥5；b", "甲|乙|丙", "面议", "文创/体育", "现场 远程", "/",
     "\ufffe", "\r", "e\u0301", "𠮷", "1", "是", "#N/A", "-"]
)  # fmt: skip
text = plain_text | spiky_text
texts = st.lists(text, max_size=3).map(tuple)
yuan = st.integers(0, LARGEST_YUAN) | st.integers(0, 10**7)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
levels = st.integers(1, 9)
counts = st.integers(0, 10_000)
lead = st.integers(0, 3_650)
number = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6, allow_nan=False)
ids = text.filter(lambda word: word.strip() and not word.strip().startswith("示例"))
names = text.filter(bool)


def maybe(strategy):
    return st.none() | strategy


def pair(low, high):
    return st.tuples(maybe(yuan), maybe(yuan)).map(
        lambda ends: dict(zip((low, high), sorted(ends) if None not in ends else ends, strict=True))
    )


owners = st.builds(Owner, name=maybe(text), kind=maybe(text)).filter(lambda o: o.name is not None or o.kind is not None)
metrics = st.builds(Metric, name=text, operator=maybe(text), value=maybe(number | text), unit=maybe(text))
held = st.builds(lambda n: Qualification(name=n), text) | st.builds(
    lambda n, day: Qualification(name=n, valid_until=day, dated=True), text, maybe(days)
)
can = st.builds(
    lambda prices, **rest: Capability(**prices, **rest),
    pair("price_min_yuan", "price_max_yuan"),
    name=text, description=maybe(text), maturity=maybe(levels), lead_days=maybe(lead), cases=maybe(texts),
) | st.builds(lambda n: Capability(name=n), text)  # fmt: skip
done = st.builds(
    Case, client=maybe(text), sector=maybe(text), year=maybe(st.integers(1900, 2200)), metric=maybe(text),
    amount_yuan=maybe(yuan), verified_by=maybe(text),
)  # fmt: skip


def few(strategy):
    return maybe(st.lists(strategy, max_size=3).map(tuple))


demands = st.builds(
    lambda prices, limits, **rest: Demand(**prices, **limits, **rest),
    pair("budget_min_yuan", "budget_max_yuan"),
    st.tuples(days, days).map(lambda two: {"start_by": min(two), "deliver_by": max(two)}),
    id=ids, title=names, description=maybe(text), kind=maybe(text), owner=maybe(owners), sectors=maybe(texts),
    capabilities=maybe(texts), district=maybe(text), address=maybe(text), publish_until=maybe(days),
    delivery=maybe(text), deployment=maybe(text), required_qualifications=maybe(texts),
    require_registered_in=maybe(text), min_maturity=maybe(levels), data_sensitivity=maybe(text),
    data_provided=maybe(texts), metrics=few(metrics), max_engagements=maybe(counts), excluded=maybe(texts),
    updated_on=maybe(days),
)  # fmt: skip
profiles = st.builds(
    lambda prices, **rest: CapabilityProfile(**prices, **rest),
    pair("price_min_yuan", "price_max_yuan"),
    id=ids, name=names, summary=maybe(text), registered_city=maybe(text), district=maybe(text),
    community=maybe(text), sectors=maybe(texts), capabilities=few(can), maturity=maybe(levels), lead_days=maybe(lead),
    available_from=maybe(days), delivery_modes=maybe(texts), deployments=maybe(texts),
    service_districts=maybe(texts), qualifications=few(held), data_clearances=maybe(texts), team_size=maybe(counts),
    founded_on=maybe(days), max_concurrent=maybe(counts), active_engagements=maybe(counts), excluded=maybe(texts),
    cases=few(done), wants=maybe(texts), updated_on=maybe(days),
)  # fmt: skip


def written_and_read(kind, records, suffix, folder):
    path = folder / f"清单{suffix}"
    write_records(kind, records, path)
    intake = read(path, path.name, kind)
    assert codes(intake.problems) == []
    return [row.record for row in intake.accepted]


@pytest.mark.parametrize("suffix", FORMATS)
@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(records=st.lists(demands, min_size=1, max_size=3, unique_by=lambda r: r.id.strip()))
def test_demands_come_back_from_every_format_as_they_were(tmp_path, suffix, records):
    assert written_and_read(DEMANDS, records, suffix, tmp_path) == records


@pytest.mark.parametrize("suffix", FORMATS)
@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(records=st.lists(profiles, min_size=1, max_size=3, unique_by=lambda r: r.id.strip()))
def test_profiles_come_back_from_every_format_as_they_were(tmp_path, suffix, records):
    assert written_and_read(PROFILES, records, suffix, tmp_path) == records


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_records_give_the_same_bytes(tmp_path, suffix):
    records = [Demand(id="1", title="甲", budget_max_yuan=150_000), Demand(id="2", title="乙", sectors=("消费",))]
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        write_records(DEMANDS, records, path)

    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == paths


def test_plain_values_are_written_as_a_person_would(tmp_path):
    record = Demand(
        id="1", title="甲", owner=Owner(name="乙", kind="消费"), budget_min_yuan=80_000, budget_max_yuan=125_000,
        sectors=("消费", "文创"), excluded=(), deliver_by=date(2027, 5, 31),
        metrics=(Metric(name="准确率", operator="≥", value=95, unit="%"),),
    )  # fmt: skip
    write_records(DEMANDS, [record], tmp_path / "a.csv")
    head, row = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()

    cells = dict(zip(head.replace('"', "").split(","), row.replace('"', "").split(","), strict=True))
    assert {heading: cell for heading, cell in cells.items() if cell} == {
        "编号": "1", "需求名称": "甲", "场景单位": "乙", "单位类型": "消费", "行业领域": "消费；文创",
        "预算": "8万元-12.5万元", "交付期限": "2027-05-31", "验收指标": "准确率≥95%", "回避单位": "无",
    }  # fmt: skip
