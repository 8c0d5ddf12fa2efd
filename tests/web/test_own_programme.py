"""A person's own part in the programmes: on their page, and in the calendar of their phone."""

import re

import icalendar


def test_an_opc_sees_when_it_is_on_stage_before_whom(browse):
    text = browse("opc_a").get("/my/").text

    for said in ("我的路演与会谈", "09:00–09:12", "一号厅", "甲方中学"):
        assert said in text


def test_an_owner_sees_the_panel_it_sits_on(browse):
    text = browse("owner_a").get("/my/").text

    assert "09:00–10:00" in text
    assert "一号厅" in text


def test_whoever_has_no_part_sees_no_empty_programme(browse):
    assert "我的路演与会谈" not in browse("opc_b").get("/my/").text


def test_a_subscribed_calendar_is_read_without_signing_in_and_says_what_the_page_says(browse, visitor):
    address = re.search(r"/my/calendar/[^\"]+\.ics", browse("opc_a").get("/my/").text)
    assert address is not None

    answer = visitor.get(address[0])

    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    events = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    assert [event["DTSTART"].dt.strftime("%H:%M") for event in events] == ["09:00", "10:20"]


def test_a_changed_address_reads_nothing(browse, visitor):
    address = re.search(r"/my/calendar/[^\"]+\.ics", browse("opc_a").get("/my/").text)
    assert address is not None

    assert visitor.get(address[0].replace("/my/calendar/", "/my/calendar/x")).status_code == 404
