"""The organisers' queue."""

import pytest

from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.store import records


def stage(house, record_id="D-hidden", kind=RecordKind.DEMANDS):
    with house.database.session() as session:
        return records.find_record(session, kind, record_id).stage


def test_the_queue_shows_whole_records_of_both_kinds_and_how_many_wait(organiser):
    demands, profiles = organiser.get("/review/").text, organiser.get("/review/?kind=profiles").text

    assert "D-hidden" in demands
    assert "P-hidden" in profiles
    assert "智能批改" in profiles


def test_ticked_records_are_approved_and_public_at_once(house, organiser, visitor):
    answer = organiser.post("/review/", {"kind": "demands", "id": ["D-hidden"], "decision": "approve"}, page="/review/")

    assert answer.location == "/review/?kind=demands&done=1&decision=published"
    assert "已通过 1 条" in organiser.get(answer.location).text
    assert stage(house) is Stage.PUBLISHED
    assert visitor.get("/demands/D-hidden").status_code == 200


def test_a_return_carries_its_reason_to_the_owner(house, organiser, owner):
    sent = {"kind": "demands", "id": ["D-hidden"], "decision": "return", "note": "请写明<b>预算</b>"}

    organiser.post("/review/", sent, page="/review/")

    assert stage(house) is Stage.RETURNED
    assert "请写明&lt;b&gt;预算&lt;/b&gt;" in owner.get("/demands/D-hidden").text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"decision": "return", "id": ["D-hidden"], "note": "  "}, "退回时需要写明原因"),
        ({"decision": "approve"}, "没有选中任何记录或操作"),
        ({"decision": "destroy", "id": ["D-hidden"]}, "没有选中任何记录或操作"),
        ({"decision": "approve", "id": ["D-hidden", "D-public"]}, "不能从“已发布”变为“已发布”"),
    ],
)
def test_a_decision_that_cannot_be_done_moves_nothing_and_says_why(house, organiser, sent, said):
    answer = organiser.post("/review/", {"kind": "demands", **sent}, page="/review/")

    assert answer.status_code == 422
    assert said in answer.text
    assert stage(house) is Stage.SUBMITTED


def test_what_was_ticked_and_written_is_kept(organiser):
    sent = {"kind": "demands", "id": ["D-hidden", "D-public"], "decision": "return", "note": "请补充"}

    answer = organiser.post("/review/", sent, page="/review/")

    assert 'value="D-hidden" id="pick-1" checked' in answer.text
    assert "\n请补充</textarea>" in answer.text
