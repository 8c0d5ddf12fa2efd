"""From demands and profiles to explained matches: the whole path."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise

import numpy as np

from matching.domain.demand import Demand
from matching.domain.match import Match
from matching.domain.policy import PARTS, MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.explain import Explainer
from matching.engine.index import TextIndex
from matching.engine.parallel import map_blocks
from matching.engine.picks import Picks, join, pick
from matching.engine.scoring import Flags, Judgement, Scores, judge, score
from matching.engine.tables import Block, demand_table, profile_table
from matching.engine.views import view_demand, view_profile

CELLS_A_BLOCK = 2_000_000
"""Pairs (or demand × capability cells) held at once: some 200 MB, whatever the sizes."""

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all); a demand is two steps, scored and explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Every record's list, by id, best first; a record without suitable partners has an empty list.

    With `include_ineligible` the pairs that a hard rule stops follow the ranked ones, rank None. The near lists
    hold pairs that are stopped by nothing but what a stated change would mend.
    """

    for_demands: dict[str, list[Match]]
    for_profiles: dict[str, list[Match]]
    near_for_demands: dict[str, list[Match]]
    near_for_profiles: dict[str, list[Match]]


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
    progress: Progress | None = None,
) -> Recommendation:
    """Match both sides. The order of the input, `jobs` and the block size change nothing in the result.

    Ids are unique on each side. `top_…` and `near_…` bound the lists; 0 leaves a direction out. A pair below
    `policy.minimum_relevance`, or without any text evidence, is not suitable supply and is not shown. The pairs
    added by `include_ineligible` are not bounded by `top_…`, and follow the directions that are not left out.
    """
    demands, profiles = sorted(demands, key=_id), sorted(profiles, key=_id)
    index = TextIndex(vocabulary).fit(demands, profiles)
    demand_rows = demand_table([view_demand(d, vocabulary) for d in demands], vocabulary, as_of)
    profile_rows = profile_table([view_profile(p, vocabulary) for p in profiles], vocabulary)
    keep = _Keep(top_per_demand, top_per_profile, near_per_demand, near_per_profile, include_ineligible)

    def kernel(rows: slice) -> _Lists:
        block = Block(demand_rows.rows(rows), profile_rows, vocabulary)
        scores = score(index.values(rows), block, policy)
        return keep.from_block(scores, judge(block, policy), rows.start)

    blocks = list(_blocks(len(demands), CELLS_A_BLOCK // index.widest))
    lists = keep.merge([])
    for rows, found in zip(blocks, map_blocks(kernel, blocks, jobs), strict=True):
        lists = keep.merge([lists, found])
        _tell(progress, rows.stop, 2 * len(demands))
    explainer = Explainer(index, demand_rows, profile_rows, policy, vocabulary)
    with _nothing_thrown_away():
        explained = _explain(explainer, lists, lambda done: _tell(progress, len(demands) + done, 2 * len(demands)))
        return _sort_out(lists, explained, [d.id for d in demands], [p.id for p in profiles])


@dataclass(frozen=True, slots=True)
class _Lists:
    """The pairs that are kept, one lot a list; `stopped_…` are those that `include_ineligible` adds."""

    for_demands: Picks
    for_profiles: Picks
    near_for_demands: Picks
    near_for_profiles: Picks
    stopped_for_demands: Picks
    stopped_for_profiles: Picks

    def lots(self) -> list[Picks]:
        return [getattr(self, f.name) for f in fields(self)]


@dataclass(frozen=True, slots=True)
class _Keep:
    """How many pairs each list holds; a smaller list over the blocks so far is never missing a better pair."""

    per_demand: int
    per_profile: int
    near_per_demand: int
    near_per_profile: int
    include_ineligible: bool

    def from_block(self, scores: Scores, judged: Judgement, first: int) -> _Lists:
        """The best of one block. Near misses are ranked by the score that they would have."""
        suitable = judged.eligible & scores.suitable
        near = judged.near & scores.suitable
        stopped = ~judged.eligible & scores.suitable

        def best(allowed: Flags, k: int | None, *, by_profile: bool) -> Picks:
            return pick(scores.total, allowed, scores.values, first, k=k, by_profile=by_profile)

        return _Lists(
            for_demands=best(suitable, self.per_demand, by_profile=False),
            for_profiles=best(suitable, self.per_profile, by_profile=True),
            near_for_demands=best(near, self.near_per_demand, by_profile=False),
            near_for_profiles=best(near, self.near_per_profile, by_profile=True),
            stopped_for_demands=best(stopped, self._stopped(self.per_demand), by_profile=False),
            stopped_for_profiles=best(stopped, self._stopped(self.per_profile), by_profile=True),
        )

    def merge(self, found: Sequence[_Lists]) -> _Lists:
        """The best of all blocks."""
        if not found:
            nothing = Picks(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty((0, len(PARTS))))
            return _Lists(*[nothing] * 6)
        columns = [join(lots) for lots in zip(*(lists.lots() for lists in found), strict=True)]
        return _Lists(
            columns[0].best_for_demands(self.per_demand),
            columns[1].best_for_profiles(self.per_profile),
            columns[2].best_for_demands(self.near_per_demand),
            columns[3].best_for_profiles(self.near_per_profile),
            columns[4].best_for_demands(self._stopped(self.per_demand)),
            columns[5].best_for_profiles(self._stopped(self.per_profile)),
        )

    def _stopped(self, asked: int) -> int | None:
        return None if self.include_ineligible and asked else 0


def _explain(explainer: Explainer, lists: _Lists, tell: Callable[[int], None]) -> dict[tuple[int, int], Match]:
    """Every kept pair explained once, by (place of the demand, place of the profile)."""
    explained: dict[tuple[int, int], Match] = {}
    pairs = join(lists.lots())
    number = len(explainer.profile_ids)
    _, order = np.unique(pairs.demands * number + pairs.profiles, return_index=True)
    demands, profiles, values = pairs.demands[order], pairs.profiles[order], pairs.values[order]
    borders = np.flatnonzero(np.diff(demands)) + 1
    for start, end in pairwise([0, *borders.tolist(), len(demands)] if len(demands) else []):
        demand = int(demands[start])
        matches = explainer.explain(demand, profiles[start:end], values[start:end])
        for profile, match in zip(profiles[start:end].tolist(), matches, strict=True):
            explained[demand, profile] = match
        tell(demand + 1)
    return explained


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


def _sort_out(
    lists: _Lists,
    explained: Mapping[tuple[int, int], Match],
    demand_ids: Sequence[str],
    profile_ids: Sequence[str],
) -> Recommendation:
    def listed(lots: Sequence[Picks], ids: Sequence[str], by_profile: bool) -> dict[str, list[Match]]:
        found: dict[str, list[Match]] = {record_id: [] for record_id in ids}
        for lot in lots:
            for demand, profile in zip(lot.demands.tolist(), lot.profiles.tolist(), strict=True):
                match = explained[demand, profile]
                own = found[ids[profile if by_profile else demand]]
                own.append(replace(match, rank=len(own) + 1) if match.eligible else match)
        return found

    return Recommendation(
        for_demands=listed([lists.for_demands, lists.stopped_for_demands], demand_ids, False),
        for_profiles=listed([lists.for_profiles, lists.stopped_for_profiles], profile_ids, True),
        near_for_demands=listed([lists.near_for_demands], demand_ids, False),
        near_for_profiles=listed([lists.near_for_profiles], profile_ids, True),
    )


def _blocks(number: int, size: int) -> list[slice]:
    size = max(1, size)
    return [slice(start, min(start + size, number)) for start in range(0, number, size)]


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _id(record: Demand | CapabilityProfile) -> str:
    return record.id
