"""Every time in every file is the time in the database: each export is read back and compared with the plan."""

import json
import re
from collections import Counter
from datetime import datetime
from io import BytesIO
from typing import Any

from icalendar import Calendar
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from matching.publishing.programme import Side, Subject, find_format
from matching.publishing.programme.calendar import calendar_file
from tests.publishing.programmes import ROOMS, make_names, make_plan, make_problem, make_programme

Row = tuple[str, ...]

PROBLEM = make_problem(each=7, slots=6, tables=4)
PLAN = make_plan(PROBLEM)
NAMES = make_names(PROBLEM)
PROGRAMME = make_programme(PROBLEM, PLAN, NAMES)

TRACKS = {track["id"]: track for track in PROBLEM["tracks"]}
SLOTS = {slot["id"]: slot for slot in PROBLEM["meetings"]["slots"]}
DAYS = {session["id"]: session["on"] for session in PROBLEM["sessions"]}


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def moment(day: str, minute: int) -> str:
    return f"{day}T{clock(minute)}:00+08:00"


def placements() -> list[Row]:
    """(room, start, end, position, name) of every pitch, from the plan alone."""
    return sorted(
        (ROOMS[one["track"]], clock(one["start_min"]), clock(one["end_min"]), str(one["position"]),
         NAMES["pitches"][one["pitch"]])
        for one in PLAN["placements"]
    )  # fmt: skip


def meetings() -> list[Row]:
    """(start, end, table, OPC, owner) of every meeting, from the plan alone."""
    return sorted(
        (clock(SLOTS[one["slot"]]["start_min"]), clock(SLOTS[one["slot"]]["end_min"]), str(one["table"]),
         NAMES["pitches"][one["opc"]], one["owner"])
        for one in PLAN["meetings"]
    )  # fmt: skip


def pdf_text(code: str) -> str:
    """All text of a document without its spaces, which PDF does not keep."""
    with PdfDocument(find_format(code).render(PROGRAMME)) as document:
        return bare("".join(page.get_textpage().get_text_bounded() for page in document))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_json_has_the_minutes_and_the_moments_of_the_plan():
    told = json.loads(find_format("json").render(PROGRAMME))

    found, met = [], []
    for session in told["sessions"]:
        for track in session["tracks"]:
            placed = TRACKS[track["id"]]
            assert (track["start_min"], track["end_min"]) == (placed["start_min"], placed["end_min"])
            for one in track["pitches"]:
                minutes = (one["start_min"], one["end_min"])
                assert (one["starts_at"], one["ends_at"]) == tuple(moment(session["on"], m) for m in minutes)
                found.append((track["id"], one["id"], one["position"], *minutes))
        for slot in session["slots"]:
            assert slot["starts_at"] == moment(session["on"], SLOTS[slot["id"]]["start_min"])
            met += [(slot["id"], one["table"], one["opc"]["id"], one["owner"]["id"]) for one in slot["meetings"]]
    keys = ("track", "pitch", "position", "start_min", "end_min")
    assert sorted(found) == sorted(tuple(one[key] for key in keys) for one in PLAN["placements"])
    assert sorted(met) == sorted((one["slot"], one["table"], one["opc"], one["owner"]) for one in PLAN["meetings"])


def test_the_calendars_of_all_people_together_are_the_plan():
    told: Counter[tuple[str, str, datetime, datetime]] = Counter()
    for person in PROGRAMME.people:
        file = calendar_file([PROGRAMME], person.subject, name=person.name)
        for event in Calendar.from_ical(file).walk("VEVENT"):
            told[person.side, person.id, event["DTSTART"].dt, event["DTEND"].dt] += 1

    expected: Counter[Any] = Counter()
    for one in PLAN["placements"]:
        expected[Side.OPC, one["pitch"], *at(TRACKS[one["track"]]["session"], one)] += 1
    for seat in PLAN["seats"]:
        expected[Side.OWNER, seat["owner"], *at(TRACKS[seat["track"]]["session"], TRACKS[seat["track"]])] += 1
    for one in PLAN["meetings"]:
        for side in ("opc", "owner"):
            expected[Side(side), one[side], *at(SLOTS[one["slot"]]["session"], SLOTS[one["slot"]])] += 1
    assert told == expected


