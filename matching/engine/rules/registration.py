"""Registration: the profile is registered in the city that the demand names, if it names one."""

import numpy as np

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.answers import found, missing, not_known
from matching.engine.tables import ABSENT, STRANGE, Block, Verdicts, place_of
from matching.engine.views import Pair

CODE = "registration"
KIND = Kind.HARD
DEMAND_KEYS = ("require_registered_in",)
PROFILE_KEYS = ("registered_city",)

_ANY = "any"


def check(pair: Pair) -> Finding:
    """`require_registered_in` is any city, or the profile's `registered_city`."""
    demand, profile = pair.demand, pair.profile
    asked, held = demand.record.require_registered_in, profile.record.registered_city
    if demand.require_registered_in == _ANY:
        return found(CODE, KIND, True, {"require_registered_in": _ANY})
    if asked is None or held is None:
        return missing(CODE, KIND, {"demand.require_registered_in": asked, "profile.registered_city": held})
    if demand.require_registered_in is None:
        return not_known(CODE, KIND, {"demand.require_registered_in": [asked]})
    if profile.registered_city is None:
        return not_known(
            CODE, KIND, {"profile.registered_city": [held]}, require_registered_in=demand.require_registered_in
        )
    facts = {"require_registered_in": demand.require_registered_in, "registered_city": profile.registered_city}
    return found(CODE, KIND, demand.require_registered_in == profile.registered_city, facts)


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    asked, held = block.demands.require_registered_in[:, np.newaxis], block.profiles.registered_city
    unsure = np.isin(asked, (ABSENT, STRANGE)) | np.isin(held, (ABSENT, STRANGE))
    answer = np.where(unsure, 0, np.where(asked == held, 1, -1))
    return np.where(asked == place_of(block.vocabulary.cities, _ANY), 1, answer).astype(np.int8)


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile registers where the demand asks for it."""
    return [
        NearMiss(
            rule=CODE,
            field="profile.registered_city",
            from_value=pair.profile.record.registered_city,
            to_value=finding.facts["require_registered_in"],
        )
    ]
