"""The pairs of the latest refresh, with their explanations as JSON text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Select, bindparam, delete, func, insert, select

from matching.domain.stages import OPEN_STAGES, Stage
from matching.store.database import DbSession
from matching.store.schema import DemandRow, MatchRow, MatchRunRow, ProfileRow

CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why nobody stands on a demand's list, as counts of profiles: all that speak of it are stopped by some rule.

    `speaking`: their texts suit the demand. `stopped`: rule → how many of them it stops. `alone`: rule → how many of
    them nothing else stops.
    """

    speaking: int
    stopped: Mapping[str, int]
    alone: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRun:
    """One refresh and what came out of it. `absences` explains `without_match`, as far as it was computed then."""

    at: datetime
    as_of: date
    fingerprint: str
    policy_version: str
    engine_version: str
    demands: int
    profiles: int
    matches: int
    without_match: Sequence[str]
    absences: Mapping[str, Absence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLine:
    """One pair from one side: the other record in short, and the explanation."""

    demand_id: str
    profile_id: str
    rank: int | None
    score: float
    eligible: bool
    first_seen_on: date
    other_title: str
    other_record: Mapping[str, Any]
    stored_explanation: str

    @property
    def explanation(self) -> Mapping[str, Any]:
        """The contract's JSON object, read when it is asked for: most pages show most pairs folded or kept."""
        found: Mapping[str, Any] = orjson.loads(self.stored_explanation)
        return found


def explanation_text(explanation: Mapping[str, Any]) -> str:
    """An explanation as it is stored: some 20,000 a refresh, so by the fastest writer there is."""
    return orjson.dumps(explanation).decode()


def latest_run(session: DbSession) -> MatchRun | None:
    """The refresh that the stored pairs come from."""
    row = session.execute(select(MatchRunRow).order_by(MatchRunRow.id.desc()).limit(1)).scalar_one_or_none()
    if row is None:
        return None
    return MatchRun(
        at=row.at,
        as_of=row.as_of,
        fingerprint=row.fingerprint,
        policy_version=row.policy_version,
        engine_version=row.engine_version,
        demands=row.demands,
        profiles=row.profiles,
        matches=row.matches,
        without_match=tuple(entry if isinstance(entry, str) else entry[0] for entry in row.without_match),
        absences={entry[0]: Absence(**entry[1]) for entry in row.without_match if not isinstance(entry, str)},
    )


def replace_matches(session: DbSession, run: MatchRun, pairs: Iterable[Mapping[str, Any]]) -> None:
    """Put the pairs of a refresh in place of the former ones.

    Each pair has the columns of `match` but `first_seen_on`, which is kept from the former refresh: what is
    new to a reader does not change because we computed again.
    """
    seen = {
        (line.demand_id, line.profile_id): line.first_seen_on
        for line in session.execute(select(MatchRow.demand_id, MatchRow.profile_id, MatchRow.first_seen_on))
    }
    session.execute(delete(MatchRow))
    chunk: list[dict[str, Any]] = []
    for pair in pairs:
        chunk.append({**pair, "first_seen_on": seen.get((pair["demand_id"], pair["profile_id"]), run.as_of)})
        if len(chunk) == CHUNK:
            session.execute(insert(MatchRow), chunk)
            chunk.clear()
    if chunk:
        session.execute(insert(MatchRow), chunk)
    session.add(
        MatchRunRow(
            at=run.at,
            as_of=run.as_of,
            fingerprint=run.fingerprint,
            policy_version=run.policy_version,
            engine_version=run.engine_version,
            demands=run.demands,
            profiles=run.profiles,
            matches=run.matches,
            without_match=[
                [demand_id, asdict(run.absences[demand_id])] if demand_id in run.absences else demand_id
                for demand_id in run.without_match
            ],
        )
    )


def matches_of_demand(session: DbSession, demand_id: str, *, eligible: bool = True, limit: int = 20) -> list[MatchLine]:
    """The demand's profiles: the ranked ones, or those that a hard rule stops, best first. One query.

    Here and below, a record that has left the public since the refresh is left out: what it says now was not
    reviewed, or was taken back.
    """
    return _lines(session.execute(_OF_DEMAND[eligible], {"record_id": demand_id, "most": limit}))


def matches_of_profile(
    session: DbSession, profile_id: str, *, eligible: bool = True, limit: int = 20
) -> list[MatchLine]:
    """The profile's demands: the ranked ones, or those that a hard rule stops, best first. One query."""
    return _lines(session.execute(_OF_PROFILE[eligible], {"record_id": profile_id, "most": limit}))


def best_by_profile(session: DbSession, depth: int) -> dict[str, list[MatchLine]]:
    """Every profile's demands down to a rank, best first, in one query."""
    chosen = (
        select(*_PAIR, MatchRow.profile_rank.label("rank"), DemandRow.title, DemandRow.record)
        .join(DemandRow, DemandRow.id == MatchRow.demand_id)
        .where(MatchRow.profile_rank <= depth, _DEMAND_IS_OPEN)
        .order_by(MatchRow.profile_id, MatchRow.profile_rank)
    )
    found: dict[str, list[MatchLine]] = {}
    for line in _lines(session.execute(chosen)):
        found.setdefault(line.profile_id, []).append(line)
    return found


def ranked_pairs(session: DbSession) -> list[tuple[str, str, float]]:
    """(demand, profile, score) of every eligible pair that is on its demand's list, by demand and rank."""
    chosen = (
        select(MatchRow.demand_id, MatchRow.profile_id, MatchRow.score)
        .where(MatchRow.demand_rank.is_not(None))
        .order_by(MatchRow.demand_id, MatchRow.demand_rank)
    )
    return [(line.demand_id, line.profile_id, line.score) for line in session.execute(chosen)]


def count_matches(session: DbSession) -> int:
    """How many eligible pairs are stored."""
    return session.execute(select(func.count()).select_from(MatchRow).where(MatchRow.eligible)).scalar_one()


_DEMAND_IS_OPEN = DemandRow.stage.in_(OPEN_STAGES)
_PROFILE_IS_OPEN = ProfileRow.stage == Stage.PUBLISHED

_PAIR = (
    MatchRow.demand_id,
    MatchRow.profile_id,
    MatchRow.score,
    MatchRow.eligible,
    MatchRow.first_seen_on,
    MatchRow.explanation,
)


def _one_side(own: Any, other_id: Any, rank: Any, other: Any, is_open: Any) -> dict[bool, Select[Any]]:
    """The statements for the eligible and the stopped pairs of one record, made once: a page asks for both."""
    pairs = (
        select(*_PAIR, rank.label("rank"), other.title, other.record)
        .join(other, other.id == other_id)
        .where(own == bindparam("record_id"), is_open)
        .limit(bindparam("most"))
    )
    return {
        True: pairs.where(MatchRow.eligible.is_(True), rank.is_not(None)).order_by(rank, other_id),
        False: pairs.where(MatchRow.eligible.is_(False)).order_by(MatchRow.score.desc(), other_id),
    }


_OF_DEMAND = _one_side(MatchRow.demand_id, MatchRow.profile_id, MatchRow.demand_rank, ProfileRow, _PROFILE_IS_OPEN)
_OF_PROFILE = _one_side(MatchRow.profile_id, MatchRow.demand_id, MatchRow.profile_rank, DemandRow, _DEMAND_IS_OPEN)


def _lines(rows: Iterable[Any]) -> list[MatchLine]:
    return [
        MatchLine(
            demand_id=row.demand_id,
            profile_id=row.profile_id,
            rank=row.rank,
            score=row.score,
            eligible=row.eligible,
            first_seen_on=row.first_seen_on,
            other_title=row.title,
            other_record=row.record,
            stored_explanation=row.explanation,
        )
        for row in rows
    ]
