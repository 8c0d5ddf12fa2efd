"""After a meeting: outcome, minutes and next step of each side, and one reminder where the form stays empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from matching.domain.errors import EditConflict, InputError, NotFound, problem
from matching.domain.text import check_text
from matching.publishing.programme import Programme, Side, Subject
from matching.publishing.programme.programme import Meeting, Slot
from matching.services.access import Action, Actor, authorize
from matching.services.programme_files import own_subjects, programme_of, published_of
from matching.services.records import SHANGHAI
from matching.store import DbSession, participation, publications, runs, write_transaction
from matching.store.audit import record_change
from matching.store.participation import MeetingNote

OUTCOMES = ("intent", "trial", "more_info", "no_fit", "did_not_meet")
"""What can come of a meeting; `intent` and `trial` are what the city counts."""
REMIND_AFTER = timedelta(hours=2)
REMIND_WITHIN = timedelta(days=14)
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteForm:
    """The form of one side about one meeting; `note` as it was saved, if it was."""

    season: str
    subject: Subject
    opc: str
    owner: str
    other: str
    session: str
    slot: Slot
    note: MeetingNote | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A meeting of the programme with what both sides wrote, for those who organise."""

    meeting: Meeting
    slot: Slot
    session: str
    by_opc: MeetingNote | None
    by_owner: MeetingNote | None


def note_form(session: DbSession, season: str, opc: str, owner: str, *, actor: Actor, now: datetime) -> NoteForm:
    """The actor's form about a meeting that has begun.

    Raises:
        NotFound: the published programme has no such meeting, or it is not the actor's.
        InputError: `meeting_not_begun`.
    """
    mine = own_subjects(session, actor=actor)
    subject = next((one for one in mine if one in (Subject(Side.OPC, opc), Subject(Side.OWNER, owner))), None)
    found = None if subject is None else _meeting(programme_of(published_of(session, season)), opc, owner)
    if subject is None or found is None:
        raise NotFound(problem("not_found"))
    title, slot, meeting = found
    if slot.span.starts_at is None or slot.span.starts_at > now.astimezone(SHANGHAI):
        raise InputError(problem("meeting_not_begun"))
    other = meeting.owner if subject.side is Side.OPC else meeting.opc
    note = participation.list_notes(session, season).get((opc, owner, subject.side.value))
    return NoteForm(
        season=season, subject=subject, opc=opc, owner=owner, other=other.name, session=title, slot=slot, note=note
    )


def save_note(
    session: DbSession,
    season: str,
    opc: str,
    owner: str,
    *,
    outcome: str,
    minutes: str | None,
    next_step: str | None,
    next_on: date | None,
    rating: int | None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Save what one side says of a meeting.

    Raises:
        InputError: `unknown_outcome`, `bad_rating` (1 to 5), `too_long`, and as `note_form`.
        EditConflict: it was saved by somebody else since `expected_version`.
        NotFound: as `note_form`.
    """
    form = note_form(session, season, opc, owner, actor=actor, now=now)
    if outcome not in OUTCOMES:
        raise InputError(problem("unknown_outcome", key="outcome", value=outcome))
    if rating is not None and not 1 <= rating <= 5:
        raise InputError(problem("bad_rating", key="rating", value=rating))
    note = {
        "opc": opc,
        "owner": owner,
        "side": form.subject.side.value,
        "outcome": outcome,
        "minutes": check_text(minutes, key="minutes", longest=LONGEST_TEXT) if minutes else None,
        "next_step": check_text(next_step, key="next_step", longest=200) if next_step else None,
        "next_on": next_on,
        "rating": rating,
    }
    with write_transaction(session):
        if not participation.save_note(
            session, season, note, expected_version=expected_version, by=actor.name, now=now
        ):
            raise EditConflict(problem("edited_meanwhile"))
        record_change(
            session, now=now, actor=actor.name, action="note", object_kind="meeting", object_id=f"{opc}|{owner}",
            season=season, side=form.subject.side.value, outcome=outcome,
        )  # fmt: skip


def outcomes(session: DbSession, season: str, *, actor: Actor) -> list[Outcome]:
    """Every meeting of the published programme with what came of it; none where nothing is published."""
    authorize(actor, Action.VIEW_DRAFTS)
    if not publications.list_line_ups(session, season=season):
        return []
    notes = participation.list_notes(session, season)
    return [
        Outcome(
            meeting=meeting,
            slot=slot,
            session=title,
            by_opc=notes.get((meeting.opc.id, meeting.owner.id, "opc")),
            by_owner=notes.get((meeting.opc.id, meeting.owner.id, "owner")),
        )
        for title, slot, meeting in _meetings(programme_of(published_of(session, season)))
    ]


def remind(session: DbSession, *, actor: Actor, now: datetime) -> int:
    """Remind everybody whose form about a meeting is still empty, once a meeting and side; how many were reminded."""
    authorize(actor, Action.REMIND)
    local = now.astimezone(SHANGHAI)
    added = 0
    with write_transaction(session):
        for line_up in publications.list_line_ups(session):
            notes = participation.list_notes(session, line_up.season)
            for title, slot, meeting in _meetings(programme_of(line_up)):
                ended = slot.span.ends_at
                if ended is None or not ended + REMIND_AFTER <= local <= ended + REMIND_WITHIN:
                    continue
                for me, other in ((meeting.opc, meeting.owner), (meeting.owner, meeting.opc)):
                    if (meeting.opc.id, meeting.owner.id, me.side.value) not in notes:
                        facts = {
                            "opc": meeting.opc.id,
                            "owner": meeting.owner.id,
                            "other": other.name,
                            "session": title,
                        }
                        added += _remind(session, line_up.season, me.subject, facts, now)
        if added:
            record_change(
                session, now=now, actor=actor.name, action="remind", object_kind="meeting", object_id="*", added=added
            )
    return added


def _remind(session: DbSession, season: str, subject: Subject, facts: Mapping[str, str], now: datetime) -> bool:
    key = f"note_due:{season}:{facts['opc']}|{facts['owner']}:{subject.side.value}"
    added = participation.add_notice(
        session, key=key, side=subject.side.value, person=subject.id, season=season, kind="note_due", facts=facts,
        now=now,
    )  # fmt: skip
    if added:
        runs.enqueue(
            session, key=key, channel="inbox", recipient=f"{subject.side.value}:{subject.id}",
            message={"kind": "note_due", "season": season, **facts}, now=now,
        )  # fmt: skip
    return added


def _meetings(programme: Programme) -> list[tuple[str, Slot, Meeting]]:
    return [(one.title, slot, meeting) for one in programme.sessions for slot in one.slots for meeting in slot.meetings]


def _meeting(programme: Programme, opc: str, owner: str) -> tuple[str, Slot, Meeting] | None:
    pairs = _meetings(programme)
    return next((found for found in pairs if (found[2].opc.id, found[2].owner.id) == (opc, owner)), None)
