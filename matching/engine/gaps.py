"""The gap board (供需缺口): demands without supply and supply without demand, and where in the city they gather.

A demand is without supply where no profile is both suitable in text and eligible. Either nobody speaks of it, or
somebody does and rules stop all of them; then the board says which rules. Supply without demand is the mirror image.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import chain, product
from typing import Any

import numpy as np

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.domain.records import title_of
from matching.engine.fields import demand_fields, profile_fields
from matching.engine.ground import Flags, Ground, Places
from matching.engine.ranking import Sizes
from matching.engine.scorers.concepts import Concepts

Code = str | None
"""A code of the vocabulary; None: not said, or in a word that nobody knows."""


class Dimension(StrEnum):
    """By what records are counted. A district is where the demand arises, or where the profile has its seat."""

    SECTOR = "sector"
    CAPABILITY = "capability"
    DISTRICT = "district"


class Reason(StrEnum):
    """Why a record stands alone."""

    NOBODY = "nobody"  # no text of the other side suits it
    RULES = "rules"  # texts suit it, and hard rules stop every one of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One record without a partner.

    `suitable`: how many of the other side suit it in text. `stops`: rule → how many of these it stops, the rule
    that stops most first; `alone`: rule → how many it stops without help of another. `amount_yuan`: a demand's
    largest budget.
    """

    id: str
    title: str
    reason: Reason
    suitable: int
    stops: Mapping[str, int]
    alone: Mapping[str, int]
    amount_yuan: int | None
    sectors: tuple[Code, ...]
    capabilities: tuple[Code, ...]
    districts: tuple[Code, ...]

    @property
    def rule(self) -> str | None:
        """The rule that stops most; None where nobody is to be stopped."""
        return next(iter(self.stops), None)

    def to_json(self) -> dict[str, object]:
        """The gap as a JSON object."""
        return {**asdict(self), "reason": self.reason.value, "rule": self.rule}


