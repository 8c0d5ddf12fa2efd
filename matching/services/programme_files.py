"""Files of a season's programme: documents for those who organise, calendars for people and rooms."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matching.domain.errors import InputError, NotFound, problem
from matching.domain.records import RecordKind
from matching.publishing.programme import CALENDAR, Links, Programme, Side, Subject, find_format, read_programme
from matching.publishing.programme.agenda import Appointment, agenda, subjects
from matching.services.access import Action, Actor, Role, allowed, authorize, owns
from matching.services.accounts import actor_of
from matching.store import DbSession, publications, records
from matching.store.accounts import find_account
from matching.store.publications import StoredLineUp
from matching.store.records import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeFile:
    """A file to hand out."""

    name: str
    media_type: str
    content: bytes


def programme_of(stored: StoredLineUp) -> Programme:
    """A stored revision as files show it. Who may see it has been asked before."""
    return read_programme(
        stored.problem["problem"],
        stored.plan,
        stored.problem["names"],
        season=stored.season,
        title=stored.title,
        revision=stored.revision,
        stage=stored.stage,
        made_at=stored.created_at,
        published_at=stored.published_at,
    )


def view_programme(session: DbSession, line_up_id: int, *, actor: Actor) -> Programme:
    """One revision, draft or not, with its meetings; for those who organise.

    Raises:
        NotAllowed: who meets whom is not public.
        NotFound: there is none.
    """
    authorize(actor, Action.EXPORT)
    stored = publications.find_line_up(session, line_up_id)
    if stored is None:
        raise NotFound(problem("not_found"))
    return programme_of(stored)


def programme_file(
    session: DbSession,
    line_up_id: int,
    code: str,
    *,
    actor: Actor,
    language: str = "zh",
    only: str | None = None,
    links: Links | None = None,
) -> ProgrammeFile:
    """A document of one revision in the format `code` of `publishing.programme.FORMATS`.

    Args:
        only: the id of a session, for a document of it alone.
        links: what the QR of a table card opens: (session id, who) → an address.

    Raises:
        InputError: `unknown_programme_format`, `not_in_programme` (no such session), `no_chinese_font`,
            `link_too_long`.
        NotAllowed, NotFound: as `view_programme`.
    """
    programme, made = view_programme(session, line_up_id, actor=actor), find_format(code)
    if only is not None:
        programme = programme.only(only)
        if not programme.sessions:
            raise InputError(problem("not_in_programme", value=only))
    options: dict[str, Any] = {"links": links} if made.code == "table-cards" else {}
    return ProgrammeFile(
        name="-".join(filter(None, (programme.season, f"r{programme.revision}", only, made.code))) + made.suffix,
        media_type=made.media_type,
        content=made.render(programme, language=language, **options),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProgramme:
    """What one person of the actor's has in the published programmes, seasons newest first."""

    subject: Subject
    name: str
    seasons: Sequence[tuple[Programme, Sequence[Appointment]]]


def own_subjects(session: DbSession, *, actor: Actor) -> list[Subject]:
    """Whom the actor answers for: an owner's organisation, each profile of an OPC; nobody else has any."""
    if actor.account_id is None:
        return []
    if actor.role is Role.SCENARIO_OWNER and actor.organisation:
        return [Subject(Side.OWNER, actor.organisation)]
    if actor.role is Role.OPC:
        own = records.list_records(session, RecordKind.PROFILES, Filter(account_id=actor.account_id), size=100)
        return [Subject(Side.OPC, line.id) for line in own.lines]
    return []


def own_programmes(session: DbSession, *, actor: Actor) -> list[OwnProgramme]:
    """The actor's own appointments in the published programmes; none, none."""
    mine = own_subjects(session, actor=actor)
    programmes = [programme_of(stored) for stored in publications.list_line_ups(session)] if mine else []
    found = []
    for subject in mine:
        seasons = [(programme, agenda(programme, subject)) for programme in programmes]
        held = [(programme, rows) for programme, rows in seasons if rows]
        if held:
            found.append(OwnProgramme(subject=subject, name=subjects(held[0][0])[subject], seasons=held))
    return found


def published_of(session: DbSession, season: str) -> StoredLineUp:
    """The published revision of a season. Who may see what of it is the caller's to ask.

    Raises:
        NotFound: nothing of that season is published.
    """
    found = publications.list_line_ups(session, season=season)
    if not found:
        raise NotFound(problem("not_found"))
    return found[0]


