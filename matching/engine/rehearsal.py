"""Rehearsing a policy (策略试演): what another policy would show, before anybody applies it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from matching.domain.policy import MatchPolicy
from matching.engine.ground import Ground
from matching.engine.ranking import Sizes

Lists = Mapping[str, Sequence[str]]
"""Demand's id → the ids of the profiles on its list, best first; a demand without suitable supply has an empty list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandChange:
    """What happens to one demand's list; ranks count from 1. `appears`: (profile, new rank), `vanishes`: (profile,
    old rank), `moves`: (profile, old rank, new rank) of those that keep a place but another one.
    """

    demand: str
    before: int
    after: int
    appears: tuple[tuple[str, int], ...]
    vanishes: tuple[tuple[str, int], ...]
    moves: tuple[tuple[str, int, int], ...]

    @property
    def loses_all(self) -> bool:
        """There was somebody, and there is nobody any more."""
        return self.before > 0 and self.after == 0

    @property
    def gains_first(self) -> bool:
        """There was nobody, and there is somebody."""
        return self.before == 0 and self.after > 0

    def to_json(self) -> dict[str, object]:
        """The change as a JSON object."""
        return {
            "demand": self.demand,
            "before": self.before,
            "after": self.after,
            "appears": [{"profile": profile, "rank": rank} for profile, rank in self.appears],
            "vanishes": [{"profile": profile, "rank": rank} for profile, rank in self.vanishes],
            "moves": [{"profile": profile, "from": old, "to": new} for profile, old, new in self.moves],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Changes added up over some demands.

    `changed` demands have another list; `pairs_before` and `pairs_after` are the lengths of all lists together.
    """

    demands: int
    changed: int
    pairs_before: int
    pairs_after: int
    appears: int
    vanishes: int
    moves: int
    loses_all: int
    gains_first: int

    def to_json(self) -> dict[str, int]:
        """The tally as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Two states of all lists compared.

    `by_sector`: a demand of several sectors counts in each of them, one of no known sector under None; so the rows
    may add up to more than `total`. `profiles_lost` and `profiles_gained`: ids that stand on no list any more, and
    that stand on one for the first time. `changes` holds the demands whose lists differ, by id.
    """

    total: Tally
    by_sector: Mapping[str | None, Tally]
    profiles_lost: tuple[str, ...]
    profiles_gained: tuple[str, ...]
    changes: tuple[DemandChange, ...]

    @property
    def loses_all(self) -> tuple[str, ...]:
        """The demands that are left without anybody."""
        return tuple(change.demand for change in self.changes if change.loses_all)

    @property
    def gains_first(self) -> tuple[str, ...]:
        """The demands that get somebody for the first time."""
        return tuple(change.demand for change in self.changes if change.gains_first)

    def to_json(self) -> dict[str, object]:
        """The rehearsal as a JSON object; the row of no known sector stands under null."""
        return {
            "total": self.total.to_json(),
            "by_sector": [{"sector": sector, **tally.to_json()} for sector, tally in self.by_sector.items()],
            "loses_all": list(self.loses_all),
            "gains_first": list(self.gains_first),
            "profiles_lost": list(self.profiles_lost),
            "profiles_gained": list(self.profiles_gained),
            "changes": [change.to_json() for change in self.changes],
        }


def rehearse(before: Lists, after: Lists, sectors: Mapping[str, Iterable[str]] | None = None) -> Rehearsal:
    """Compare the lists of all demands; a demand that is in one of the two only has an empty list in the other.

    `sectors` gives the codes of each demand's sectors. Rows come with the most changed demands first, then by code,
    that of no known sector last.
    """
    changes = [_compared(demand, before.get(demand, ()), after.get(demand, ())) for demand in sorted({*before, *after})]
    groups: dict[str | None, list[DemandChange]] = {}
    for change in changes:
        known: list[str | None] = [*sorted(set((sectors or {}).get(change.demand, ())))]
        for sector in known or [None]:
            groups.setdefault(sector, []).append(change)
    tallies = {sector: _tally(own) for sector, own in groups.items()}
    order = sorted(tallies, key=lambda sector: (sector is None, -tallies[sector].changed, sector or ""))
    shown_before, shown_after = ({p for own in lists.values() for p in own} for lists in (before, after))
    return Rehearsal(
        total=_tally(changes),
        by_sector={sector: tallies[sector] for sector in order},
        profiles_lost=tuple(sorted(shown_before - shown_after)),
        profiles_gained=tuple(sorted(shown_after - shown_before)),
        changes=tuple(change for change in changes if _differs(change)),
    )


def demand_lists(ground: Ground, policy: MatchPolicy, jobs: int = 1) -> dict[str, list[str]]:
    """The demands' lists under a policy, each as long as it says; the ground's own policy counts for nothing."""
    ranked = ground.under(policy).ranking(Sizes(per_demand=policy.top, per_profile=0), jobs).for_demands
    return {
        demand.id: [ground.profiles[other].id for other in ranked.of(place).tolist()]
        for place, demand in enumerate(ground.demands)
    }


def sectors_of_demands(ground: Ground) -> dict[str, list[str]]:
    """The known sectors of each demand, by code."""
    terms = ground.vocabulary.sectors
    return {
        demand.id: sorted(code for code in terms.codes(demand.sectors) or () if code is not None)
        for demand in ground.demands
    }


def _compared(demand: str, before: Sequence[str], after: Sequence[str]) -> DemandChange:
    old = {profile: rank for rank, profile in enumerate(before, start=1)}
    new = {profile: rank for rank, profile in enumerate(after, start=1)}
    return DemandChange(
        demand=demand,
        before=len(old),
        after=len(new),
        appears=tuple((profile, rank) for profile, rank in new.items() if profile not in old),
        vanishes=tuple((profile, rank) for profile, rank in old.items() if profile not in new),
        moves=tuple((p, rank, new[p]) for p, rank in old.items() if p in new and new[p] != rank),
    )


def _differs(change: DemandChange) -> bool:
    return bool(change.appears or change.vanishes or change.moves)


def _tally(changes: Sequence[DemandChange]) -> Tally:
    return Tally(
        demands=len(changes),
        changed=sum(map(_differs, changes)),
        pairs_before=sum(change.before for change in changes),
        pairs_after=sum(change.after for change in changes),
        appears=sum(len(change.appears) for change in changes),
        vanishes=sum(len(change.vanishes) for change in changes),
        moves=sum(len(change.moves) for change in changes),
        loses_all=sum(change.loses_all for change in changes),
        gains_first=sum(change.gains_first for change in changes),
    )
