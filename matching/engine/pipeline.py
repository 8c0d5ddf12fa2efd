"""From demands and profiles to explained matches: the whole path."""

import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from matching.domain.demand import Demand
from matching.domain.match import Match
from matching.domain.policy import MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.explain import Explainer
from matching.engine.index import TextIndex
from matching.engine.learning.examples import LEARNT
from matching.engine.learning.model import LearntModel, read_model, with_learnt
from matching.engine.parallel import Workers
from matching.engine.ranking import Places, Ranked, Ranking, Sizes, rank
from matching.engine.scorers.embedding import EMBEDDING, Embedding
from matching.engine.tables import demand_table
from matching.engine.views import view_demand

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all); a record is one step to read, one to rank or explain."""

Explained = Mapping[tuple[int, int], Match]
"""Matches by (place of the demand, place of the profile)."""

OWNERS_AT_ONCE = 256
"""Records whose lists are explained together; it bounds what is held when lists are taken one by one."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Every record's list, by id, best first; a record without suitable partners has an empty list.

    With `include_ineligible` the pairs that a hard rule stops follow the ranked ones, rank None. The near lists
    hold pairs that are stopped by nothing but what a stated change would mend.
    """

    for_demands: dict[str, list[Match]]
    for_profiles: dict[str, list[Match]]
    near_for_demands: dict[str, list[Match]]
    near_for_profiles: dict[str, list[Match]]


class Matching:
    """Both sides ranked; their lists are explained when they are taken.

    Attributes
    ----------
    demands, profiles : list
        The records in the order of their ids; a place is an index into them.
    ranking : Ranking
        The lists as places and scores.
    """

    def __init__(
        self,
        demands: Sequence[Demand],
        profiles: Sequence[CapabilityProfile],
        *,
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        as_of: date,
        sizes: Sizes,
        jobs: int = 1,
        workers: Workers | None = None,
        embedding: Embedding | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Read and rank. The order of the input, `jobs`, `workers` and the size of blocks change nothing in the result.

        Ids are unique on each side. A pair below `policy.minimum_relevance`, or without any text evidence, is not
        suitable supply and stands on no list. An `embedding` adds its part to the score, and changes nothing else.
        """
        policy, learnt = _with_learnt(policy if embedding is None else embedding.policy(policy))
        self.demands, self.profiles = sorted(demands, key=_id), sorted(profiles, key=_id)
        read = len(demands) + len(profiles)
        self._steps = read + len(profiles) + (len(demands) if sizes.per_demand else len(profiles))
        self._progress = progress
        self.index = TextIndex(vocabulary).fit(self.demands, self.profiles, self._tell)
        table = demand_table([view_demand(demand, vocabulary) for demand in self.demands], vocabulary, as_of)
        embedded = None if embedding is None else embedding.read(self.demands, self.profiles)
        if embedded is not None:  # the learnt part has taken its share of this one too
            embedded = embedded._replace(weight=policy.weights[EMBEDDING])
        self.ranking: Ranking = rank(
            self.index, table, self.profiles, policy=policy, vocabulary=vocabulary, sizes=sizes,
            learnt=learnt, embedded=embedded, jobs=jobs, workers=workers, told=lambda done: self._tell(read + done),
        )  # fmt: skip
        self._told = read + len(profiles)
        self._explainer = Explainer(
            self.index, self.demands, table, self.profiles, policy, vocabulary, learnt, embedded
        )

    def lists(self, side: "Side", explained: Explained | None = None) -> Iterator[tuple[str, list[Match]]]:
        """(id, list) of every record of a side in the order of ids, the pairs that a hard rule stops last.

        Explained one after the other unless they are given.
        """
        ranked = side.ranked(self.ranking)
        tail = side.stopped(self.ranking)
        owners: Sequence[Demand | CapabilityProfile] = self.profiles if side.by_profile else self.demands
        for start in range(0, len(owners), OWNERS_AT_ONCE):
            some = range(start, min(start + OWNERS_AT_ONCE, len(owners)))
            pairs = {owner: [side.pair(owner, other) for other in (*ranked.of(owner).tolist(), *tail.of(owner))]
                     for owner in some}  # fmt: skip
            told = explained or self.explain([pair for own in pairs.values() for pair in own])
            for owner, own in pairs.items():
                matches = (told[pair] for pair in own)
                yield (
                    owners[owner].id,
                    [
                        replace(match, rank=place) if match.eligible else match
                        for place, match in enumerate(matches, start=1)
                    ],
                )
            if explained is None:
                self.tell_share(some.stop / len(owners))

    def pairs(self) -> list[tuple[int, int]]:
        """Every pair that stands on any list."""
        return [
            side.pair(owner, other)
            for side in SIDES
            for ranked, tail in [(side.ranked(self.ranking), side.stopped(self.ranking))]
            for owner in range(len(ranked.scores))
            for other in (*ranked.of(owner).tolist(), *tail.of(owner))
        ]

    def explain(
        self, pairs: Sequence[tuple[int, int]], told: Callable[[float], None] | None = None
    ) -> dict[tuple[int, int], Match]:
        """Some pairs explained (rank None), each once, by (place of the demand, place of the profile).

        `told` is called with the share that is done.
        """
        wanted: dict[int, list[int]] = {}
        for demand, profile in sorted(set(pairs)):
            wanted.setdefault(demand, []).append(profile)
        explained: dict[tuple[int, int], Match] = {}
        with _nothing_thrown_away():
            for done, (demand, own) in enumerate(wanted.items(), start=1):
                matches = self._explainer.explain(demand, own)
                explained.update(zip(((demand, profile) for profile in own), matches, strict=True))
                if told is not None:
                    told(done / len(wanted))
        return explained

    def tell_share(self, explained: float) -> None:
        """Tell the progress when a share of what is to be explained is done."""
        self._tell(self._told + int(explained * (self._steps - self._told)))

    def _tell(self, done: int) -> None:
        if self._progress is not None:
            self._progress(min(done, self._steps), self._steps)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the four kinds of lists: whose it is, and whether it holds near misses."""

    by_profile: bool
    near: bool

    def pair(self, owner: int, other: int) -> tuple[int, int]:
        """(demand, profile)"""
        return (other, owner) if self.by_profile else (owner, other)

    def ranked(self, ranking: Ranking) -> Ranked:
        """The lists of this kind."""
        if self.near:
            return ranking.near_for_profiles if self.by_profile else ranking.near_for_demands
        return ranking.for_profiles if self.by_profile else ranking.for_demands

    def stopped(self, ranking: Ranking) -> "_Tail":
        """The stopped pairs that follow the ranked ones, best first; they follow the directions that have lists."""
        demands, profiles, scores = ranking.stopped
        owners, others = (profiles, demands) if self.by_profile else (demands, profiles)
        if self.near or not self.ranked(ranking).scores.shape[1]:
            owners, others, scores = owners[:0], others[:0], scores[:0]
        order = np.lexsort((others, -scores, owners))
        return _Tail(owners[order], others[order])


FOR_DEMANDS, FOR_PROFILES = Side(by_profile=False, near=False), Side(by_profile=True, near=False)
NEAR_FOR_DEMANDS, NEAR_FOR_PROFILES = Side(by_profile=False, near=True), Side(by_profile=True, near=True)
SIDES = (FOR_DEMANDS, FOR_PROFILES, NEAR_FOR_DEMANDS, NEAR_FOR_PROFILES)


@dataclass(frozen=True, slots=True)
class _Tail:
    """Pairs sorted by owner."""

    owners: Places
    others: Places

    def of(self, owner: int) -> list[int]:
        """The others of one owner."""
        start, end = np.searchsorted(self.owners, [owner, owner + 1])
        own: list[int] = self.others[start:end].tolist()
        return own


def recommend(
    demands: Sequence[Demand],
    profiles: Sequence[CapabilityProfile],
    *,
    policy: MatchPolicy,
    vocabulary: Vocabulary,
    as_of: date,
    top_per_demand: int,
    top_per_profile: int,
    near_per_demand: int = 0,
    near_per_profile: int = 0,
    include_ineligible: bool = False,
    jobs: int = 1,
    workers: Workers | None = None,
    embedding: Embedding | None = None,
    progress: Progress | None = None,
) -> Recommendation:
    """Match both sides and explain everything at once; see `Matching`.

    `top_…` and `near_…` bound the lists; 0 leaves a direction out. The pairs added by `include_ineligible` are not
    bounded by `top_…`, and follow the directions that are not left out.
    """
    sizes = Sizes(
        per_demand=top_per_demand, per_profile=top_per_profile, near_per_demand=near_per_demand,
        near_per_profile=near_per_profile, stopped=include_ineligible,
    )  # fmt: skip
    matching = Matching(
        demands, profiles, policy=policy, vocabulary=vocabulary, as_of=as_of, sizes=sizes, jobs=jobs, workers=workers,
        embedding=embedding, progress=progress,
    )  # fmt: skip
    explained = matching.explain(matching.pairs(), matching.tell_share)
    return Recommendation(*(dict(matching.lists(side, explained)) for side in SIDES))


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """Pause the cycle collector: all that is made here is kept, and walking it again and again costs a fifth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _with_learnt(policy: MatchPolicy) -> tuple[MatchPolicy, LearntModel | None]:
    """The policy as the score has it, and the model of its learnt part, which takes its share of all weights."""
    if policy.learnt is None:
        return policy, None
    model = read_model(json.loads(policy.learnt))
    weights = with_learnt(policy.weights, model.weight)
    del weights[LEARNT]
    return replace(policy, weights=weights), model


def _id(record: Demand | CapabilityProfile) -> str:
    return record.id
