"""Calendars: what importing one file after another leaves is what the last publication says."""

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from matching.domain.errors import InputError
from matching.publishing.programme import Programme, Side, Subject
from matching.publishing.programme.agenda import subjects
from matching.publishing.programme.calendar import calendar_events, calendar_file
from tests.publishing.programmes import PUBLISHED_AT, ROOMS, make_plan, make_problem, make_programme

Json = dict[str, Any]
Told = tuple[datetime, datetime, str, str]

PROBLEM = make_problem(each=2)
OPC, OWNER, HALL = Subject(Side.OPC, "P-main-a-1"), Subject(Side.OWNER, "场景方main-a1"), Subject(Side.ROOM, "主会场")
TRACK_OF = {track["id"]: track for track in PROBLEM["tracks"]}


def shuffled_plan(seed: int) -> Json:
    """Some of the pitches anywhere, owners anywhere, some meetings: what a re-plan may make of it."""
    random, plan = Random(seed), make_plan(PROBLEM)
    ids = [one["pitch"] for one in plan["placements"]]
    random.shuffle(ids)
    ids, placements = ids[: random.randrange(1, len(ids) + 1)], []
    for number, pitch in enumerate(ids):
        track = TRACK_OF[list(ROOMS)[number % 3]]
        start = track["start_min"] + 15 * (number // 3)
        placements.append({"pitch": pitch, "track": track["id"], "position": number // 3 + 1, "start_min": start,
                           "end_min": start + 10})  # fmt: skip
    seats = [{**seat, "track": random.choice(list(ROOMS))} for seat in plan["seats"] if random.random() < 0.8]
    meetings = [one for one in plan["meetings"] if random.random() < 0.7]
    for one in meetings:
        one["table"] = random.choice((1, 2))
    return {**plan, "placements": placements, "seats": seats, "meetings": meetings}


def history_of(plans: list[Json]) -> list[Programme]:
    return [make_programme(PROBLEM, plan, revision=number) for number, plan in enumerate(plans, start=1)]


def read(file: bytes) -> list[Event]:
    return list(Calendar.from_ical(file).walk("VEVENT"))


def import_file(shelf: dict[str, Event], file: bytes) -> None:
    """What a calendar program does: by UID, the higher SEQUENCE stands (RFC 5546, section 2.1.5)."""
    for event in read(file):
        held = shelf.get(str(event["UID"]))
        if held is None or event["SEQUENCE"] >= held["SEQUENCE"]:
            shelf[str(event["UID"])] = event


def shown(shelf: dict[str, Event]) -> list[Told]:
    return sorted(
        (event["DTSTART"].dt, event["DTEND"].dt, str(event["SUMMARY"]), str(event["LOCATION"]))
        for event in shelf.values()
        if event["STATUS"] != "CANCELLED"
    )


def file_of(history: list[Programme], subject: Subject) -> bytes:
    return calendar_file(history, subject, name=subject.id)


@pytest.mark.parametrize("subject", [OPC, OWNER, HALL])
def test_each_appointment_is_an_event_at_the_times_of_the_plan(subject: Subject):
    plan = make_plan(PROBLEM)

    told = read(file_of(history_of([plan]), subject))

    times = sorted((event["DTSTART"].dt, event["DTEND"].dt) for event in told)
    assert times == sorted(times_in(plan, subject))
    assert {event["DTSTART"].params["TZID"] for event in told} == {"Asia/Shanghai"}
    assert {event["DTSTART"].dt.utcoffset() for event in told} == {timedelta(hours=8)}


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
def test_importing_the_publications_one_after_the_other_leaves_the_last_programme(seeds: list[int]):
    history = history_of([shuffled_plan(seed) for seed in seeds])
    everybody = sorted({subject for programme in history for subject in subjects(programme)})

    for subject in Random(seeds[0]).sample(everybody, 4):
        shelf: dict[str, Event] = {}
        for count in range(1, len(history) + 1):
            import_file(shelf, file_of(history[:count], subject))
        alone: dict[str, Event] = {}
        import_file(alone, file_of(history[-1:], subject))

        assert shown(shelf) == shown(alone)
        assert [one[:2] for one in shown(shelf)] == sorted(times_in(shuffled_plan(seeds[-1]), subject))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=4))
def test_who_missed_a_publication_has_the_last_programme_all_the_same(seeds: list[int]):
    history, shelf = history_of([shuffled_plan(seed) for seed in seeds]), {}

    import_file(shelf, file_of(history[:1], OPC))
    import_file(shelf, file_of(history, OPC))

    assert [one[:2] for one in shown(shelf)] == sorted(times_in(shuffled_plan(seeds[-1]), OPC))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=4))
def test_the_sequence_rises_by_one_where_an_event_changes_and_nowhere_else(seeds: list[int]):
    history = history_of([shuffled_plan(seed) for seed in seeds])

    for before, after in pairwise(range(1, len(history) + 1)):
        held = {event.uid: event for event in calendar_events(history[:before], OWNER)}
        for event in calendar_events(history[:after], OWNER):
            if event.uid not in held:
                assert (event.sequence, event.cancelled) == (0, False)
            elif event != held[event.uid]:
                assert event.sequence == held[event.uid].sequence + 1
                assert event.changed_at == history[after - 1].published_at


def test_importing_a_file_twice_adds_nothing():
    shelf: dict[str, Event] = {}
    file = file_of(history_of([make_plan(PROBLEM)]), OPC)

    import_file(shelf, file)
    once = dict(shelf)
    import_file(shelf, file)

    assert (len(shelf), shown(shelf)) == (len(once), shown(once))


