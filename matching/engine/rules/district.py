"""District: where the work is on site, the profile serves the demand's district."""

import numpy as np

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.engine.rules.answers import found, known, missing, not_known, strangers
from matching.engine.tables import STRANGE, Block, Verdicts, place_of
from matching.engine.views import Pair

CODE = "district"
KIND = Kind.HARD
DEMAND_KEYS = ("delivery", "district")
PROFILE_KEYS = ("service_districts",)

WHOLE_CITY = "whole_city"
_FREE = ("remote", "any")


def check(pair: Pair) -> Finding:
    """Only work on site needs it; whoever serves the whole city serves each of its districts.

    Where the way of delivery is not known, a profile that serves the district passes in any case.
    """
    demand, profile = pair.demand, pair.profile
    if demand.delivery in _FREE:
        return found(CODE, KIND, True, {"delivery": demand.delivery, "needed": False})
    served = _served(pair)
    if demand.delivery is None and served.verdict is not Verdict.PASS:
        if demand.record.delivery is not None:
            return not_known(CODE, KIND, {"demand.delivery": [demand.record.delivery]})
        return missing(
            CODE,
            KIND,
            {
                "demand.delivery": None,
                "demand.district": demand.record.district,
                "profile.service_districts": profile.record.service_districts,
            },
        )
    return served


def _served(pair: Pair) -> Finding:
    district, served = pair.demand.district, pair.profile.service_districts
    terms = pair.vocabulary.districts
    word = pair.demand.record.district
    if word is None or served is None:
        return missing(CODE, KIND, {"demand.district": word, "profile.service_districts": served})
    if district is None:
        return not_known(CODE, KIND, {"demand.district": [word]})
    facts = {"district": district, "service_districts": known(served)}
    if district in served or WHOLE_CITY in served:
        return found(CODE, KIND, True, facts)
    if None in served:
        strange = strangers(pair.profile.record.service_districts, terms)
        return not_known(CODE, KIND, {"profile.service_districts": strange}, **facts)
    return found(CODE, KIND, False, facts)


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    demands, served = block.demands, block.profiles.service_districts
    answer = np.zeros(block.shape, dtype=np.int8)
    undecided = served.absent | served.strange
    whole = place_of(block.vocabulary.districts, WHOLE_CITY)
    for district in np.unique(demands.district[demands.district >= 0]):
        met = served.has[:, district] if whole is None else served.has[:, district] | served.has[:, whole]
        answer[demands.district == district] = np.where(met, 1, np.where(undecided, 0, -1))
    unsure = (demands.delivery < 0) & (demands.delivery >= STRANGE)
    answer[unsure] = np.maximum(answer[unsure], 0)
    free = [place_of(block.vocabulary.delivery, code) for code in _FREE]
    answer[np.isin(demands.delivery, [place for place in free if place is not None])] = 1
    return answer


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile serves this district too."""
    served = list(pair.profile.record.service_districts or ())
    return [
        NearMiss(
            rule=CODE,
            field="profile.service_districts",
            from_value=served,
            to_value=[*served, finding.facts["district"]],
        )
    ]
