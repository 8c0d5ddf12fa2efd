"""People's side in the browser: times, answers, notices, check-in, notes."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdfium2 import PdfDocument

from matching.publishing.programme import Side, Subject
from webapp.pages.attendance import check_in_links

DAY = datetime(2026, 12, 15, 2, 30, tzinfo=UTC)
"""Half past ten in Shanghai: the pitch is over and the meeting has begun."""
FIRST = "main"


def when(**given: str) -> dict[str, str]:
    return {"version": "0"} | {name.replace("__", "."): value for name, value in given.items()}


@pytest.fixture
def opc(browse):
    return browse("opc_a")


def test_somebody_says_when_it_can_come_and_sees_it_again(opc):
    path = "/my/when/opc/P-public"

    answer = opc.post(path, when(main__there="part", main__start="09:30", main__end="15:00"), page=path)
    text = opc.get(path).text

    assert answer.status_code == 303
    assert re.search(r'name="main.there" value="part" checked', text)
    assert 'value="15:00"' in text
    assert "已填写" in opc.get("/my/").text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"main__there": "part", "main__start": "09:30", "main__end": "09:40", "education__there": "not"}, "至少需要"),
        ({"main__there": "part", "main__start": "15:00", "main__end": "09:30"}, "先后颠倒"),
        ({"main__there": "part", "main__start": "", "main__end": "09:30"}, "不完整"),
    ],
)
def test_times_that_do_not_do_come_back_with_what_to_change(opc, given, said):
    path = "/my/when/opc/P-public"

    answer = opc.post(path, when(**given), page=path)

    assert answer.status_code == 422
    assert said in answer.text
    assert re.search(r'name="main.there" value="part" checked', answer.text)


def test_an_appointment_is_confirmed_and_the_organiser_sees_it(opc, organiser):
    form = {"season": "2026-Q4", "side": "opc", "person": "P-public", "item": "pitch:p1", "state": "confirmed"}

    answer = opc.post("/my/answers", form, page="/my/")

    assert answer.status_code == 303
    assert "已确认" in opc.get("/my/").text
    assert "确认 1 项" in organiser.get("/programme/1/attendance/s1").text


def test_a_withdrawal_is_shown_to_both(opc, organiser):
    form = {"season": "2026-Q4", "side": "opc", "person": "P-public", "item": "pitch:p1", "state": "withdrawn"}

    opc.post("/my/answers", {**form, "reason": "出差"}, page="/my/")

    assert "已退出" in opc.get("/my/").text
    assert "项目 作文批改路演 撤回" in organiser.get("/season/").text


def test_notices_go_once_they_are_read(opc):
    before = opc.get("/my/").text
    opc.post("/my/notices", {"id": "1"}, page="/my/")

    assert "都知道了" in before
    assert "都知道了" not in opc.get("/my/").text


def test_a_code_of_a_table_card_checks_its_person_in_without_signing_in(app, organiser, visitor):
    with app.test_request_context():
        link = check_in_links("2026-Q4", [("s1", Subject(Side.OPC, "P-public"))])
        path = next(iter(link.values())).removeprefix(app.extensions["opcmatch_settings"].site_url)
    early = visitor.get(path).text
    app.config["TEST_NOW"] = DAY

    page = visitor.get(path).text
    answer = visitor.post(path, page=path)
    after = visitor.get(path).text

    assert "请在 2026-12-15 当天" in early
    assert "我到了，签到" in page
    assert answer.status_code == 303
    assert "已于" in after
    assert "到场 1 / 2" in organiser.get("/programme/1/attendance/s1").text
    assert visitor.get(path.replace("/check-in/", "/check-in/x")).status_code == 404


def test_table_cards_are_a_pdf_with_a_page_for_everybody(organiser):
    answer = organiser.get("/programme/1/files/table-cards")

    assert answer.status_code == 200
    assert len(PdfDocument(BytesIO(answer.data))) >= 1


def test_staff_check_in_at_the_door(organiser):
    path = "/programme/1/attendance/s1"

    organiser.post(path, {"side": "owner", "person": "甲方中学"}, page=path)

    assert "到场 1 / 2" in organiser.get(path).text


def test_a_minute_after_a_meeting_is_enough_and_the_organiser_reads_both_sides(app, opc, organiser, browse):
    app.config["TEST_NOW"] = DAY
    path = "/my/meetings/2026-Q4/P-public/甲方中学"

    empty = opc.post(path, {"version": "0"}, page=path)
    saved = opc.post(
        path, {"version": "0", "outcome": "trial", "next_step": "寄样品", "next_on": "2026-12-20", "rating": "5"},
        page=path,
    )  # fmt: skip
    again = opc.post(path, {"version": "0", "outcome": "no_fit"}, page=path)

    assert (empty.status_code, saved.status_code, again.status_code) == (422, 303, 409)
    assert "请选择会谈的结果" in empty.text
    assert "改纪要" in opc.get("/my/").text
    seen = organiser.get("/season/outcomes").text
    assert "先做试点" in seen
    assert "寄样品" in seen
    assert browse("opc_b").get(path).status_code == 404


def test_a_day_that_is_none_is_said_in_words(app, opc):
    app.config["TEST_NOW"] = DAY
    path = "/my/meetings/2026-Q4/P-public/甲方中学"

    answer = opc.post(path, {"version": "0", "outcome": "trial", "next_on": "soon"}, page=path)

    assert answer.status_code == 422
    assert "日期" in answer.text
