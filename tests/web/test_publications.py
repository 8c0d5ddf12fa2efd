"""Lists, programmes and digests: frozen, numbered, approved by people."""

import io
import json

import openpyxl

from matching.domain.records import RecordKind
from tests.web.house import NOW, OPERATOR, make_demand, post, publish


def test_a_published_list_stays_as_it_was_frozen(house, visitor):
    from matching.domain.vocabulary import load_vocabulary
    from matching.services import records

    with house.database.session() as session:
        stored = records.view_record(session, RecordKind.DEMANDS, "D-public", actor=OPERATOR)
        changed = make_demand("D-public", title="后来改的名称")
        records.edit_record(
            session, RecordKind.DEMANDS, changed, expected_version=stored.version, actor=OPERATOR,
            vocabulary=load_vocabulary(), now=NOW,
        )  # fmt: skip

    text = visitor.get("/lists/1").text

    assert "需〔2026〕1号" in text
    assert "初中作文先批一遍" in text
    assert "后来改的名称" not in text


def test_the_json_of_a_list_holds_its_head_and_its_records(visitor):
    answer = visitor.get("/lists/1.json")

    body = json.loads(answer.text)
    assert answer.mimetype == "application/json"
    assert (body["number"], body["kind"], len(body["sha256"])) == ("需〔2026〕1号", "demands", 64)
    assert [item["record"]["id"] for item in body["items"]] == ["D-public", "D-public-of-b"]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_workbook_of_a_list_has_the_headings_of_the_import(visitor):
    sheet = openpyxl.load_workbook(io.BytesIO(visitor.get("/lists/1.xlsx").data)).active

    assert [cell.value for cell in sheet[1]][:2] == ["编号", "需求名称"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["D-public", "D-public-of-b"]


def test_a_draft_is_marked_and_gets_its_number_by_approval(organiser, visitor):
    draft = organiser.get("/lists/2").text

    organiser.post("/lists/2/approve", page="/lists/2")

    assert "草稿" in draft
    assert "供〔2026〕1号" in visitor.get("/lists/2").text
    assert visitor.get("/lists/").text.count("/lists/2") == 1


def test_a_list_is_approved_once(organiser):
    organiser.post("/lists/2/approve", page="/lists/2")

    again = organiser.post("/lists/2/approve", page="/my/")

    assert again.status_code == 422
    assert "不能从“已发布”变为“已发布”" in again.text


def test_the_programme_tells_who_hears_what_when(visitor):
    text = visitor.get("/programme/1").text

    for said in ("主场：城市开放场景", "2026-12-15", "一号厅", "09:00–10:00", "甲方中学", "作文批改路演", "首次上台"):
        assert said in text


def test_an_approved_programme_takes_the_place_of_the_former_one(organiser, visitor):
    organiser.post("/programme/2/approve", page="/my/")

    index = visitor.get("/programme/").text
    assert "/programme/2" in index
    assert "/programme/1" not in index
    assert "已被新版取代" in visitor.get("/programme/1").text


def test_a_digest_tells_its_reasons_in_words(browse, house):
    text = browse("opc_a").get(f"/digests/{house.digest_id}").text

    assert "2026-W48" in text
    assert "初中作文先批一遍" in text
    assert "新需求" in text


def test_nothing_new_in_a_digest_is_said_too(house, browse):
    from matching.services import digests

    with house.database.session() as session:
        digests.publish_digests(session, "2026-W49", actor=OPERATOR, now=NOW)
    page = browse("opc_a").get("/my/").text

    assert "2026-W49" in page
    number = page.split("/digests/")[1].split('"')[0]
    assert "这一期没有新消息" in browse("opc_a").get(f"/digests/{number}").text


def test_an_organiser_sees_on_the_desk_what_waits(house, organiser):
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, make_demand("D-2"), OPERATOR)
        publish(session, RecordKind.DEMANDS, "D-2")

    text = organiser.get("/my/").text

    assert "1 条等待审核" in text
    assert "/lists/2" in text
    assert "/programme/2" in text