def test_the_calendars_of_all_rooms_together_are_the_tracks_and_their_pitches():
    told = Counter(
        (event["DTSTART"].dt, event["DTEND"].dt, str(event["LOCATION"]))
        for room in PROGRAMME.rooms
        for event in Calendar.from_ical(calendar_file([PROGRAMME], Subject(Side.ROOM, room), name=room)).walk("VEVENT")
    )

    spans = [*PLAN["placements"], *({**track, "track": track["id"]} for track in PROBLEM["tracks"])]
    expected = Counter((*at(TRACKS[one["track"]]["session"], one), ROOMS[one["track"]]) for one in spans)
    assert told == expected


def test_the_workbook_has_every_pitch_and_every_meeting_at_its_time():
    book = load_workbook(BytesIO(find_format("xlsx").render(PROGRAMME)))

    pitches, met = [], []
    for session in PROBLEM["sessions"]:
        title = NAMES["sessions"][session["id"]]
        for room, start, end, order, pitch, *_ in book[title].iter_rows(min_row=4, values_only=True):
            pitches.append((room, start, end, order, pitch))
    for time, *tables in book[f"{NAMES['sessions']['main']} 会谈"].iter_rows(min_row=4, values_only=True):
        for table, cell in enumerate(tables, start=1):
            if cell is not None:
                met.append((*time.split("–"), str(table), *cell.split(" ↔ ")))

    assert sorted(pitches) == placements()
    assert sorted(met) == meetings()


def test_the_sheet_by_person_has_every_appointment_at_its_time():
    book = load_workbook(BytesIO(find_format("xlsx").render(PROGRAMME)))

    told = Counter(
        (name, day, start, end)
        for _, name, day, start, end, *_ in book["个人日程"].iter_rows(min_row=4, values_only=True)
    )

    expected: Counter[Row] = Counter()
    for one in PLAN["placements"]:
        expected[NAMES["pitches"][one["pitch"]], *said(TRACKS[one["track"]]["session"], one)] += 1
    for seat in PLAN["seats"]:
        expected[seat["owner"], *said(TRACKS[seat["track"]]["session"], TRACKS[seat["track"]])] += 1
    for one in PLAN["meetings"]:
        for name in (NAMES["pitches"][one["opc"]], one["owner"]):
            expected[name, *said("main", SLOTS[one["slot"]])] += 1
    assert told == expected


def test_the_run_of_show_has_every_pitch_and_every_meeting_at_its_time():
    text = pdf_text("run-of-show")

    missing = [row for row in placements() if bare(f"{row[1]}–{row[2]}10路演{row[3]}.{row[4]}") not in text]
    missing += [row for row in meetings() if bare(f"{row[0]}–{row[1]}第{row[2]}桌{row[3]}{row[4]}") not in text]
    assert missing == []
    assert text.count("提问与换场") == len(PLAN["placements"])


def test_the_sign_in_sheet_has_everybody_once_a_session_at_their_first_time():
    text = pdf_text("sign-in")

    first: dict[tuple[str, str], int] = {}
    for one in PLAN["placements"]:
        first[TRACKS[one["track"]]["session"], NAMES["pitches"][one["pitch"]]] = one["start_min"]
    for seat in PLAN["seats"]:
        first[TRACKS[seat["track"]]["session"], seat["owner"]] = TRACKS[seat["track"]]["start_min"]
    for (_, name), minute in first.items():
        line = re.findall(re.escape(bare(name)) + r"(?:OPC|场景方)[^0-9]*(\d\d:\d\d)", text)
        assert line == [clock(minute)], name


def test_the_table_cards_have_everybodys_times():
    text = pdf_text("table-cards")

    missing = [row for row in placements() if bare(f"{row[1]}–{row[2]}{row[0]}路演") not in text]
    missing += [row for row in meetings() if bare(f"{row[0]}–{row[1]}{row[3]}↔{row[4]}") not in text]
    assert missing == []


def at(session: str, span: Any) -> tuple[datetime, datetime]:
    return tuple(datetime.fromisoformat(moment(DAYS[session], span[key])) for key in ("start_min", "end_min"))


def said(session: str, span: Any) -> Row:
    days = {"2026-12-15": "2026年12月15日星期二", "2026-12-22": "2026年12月22日星期二"}
    return days[DAYS[session]], clock(span["start_min"]), clock(span["end_min"])
