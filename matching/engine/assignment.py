"""Both sides at once (统筹分配): every demand a list, no profile overrun, none left unseen, at the least cost.

Each demand on its own would show the same few profiles to everybody. Here the lists of all demands are chosen
together: at most `per_demand` profiles a list, every profile on at most `cap` lists and on at least `floor`. It is
a transportation problem with bounds on both sides (Ahuja, Magnanti, Orlin, Network Flows, 1993, chapters 9 and 11).
Its matrix is totally unimodular, so with whole right-hand sides every vertex of the linear program is whole
(Hoffman and Kruskal 1956), and with scores counted in whole billionths the optimal prices are whole too. What HiGHS
answers is therefore rounded and checked in whole numbers: plan and prices prove each other, without a tolerance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import maximum_flow

from matching.domain.errors import InputError, problem

PER_DEMAND, CAP, FLOOR = 8, 8, 1
LARGEST_COUNT = 10_000

UNITS = 10**9
"""A score in whole billionths: finer than any score is meant, and small enough for exact sums in 64 bits."""

Places = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class ScoredPair(NamedTuple):
    """A pair that may be shown, with its score (0..1)."""

    demand: str
    profile: str
    score: float


class Reciprocal(NamedTuple):
    """Where each side ranks the other (from 1), and among how many."""

    demand_rank: int
    demand_pairs: int
    profile_rank: int
    profile_pairs: int

    @property
    def fit(self) -> float:
        """Harmonic mean of both sides' rank shares, 0..1: low as soon as one side has better choices.

        The share is 1 for the first of a list and 1/n for the last of n. The harmonic mean of two one-sided
        preferences is that of RECON (Pizzato, Rej, Chung, Koprinska, Kay, RecSys 2010).
        """
        demand = (self.demand_pairs - self.demand_rank + 1) / self.demand_pairs
        profile = (self.profile_pairs - self.profile_rank + 1) / self.profile_pairs
        return 2 * demand * profile / (demand + profile)


class Cause(StrEnum):
    """Why a profile left a list: it is on as many lists as it may be, or its successor would be on too few."""

    CAP = "cap"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One entry of a demand's list; `own_place` is its place in the demand's ranking on its own, from 1."""

    profile: str
    score: float
    own_place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveWay:
    """A profile that the demand's own ranking would show. `successor` None: its place stays empty."""

    demand: str
    profile: str
    score: float
    own_place: int
    successor: str | None
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A profile that is on fewer lists than the floor asks, and how many pairs it has at all."""

    profile: str
    pairs: int
    shown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How evenly profiles are shown, over those that have any pair."""

    gini: float  # 0: all alike; towards 1: one has it all
    most: int  # lists that the most shown profile is on
    never_shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The lists and what they cost against each demand's own ranking, which is cut at the same length.

    `total` and `own_total` are sums of the scores shown, `places` the entries of the own rankings: an entry that
    stays empty counts 0 in `mean_score`. No lists within the capacities, and with as few lists missing under the
    floor, add up to more than `bound`; `optimal` says that it is proven to be reached (to half a billionth an entry).
    """

    lists: dict[str, tuple[Shown, ...]]
    places: int
    total: float
    bound: float
    optimal: bool
    own_total: float
    exposure: Exposure
    own_exposure: Exposure
    gave_way: tuple[GaveWay, ...]
    shortfalls: tuple[Shortfall, ...]

    @property
    def mean_score(self) -> float:
        """Mean score of an entry."""
        return self.total / self.places if self.places else 0.0

    @property
    def own_mean_score(self) -> float:
        """Mean score of an entry of the own rankings."""
        return self.own_total / self.places if self.places else 0.0

    @property
    def cost(self) -> float:
        """Share of the mean score that is given up, 0..1."""
        return 1 - self.total / self.own_total if self.own_total else 0.0


def reciprocal_fits(pairs: Iterable[ScoredPair]) -> dict[tuple[str, str], Reciprocal]:
    """The ranks on both sides of every pair, among the pairs given; ties by id.

    Raises:
        InputError: see `assign`.
    """
    graph = _Graph.of(pairs)
    demand_ranks, profile_ranks = graph.ranks(graph.demands, graph.profiles), graph.ranks(graph.profiles, graph.demands)
    demand_pairs, profile_pairs = np.bincount(graph.demands), np.bincount(graph.profiles)
    columns = (demand_ranks, demand_pairs[graph.demands], profile_ranks, profile_pairs[graph.profiles])
    names = zip(graph.demands.tolist(), graph.profiles.tolist(), strict=True)
    return {
        (graph.demand_ids[demand], graph.profile_ids[profile]): Reciprocal(*numbers)
        for (demand, profile), *numbers in zip(names, *(column.tolist() for column in columns), strict=True)
    }


def assign(
    pairs: Iterable[ScoredPair], *, per_demand: int = PER_DEMAND, cap: int = CAP, floor: int = FLOOR
) -> Assignment:
    """The lists of all demands with the greatest total score under both sides' capacities.

    A pair may come twice, once from either side's ranking. Every profile with any pair is to be on `floor` lists;
    where that cannot be, as few lists as possible are missing in all, and `shortfalls` names the profiles.
    Among plans of the same total, earlier ids come first; the order of `pairs` changes nothing.

    Raises:
        InputError: `out_of_range` for a score outside 0..1 or a capacity; `reversed` for a floor above the cap;
            `two_scores` for a pair that comes with two different scores.
    """
    for key, value, smallest in (("per_demand", per_demand, 1), ("cap", cap, 1), ("floor", floor, 0)):
        if not smallest <= value <= LARGEST_COUNT:
            raise InputError(problem("out_of_range", key=key, value=value, smallest=smallest, largest=LARGEST_COUNT))
    if floor > cap:
        raise InputError(problem("reversed", key="floor", value=floor, other="cap", limit=cap))
    graph = _Graph.of(pairs)
    own_places = graph.ranks(graph.demands, graph.profiles)
    own = own_places <= per_demand
    plan = _plan(graph, own_places, per_demand, cap, floor)
    counts, own_counts = graph.exposures(plan.taken), graph.exposures(own)
    places = int(own.sum())
    return Assignment(
        lists=_lists(graph, plan.taken, own_places),
        places=places,
        total=float(graph.scores[plan.taken].sum()),
        bound=(plan.bound + places / 2) / UNITS,
        optimal=plan.bound == plan.value,
        own_total=float(graph.scores[own].sum()),
        exposure=_exposure(graph, counts),
        own_exposure=_exposure(graph, own_counts),
        gave_way=tuple(_gave_way(graph, plan, own_places, own, counts >= cap)),
        shortfalls=tuple(
            Shortfall(profile=profile, pairs=pairs, shown=shown)
            for profile, pairs, shown in zip(
                graph.profile_ids, np.bincount(graph.profiles).tolist(), counts.tolist(), strict=True
            )
            if shown < floor
        ),
    )


@dataclass(frozen=True, slots=True)
class _Graph:
    """The pairs in the order of demand and profile: `demands`, `profiles` (places of ids) and `scores`, (n_pairs,)."""

    demand_ids: Sequence[str]
    profile_ids: Sequence[str]
    demands: Places
    profiles: Places
    scores: Floats

    @classmethod
    def of(cls, pairs: Iterable[ScoredPair]) -> "_Graph":
        scores: dict[tuple[str, str], float] = {}
        for demand, profile, score in pairs:
            if not 0 <= score <= 1:  # NaN is not either
                raise InputError(problem("out_of_range", key="score", value=score, smallest=0, largest=1))
            if scores.setdefault((demand, profile), score) != score:
                raise InputError(problem("two_scores", value=f"{demand} × {profile}"))
        keys = sorted(scores)
        demand_ids, demands = np.unique(np.array([demand for demand, _ in keys], dtype=object), return_inverse=True)
        profile_ids, profiles = np.unique(np.array([profile for _, profile in keys], dtype=object), return_inverse=True)
        return cls(
            demand_ids.tolist(),
            profile_ids.tolist(),
            demands.astype(np.int64),
            profiles.astype(np.int64),
            np.array([scores[key] for key in keys], dtype=np.float64),
        )

    def ranks(self, owners: Places, others: Places) -> Places:
        """The rank of every pair in its owner's list, from 1: best score first, ties by the other's id."""
        order = np.lexsort((others, -self.scores, owners))
        counts = np.bincount(owners)
        first = np.cumsum(counts) - counts
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order)) - first[owners[order]] + 1
        return ranks

    def exposures(self, taken: Flags) -> Places:
        """On how many lists each profile is, (n_profiles,)."""
        return np.bincount(self.profiles[taken], minlength=len(self.profile_ids))


@dataclass(frozen=True, slots=True)
class _Plan:
    """`value` and `bound` count billionths. `prices` (n_profiles,): what one more list of a profile would be worth,
    above 0 where its cap binds and below 0 where its floor does."""

    taken: Flags
    prices: Places
    value: int
    bound: int


def _plan(graph: _Graph, own_places: Places, per_demand: int, cap: int, floor: int) -> _Plan:
    """Solve, prove, and settle ties.

    Columns: the pairs; of each profile the lists that fill its floor, and those above it; of each demand the empty
    entries; the floor's lists beyond those that must be there. Rows: each demand's list has `per_demand` entries, each
    profile's lists are those under and those above its floor, and the floors get as many lists as they can at all.
    """
    n_pairs, n_demands, n_profiles = len(graph.scores), len(graph.demand_ids), len(graph.profile_ids)
    if not n_pairs:
        return _Plan(np.zeros(0, np.bool_), np.zeros(0, np.int64), 0, 0)
    floors = np.minimum(floor, np.bincount(graph.profiles))
    reached = _most_floors(graph, per_demand, floors)
    demands, profiles = np.arange(n_demands), np.arange(n_profiles)
    under, above, empty = n_pairs + profiles, n_pairs + n_profiles + profiles, n_pairs + 2 * n_profiles + demands
    beyond, last = empty[-1:] + 1, n_demands + n_profiles
    entries = [
        (graph.demands, np.arange(n_pairs), 1), (demands, empty, 1),
        (n_demands + graph.profiles, np.arange(n_pairs), 1), (n_demands + profiles, under, -1),
        (n_demands + profiles, above, -1), (np.full(n_profiles, last), under, 1), (np.array([last]), beyond, -1),
    ]  # fmt: skip
    matrix = csr_array(
        coo_array(
            (
                np.concatenate([np.full(len(rows), value, dtype=np.int64) for rows, _, value in entries]),
                (np.concatenate([rows for rows, _, _ in entries]), np.concatenate([cols for _, cols, _ in entries])),
            ),
            shape=(last + 1, int(beyond[0]) + 1),
        )
    )
    sides = np.concatenate([np.full(n_demands, per_demand), np.zeros(n_profiles, np.int64), [reached]])
    most = np.concatenate(
        [np.ones(n_pairs, np.int64), floors, cap - floors, np.full(n_demands, per_demand), [floors.sum() - reached]]
    )
    gain = np.zeros(len(most), dtype=np.int64)
    # A pair that scores next to nothing is still better than an empty entry.
    gain[:n_pairs] = np.maximum(1, np.rint(graph.scores * UNITS))
    chosen, prices = _solve(-gain, matrix, sides, np.zeros_like(most), most)
    # Weak duality: for whatever prices, no plan is worth more than this; equality proves plan and bound.
    surplus = gain - matrix.T @ -prices
    value, bound = int(gain @ chosen), int(sides @ -prices + most @ np.maximum(surplus, 0))
    if bound == value:
        # All plans of this total are those that keep every column with a surplus full and with a deficit empty:
        # among them, the first demand gets its best places first.
        order = np.zeros_like(gain)
        order[:n_pairs] = (n_demands - graph.demands) * own_places
        full, none = np.where(surplus > 0, most, 0), np.where(surplus < 0, 0, most)
        chosen, _ = _solve(order, matrix, sides, full, none)
    return _Plan(chosen[:n_pairs] == 1, -prices[n_demands : n_demands + n_profiles], value, bound)


def _most_floors(graph: _Graph, per_demand: int, floors: Places) -> int:
    """How many of the lists that the floors ask for can be given at once: a maximum flow."""
    n_demands, n_profiles = len(graph.demand_ids), len(graph.profile_ids)
    source, sink = n_demands + n_profiles, n_demands + n_profiles + 1
    tails = [np.full(n_demands, source), graph.demands, n_demands + np.arange(n_profiles)]
    heads = [np.arange(n_demands), n_demands + graph.profiles, np.full(n_profiles, sink)]
    room = [np.full(n_demands, per_demand), np.ones(len(graph.scores), np.int64), floors]
    arcs = (np.concatenate(tails), np.concatenate(heads))
    network = csr_array((np.concatenate(room).astype(np.int32), arcs), shape=(sink + 1, sink + 1))
    return int(maximum_flow(network, source, sink).flow_value)


def _solve(cost: Places, matrix: csr_array, sides: Places, least: Places, most: Places) -> tuple[Places, Places]:
    """Whole columns (n_columns,) of the least cost with `matrix @ columns == sides`, and the rows' prices."""
    found = linprog(cost, A_eq=matrix, b_eq=sides, bounds=np.stack([least, most], axis=1), method="highs-ds")
    columns = None if found.x is None else np.rint(found.x).astype(np.int64)
    if columns is None or (matrix @ columns != sides).any() or (columns < least).any() or (columns > most).any():
        raise ArithmeticError(f"HiGHS found no whole plan: {found.message}")  # a plan exists: the flow is one
    return columns, np.rint(found.eqlin.marginals).astype(np.int64)