@dataclass(slots=True, kw_only=True)
class Side:
    """Counts of one side in one cell: all records, those without a partner, and why. `rules`: by `Gap.rule`.

    `budget_yuan` adds up what is known of the budgets of demands without supply; `budget_unknown` counts the others.
    """

    records: int = 0
    alone: int = 0
    nobody: int = 0
    stopped: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    budget_yuan: int = 0
    budget_unknown: int = 0

    def add(self, gap: Gap | None) -> None:
        """Count one record, and its gap where it has one."""
        self.records += 1
        if gap is None:
            return
        self.alone += 1
        self.nobody += gap.reason is Reason.NOBODY
        self.stopped += gap.reason is Reason.RULES
        if gap.rule is not None:
            self.rules[gap.rule] += 1
        self.budget_yuan += gap.amount_yuan or 0
        self.budget_unknown += gap.amount_yuan is None

    def to_json(self, *, budgets: bool) -> dict[str, object]:
        """The counts as a JSON object; profiles have no budgets."""
        data: dict[str, object] = {
            "records": self.records,
            "alone": self.alone,
            "nobody": self.nobody,
            "stopped": self.stopped,
            "rules": dict(sorted(self.rules.items(), key=lambda entry: (-entry[1], entry[0]))),
        }
        if budgets:
            data |= {"budget_yuan": self.budget_yuan, "budget_unknown": self.budget_unknown}
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row of a table: its codes, one for each of the table's dimensions, and what both sides hold there."""

    codes: tuple[Code, ...]
    demands: Side
    profiles: Side

    def side(self, by_profile: int) -> Side:
        """The counts of one side."""
        return self.profiles if by_profile else self.demands

    def to_json(self, dimensions: Sequence[Dimension]) -> dict[str, object]:
        """The row as a JSON object; null: not said or not known."""
        return {
            **{dimension.value: code for dimension, code in zip(dimensions, self.codes, strict=True)},
            "demands": self.demands.to_json(budgets=True),
            "profiles": self.profiles.to_json(budgets=False),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GapBoard:
    """The whole board. Tables are by dimensions; of several sectors or capabilities a record counts in each, so the
    rows of a table may add up to more than `total`. Rows come with the most demands without supply first.

    `closed`: demands whose call is over; `full`: profiles that can take on nothing more. `unseen`: ids of the
    profiles that are eligible for some demand, and yet stand on no demand's list.
    """

    total: Cell
    closed: int
    full: int
    tables: Mapping[tuple[Dimension, ...], tuple[Cell, ...]]
    demands: tuple[Gap, ...]
    profiles: tuple[Gap, ...]
    unseen: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The board as a JSON object; a table is called after its dimensions."""
        return {
            "total": self.total.to_json(()),
            "closed": self.closed,
            "full": self.full,
            **{
                "by_" + "_".join(dimensions): [cell.to_json(dimensions) for cell in cells]
                for dimensions, cells in self.tables.items()
            },
            "demands_without_supply": [gap.to_json() for gap in self.demands],
            "profiles_without_demand": [gap.to_json() for gap in self.profiles],
            "profiles_unseen": list(self.unseen),
        }


_CELLS = 40_000_000

TABLES: tuple[tuple[Dimension, ...], ...] = (*((one,) for one in Dimension), tuple(Dimension))


def gap_board(ground: Ground, jobs: int = 1) -> GapBoard:
    """The board of all records under the ground's policy; `jobs` threads change nothing in it.

    A demand whose call is over is no demand any more, and a profile that is full is no supply without demand: they
    are counted as closed and as full, and stand in no table.
    """
    ranking = ground.ranking(Sizes(per_demand=ground.policy.top, per_profile=1), jobs)
    closed, full = _closed(ground), _full(ground)
    lists = [ranking.for_demands.of(place).tolist() for place in range(len(ground.demands))]
    lonely = [place for place, own in enumerate(lists) if not own and not closed[place]]
    idle = [p for p in range(len(ground.profiles)) if not len(ranking.for_profiles.of(p)) and not full[p]]
    sides = (
        _Lonely(ground, by_profile=False, alone=lonely, hidden=closed).gaps(),
        _Lonely(ground, by_profile=True, alone=idle, hidden=closed).gaps(),
    )
    known = {*chain.from_iterable(lists), *sides[1], *np.flatnonzero(full).tolist()}
    total = Cell(codes=(), demands=Side(), profiles=Side())
    cells: dict[tuple[Dimension, ...], dict[tuple[Code, ...], Cell]] = {dimensions: {} for dimensions in TABLES}
    places = (np.flatnonzero(~closed).tolist(), np.flatnonzero(~full).tolist())
    for by_profile, (own_places, gaps) in enumerate(zip(places, sides, strict=True)):
        for place in own_places:
            gap = gaps.get(place)
            total.side(by_profile).add(gap)
            labels = labels_of(ground, place, by_profile=bool(by_profile))
            for dimensions, table in cells.items():
                for codes in product(*(labels[dimension] for dimension in dimensions)):
                    cell = table.setdefault(codes, Cell(codes=codes, demands=Side(), profiles=Side()))
                    cell.side(by_profile).add(gap)
    return GapBoard(
        total=total,
        closed=int(closed.sum()),
        full=int(full.sum()),
        tables={dimensions: tuple(sorted(table.values(), key=_most_wanted)) for dimensions, table in cells.items()},
        demands=tuple(sides[0].values()),
        profiles=tuple(sides[1].values()),
        unseen=tuple(profile.id for place, profile in enumerate(ground.profiles) if place not in known),
    )


Labels = Mapping[Dimension, tuple[Code, ...]]


def labels_of(ground: Ground, place: int, *, by_profile: bool) -> Labels:
    """Where a demand, or a profile, is counted: its codes by dimension, (None,) where nothing is known."""
    vocabulary = ground.vocabulary
    record: Demand | CapabilityProfile = ground.profiles[place] if by_profile else ground.demands[place]
    fields = demand_fields(record) if isinstance(record, Demand) else profile_fields(record)
    return {
        Dimension.SECTOR: _known(vocabulary.sectors.codes(record.sectors) or ()),
        Dimension.CAPABILITY: _main_concepts(ground.index.reader.concepts(fields)),
        Dimension.DISTRICT: (vocabulary.districts.code(record.district),),
    }


class _Lonely:
    """The records of one side that have no partner, and why."""

    def __init__(self, ground: Ground, *, by_profile: bool, alone: list[int], hidden: Flags) -> None:
        """`hidden`: demands that are not there, (n_demands,)."""
        self.ground, self.by_profile, self.alone, self.hidden = ground, by_profile, alone, hidden

    def gaps(self) -> dict[int, Gap]:
        """By the place of the record; one whom somebody suits that no rule stops has no gap."""
        found: dict[int, Gap] = {}
        n_others = len(self.ground.demands if self.by_profile else self.ground.profiles)
        step = max(1, _CELLS // max(1, n_others * len(self.ground.binding)))
        for start in range(0, len(self.alone), step):
            some = self.alone[start : start + step]
            suits = self._suiting(some)
            others = np.unique(np.concatenate([*suits, np.empty(0, np.int64)]))
            fails = self._failing(some, others.tolist())
            for row, (place, own) in enumerate(zip(some, suits, strict=True)):
                fails_own = fails[:, row, np.searchsorted(others, own)]
                if fails_own.any(axis=0).all():
                    found[place] = self._gap(place, fails_own)
        return found

    def _suiting(self, some: list[int]) -> list[Places]:
        if not self.by_profile:
            return self.ground.suits_demands(some)
        return [own[~self.hidden[own]] for own in self.ground.suits_profiles(some)]

    def _failing(self, some: list[int], others: list[int]) -> Flags:
        """(n_binding, n_some, n_others)"""
        ground = self.ground
        if not self.by_profile:
            return ground.failing([ground.demands[d] for d in some], [ground.profiles[p] for p in others])
        fails = ground.failing([ground.demands[d] for d in others], [ground.profiles[p] for p in some])
        return fails.transpose(0, 2, 1)

    def _gap(self, place: int, fails: Flags) -> Gap:
        """`fails`: (n_binding, n_suitable)."""
        ground = self.ground
        codes = [rule.CODE for rule in ground.binding]
        labels = labels_of(ground, place, by_profile=self.by_profile)
        record = ground.profiles[place] if self.by_profile else ground.demands[place]
        return Gap(
            id=record.id,
            title=title_of(record),
            reason=Reason.RULES if fails.shape[1] else Reason.NOBODY,
            suitable=fails.shape[1],
            stops=_counts(codes, fails),
            alone=_counts(codes, fails & (fails.sum(axis=0) == 1)),
            amount_yuan=None if self.by_profile else ground.demands[place].budget_max_yuan,
            sectors=labels[Dimension.SECTOR],
            capabilities=labels[Dimension.CAPABILITY],
            districts=labels[Dimension.DISTRICT],
        )


def _closed(ground: Ground) -> Flags:
    """The demands that the rule `open` closes to everybody."""
    if not ground.policy.hard["open"]:
        return np.zeros(len(ground.demands), dtype=np.bool_)
    until = (demand.publish_until for demand in ground.demands)
    return np.array([day is not None and day < ground.as_of for day in until], dtype=np.bool_)


def _full(ground: Ground) -> Flags:
    """The profiles that the rule `capacity` closes to everybody."""
    if not ground.policy.hard["capacity"]:
        return np.zeros(len(ground.profiles), dtype=np.bool_)
    loads = ((profile.active_engagements, profile.max_concurrent) for profile in ground.profiles)
    return np.array(
        [active is not None and most is not None and active >= most for active, most in loads], dtype=np.bool_
    )


def _known(codes: Iterable[Code]) -> tuple[Code, ...]:
    return tuple(sorted(code for code in codes if code is not None)) or (None,)


def _main_concepts(concepts: Concepts) -> tuple[Code, ...]:
    """What a record speaks of most surely: its tags, where it has none what its text names, else what it hints at."""
    most = max((seen.strength for seen in concepts.values()), default=0.0)
    return _known(code for code, seen in concepts.items() if seen.strength == most)


def _counts(codes: Sequence[str], fails: Flags) -> dict[str, int]:
    """Rule → how many it stops, most first, in the order of the rules where they stop as many."""
    numbers = zip(codes, fails.sum(axis=1).tolist(), strict=True)
    return dict(sorted(((code, number) for code, number in numbers if number), key=lambda entry: -entry[1]))


def _most_wanted(cell: Cell) -> tuple[Any, ...]:
    return (
        -cell.demands.alone, -cell.demands.budget_yuan, -cell.profiles.alone,
        tuple((code is None, code or "") for code in cell.codes),
    )  # fmt: skip
