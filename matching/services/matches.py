"""Refreshing the matches of the whole installation, and reading those of one record."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from matching.domain.policy import MatchPolicy
from matching.domain.records import RecordKind, owner_of
from matching.domain.stages import OPEN_STAGES, Stage
from matching.domain.vocabulary import Vocabulary
from matching.services.access import Action, Actor, authorize
from matching.services.records import SHANGHAI
from matching.store import DbSession, matches, records, write_transaction
from matching.store.audit import record_change
from matching.store.database import canonical_json
from matching.store.matches import Absence, MatchLine, MatchRun, explanation_text
from matching.store.records import StoredRecord

if TYPE_CHECKING:
    from matching.engine.pipeline import Recommendation

PER_PROFILE = 8
"""Demands kept for one OPC; a digest shows five of them."""
NEAR_PER_DEMAND, NEAR_PER_PROFILE = 3, 3

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A computed refresh that is not stored yet; `pairs` None: the stored one already answers these inputs."""

    run: MatchRun
    pairs: Sequence[dict[str, Any]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchView:
    """The matches of one record: when they were computed, the ranked ones, and the near misses.

    `absence`: why a demand had none when they were computed.
    """

    run: MatchRun | None
    ranked: Sequence[MatchLine]
    near: Sequence[MatchLine]
    absence: Absence | None = None


def engine_version() -> str:
    """The release whose engine computed something."""
    return version("opc-matchmaking")


def compute_refresh(
    session: DbSession,
    *,
    policy: MatchPolicy,
    vocabulary: Vocabulary,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
) -> Refresh:
    """Match every open demand with every published profile; reads only, and holds no lock while it computes.

    Computing is left out when nothing that goes in has changed since the stored refresh: the records (by
    version), the policy, the engine, the vocabulary's words and the day.
    """
    authorize(actor, Action.COMPUTE)
    as_of = now.astimezone(SHANGHAI).date()
    fingerprint = _fingerprint(session, policy, vocabulary, as_of.isoformat())
    former = matches.latest_run(session)
    if former is not None and former.fingerprint == fingerprint:
        return Refresh(run=former, pairs=None)

    # These bring scikit-learn: only where something is computed.
    from matching.engine.ground import Ground
    from matching.engine.pipeline import SIDES, Matching, Recommendation
    from matching.engine.ranking import Sizes
    from matching.services.absences import absences

    demands = [stored.record for stored in records.records_in(session, RecordKind.DEMANDS, OPEN_STAGES)]
    profiles = [stored.record for stored in records.records_in(session, RecordKind.PROFILES, [Stage.PUBLISHED])]
    session.rollback()  # nothing more is read: let go of the snapshot before the long part
    sizes = Sizes(
        per_demand=policy.top, per_profile=PER_PROFILE, near_per_demand=NEAR_PER_DEMAND,
        near_per_profile=NEAR_PER_PROFILE,
    )  # fmt: skip
    matching = Matching(
        demands, profiles, policy=policy, vocabulary=vocabulary, as_of=as_of, sizes=sizes, progress=progress
    )
    explained = matching.explain(matching.pairs(), matching.tell_share)
    found = Recommendation(*(dict(matching.lists(side, explained)) for side in SIDES))
    pairs = list(_pairs(found))
    without_match = tuple(demand.id for demand in demands if not found.for_demands.get(demand.id))
    ground = Ground(
        matching.demands, matching.profiles, policy=policy, vocabulary=vocabulary, as_of=as_of, index=matching.index
    )
    run = MatchRun(
        at=now,
        as_of=as_of,
        fingerprint=fingerprint,
        policy_version=policy.version,
        engine_version=engine_version(),
        demands=len(demands),
        profiles=len(profiles),
        matches=sum(pair["eligible"] for pair in pairs),
        without_match=without_match,
        absences=absences(ground, without_match),
    )
    return Refresh(run=run, pairs=pairs)


def store_refresh(session: DbSession, refresh: Refresh, *, actor: Actor, now: datetime) -> bool:
    """Put a computed refresh in place of the former one; False where nothing had changed."""
    authorize(actor, Action.COMPUTE)
    if refresh.pairs is None:
        return False
    run = refresh.run
    with write_transaction(session):
        present = {
            kind: {record_id for record_id, _ in records.contents_in(session, kind, stages)}
            for kind, stages in ((RecordKind.DEMANDS, OPEN_STAGES), (RecordKind.PROFILES, [Stage.PUBLISHED]))
        }
        # A record that was taken back while we computed takes its pairs with it.
        still_there = (
            pair
            for pair in refresh.pairs
            if pair["demand_id"] in present[RecordKind.DEMANDS] and pair["profile_id"] in present[RecordKind.PROFILES]
        )
        matches.replace_matches(session, run, still_there)
        counts = {"demands": run.demands, "profiles": run.profiles, "matches": run.matches}
        record_change(
            session, now=now, actor=actor.name, action="refresh", object_kind="match_run",
            object_id=run.fingerprint[:12], policy=run.policy_version, **counts,
        )  # fmt: skip
    return True


def refresh_matches(
    session: DbSession,
    *,
    policy: MatchPolicy,
    vocabulary: Vocabulary,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
) -> tuple[MatchRun, bool]:
    """Compute and store; the run, and whether anything was computed."""
    refresh = compute_refresh(session, policy=policy, vocabulary=vocabulary, actor=actor, now=now, progress=progress)
    return refresh.run, store_refresh(session, refresh, actor=actor, now=now)


def demand_matches(session: DbSession, stored: StoredRecord, *, actor: Actor) -> MatchView:
    """The profiles that suit a demand, for its owner and the organisers."""
    authorize(actor, Action.VIEW_MATCHES, stored)
    run = matches.latest_run(session)
    return MatchView(
        run=run,
        absence=run.absences.get(stored.id) if run else None,
        ranked=matches.matches_of_demand(session, stored.id),
        near=matches.matches_of_demand(session, stored.id, eligible=False, limit=NEAR_PER_DEMAND),
    )


def profile_matches(session: DbSession, stored: StoredRecord, *, actor: Actor) -> MatchView:
    """The demands that suit a profile, for its OPC and the organisers."""
    authorize(actor, Action.VIEW_MATCHES, stored)
    return MatchView(
        run=matches.latest_run(session),
        ranked=matches.matches_of_profile(session, stored.id, limit=PER_PROFILE),
        near=matches.matches_of_profile(session, stored.id, eligible=False, limit=NEAR_PER_PROFILE),
    )


def best_pair(
    session: DbSession, *, actor: Actor, among: Collection[tuple[str, str]] = ()
) -> tuple[str | None, str | None] | None:
    """The owner and the OPC of a best match, for showing both sides of one; None where there is none.

    `among` (owner's name, profile id): a profile whose best match is one of these goes before all others.
    """
    authorize(actor, Action.COMPUTE)
    owners = {
        stored.id: owner_of(stored.record) for stored in records.records_in(session, RecordKind.DEMANDS, OPEN_STAGES)
    }
    best: dict[str, tuple[float, str]] = {}
    for demand_id, profile_id, score in matches.ranked_pairs(session):
        best[profile_id] = max(best.get(profile_id, (0.0, "")), (score, demand_id))
    if not best:
        return None
    ranked = [
        ((owners.get(demand_id), profile_id) in among, score, demand_id, profile_id)
        for profile_id, (score, demand_id) in best.items()
    ]
    _, _, demand_id, profile_id = max(ranked)
    profile = records.find_record(session, RecordKind.PROFILES, profile_id)
    return owners.get(demand_id), (owner_of(profile.record) if profile else None)


def _fingerprint(session: DbSession, policy: MatchPolicy, vocabulary: Vocabulary, as_of: str) -> str:
    inputs = [
        records.contents_in(session, RecordKind.DEMANDS, OPEN_STAGES),
        records.contents_in(session, RecordKind.PROFILES, [Stage.PUBLISHED]),
        policy.version,
        engine_version(),
        as_of,
        repr(vocabulary),
    ]
    return hashlib.sha256(canonical_json(inputs).encode()).hexdigest()


def _pairs(found: "Recommendation") -> Iterator[dict[str, Any]]:
    """One row a pair: a pair that stands on both sides' lists carries both ranks."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    listed = (
        (("demand_rank", lists) for lists in (found.for_demands, found.near_for_demands)),
        (("profile_rank", lists) for lists in (found.for_profiles, found.near_for_profiles)),
    )
    for side in listed:
        for rank_name, lists in side:
            for matched in (match for chosen in lists.values() for match in chosen):
                key = (matched.demand, matched.profile)
                if key not in rows:
                    rows[key] = {
                        "demand_id": matched.demand,
                        "profile_id": matched.profile,
                        "score": matched.score,
                        "eligible": matched.eligible,
                        "demand_rank": None,
                        "profile_rank": None,
                        "explanation": explanation_text(matched.to_json()),
                    }
                rows[key][rank_name] = matched.rank
    return iter(rows.values())
