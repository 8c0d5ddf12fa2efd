"""Files of the stored programme: their times are the database's, and they go to those who may have them."""

import json
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from icalendar import Calendar, Event
from openpyxl import load_workbook

from matching.domain.errors import InputError, NotAllowed, NotFound
from matching.domain.records import RecordKind
from matching.publishing.programme import FORMATS, Side, Subject
from matching.services import programme_files
from matching.services.access import ANONYMOUS, SYSTEM, Actor, Role
from matching.services.accounts import actor_of
from matching.store import DbSession, publications, records, write_transaction
from tests.factories import NOW, ORGANISER, make_account, make_actor, make_profile, post
from tests.publishing.programmes import SEASON, TITLE, make_names, make_plan, make_problem

PROBLEM = make_problem()
OPC, OWNER, HALL = Subject(Side.OPC, "P-main-a-1"), Subject(Side.OWNER, "场景方main-a1"), Subject(Side.ROOM, "主会场")


def add(
    session: DbSession,
    plan: dict,
    *,
    published_at: datetime | None = NOW,
    season: str = SEASON,
    problem: dict = PROBLEM,
) -> int:
    """Store a revision, and publish it unless it is to stay a draft."""
    with write_transaction(session):
        line_up_id = publications.add_line_up(
            session, season=SEASON, title=TITLE, inputs_sha256="0" * 64,
            problem={"problem": problem, "names": make_names(problem)}, plan=plan, now=NOW - timedelta(days=1),
        )  # fmt: skip
        if published_at is not None:
            publications.publish_line_up(session, line_up_id, approved_by="organiser", now=published_at)
    return line_up_id


def without(plan: dict, opc: str) -> dict:
    """The plan after an OPC has withdrawn."""
    return {
        **plan,
        "placements": [one for one in plan["placements"] if one["pitch"] != opc],
        "meetings": [one for one in plan["meetings"] if one["opc"] != opc],
    }


def events_of(session: DbSession, subject: Subject, actor: Actor = ORGANISER) -> list[Event]:
    file = programme_files.calendar(session, subject, actor=actor)
    return list(Calendar.from_ical(file.content).walk("VEVENT"))


def opc_of(session: DbSession, subject: Subject, email: str = "opc@example.cn") -> Actor:
    """The account that answers for an OPC's profile."""
    actor = make_actor(session, Role.OPC, email)
    post(session, make_profile(subject.id), actor=actor, phone="13800000000", email="private@example.cn")
    return actor


def test_the_files_of_a_revision_tell_the_times_that_are_stored(session: DbSession):
    line_up_id = add(session, make_plan(PROBLEM))
    stored = publications.find_line_up(session, line_up_id)
    kept = sorted((one["pitch"], one["start_min"], one["end_min"]) for one in stored.plan["placements"])

    told = json.loads(programme_files.programme_file(session, line_up_id, "json", actor=ORGANISER).content)
    sheets = load_workbook(
        BytesIO(programme_files.programme_file(session, line_up_id, "xlsx", actor=ORGANISER).content)
    )
    events = [
        event for person in told["people"] for event in events_of(session, Subject(Side(person["side"]), person["id"]))
    ]

    tracks = [track for one in told["sessions"] for track in one["tracks"]]
    in_json = sorted((one["id"], one["start_min"], one["end_min"]) for track in tracks for one in track["pitches"])
    in_sheets = sum(sheet.max_row - 3 for sheet in sheets if sheet.title in ("主场：城市开放场景", "专场：文创与影视"))
    assert in_json == kept
    assert in_sheets == len(kept)
    assert len(events) == len(kept) + len(stored.plan["seats"]) + 2 * len(stored.plan["meetings"])
    assert told["published_at"] == NOW.isoformat()


def test_a_published_revision_follows_the_one_before_in_every_calendar(session: DbSession):
    first = make_plan(PROBLEM)
    add(session, first)
    add(session, without(first, OPC.id), published_at=NOW + timedelta(hours=1))

    told = {(str(event["STATUS"]), event["SEQUENCE"]) for event in events_of(session, OPC)}

    assert told == {("CANCELLED", 1)}


def test_revisions_count_in_the_order_in_which_they_were_published(session: DbSession):
    plan = make_plan(PROBLEM)
    older_draft = add(session, plan, published_at=None)
    add(session, without(plan, OPC.id))
    with write_transaction(session):
        publications.publish_line_up(session, older_draft, approved_by="organiser", now=NOW + timedelta(hours=2))

    history = programme_files.published_history(session, SEASON)

    assert [one.revision for one in history] == [2, 1]
    assert {str(event["STATUS"]) for event in events_of(session, OPC)} == {"CONFIRMED"}


def test_a_draft_is_in_no_calendar_and_in_no_history(session: DbSession):
    draft = add(session, make_plan(PROBLEM), published_at=None)

    assert programme_files.published_history(session) == []
    assert programme_files.view_programme(session, draft, actor=ORGANISER).stage == "draft"
    with pytest.raises(InputError) as refused:
        programme_files.calendars(session, draft, actor=ORGANISER)
    assert [found.code for found in refused.value.problems] == ["not_published"]


def test_documents_are_for_those_who_organise(session: DbSession):
    line_up_id = add(session, make_plan(PROBLEM))
    strangers = (ANONYMOUS, SYSTEM, make_actor(session, Role.OPC), make_actor(session, Role.SCENARIO_OWNER))

    for stranger in strangers:
        with pytest.raises(NotAllowed):
            programme_files.programme_file(session, line_up_id, "json", actor=stranger)
        with pytest.raises(NotAllowed):
            programme_files.calendars(session, line_up_id, actor=stranger)
    with pytest.raises(NotFound):
        programme_files.programme_file(session, line_up_id + 1, "json", actor=ORGANISER)


