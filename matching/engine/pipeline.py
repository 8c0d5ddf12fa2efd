"""From demands and profiles to explained matches: the whole path."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

import numpy as np

from matching.domain.demand import Demand
from matching.domain.match import Match
from matching.domain.policy import MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.explain import Explainer
from matching.engine.index import TextIndex
from matching.engine.parallel import map_blocks
from matching.engine.picks import Picks, join, pick
from matching.engine.scoring import judge, score
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

    def kernel(rows: slice) -> list[Picks]:
        block = Block(demand_rows.rows(rows), profile_rows, vocabulary)
        scores = score(index.values(rows), block, policy)
        return keep.from_block(scores, judge(block, policy), rows.start)

    blocks = list(_blocks(len(demands), CELLS_A_BLOCK // index.widest))
    lists = keep.start()
    for rows, found in zip(blocks, map_blocks(kernel, blocks, jobs), strict=True):
        lists = keep.merge(lists, found)
        _tell(progress, rows.stop, 2 * len(demands))
    explainer = Explainer(index, demand_rows, profile_rows, policy, vocabulary)
    explained = _explain(explainer, lists, lambda done: _tell(progress, len(demands) + done, 2 * len(demands)))
    return _sort_out(lists, explained, [d.id for d in demands], [p.id for p in profiles])
