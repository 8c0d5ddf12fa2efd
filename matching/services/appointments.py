"""A person's own appointments: confirmed or withdrawn, and what it is told when they change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from matching.domain.errors import InputError, NotFound, problem
from matching.programme.compare import agenda_of
from matching.publishing.programme import Subject
from matching.publishing.programme.agenda import Appointment, agenda
from matching.services.access import Action, Actor, allowed
from matching.services.programme_files import own_subjects, programme_of, published_of
from matching.services.records import SHANGHAI
from matching.store import DbSession, participation, publications, write_transaction
from matching.store import seasons as stored_seasons
from matching.store.audit import record_change
from matching.store.participation import Answer, MeetingNote, Notice
from matching.store.publications import StoredLineUp

CONFIRMED, WITHDRAWN = "confirmed", "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """One appointment of a person in a published programme.

    `answer` is what was answered to just this place and time (None: not yet, or it was moved since); `is_over` once it
    has ended. `why` is the placement's reason (data) of a pitch. `note` is what this person wrote after a meeting.
    """

    season: str
    subject: Subject
    name: str
    item: str
    appointment: Appointment
    answer: Answer | None
    why: Mapping[str, Any] | None
    note: MeetingNote | None
    has_begun: bool
    is_over: bool


def own_appointments(session: DbSession, *, actor: Actor, now: datetime) -> list[Mine]:
    """Everything that the actor's people have in the published programmes, in the order of time."""
    mine = own_subjects(session, actor=actor)
    found: list[Mine] = []
    for line_up in publications.list_line_ups(session) if mine else ():
        for subject in mine:
            found += _of(session, line_up, subject, now)
    return sorted(found, key=lambda one: (one.appointment.span.on or date.max, one.appointment.span.start_min))