def published_history(session: DbSession, season: str | None = None) -> list[Programme]:
    """Every publication of a season (or of all seasons) in the order in which it was made."""
    found = publications.list_line_ups(session, season=season, stages=("published", "superseded"))
    return [programme_of(stored) for stored in sorted(found, key=_order)]


def calendar(
    session: DbSession, subject: Subject, *, actor: Actor, language: str = "zh", season: str | None = None
) -> ProgrammeFile:
    """What a person or a room has in the published programmes, cancellations included.

    A room's calendar holds what anybody may read; a person's is for that person and for those who organise.

    Raises:
        NotFound: it is not the actor's own.
        InputError: `not_in_programme`: there is nothing, and the actor does not ask for its own.
    """
    own = _is_own(session, subject, actor)
    if not own and subject.side is not Side.ROOM and not allowed(actor, Action.EXPORT):
        raise NotFound(problem("not_found"))
    history = published_history(session, season)
    names = _names(history)
    if subject not in names and not own:
        raise InputError(problem("not_in_programme", value=subject.id))
    return _calendar(history, subject, names.get(subject, subject.id), language)


def calendars(session: DbSession, line_up_id: int, *, actor: Actor, language: str = "zh") -> list[ProgrammeFile]:
    """The calendars of everybody and of every room of one season up to a revision, for sending out.

    Whoever was in an earlier revision and has left has one too: it takes the appointments away.

    Raises:
        InputError: `not_published`: the revision is a draft.
        NotAllowed, NotFound: as `view_programme`.
    """
    programme = view_programme(session, line_up_id, actor=actor)
    if programme.published_at is None:
        raise InputError(problem("not_published", season=programme.season, revision=programme.revision))
    history = published_history(session, programme.season)
    history = history[: [one.revision for one in history].index(programme.revision) + 1]
    return [_calendar(history, subject, name, language) for subject, name in _names(history).items()]


def subscription(session: DbSession, subject: Subject, *, actor: Actor) -> dict[str, Any]:
    """What the address of a calendar subscription says, for the caller to sign: phones do not sign in.

    Raises:
        NotFound: the calendar is not the actor's own.
    """
    if actor.account_id is None or not (_is_own(session, subject, actor) or allowed(actor, Action.EXPORT)):
        raise NotFound(problem("not_found"))
    return {"account": actor.account_id, "side": subject.side.value, "id": subject.id}


def subscribed_calendar(session: DbSession, claims: Mapping[str, Any], *, language: str = "zh") -> ProgrammeFile:
    """The calendar of a subscription whose signature the caller has checked.

    It ends with the right to it: an account that is closed, or has lost the record, reads nothing any more.

    Raises:
        NotFound: the account may not (or no longer) read this calendar.
    """
    account = find_account(session, account_id=claims["account"])
    if account is None or not account.active:
        raise NotFound(problem("not_found"))
    subject = Subject(Side(claims["side"]), claims["id"])
    return calendar(session, subject, actor=actor_of(account), language=language)


def _calendar(history: Sequence[Programme], subject: Subject, name: str, language: str) -> ProgrammeFile:
    from matching.publishing.programme.calendar import calendar_file  # brings icalendar: only where one is made

    _, suffix, media_type = CALENDAR
    return ProgrammeFile(
        name=f"{subject.side.value}-{_plain(subject.id)}{suffix}",
        media_type=media_type,
        content=calendar_file(history, subject, name=name, language=language),
    )


def _names(history: Sequence[Programme]) -> dict[Subject, str]:
    """Everybody and every room of the history, under the latest name."""
    return {subject: name for programme in history for subject, name in subjects(programme).items()}


def _is_own(session: DbSession, subject: Subject, actor: Actor) -> bool:
    if subject.side is Side.OWNER:
        return actor.role is Role.SCENARIO_OWNER and actor.organisation == subject.id
    if subject.side is Side.OPC:
        stored = records.find_record(session, RecordKind.PROFILES, subject.id)
        return stored is not None and owns(actor, stored)
    return False


def _plain(name: str) -> str:
    """A name that every file system takes; what had to be changed keeps apart by a number of its own."""
    plain = re.sub(r"[^\w-]+", "_", name)[:60]
    return plain if plain == name else f"{plain}-{zlib.crc32(name.encode()):08x}"


def _order(stored: StoredLineUp) -> tuple[datetime, int]:
    assert stored.published_at is not None
    return stored.published_at, stored.id
