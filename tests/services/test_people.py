"""People's side of a season: when they can come, what they answer, who is there, what came of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matching.domain.errors import EditConflict, InputError, NotFound
from matching.domain.vocabulary import load_vocabulary
from matching.programme.compare import compare
from matching.publishing.programme import Side, Subject
from matching.services import appointments, attendance, availability, meeting_notes, roadshows, seasons
from matching.services.access import SYSTEM, Actor, Role
from matching.services.accounts import actor_of
from matching.store import DbSession, accounts, participation, publications, records, runs, write_transaction
from tests.factories import NOW, ORGANISER, PROFILES, make_account
from tests.services.seasons import DAY, SMALL, keep, match_all, on_stage, plan, problem_of, publish_plan

OPC, OTHER, OWNER = (Subject(Side.OPC, "P-0"), Subject(Side.OPC, "P-1"), Subject(Side.OWNER, "场景方0"))
EVENING = DAY + timedelta(hours=12)


@pytest.fixture
def kept(session: DbSession) -> DbSession:
    """The small season with two sessions' worth of time, and accounts for an OPC and an owner."""
    match_all(session)
    main = SMALL.sessions[0]
    second = {**main, "id": "later", "title": "专场", "in_days": 22, "track": [{**main["track"][0], "id": "later-a"}]}
    keep(session, replace(SMALL, sessions=[main, second]))
    return session


def account_of(session: DbSession, subject: Subject) -> Actor:
    """The account that answers for a person; made when it is first asked for."""
    email = f"{abs(hash(subject)) % 10**8}@example.cn"
    found = accounts.find_account(session, email=email)
    if found is not None:
        return actor_of(found)
    if subject.side is Side.OWNER:
        return actor_of(make_account(session, Role.SCENARIO_OWNER, email, organisation=subject.id))
    account = make_account(session, Role.OPC, email)
    profile = records.find_record(session, PROFILES, subject.id)
    assert profile is not None
    with write_transaction(session):
        records.bind_account(session, PROFILES, account.id, owner_name=profile.record.name)
    return actor_of(account)


def say(session: DbSession, subject: Subject, windows: dict, version: int = 0, actor: Actor | None = None) -> None:
    availability.save_presence(
        session, subject, windows, expected_version=version, actor=actor or account_of(session, subject),
        vocabulary=load_vocabulary(), now=NOW,
    )  # fmt: skip