def test_a_calendar_is_for_the_person_itself_and_for_those_who_organise(session: DbSession):
    add(session, make_plan(PROBLEM))
    opc = opc_of(session, OPC)
    owner = actor_of(make_account(session, Role.SCENARIO_OWNER, organisation=OWNER.id))
    other = actor_of(make_account(session, Role.SCENARIO_OWNER, "other@example.cn", organisation="别的单位"))
    impostor = actor_of(make_account(session, Role.OPC, "impostor@example.cn", organisation=OWNER.id))

    assert len(events_of(session, OPC, opc)) == len(events_of(session, OPC)) > 0
    assert len(events_of(session, OWNER, owner)) == len(events_of(session, OWNER)) > 0
    for subject, stranger in (
        (OPC, owner),
        (OPC, ANONYMOUS),
        (OWNER, opc),
        (OWNER, other),
        (OWNER, impostor),
        (OPC, SYSTEM),
    ):
        with pytest.raises(NotFound):
            programme_files.calendar(session, subject, actor=stranger)


def test_an_own_calendar_is_there_before_anything_is_in_it(session: DbSession):
    opc = opc_of(session, OPC)

    assert events_of(session, OPC, opc) == []


def test_a_rooms_calendar_is_for_anybody_and_tells_of_no_meeting(session: DbSession):
    add(session, make_plan(PROBLEM))

    told = events_of(session, HALL, ANONYMOUS)

    assert len(told) == 1 + 3
    assert not any("会谈" in str(event["SUMMARY"]) for event in told)


def test_who_has_no_part_is_named_to_those_who_ask(session: DbSession):
    add(session, make_plan(PROBLEM))

    for subject in (Subject(Side.OPC, "P-none"), Subject(Side.ROOM, "没有的厅")):
        with pytest.raises(InputError) as refused:
            programme_files.calendar(session, subject, actor=ORGANISER)
        assert [(found.code, found.value) for found in refused.value.problems] == [("not_in_programme", subject.id)]


def test_the_calendars_of_a_revision_hold_those_who_have_left_too(session: DbSession):
    first = make_plan(PROBLEM)
    before = add(session, first)
    after = add(session, without(first, OPC.id), published_at=NOW + timedelta(hours=1))

    files = {file.name: file.content for file in programme_files.calendars(session, after, actor=ORGANISER)}
    earlier = {file.name: file.content for file in programme_files.calendars(session, before, actor=ORGANISER)}

    assert len(files) == len(earlier) == 9 + 6 + 3
    assert b"CANCELLED" in files["opc-P-main-a-1.ics"]
    assert not any(b"CANCELLED" in content for content in earlier.values())


def test_a_subscription_reads_without_signing_in_as_long_as_the_account_may(session: DbSession):
    add(session, make_plan(PROBLEM))
    opc = opc_of(session, OPC)

    claims = programme_files.subscription(session, OPC, actor=opc)
    file = programme_files.subscribed_calendar(session, json.loads(json.dumps(claims)))

    assert file.content == programme_files.calendar(session, OPC, actor=opc).content
    for subject, stranger in ((OWNER, opc), (OPC, ANONYMOUS), (OPC, make_actor(session, Role.OPC, "x@example.cn"))):
        with pytest.raises(NotFound):
            programme_files.subscription(session, subject, actor=stranger)
    with pytest.raises(NotFound):
        programme_files.subscribed_calendar(session, {**claims, "account": 10**6})
    with pytest.raises(NotFound):
        programme_files.subscribed_calendar(session, {**claims, "side": "owner", "id": OWNER.id})


def test_a_document_can_be_of_one_session_alone(session: DbSession):
    line_up_id = add(session, make_plan(PROBLEM))

    file = programme_files.programme_file(session, line_up_id, "json", actor=ORGANISER, only="culture")

    assert [one["id"] for one in json.loads(file.content)["sessions"]] == ["culture"]
    assert file.name == "2026-Q4-r1-culture-json.json"
    with pytest.raises(InputError) as refused:
        programme_files.programme_file(session, line_up_id, "json", actor=ORGANISER, only="nowhere")
    assert [found.code for found in refused.value.problems] == ["not_in_programme"]


def test_no_file_holds_a_contact(session: DbSession):
    line_up_id = add(session, make_plan(PROBLEM))
    opc_of(session, OPC)
    kept = records.find_record(session, RecordKind.PROFILES, OPC.id)

    made = [
        programme_files.programme_file(session, line_up_id, one.code, actor=ORGANISER).content
        for one in FORMATS
        if one.code in ("json", "xlsx")
    ]
    made += [file.content for file in programme_files.calendars(session, line_up_id, actor=ORGANISER)]

    assert kept is not None
    assert not any(b"13800000000" in content or b"example.cn" in content for content in made)


def test_names_of_files_are_names_that_a_file_system_takes(session: DbSession):
    problem = json.loads(json.dumps(PROBLEM))
    for owner, name in zip(problem["owners"], ("../../etc", "甲/乙", "甲_乙", "a" * 200), strict=False):
        owner["id"] = name
    plan = make_plan(PROBLEM)
    for seat, owner in zip(plan["seats"], problem["owners"], strict=True):
        seat["owner"] = owner["id"]
    line_up_id = add(session, {**plan, "meetings": []}, problem=problem)

    names = [file.name for file in programme_files.calendars(session, line_up_id, actor=ORGANISER)]

    assert len(set(names)) == len(names)
    assert not any("/" in name or ".." in name or len(name) > 90 for name in names)