def answer(
    session: DbSession,
    season: str,
    subject: Subject,
    item: str,
    state: str,
    *,
    reason: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Confirm or withdraw one appointment. A withdrawal is an event of the season: the next plan does without.

    Raises:
        NotFound: it is not the actor's own (nor does the actor organise), or there is no such appointment.
        InputError: `unknown_answer`, `too_late_to_answer`, `withdrawn_already`.
    """
    if subject not in own_subjects(session, actor=actor) and not allowed(actor, Action.COMPUTE):
        raise NotFound(problem("not_found"))
    if state not in (CONFIRMED, WITHDRAWN):
        raise InputError(problem("unknown_answer", value=state))
    with write_transaction(session):
        line_up = published_of(session, season)
        one = next((held for held in _of(session, line_up, subject, now) if held.item == item), None)
        if one is None:
            raise NotFound(problem("not_found"))
        if one.has_begun:
            raise InputError(problem("too_late_to_answer"))
        if one.answer is not None and one.answer.state == WITHDRAWN:
            raise InputError(problem("withdrawn_already"))
        place = agenda_of(line_up.problem["problem"], line_up.plan)[_key(subject, item)]
        participation.save_answer(
            session, season, subject.side.value, subject.id, item, state=state, place=place, reason=reason,
            by=actor.name, now=now,
        )  # fmt: skip
        if state == WITHDRAWN:
            event = _event(subject, item, place)
            stored_seasons.add_event(session, season, event, by=actor.name, now=now)
        record_change(
            session, now=now, actor=actor.name, action=state, object_kind=subject.side.value, object_id=subject.id,
            season=season, item=item, reason=reason,
        )  # fmt: skip


def withdrawn_items(session: DbSession, line_up: StoredLineUp) -> list[Answer]:
    """What people took back and the programme still holds."""
    there = agenda_of(line_up.problem["problem"], line_up.plan)
    answers = participation.list_answers(session, line_up.season)
    return [one for key, one in sorted(answers.items()) if one.state == WITHDRAWN and there.get(key) == one.place]


def confirmed_count(session: DbSession, line_up: StoredLineUp) -> tuple[int, int]:
    """(confirmed appointments, all appointments) of a programme."""
    there = agenda_of(line_up.problem["problem"], line_up.plan)
    answers = participation.list_answers(session, line_up.season)
    held = sum(one.state == CONFIRMED and there.get(key) == one.place for key, one in answers.items())
    return held, len(there)


def own_notices(session: DbSession, *, actor: Actor, unread_only: bool = True) -> list[Notice]:
    """What the actor's people were told, newest first."""
    people = [(subject.side.value, subject.id) for subject in own_subjects(session, actor=actor)]
    return participation.notices_for(session, people, unread_only=unread_only)


def mark_read(session: DbSession, notice_ids: Sequence[int], *, actor: Actor, now: datetime) -> None:
    """Remember that notices were read.

    Raises:
        NotFound: one of them is not the actor's.
    """
    mine = {(subject.side.value, subject.id) for subject in own_subjects(session, actor=actor)}
    with write_transaction(session):
        for notice_id in notice_ids:
            notice = participation.find_notice(session, notice_id)
            if notice is None or (notice.side, notice.person) not in mine:
                raise NotFound(problem("not_found"))
            participation.mark_read(session, notice_id, now)


def _of(session: DbSession, line_up: StoredLineUp, subject: Subject, now: datetime) -> list[Mine]:
    programme = programme_of(line_up)
    rows = agenda(programme, subject)
    if not rows:
        return []
    there = agenda_of(line_up.problem["problem"], line_up.plan)
    answers = participation.list_answers(session, line_up.season)
    notes = participation.list_notes(session, line_up.season)
    reasons = _reasons(line_up)
    names = {person.subject: person.name for person in programme.people}
    local = now.astimezone(SHANGHAI)
    found = []
    for row in rows:
        key = _key(subject, row.item)
        said = answers.get(key)
        starts, ends = row.span.starts_at, row.span.ends_at
        opc, _, owner = row.item.partition(":")[2].partition("|")
        found.append(
            Mine(
                season=line_up.season,
                subject=subject,
                name=names.get(subject, subject.id),
                item=row.item,
                appointment=row,
                answer=said if said is not None and said.place == there[key] else None,
                why=reasons.get(row.item) or reasons.get(f"{row.item}|{subject.id}"),
                note=notes.get((opc, owner, subject.side.value)) if row.kind == "meeting" else None,
                has_begun=starts is not None and starts <= local,
                is_over=ends is not None and ends <= local,
            )
        )
    return found


def _reasons(line_up: StoredLineUp) -> dict[str, Mapping[str, Any]]:
    """item → why it is in the programme: a placement's reason, a meeting's score, how many candidates a panel hears."""
    plan, problem_ = line_up.plan, line_up.problem["problem"]
    found: dict[str, Mapping[str, Any]] = {f"pitch:{row['pitch']}": row["reason"] for row in plan["placements"]}
    for row in plan["meetings"]:
        found[f"meeting:{row['opc']}|{row['owner']}"] = {"kind": "meeting", "score": row["score"]}
    track_of = {row["pitch"]: row["track"] for row in plan["placements"]}
    heard: dict[tuple[str, str], int] = {}
    for pitch, owner, _ in problem_["scores"]:
        if pitch in track_of:
            heard[owner, track_of[pitch]] = heard.get((owner, track_of[pitch]), 0) + 1
    for seat in plan["seats"]:
        key = (seat["owner"], seat["track"])
        found[f"panel:{seat['track']}|{seat['owner']}"] = {"kind": "panel", "candidates": heard.get(key, 0)}
    return found


def _key(subject: Subject, item: str) -> Any:
    return (subject.side.value, subject.id, item)


def _event(subject: Subject, item: str, place: Mapping[str, Any]) -> dict[str, Any]:
    kind, _, rest = item.partition(":")
    if kind == "pitch":
        return {"kind": "pitch_withdrawn", "pitch": rest}
    if kind == "panel":
        return {"kind": "owner_cancelled", "owner": subject.id, "session": place["session"]}
    opc, _, owner = rest.partition("|")
    return {"kind": "meeting_cancelled", "opc": opc, "owner": owner}