def refusal(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [found.code for found in error.value.problems]


# When people can come


def test_whoever_says_nothing_is_there_throughout(kept: DbSession):
    found = availability.presence_of(kept, OPC, actor=account_of(kept, OPC), vocabulary=load_vocabulary(), now=NOW)

    assert [(one.id, one.start_min, one.end_min) for one in found.sessions] == [("main", 570, 660), ("later", 570, 660)]
    assert found.share(found.windows) == (180, 180)


def test_what_somebody_says_goes_into_the_next_plan(kept: DbSession):
    say(kept, OPC, {"main": [], "later": [[570, 660]]})
    say(kept, OWNER, {"main": [[560, 700]], "later": []})

    found = problem_of(plan(kept))

    pitch = next(one for one in found["pitches"] if one["id"] == "P-0")
    owner = next(one for one in found["owners"] if one["id"] == "场景方0")
    assert (pitch["sessions"], pitch["windows"]) == (
        ["later"],
        [{"session": "later", "start_min": 570, "end_min": 660}],
    )
    assert owner["sessions"] == ["main"]


def test_one_hour_does_not_buy_the_best_slot(kept: DbSession):
    with pytest.raises(InputError) as refused:
        say(kept, OPC, {"main": [[570, 600]], "later": []})

    facts = refused.value.problems[0].facts
    assert refusal(refused) == ["too_little_time"]
    assert (facts["said"], facts["needed"], facts["more"]) == (30, 90, 60)
    assert "windows" not in next(one for one in problem_of(plan(kept))["pitches"] if one["id"] == "P-0")


def test_taking_no_part_at_all_is_always_possible(kept: DbSession):
    say(kept, OPC, {"main": [], "later": []})

    line_up = plan(kept)

    assert next(one for one in problem_of(line_up)["pitches"] if one["id"] == "P-0")["sessions"] == []
    assert next(row["reason"]["kind"] for row in line_up.plan["left_out"] if row["pitch"] == "P-0") == "no_common_time"


@pytest.mark.parametrize(
    ("windows", "code"),
    [
        ({"main": [[600, 570]]}, "window_reversed"),
        ({"main": [[60, 120]]}, "window_outside"),
        ({"nowhere": [[570, 600]]}, "unknown_session"),
    ],
)
def test_times_that_cannot_be_are_refused_in_words(kept: DbSession, windows: dict, code: str):
    with pytest.raises(InputError) as refused:
        say(kept, OPC, windows)

    assert refusal(refused) == [code]


def test_somebody_else_s_times_are_nobody_s_business(kept: DbSession):
    with pytest.raises(NotFound):
        say(kept, OPC, {"main": []}, actor=account_of(kept, OTHER))
    with pytest.raises(NotFound):
        say(kept, OWNER, {"main": []}, actor=account_of(kept, OTHER))

    say(kept, OPC, {"main": []}, actor=ORGANISER)
    assert [one.told_by for one in seasons.said_when(kept, "2026-Q4", actor=ORGANISER)] == ["organiser"]


def test_the_slower_of_two_is_told(kept: DbSession):
    say(kept, OPC, {"main": []})

    with pytest.raises(EditConflict):
        say(kept, OPC, {"later": []}, version=0)


# What they answer


def answer(session: DbSession, subject: Subject, item: str, state: str, now=NOW, actor: Actor | None = None) -> None:
    appointments.answer(
        session, "2026-Q4", subject, item, state, reason="出差", actor=actor or account_of(session, subject), now=now
    )


def own(session: DbSession, subject: Subject, now=NOW) -> list[appointments.Mine]:
    return appointments.own_appointments(session, actor=account_of(session, subject), now=now)


@pytest.fixture
def published(kept: DbSession) -> DbSession:
    """A published programme with OPC P-0 and owner 场景方0 in it, who meet."""
    for made in ({"pitch": "P-0", "track": "main-a", "level": "track"},):
        seasons.add_lock(kept, "2026-Q4", made, reason=None, actor=ORGANISER, now=NOW)
    publish_plan(kept)
    return kept


def meeting_of(session: DbSession, opc: str) -> dict:
    plan_ = roadshows.published_line_ups(session)[0].plan
    return next(row for row in plan_["meetings"] if row["opc"] == opc)


def test_a_person_sees_its_appointments_with_reasons_and_confirms_them(published: DbSession):
    before = own(published, OPC)
    answer(published, OPC, "pitch:P-0", "confirmed")
    after = own(published, OPC)

    assert [one.appointment.kind for one in before] == ["pitch", "meeting"]
    assert before[0].why is not None
    assert [one.answer and one.answer.state for one in after] == ["confirmed", None]


def test_a_withdrawal_is_an_event_and_the_next_plan_does_without(published: DbSession):
    answer(published, OPC, "pitch:P-0", "withdrawn")

    lock = seasons.locks(published, "2026-Q4", actor=ORGANISER)[0]
    seasons.release_lock(published, "2026-Q4", lock.id, actor=ORGANISER, now=NOW)
    line_up = roadshows.published_line_ups(published)[0]
    held = appointments.withdrawn_items(published, line_up)
    anew = plan(published)

    assert [(one.person, one.item, one.reason) for one in held] == [("P-0", "pitch:P-0", "出差")]
    assert "P-0" not in on_stage(anew)
    with pytest.raises(InputError) as refused:
        answer(published, OPC, "pitch:P-0", "confirmed")
    assert refusal(refused) == ["withdrawn_already"]


def test_two_who_do_not_want_to_meet_are_not_planned_again(published: DbSession):
    meeting = meeting_of(published, "P-0")
    answer(published, OPC, f"meeting:P-0|{meeting['owner']}", "withdrawn")

    anew = plan(published)

    assert ("P-0", meeting["owner"]) not in {(row["opc"], row["owner"]) for row in anew.plan["meetings"]}
    assert "P-0" in on_stage(anew)


def test_an_owner_who_withdraws_is_not_there_for_that_session(published: DbSession):
    panel = next(one.item for one in own(published, OWNER) if one.appointment.kind == "panel")
    session_id = "main" if panel == "panel:main-a" else "later"
    answer(published, OWNER, panel, "withdrawn")

    owner = next(one for one in problem_of(plan(published))["owners"] if one["id"] == "场景方0")

    assert session_id not in owner["sessions"]


def test_an_answer_holds_for_the_time_it_was_given_for(published: DbSession):
    answer(published, OPC, "pitch:P-0", "confirmed")
    base = roadshows.published_line_ups(published)[0]
    moved = {
        **base.plan,
        "placements": [
            {**row, "start_min": row["start_min"] + 1, "end_min": row["end_min"] + 1} for row in base.plan["placements"]
        ],
    }
    with write_transaction(published):
        line_up_id = publications.add_line_up(
            published, season="2026-Q4", title="x", inputs_sha256="0", problem=base.problem, plan=moved, now=NOW
        )
        publications.publish_line_up(published, line_up_id, approved_by="x", now=NOW)

    assert own(published, OPC)[0].answer is None


def test_nobody_answers_for_somebody_else_or_too_late_or_nonsense(published: DbSession):
    with pytest.raises(NotFound):
        answer(published, OPC, "pitch:P-0", "confirmed", actor=account_of(published, OTHER))
    with pytest.raises(NotFound):
        answer(published, OPC, "pitch:P-1", "confirmed")
    with pytest.raises(InputError) as unknown:
        answer(published, OPC, "pitch:P-0", "perhaps")
    with pytest.raises(InputError) as late:
        answer(published, OPC, "pitch:P-0", "withdrawn", now=EVENING)

    assert (refusal(unknown), refusal(late)) == (["unknown_answer"], ["too_late_to_answer"])


# What they are told


def test_a_publication_tells_exactly_those_whose_appointments_change(published: DbSession):
    first = appointments.own_notices(published, actor=account_of(published, OPC))
    line_up = roadshows.published_line_ups(published)[0]
    there = {("opc", row["opc"]) for row in line_up.plan["meetings"]} | {
        ("owner", row["owner"]) for row in line_up.plan["seats"]
    }
    everybody = {(one.side, one.person) for one in participation.notices_for(published, there)}
    longer = [
        {**one, "track": [{**one["track"][0], "end": "10:15"}]} if one["id"] == "later" else one
        for one in seasons.current_season(published, vocabulary=load_vocabulary(), now=NOW).season.sessions
    ]
    keep(published, replace(SMALL, sessions=longer))

    second = roadshows.publish_line_up(published, plan(published).id, actor=ORGANISER, now=NOW)

    changed = {
        (change.side, change.person)
        for change in compare(line_up.problem["problem"], line_up.plan, second.problem["problem"], second.plan).changes
    }
    told = {
        (one.side, one.person)
        for one in participation.notices_for(published, everybody | changed)
        if one.facts["revision"] == second.revision
    }
    assert len(first) == 2
    assert everybody == there
    assert told == changed
    assert runs.count_outbox(published)["waiting"] == len(everybody) + len(changed)


def test_notices_are_read_by_those_they_are_for(published: DbSession):
    notice = appointments.own_notices(published, actor=account_of(published, OPC))[0]

    with pytest.raises(NotFound):
        appointments.mark_read(published, [notice.id], actor=account_of(published, OWNER), now=NOW)
    appointments.mark_read(published, [notice.id], actor=account_of(published, OPC), now=NOW)

    assert notice.id not in [one.id for one in appointments.own_notices(published, actor=account_of(published, OPC))]


# Who is there


def test_a_code_checks_in_once_on_the_day(published: DbSession):
    code = attendance.claims("2026-Q4", "main", OPC)

    with pytest.raises(InputError) as early:
        attendance.check_in(published, code, now=NOW)
    first = attendance.check_in(published, code, now=DAY)
    again = attendance.check_in(published, code, now=DAY + timedelta(minutes=9))

    assert refusal(early) == ["not_the_day"]
    assert first.checked_in is not None
    assert (again.checked_in, first.checked_in.how) == (first.checked_in, "code")


def test_a_code_of_somebody_without_a_part_opens_nothing(published: DbSession):
    with pytest.raises(NotFound):
        attendance.arrival(published, attendance.claims("2026-Q4", "main", Subject(Side.OPC, "P-9")), now=DAY)
    with pytest.raises(NotFound):
        attendance.arrival(published, attendance.claims("2026-Q4", "nowhere", OPC), now=DAY)


def test_the_sheet_shows_who_is_there_and_staff_check_in_too(published: DbSession):
    line_up = roadshows.published_line_ups(published)[0]
    answer(published, OPC, "pitch:P-0", "confirmed")

    attendance.check_in_by_staff(published, line_up.id, "main", OPC, actor=ORGANISER, now=DAY)
    sheet = attendance.sheet_of(published, line_up.id, "main", actor=ORGANISER)

    mine = next(line for line in sheet.lines if line.subject == OPC)
    assert mine.checked_in is not None
    assert (mine.checked_in.how, [one.state for one in mine.answers]) == ("staff", ["confirmed"])
    assert {line.subject for line in sheet.lines if line.checked_in} == {OPC}
    with pytest.raises(NotFound):
        attendance.check_in_by_staff(published, line_up.id, "main", Subject(Side.OPC, "P-9"), actor=ORGANISER, now=DAY)


# What came of it


def write(session: DbSession, subject: Subject, owner: str, opc: str = "P-0", now=EVENING, **more) -> None:
    given = {"outcome": "intent", "minutes": None, "next_step": "寄样品", "next_on": date(2026, 12, 20), "rating": 5}
    meeting_notes.save_note(
        session, "2026-Q4", opc, owner, **{**given, "expected_version": 0, **more},
        actor=account_of(session, subject), now=now,
    )  # fmt: skip


def test_both_sides_write_and_the_organiser_reads(published: DbSession):
    owner = meeting_of(published, "P-0")["owner"]

    write(published, OPC, owner)
    write(published, Subject(Side.OWNER, owner), owner, outcome="trial", next_step=None, next_on=None, rating=None)
    write(published, OPC, owner, expected_version=1, outcome="no_fit")

    found = [
        one for one in meeting_notes.outcomes(published, "2026-Q4", actor=ORGANISER) if one.meeting.opc.id == "P-0"
    ]
    assert [(one.by_opc.outcome, one.by_opc.next_step, one.by_owner.outcome) for one in found] == [
        ("no_fit", "寄样品", "trial")
    ]


def test_a_note_is_refused_before_the_meeting_by_strangers_and_with_nonsense(published: DbSession):
    owner = meeting_of(published, "P-0")["owner"]

    with pytest.raises(InputError) as early:
        write(published, OPC, owner, now=NOW)
    with pytest.raises(NotFound):
        write(published, OTHER, owner)
    with pytest.raises(InputError) as outcome:
        write(published, OPC, owner, outcome="splendid")
    with pytest.raises(InputError) as rating:
        write(published, OPC, owner, rating=6)
    write(published, OPC, owner)
    with pytest.raises(EditConflict):
        write(published, OPC, owner)

    assert [refusal(one) for one in (early, outcome, rating)] == [
        ["meeting_not_begun"],
        ["unknown_outcome"],
        ["bad_rating"],
    ]


def test_an_empty_form_brings_one_reminder_and_a_filled_one_none(published: DbSession):
    owner = meeting_of(published, "P-0")["owner"]
    sides = 2 * len(roadshows.published_line_ups(published)[0].plan["meetings"])
    in_time = [meeting_notes.remind(published, actor=SYSTEM, now=when) for when in (NOW, DAY + timedelta(hours=1))]
    write(published, OPC, owner)

    first = meeting_notes.remind(published, actor=SYSTEM, now=EVENING + timedelta(days=1))
    again = meeting_notes.remind(published, actor=SYSTEM, now=EVENING + timedelta(days=2))

    assert in_time == [0, 0]
    assert (first, again) == (sides - 1, 0)
    for subject, reminded in ((OPC, []), (Subject(Side.OWNER, owner), ["P-0"])):
        notices = appointments.own_notices(published, actor=account_of(published, subject))
        assert [n.facts["opc"] for n in notices if n.kind == "note_due" and n.facts["opc"] == "P-0"] == reminded
