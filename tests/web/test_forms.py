"""Posting and editing: what is typed is what is stored, nothing gets lost, nothing is posted twice."""

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from matching.domain.codec import to_json
from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.domain.vocabulary import load_vocabulary
from matching.intake.columns import LAYOUTS
from matching.store import records
from tests.web.house import OPERATOR, make_demand, make_profile, post
from webapp.context import SHANGHAI
from webapp.fields import GROUPS, fields_of

FULL_DEMAND = {
    "description": "第一行\n第二行",
    "kind": "采购",
    "owner": {"name": "甲方中学", "kind": "教育"},
    "sectors": ["教育", "数字文创", "深海采矿"],
    "capabilities": ["智能批改", "没有人听过的能力"],
    "address": "晴梧路16号",
    "budget_min_yuan": 123_456,
    "budget_max_yuan": 500_000,
    "publish_until": "2027-01-31",
    "start_by": "2027-02-01",
    "deliver_by": "2027-06-30",
    "delivery": "现场",
    "deployment": "私有化",
    "required_qualifications": [],
    "require_registered_in": "成都",
    "registration_basis": "《某某条例》第三条\n第二款",
    "procurement_route": "竞争性磋商",
    "min_maturity": 6,
    "data_sensitivity": "未成年人信息",
    "data_provided": ["作文；扫描件", "评分细则"],
    "metrics": [
        {"name": "准确率", "operator": "≥", "value": 95.5, "unit": "%"},
        {"name": "随叫随到", "value": "两小时"},
    ],
    "max_engagements": 2,
    "excluded": ["某公司"],
}
FULL_PROFILE = {
    "summary": "=SUM(1) 开头的简介",
    "registered_city": "成都",
    "district": "武侯区",
    "community": "锦屏社区",
    "sectors": [],
    "capabilities": ["智能批改", {"name": "语音识别", "price_min_yuan": 3, "lead_days": 20, "cases": ["甲；乙"]}],
    "maturity": 7,
    "price_min_yuan": 80_000,
    "available_from": "2027-01-01",
    "delivery_modes": ["现场", "远程"],
    "deployments": ["SaaS"],
    "service_districts": ["全市"],
    "qualifications": ["软著", {"name": "等保三级", "valid_until": "2027-06-30"}, {"name": "ISO", "valid_until": None}],
    "data_clearances": [],
    "team_size": 1,
    "founded_on": "2025-03-01",
    "max_concurrent": 2,
    "active_engagements": 0,
    "excluded": [],
    "cases": [{"client": "某中学", "sector": "教育", "year": 2025, "amount_yuan": 5, "verified_by": "章"}],
    "wants": ["算力"],
}  # fmt: skip


