"""When people can come (可到场时间): said by themselves, or by an organiser for them, with a least share.

Without one, somebody could declare the best hour only and be given it; so a person is there for a fair part of what
is open to it, or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from matching.domain.errors import EditConflict, InputError, NotFound, problem
from matching.domain.records import RecordKind
from matching.domain.stages import OPEN_STAGES
from matching.domain.vocabulary import Vocabulary
from matching.programme.season import Row, Season, minutes
from matching.publishing.programme import Side, Subject
from matching.services import seasons
from matching.services.access import Action, Actor, allowed
from matching.services.programme_files import own_subjects
from matching.services.records import SHANGHAI
from matching.store import DbSession, records, write_transaction
from matching.store import seasons as stored
from matching.store.audit import record_change
from matching.store.seasons import Windows

_SIDES: Mapping[Side, stored.Side] = {Side.OPC: "opc", Side.OWNER: "owner"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that somebody could attend, from its first to its last minute (minutes from 00:00 of the day)."""

    id: str
    title: str
    on: date
    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What one person said by now; `version` 0 where it said nothing: then it is there for everything."""

    subject: Subject
    name: str
    season: str
    title: str
    sessions: Sequence[OpenSession]
    windows: Windows
    least_percent: int
    version: int

    def share(self, windows: Windows) -> tuple[int, int]:
        """(minutes said, minutes open) over all sessions."""
        return sum(_minutes_in(one, windows) for one in self.sessions), sum(
            one.end_min - one.start_min for one in self.sessions
        )


def presences(session: DbSession, *, actor: Actor, vocabulary: Vocabulary, now: datetime) -> list[Presence]:
    """For each person of the actor's: the season's sessions that are open to it and still to come."""
    return [
        presence_of(session, subject, actor=actor, vocabulary=vocabulary, now=now)
        for subject in own_subjects(session, actor=actor)
    ]


def presence_of(
    session: DbSession, subject: Subject, *, actor: Actor, vocabulary: Vocabulary, now: datetime
) -> Presence:
    """What one person said.

    Raises:
        NotFound: it is not the actor's own, and the actor does not organise; or there is no such person.
    """
    if subject not in own_subjects(session, actor=actor) and not allowed(actor, Action.COMPUTE):
        raise NotFound(problem("not_found"))
    current = seasons.current_season(session, vocabulary=vocabulary, now=now)
    name, sectors = _who(session, subject, vocabulary)
    found = stored.find_availability(session, current.code, _SIDES[subject.side], subject.id)
    today = now.astimezone(SHANGHAI).date()
    return Presence(
        subject=subject,
        name=name,
        season=current.code,
        title=current.season.title,
        sessions=[one for one in _open_to(current.season, sectors, vocabulary) if one.on >= today],
        windows=found.windows if found else {},
        least_percent=current.season.least_available_percent,
        version=found.version if found else 0,
    )


def save_presence(
    session: DbSession,
    subject: Subject,
    windows: Windows,
    *,
    expected_version: int,
    actor: Actor,
    vocabulary: Vocabulary,
    now: datetime,
) -> Presence:
    """Store when a person can come; sessions that are not named are attended as a whole.

    Raises:
        InputError: `window_reversed`, `window_outside`, `unknown_session`; `too_little_time` where it is there, but
            for less than the season asks for.
        EditConflict: it was said anew since `expected_version`.
        NotFound: as `presence_of`.
    """
    presence = presence_of(session, subject, actor=actor, vocabulary=vocabulary, now=now)
    known = {one.id: one for one in presence.sessions}
    problems = []
    for key, spans in windows.items():
        one = known.get(key)
        if one is None:
            problems.append(problem("unknown_session", value=key))
            continue
        for start, end in spans:
            if start >= end:
                problems.append(problem("window_reversed", key=one.title, start=_clock(start), end=_clock(end)))
            elif end <= one.start_min or start >= one.end_min:
                problems.append(
                    problem("window_outside", key=one.title, start=_clock(one.start_min), end=_clock(one.end_min))
                )
    if problems:
        raise InputError(*problems)
    said, open_ = presence.share(windows)
    needed = -(-open_ * presence.least_percent // 100)
    if 0 < said < needed:
        raise InputError(
            problem("too_little_time", said=said, needed=needed, more=needed - said, percent=presence.least_percent)
        )
    kept = {**{key: spans for key, spans in presence.windows.items() if key not in known}, **windows}
    with write_transaction(session):
        seasons.keep_season(session, seasons.current_season(session, vocabulary=vocabulary, now=now), now)
        saved = stored.save_availability(
            session, presence.season, _SIDES[subject.side], subject.id, kept, expected_version=expected_version,
            by=actor.name, now=now,
        )  # fmt: skip
        if not saved:
            raise EditConflict(problem("edited_meanwhile"))
        record_change(
            session, now=now, actor=actor.name, action="say_when", object_kind=subject.side.value,
            object_id=subject.id, season=presence.season, minutes=said,
        )  # fmt: skip
    return presence_of(session, subject, actor=actor, vocabulary=vocabulary, now=now)


def _open_to(season: Season, sectors: frozenset[str], vocabulary: Vocabulary) -> list[OpenSession]:
    return [
        _open_session(one)
        for one in season.sessions
        if not one["themes"] or not sectors or sectors & {vocabulary.sectors.code(theme) for theme in one["themes"]}
    ]


def _open_session(one: Row) -> OpenSession:
    spans = [(minutes(row["start"]), minutes(row["end"])) for row in (*one["track"], one.get("meetings") or ()) if row]
    return OpenSession(
        id=one["id"],
        title=one["title"],
        on=date.fromisoformat(one["on"]),
        start_min=min((start for start, _ in spans), default=0),
        end_min=max((end for _, end in spans), default=0),
    )


def _who(session: DbSession, subject: Subject, vocabulary: Vocabulary) -> tuple[str, frozenset[str]]:
    """A person's name and the sectors that it is known for."""
    if subject.side is Side.OPC:
        profile = records.find_record(session, RecordKind.PROFILES, subject.id)
        if profile is None:
            raise NotFound(problem("not_found"))
        return profile.record.name, _codes([profile.record.sectors], vocabulary)
    demands = [
        stored_demand.record
        for stored_demand in records.records_in(session, RecordKind.DEMANDS, OPEN_STAGES)
        if stored_demand.record.owner and stored_demand.record.owner.name == subject.id
    ]
    return subject.id, _codes([demand.sectors for demand in demands], vocabulary)


def _codes(lists: Sequence[Sequence[str] | None], vocabulary: Vocabulary) -> frozenset[str]:
    return frozenset(code for words in lists for code in map(vocabulary.sectors.code, words or ()) if code is not None)


def _minutes_in(one: OpenSession, windows: Windows) -> int:
    if one.id not in windows:
        return one.end_min - one.start_min
    held: set[int] = set()
    for start, end in windows[one.id]:
        held.update(range(max(start, one.start_min), min(end, one.end_min)))
    return len(held)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