def test_what_has_left_the_programme_is_cancelled_at_its_last_times():
    first, second = make_plan(PROBLEM), make_plan(PROBLEM)
    second["placements"] = [one for one in second["placements"] if one["pitch"] != OPC.id]
    second["meetings"] = []

    events = read(file_of(history_of([first, second]), OPC))

    assert {(event["STATUS"], event["SEQUENCE"]) for event in events} == {("CANCELLED", 1)}
    assert sorted((event["DTSTART"].dt, event["DTEND"].dt) for event in events) == sorted(times_in(first, OPC))


def test_what_comes_back_is_the_same_event_again():
    full, empty = make_plan(PROBLEM), {**make_plan(PROBLEM), "placements": [], "meetings": []}

    (event,) = [one for one in calendar_events(history_of([full, empty, full]), OPC) if "pitch" in one.appointment.item]

    assert (event.sequence, event.cancelled) == (2, False)
    assert event.uid == calendar_events(history_of([full]), OPC)[0].uid


def test_dates_of_change_are_those_of_the_publications():
    first, second = make_plan(PROBLEM), make_plan(PROBLEM)
    second["meetings"][0]["table"] = 7
    subject = Subject(Side.OPC, second["meetings"][0]["opc"])

    events = read(file_of(history_of([first, second]), subject))

    stamps = {(event["SEQUENCE"], event["DTSTAMP"].dt, event["CREATED"].dt) for event in events}
    later = PUBLISHED_AT + timedelta(hours=1)
    assert stamps == {(0, PUBLISHED_AT, PUBLISHED_AT), (1, later, PUBLISHED_AT)}
    assert {moment.utcoffset() for _, moment, _ in stamps} == {timedelta(0)}


def test_seasons_do_not_cancel_each_other():
    autumn = make_programme(PROBLEM, season="2026-Q4")
    winter = make_programme(PROBLEM, season="2027-Q1", revision=2)

    events = calendar_events([autumn, winter], OPC)

    assert [event.cancelled for event in events] == [False] * len(events)
    assert len({event.uid for event in events}) == 2 * len(calendar_events([autumn], OPC))


def test_a_uid_is_the_same_for_ever():
    (event, *_) = calendar_events(history_of([make_plan(PROBLEM)]), OPC)

    assert event.uid == "16da1052-522b-502c-89be-25f46be932c4@opcmatch"


def test_the_language_changes_the_words_and_not_the_events():
    history = history_of([make_plan(PROBLEM)])

    chinese = read(calendar_file(history, OWNER, name="甲", language="zh"))
    english = read(calendar_file(history, OWNER, name="甲", language="en"))

    kept = [(event["UID"], event["SEQUENCE"], event["DTSTART"].dt) for event in chinese]
    assert kept == [(event["UID"], event["SEQUENCE"], event["DTSTART"].dt) for event in english]
    assert "对接会谈" in str(chinese[-1]["SUMMARY"])
    assert "Meeting" in str(english[-1]["SUMMARY"])


def test_a_calendar_names_nobody_to_write_to():
    file = file_of(history_of([make_plan(PROBLEM)]), OPC).decode()

    assert {word for word in ("ORGANIZER", "ATTENDEE", "mailto", "METHOD") if word in file} == set()


def test_a_calendar_carries_its_zone_and_only_that_of_shanghai():
    found = Calendar.from_ical(file_of(history_of([make_plan(PROBLEM)]), OPC))

    assert [str(zone["TZID"]) for zone in found.walk("VTIMEZONE")] == ["Asia/Shanghai"]


def test_a_session_without_a_day_is_in_no_calendar_yet():
    undated = make_problem(each=2)
    for session in undated["sessions"]:
        session["on"] = None

    assert calendar_events([make_programme(undated)], OPC) == ()
    assert read(file_of([make_programme(undated)], OPC)) == []


def test_a_draft_is_in_no_calendar():
    with pytest.raises(InputError) as refused:
        file_of([make_programme(stage="draft")], OPC)

    assert [found.code for found in refused.value.problems] == ["not_published"]


def times_in(plan: Json, subject: Subject) -> list[tuple[datetime, datetime]]:
    """What the plan itself says of one person or room; no code of ours in between."""
    days = {session["id"]: session["on"] for session in PROBLEM["sessions"]}
    pitches = {pitch["id"]: pitch["opc"] for pitch in PROBLEM["pitches"]}
    slots = {slot["id"]: slot for slot in PROBLEM["meetings"]["slots"]}
    rows: list[tuple[str, Json]] = []
    for one in plan["placements"]:
        track = TRACK_OF[one["track"]]
        if subject in (Subject(Side.OPC, pitches[one["pitch"]]), Subject(Side.ROOM, track["room"])):
            rows.append((days[track["session"]], one))
    for seat in plan["seats"]:
        if subject == Subject(Side.OWNER, seat["owner"]):
            rows.append((days[TRACK_OF[seat["track"]]["session"]], TRACK_OF[seat["track"]]))
    for one in plan["meetings"]:
        if subject in (Subject(Side.OPC, one["opc"]), Subject(Side.OWNER, one["owner"])):
            rows.append((days[slots[one["slot"]]["session"]], slots[one["slot"]]))
    rows += [
        (days[track["session"]], track) for track in TRACK_OF.values() if subject == Subject(Side.ROOM, track["room"])
    ]
    return [(_at(day, row["start_min"]), _at(day, row["end_min"])) for day, row in rows]


def _at(day: str, minute: int) -> datetime:
    return datetime.fromisoformat(f"{day}T{minute // 60:02}:{minute % 60:02}:00+08:00")
