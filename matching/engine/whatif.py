"""What if a term were another one (反事实): whom a single change of one record would bring within reach.

Every answer is had by making the change on the record and asking the rules again, all changes in one block; nothing
is inferred from the rules' texts. A change of terms alters no text, so who suits whom by text stays as it is.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from matching.domain.demand import Demand
from matching.domain.match import NearMiss, Verdict
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.changes import (
    BY_OPC,
    BY_OWNER,
    LADDERS,
    Propose,
    changed,
    finding_of,
    lacking,
    near_misses,
    proposals,
)
from matching.engine.ground import Flags, Ground, Places
from matching.engine.rules import HardRule
from matching.engine.scoring import MOST_CHANGES
from matching.engine.views import Pair, view_demand, view_profile

STEPS = (1, 3)
"""Of a term that can be changed by more or by less, the smallest change that opens so many, and that opens most."""

_AT_ONCE = 128
"""Changes that are judged in one block."""

EFFORT = (
    "delivery", "deployment", "district", "capacity",  # a word of the one who decides
    "deadline", "budget",  # time, money
    "clearance", "qualification", "maturity", "registration",  # somebody else must grant it, or it takes long
    "exclusion", "open",
)  # fmt: skip
"""The rules, those first whose failure is soonest mended; where two sets of changes are as small, it decides."""

_MOST_TRIED = 3
"""Up to so many changes all sets are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Money of some records: how many say an amount and how many do not; whole yuan, None where nobody says any."""

    said: int
    unsaid: int
    total_yuan: int
    lowest_yuan: int | None
    highest_yuan: int | None

    def to_json(self) -> dict[str, object]:
        """The amounts as a JSON object."""
        return {"said": self.said, "unsaid": self.unsaid, "total_yuan": self.total_yuan,
                "lowest_yuan": self.lowest_yuan, "highest_yuan": self.highest_yuan}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What one change does, and nothing else with it.

    `opens`: ids that become eligible, all of them suitable in text; `closes`: ids that are eligible and would not be
    (a later day outlives a certificate, say). `with_one_more`: ids that come so near that one further change of the
    same record's terms is all that is missing. `amounts` are those of `opens`: the demands' largest budgets, or what
    the profiles ask for.
    """

    change: NearMiss
    opens: tuple[str, ...]
    closes: tuple[str, ...]
    with_one_more: tuple[str, ...]
    amounts: Amounts

    def to_json(self) -> dict[str, object]:
        """The opening as a JSON object."""
        return {
            **self.change.to_json(),
            "opens": list(self.opens),
            "closes": list(self.closes),
            "with_one_more": len(self.with_one_more),
            "amounts": self.amounts.to_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One record: how many of the other side suit it in text, how many of them are eligible now, and what if.

    `out_of_reach`: suitable, but stopped by something that this side cannot change.
    """

    record: str
    suitable: int
    eligible: int
    out_of_reach: int
    openings: tuple[Opening, ...]

    def to_json(self) -> dict[str, object]:
        """The outlook as a JSON object."""
        return {
            "record": self.record,
            "suitable": self.suitable,
            "eligible": self.eligible,
            "out_of_reach": self.out_of_reach,
            "openings": [opening.to_json() for opening in self.openings],
        }


def outlook_of_profile(ground: Ground, profile_id: str) -> Outlook:
    """What each change that an OPC could make would open to it, the best first.

    Best first: most demands, then most budget, then most that come near, then by rule and field.

    Raises:
        InputError: `no_such_record`.
    """
    place = ground.place_of_profile(profile_id)
    others = [ground.demands[other] for other in ground.suits_profile(place)]
    return _Question(ground, ground.profiles[place], others, BY_OPC).answer()


def outlook_of_demand(ground: Ground, demand_id: str) -> Outlook:
    """What each change that an owner could make would open to a demand; see `outlook_of_profile`.

    Raises:
        InputError: `no_such_record`.
    """
    place = ground.place_of_demand(demand_id)
    others = [ground.profiles[other] for other in ground.suits_demand(place)]
    return _Question(ground, ground.demands[place], others, BY_OWNER).answer()


def smallest_change(ground: Ground, demand: Demand, profile: CapabilityProfile) -> tuple[NearMiss, ...] | None:
    """The fewest changes of either side that make a pair eligible, the easiest first; None where there are none.

    Empty for a pair that is eligible. All sets of up to three changes are tried; beyond that each rule's own near
    miss is taken. Of sets as small the one with the lesser effort is told (see `EFFORT`).
    """
    pair = ground.pair(demand, profile)
    failed = _failed(pair, ground.binding)
    if not failed:
        return ()
    own = {rule: near_misses(rule, pair, finding_of(rule, pair)) for rule in failed}
    if not all(own.values()):
        return None
    named = {(miss.field, _key(miss)) for misses in own.values() for miss in misses}
    either = [change for by in (BY_OPC, BY_OWNER) for change in proposals(by, pair, failed)]
    tried = _distinct([*(miss for misses in own.values() for miss in misses), *either])

    def effort(some: Iterable[NearMiss]) -> tuple[Any, ...]:
        changes = list(some)
        strange = sum((change.field, _key(change)) not in named for change in changes)
        return sorted(map(_place, changes), reverse=True), strange

    for size in range(1, min(len(failed), _MOST_TRIED) + 1):
        found = [
            some
            for some in combinations(tried, size)
            if len({change.field for change in some}) == size
            and not _failed(_pair_with(ground, demand, profile, some), ground.binding)
        ]
        if found:
            return tuple(sorted(min(found, key=effort), key=_place))
    return _one_after_the_other(ground, demand, profile)


def _one_after_the_other(ground: Ground, demand: Demand, profile: CapabilityProfile) -> tuple[NearMiss, ...] | None:
    """Each rule's own near miss, until none fails: a later day may outlive a certificate."""
    made: dict[str, NearMiss] = {}
    for _ in range(2 * len(ground.binding)):
        pair = _pair_with(ground, demand, profile, made.values())
        failed = _failed(pair, ground.binding)
        if not failed:
            return tuple(sorted(made.values(), key=_place))
        for miss in near_misses(failed[0], pair, finding_of(failed[0], pair)):
            before = made.get(miss.field, miss)
            made[miss.field] = replace(miss, from_value=before.from_value)
    return None


class _Question:
    """One record against those of the other side that suit it."""

    def __init__(self, ground: Ground, own: Any, others: Sequence[Any], by: Mapping[str, Propose]) -> None:
        self.ground, self.own, self.others, self.by = ground, own, others, by
        see: Callable[[Any, Vocabulary], Any] = view_profile if isinstance(own, Demand) else view_demand
        self._other_view = lru_cache(None)(lambda place: see(others[place], ground.vocabulary))
        self._codes = [rule.CODE for rule in ground.binding]
        self._reachable = np.array([code in by for code in self._codes], dtype=np.bool_)
        self._certified = np.array([code == "qualification" for code in self._codes], dtype=np.bool_)
        self._failing: Flags = self._fails([own])[:, :, 0]

    def answer(self) -> Outlook:
        """Every change judged, those that do nothing left out."""
        stopped: Flags = np.any(self._failing, axis=0)
        out_of_reach: Flags = np.any(self._failing[~self._reachable], axis=0)
        steps = self._steps_today(stopped & ~out_of_reach)
        changes = self._changes(stopped & ~out_of_reach)
        openings: list[Opening] = []
        for start in range(0, len(changes), _AT_ONCE):
            some = changes[start : start + _AT_ONCE]
            variants = [changed(self.own, change) for change in some]
            fails = self._fails(variants)
            for number, change in enumerate(some):
                openings.append(self._opening(change, variants[number], fails[:, :, number], stopped, steps))
        useful = [opening for opening in _landings(openings) if opening.opens or opening.with_one_more]
        useful = [opening for opening in useful if not any(_spares(other, opening) for other in useful)]
        return Outlook(
            record=self.own.id,
            suitable=len(self.others),
            eligible=int((~stopped).sum()),
            out_of_reach=int(out_of_reach.sum()),
            openings=tuple(sorted(useful, key=_best_first)),
        )

    def _fails(self, variants: Sequence[Any]) -> Flags:
        """(n_binding, n_others, n_variants)"""
        if isinstance(self.own, Demand):
            return self.ground.failing(variants, self.others).transpose(0, 2, 1)
        return self.ground.failing(self.others, variants)

    def _pair(self, view: Any, other: int) -> Pair:
        theirs = self._other_view(other)
        demand, profile = (view, theirs) if isinstance(self.own, Demand) else (theirs, view)
        return Pair(demand, profile, self.ground.as_of, self.ground.vocabulary)

    def _view(self, record: Any) -> Any:
        see: Callable[[Any, Vocabulary], Any] = view_demand if isinstance(self.own, Demand) else view_profile
        return see(record, self.ground.vocabulary)

    def _changes(self, reachable: Flags) -> list[NearMiss]:
        """What would turn a failure of those that fail no more than a few rules, each once, ladders in order."""
        near = np.flatnonzero(reachable & (self._failing.sum(axis=0) <= MOST_CHANGES))
        view = self._view(self.own)
        found = [
            change
            for other in near.tolist()
            for change in proposals(
                self.by, self._pair(view, other),
                [code for code, fails in zip(self._codes, self._failing[:, other], strict=True) if fails],
            )
        ]  # fmt: skip
        return _distinct(found)

    def _steps_today(self, reachable: Flags) -> Places:
        """How many changes each of the others is away, as far as it is in reach."""
        view = self._view(self.own)
        steps = (self._failing & ~self._certified[:, np.newaxis]).sum(axis=0)
        for other in np.flatnonzero(self._failing[self._certified].any(axis=0) & reachable).tolist():
            steps[other] += lacking(self._pair(view, other))
        return np.where(reachable, steps, 0)

    def _opening(self, change: NearMiss, variant: Any, fails: Flags, stopped: Flags, steps: Places) -> Opening:
        stopped_then = fails.any(axis=0)
        opens, closes = stopped & ~stopped_then, ~stopped & stopped_then
        others_fail = (fails & ~self._certified[:, np.newaxis]).sum(axis=0)
        certified = fails[self._certified].any(axis=0)
        far = (steps > 1) & ~fails[~self._reachable].any(axis=0)
        near = far & (others_fail == 1) & ~certified
        asked = np.flatnonzero(far & (others_fail == 0) & certified).tolist()
        if asked:
            view = self._view(variant)
            near[[other for other in asked if lacking(self._pair(view, other)) == 1]] = True
        return Opening(
            change=change, opens=self._ids(opens), closes=self._ids(closes), with_one_more=self._ids(near),
            amounts=self._amounts(opens),
        )  # fmt: skip

    def _ids(self, which: Flags) -> tuple[str, ...]:
        return tuple(self.others[other].id for other in np.flatnonzero(which).tolist())

    def _amounts(self, which: Flags) -> Amounts:
        places = np.flatnonzero(which).tolist()
        if isinstance(self.own, Demand):
            view = self._view(self.own)
            found = [self._pair(view, other).offer.price_min_yuan for other in places]
        else:
            found = [self.others[other].budget_max_yuan for other in places]
        said = [amount for amount in found if amount is not None]
        return Amounts(
            said=len(said), unsaid=len(found) - len(said), total_yuan=sum(said), lowest_yuan=min(said, default=None),
            highest_yuan=max(said, default=None),
        )  # fmt: skip


def _landings(openings: Iterable[Opening]) -> list[Opening]:
    """All single changes; of each ladder the lowest rungs that open enough (`STEPS`), and that opens most."""
    kept: list[Opening] = []
    ladders: dict[str, list[Opening]] = {}
    for opening in openings:
        if _name(opening.change) in LADDERS:
            ladders.setdefault(opening.change.field, []).append(opening)
        else:
            kept.append(opening)
    for rungs in ladders.values():
        most = max(len(rung.opens) for rung in rungs)
        wanted = [number for number in (*STEPS, most) if 0 < number <= most]
        chosen = [next(n for n, rung in enumerate(rungs) if len(rung.opens) >= number) for number in wanted]
        if not chosen:  # nothing is opened by this alone; the rung that brings most of them near
            chosen = [max(range(len(rungs)), key=lambda n: len(rungs[n].with_one_more))]
        kept += [rungs[n] for n in sorted(set(chosen))]
    return kept


def _spares(better: Opening, opening: Opening) -> bool:
    """Another value of the same field opens as much and takes less away (both ways instead of the other way)."""
    return (
        better.change.field == opening.change.field
        and set(better.opens) >= set(opening.opens)
        and set(better.closes) < set(opening.closes)
    )


def _distinct(changes: Iterable[NearMiss]) -> list[NearMiss]:
    """Each change once, told by its first rule; ladders from their lowest rung."""
    found: dict[tuple[str, str], NearMiss] = {}
    for change in changes:
        key = (change.field, _key(change))
        if key not in found or _place(change) < _place(found[key]):
            found[key] = change

    def order(change: NearMiss) -> tuple[Any, ...]:
        value = change.to_value
        direction = LADDERS.get(_name(change))
        if direction is None:
            return (change.field, 0, _key(change))
        rung = value if isinstance(value, int) else int(str(value).replace("-", ""))
        return (change.field, direction * rung, "")

    return sorted(found.values(), key=order)


def _best_first(opening: Opening) -> tuple[Any, ...]:
    change = opening.change
    return (
        -len(opening.opens), -opening.amounts.total_yuan, -len(opening.with_one_more), change.rule, change.field,
        _key(change),
    )  # fmt: skip


def _failed(pair: Pair, binding: Sequence[HardRule]) -> list[str]:
    return [rule.CODE for rule in binding if rule.check(pair).verdict is Verdict.FAIL]


def _pair_with(ground: Ground, demand: Demand, profile: CapabilityProfile, changes: Iterable[NearMiss]) -> Pair:
    for change in changes:
        if change.field.startswith("demand."):
            demand = changed(demand, change)
        else:
            profile = changed(profile, change)
    return ground.pair(demand, profile)


def _place(change: NearMiss) -> int:
    return EFFORT.index(change.rule)


def _name(change: NearMiss) -> str:
    return change.field.rsplit(".", 1)[-1]


def _key(change: NearMiss) -> str:
    return json.dumps(change.to_value, ensure_ascii=False)