def _lists(graph: _Graph, taken: Flags, own_places: Places) -> dict[str, tuple[Shown, ...]]:
    lists: dict[str, tuple[Shown, ...]] = {}
    for demand, span in _spans(graph):
        own = span[taken[span]]
        lists[demand] = tuple(
            Shown(profile=graph.profile_ids[profile], score=score, own_place=place)
            for place, profile, score in sorted(
                zip(own_places[own].tolist(), graph.profiles[own].tolist(), graph.scores[own].tolist(), strict=True)
            )
        )
    return lists


def _gave_way(graph: _Graph, plan: _Plan, own_places: Places, own: Flags, full: Flags) -> Iterable[GaveWay]:
    """For each profile that left a list: its successor, and what made it leave.

    Whoever stays away although the demand would rather have it is on as many lists as it may be, or its successor
    would miss its floor: otherwise swapping the two would have bettered an optimal plan. Where both hold, the larger
    price decides. Floors are matched with whoever is not full, so that as many as possible have a plain cause.
    """
    for demand, span in _spans(graph):
        left = span[own[span] & ~plan.taken[span]]
        came = span[~own[span] & plan.taken[span]]
        left = left[np.lexsort((-own_places[left], full[graph.profiles[left]]))]
        came = came[np.lexsort((-own_places[came], plan.prices[graph.profiles[came]]))]
        for place, pair in enumerate(left.tolist()):
            profile = graph.profiles[pair]
            successor = graph.profiles[came[place]] if place < len(came) else None
            # A place stays empty only where whoever left could be on no further list.
            is_cap = successor is None or (full[profile] and plan.prices[profile] >= -plan.prices[successor])
            yield GaveWay(
                demand=demand,
                profile=graph.profile_ids[profile],
                score=float(graph.scores[pair]),
                own_place=int(own_places[pair]),
                successor=None if successor is None else graph.profile_ids[successor],
                cause=Cause.CAP if is_cap else Cause.FLOOR,
            )


def _spans(graph: _Graph) -> Iterable[tuple[str, Places]]:
    """Each demand with the places of its pairs."""
    borders = np.searchsorted(graph.demands, np.arange(len(graph.demand_ids) + 1)).tolist()
    for demand, (start, end) in zip(graph.demand_ids, pairwise(borders), strict=True):
        yield demand, np.arange(start, end)


def _exposure(graph: _Graph, counts: Places) -> Exposure:
    return Exposure(
        gini=gini(counts),
        most=int(counts.max(initial=0)),
        never_shown=tuple(graph.profile_ids[place] for place in np.flatnonzero(counts == 0).tolist()),
    )


def gini(counts: Places) -> float:
    """Gini coefficient of counts (n,), 0..1; 0 where nothing was given out.

    Half the relative mean absolute difference (Gini 1912), by the sorted form Σ (2i - n - 1)·x_i / (n·Σ x).
    """
    n, total = len(counts), int(counts.sum())
    if not total:
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(counts) / (n * total))