class FormReader(HTMLParser):
    """The fields of the record form as a browser would send them back."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._inside = False
        self._textarea: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "record-form" in given.get("class", "")
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "textarea":
            self._textarea, self.sent[name] = name, [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in dict(attrs):
            self.sent[self._select or ""] = [given["value"]]
        elif tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in dict(attrs)):
            self.sent.setdefault(name, []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.sent[self._textarea][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._textarea is not None:
            text = self.sent[self._textarea][0].removeprefix("\n")  # as HTML's parsers do
            self.sent[self._textarea] = [text.replace("\n", "\r\n")]
            self._textarea = None


def form_on(page: Any) -> dict[str, list[str]]:
    """What a browser sends when nobody touches the form."""
    reader = FormReader()
    reader.feed(page.text)
    return reader.sent


def send(browser: Any, path: str, form: Mapping[str, Any]) -> Any:
    return browser.client.post(path, data=form, buffered=True)


def stored(house: Any, kind: RecordKind, record_id: str) -> Any:
    with house.database.session() as session:
        return records.find_record(session, kind, record_id)


def all_of(house: Any, kind: RecordKind) -> list[Any]:
    with house.database.session() as session:
        return records.records_in(session, kind, list(Stage))


@pytest.mark.parametrize("kind", list(RecordKind))
def test_the_groups_hold_every_column_once(kind):
    grouped = [name for _, names in GROUPS[kind] for name in names]
    columns = [column.keys[0] for column in LAYOUTS[kind].columns if column.keys[0] not in ("id", "updated_on")]

    assert sorted(grouped) == sorted(columns)
    assert len(fields_of(kind)) == len(grouped)


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (RecordKind.DEMANDS, make_demand("D-full", **FULL_DEMAND)),
        (RecordKind.DEMANDS, make_demand("D-bare")),
        (RecordKind.PROFILES, make_profile("P-full", **FULL_PROFILE)),
        (RecordKind.PROFILES, make_profile("P-bare")),
    ],
    ids=["full demand", "bare demand", "full profile", "bare profile"],
)
def test_saving_an_untouched_form_changes_nothing(house, organiser, kind, made):
    with house.database.session() as session:
        post(session, kind, made, OPERATOR, name="王老师", phone="13800000000")
    before = stored(house, kind, made.id)

    answer = send(organiser, f"/{kind.value}/{made.id}/edit", form_on(organiser.get(f"/{kind.value}/{made.id}/edit")))

    after = stored(house, kind, made.id)
    assert answer.status_code == 303
    assert (to_json(after.record), after.contact) == (to_json(before.record), before.contact)
    assert after.version == before.version + 1


@pytest.mark.parametrize(
    ("name", "typed", "expected"),
    [
        ("budget_min_yuan", "30-50万", {"budget_min_yuan": 300_000, "budget_max_yuan": 500_000}),
        ("budget_min_yuan", "不超过３０万元（含税）", {"budget_max_yuan": 300_000}),
        ("budget_min_yuan", "面议", {}),
        ("deliver_by", "2027年6月底前", {"deliver_by": "2027-06-30"}),
        ("publish_until", "长期有效", {}),
        ("max_engagements", "3家", {"max_engagements": 3}),
        ("min_maturity", "TRL6", {"min_maturity": 6}),
        ("data_provided", "作文扫描件\r\n评分细则；花名册", {"data_provided": ["作文扫描件", "评分细则", "花名册"]}),
        ("data_provided", "无", {"data_provided": []}),
        ("sectors", "education", {"sectors": ["教育"]}),
        ("sectors.other", "深海采矿；低空", {"sectors": ["深海采矿", "低空"]}),
        ("required_qualifications.none", "1", {"required_qualifications": []}),
        ("delivery", "onsite", {"delivery": "现场"}),
        ("metrics-0-name", "准确率", {"metrics": [{"name": "准确率"}]}),
    ],
)
def test_what_people_type_is_understood(house, owner, name, typed, expected):
    form = form_on(owner.get("/demands/new"))
    form |= {"title": ["一个新需求"], "owner.name": [""], name: [typed]}

    answer = send(owner, "/demands/new", form)

    record = next(s.record for s in all_of(house, RecordKind.DEMANDS) if s.record.title == "一个新需求")
    data = {key: value for key, value in to_json(record).items() if key not in ("id", "title", "updated_on")}
    assert answer.status_code == 303
    assert data == expected


def test_a_capability_with_a_price_of_its_own_can_be_typed(house, browse):
    browser = browse("opc_a")
    form = form_on(browser.get("/profiles/new"))
    form |= {
        "name": ["新工作室"],
        "capabilities-0-name": ["智能批改"],
        "capabilities-1-name": ["语音识别"],
        "capabilities-1-price": ["3-5万"],
        "capabilities-1-lead_days": ["两个月"],
        "cases-0-client": ["某中学"],
        "cases-0-amount_yuan": ["12万元"],
        "qualifications-0-name": ["等保三级"],
        "qualifications-0-valid_until": ["不详"],
    }

    send(browser, "/profiles/new", form)

    record = next(s.record for s in all_of(house, RecordKind.PROFILES) if s.record.name == "新工作室")
    data = to_json(record)
    assert data["capabilities"] == [
        "智能批改",
        {"name": "语音识别", "price_min_yuan": 30_000, "price_max_yuan": 50_000, "lead_days": 60},
    ]
    assert data["cases"] == [{"client": "某中学", "amount_yuan": 120_000}]
    assert data["qualifications"] == [{"name": "等保三级", "valid_until": None}]


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(house, owner):
    form = form_on(owner.get("/demands/new"))
    form |= {
        "title": [""],
        "description": ["写了很久的描述"],
        "budget_min_yuan": ["30"],
        "deliver_by": ["6月30日"],
        "sectors": ["education"],
        "required_qualifications.none": ["1"],
        "required_qualifications.other": ["某证书"],
        "metrics-0-unit": ["%"],
        "contact.phone": ["1" * 300],
    }

    answer = send(owner, "/demands/new", form)

    text = html.unescape(answer.text)
    assert answer.status_code == 422
    for name in ("title", "budget_min_yuan", "deliver_by", "required_qualifications", "metrics"):
        assert f'href="#{name}"' in text
    assert "“30”没有写单位" in text
    assert "写了很久的描述" in text
    assert form_on(answer)["budget_min_yuan"] == ["30"]
    assert form_on(answer)["sectors"] == ["education"]
    assert form_on(answer)["id"] == form["id"]
    assert len(all_of(house, RecordKind.DEMANDS)) == 3


def test_more_rows_can_be_had_without_a_script_and_nothing_is_saved(house, browse):
    browser = browse("opc_a")
    form = form_on(browser.get("/profiles/new")) | {"name": ["半成品"], "cases-1-client": ["某中学"], "more": ["cases"]}

    answer = send(browser, "/profiles/new", form)

    assert answer.status_code == 200
    assert 'name="cases-4-client"' in answer.text
    assert form_on(answer)["name"] == ["半成品"]
    assert len(all_of(house, RecordKind.PROFILES)) == 3


def test_a_form_sent_twice_posts_once(house, owner):
    form = form_on(owner.get("/demands/new")) | {"title": ["只要一条"]}

    answers = [send(owner, "/demands/new", form) for _ in range(3)]

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, answers[0].location)}
    assert sum(s.record.title == "只要一条" for s in all_of(house, RecordKind.DEMANDS)) == 1


def test_a_form_sent_again_with_other_words_keeps_both(house, owner):
    form = form_on(owner.get("/demands/new")) | {"title": ["先发的"]}
    send(owner, "/demands/new", form)

    answer = send(owner, "/demands/new", form | {"title": ["后改的"]})

    assert answer.status_code == 409
    assert "先发的" in answer.text
    assert form_on(answer)["title"] == ["后改的"]


def test_a_posted_record_is_the_poster_s_and_waits_for_review(house, owner, visitor):
    form = form_on(owner.get("/demands/new")) | {"title": ["待审核的需求"]}

    path = send(owner, "/demands/new", form).location.split("?")[0]

    found = next(s for s in all_of(house, RecordKind.DEMANDS) if s.record.title == "待审核的需求")
    assert (found.stage, found.account_id) == (Stage.SUBMITTED, house.accounts["owner_a"].id)
    assert re.fullmatch(r"D\d{8}-[0-9a-f]{6}", found.id)
    assert visitor.get(path).status_code == 404
    assert "待审核的需求" in owner.get("/my/").text


@pytest.mark.parametrize(
    "more",
    [
        {"role": "administrator"},
        {"stage": "published"},
        {"account_id": "1"},
        {"score": "1"},
        {"updated_on": "2000-01-01"},
    ],
)
def test_fields_that_the_form_does_not_have_change_nothing(house, owner, more):
    form = form_on(owner.get("/demands/new")) | {"title": ["多塞一点"]} | more

    send(owner, "/demands/new", form)

    found = next(s for s in all_of(house, RecordKind.DEMANDS) if s.record.title == "多塞一点")
    assert (found.stage, found.account_id) == (Stage.SUBMITTED, house.accounts["owner_a"].id)
    assert found.record.updated_on == found.updated_at.astimezone(SHANGHAI).date()


def test_nobody_chooses_an_id_or_borrows_another_s(house, owner, browse):
    borrowed = form_on(browse("owner_b").get("/demands/new"))["id"]

    chosen = send(owner, "/demands/new", form_on(owner.get("/demands/new")) | {"title": ["x"], "id": ["D-own"]})
    lent = send(owner, "/demands/new", form_on(owner.get("/demands/new")) | {"title": ["x"], "id": borrowed})

    assert (chosen.status_code, lent.status_code) == (400, 404)


def test_the_slower_of_two_editors_sees_both_versions_and_keeps_their_words(house, owner, organiser):
    mine = form_on(owner.get("/demands/D-public/edit")) | {"title": ["我改的名称"]}
    theirs = form_on(organiser.get("/demands/D-public/edit")) | {"title": ["别人改的名称"]}
    send(organiser, "/demands/D-public/edit", theirs)

    conflict = send(owner, "/demands/D-public/edit", mine)

    assert conflict.status_code == 409
    assert "别人改的名称" in conflict.text
    assert form_on(conflict)["title"] == ["我改的名称"]
    assert stored(house, RecordKind.DEMANDS, "D-public").record.title == "别人改的名称"

    again = send(owner, "/demands/D-public/edit", form_on(conflict))

    assert again.status_code == 303
    assert stored(house, RecordKind.DEMANDS, "D-public").record.title == "我改的名称"


def test_an_edited_public_record_goes_back_to_review(house, owner, visitor):
    page = owner.get("/demands/D-public/edit")

    send(owner, "/demands/D-public/edit", form_on(page) | {"title": ["改过的"]})

    assert "会重新审核" in page.text
    assert stored(house, RecordKind.DEMANDS, "D-public").stage is Stage.SUBMITTED
    assert visitor.get("/demands/D-public").status_code == 404


def test_a_withdrawn_record_leaves_the_lists(house, owner, visitor):
    version = str(stored(house, RecordKind.DEMANDS, "D-public").version)

    answer = owner.post("/demands/D-public/withdraw", {"version": version}, page="/my/")

    assert answer.status_code == 303
    assert stored(house, RecordKind.DEMANDS, "D-public").stage is Stage.WITHDRAWN
    assert "D-public<" not in visitor.get("/demands/").text


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "9" * 30])
def test_a_version_that_is_none_is_refused(owner, version):
    assert owner.post("/demands/D-public/withdraw", {"version": version}, page="/my/").status_code == 400
    assert owner.post("/demands/D-public/edit", {"version": version}, page="/my/").status_code == 400


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\x85"])
def test_control_characters_are_refused_with_a_word(owner, text):
    form = form_on(owner.get("/demands/new")) | {"title": [f"名{text}称"]}

    answer = send(owner, "/demands/new", form)

    assert answer.status_code == 422
    assert "控制字符" in answer.text


@pytest.mark.parametrize("text", ["\u202e倒着", "a\u200bb", "e" + "\u0301" * 1000, "😀𠮷", "１２３", "\ufeffx"])
def test_unusual_text_comes_back_as_it_was(house, owner, text):
    form = form_on(owner.get("/demands/new")) | {"title": ["怪字"], "description": [text]}

    send(owner, "/demands/new", form)

    found = next(s.record for s in all_of(house, RecordKind.DEMANDS) if s.record.title == "怪字")
    assert found.description == text
    assert text in html.unescape(owner.get(f"/demands/{found.id}").text)


def test_every_word_of_the_vocabulary_can_be_chosen(owner):
    text = owner.get("/demands/new").text

    for term in load_vocabulary().capabilities:
        assert f'value="{term.code}"' in text


def test_huge_forms_are_refused(owner):
    answer = owner.client.post("/demands/new", data={"title": "x" * 3_000_000})

    assert answer.status_code == 413
    assert "内容太大" in answer.text
