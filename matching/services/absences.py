"""Why a demand has no suitable supply: how many profiles speak of it, and which rules stop those who do."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matching.store.matches import Absence

if TYPE_CHECKING:
    from matching.engine.ground import Ground


def absences(ground: "Ground", demand_ids: Sequence[str]) -> Mapping[str, Absence]:
    """demand id → why none of the profiles stands on its list, for demands with an empty list."""
    places = [ground.place_of_demand(demand_id) for demand_id in demand_ids]
    found = {}
    for demand_id, place, suiting in zip(demand_ids, places, ground.suits_demands(places), strict=True):
        speaking = [ground.profiles[profile] for profile in suiting.tolist()]
        fails = ground.failing([ground.demands[place]], speaking)[:, 0]
        alone = fails & (fails.sum(axis=0) == 1)
        found[demand_id] = Absence(
            speaking=len(speaking), stopped=_counts(ground, fails.sum(axis=1)), alone=_counts(ground, alone.sum(axis=1))
        )
    return found


def _counts(ground: "Ground", numbers: Sequence[int]) -> dict[str, int]:
    """rule → number, without those that stop nobody."""
    return {rule.CODE: int(number) for rule, number in zip(ground.binding, numbers, strict=True) if number}
