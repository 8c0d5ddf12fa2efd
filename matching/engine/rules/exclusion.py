"""Exclusion: neither side has ruled the other out, and nobody is matched with itself (conflict of interest)."""

import numpy as np

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.answers import found, missing
from matching.engine.tables import Block, ProfileTable, Verdicts
from matching.engine.views import DemandView, Pair, ProfileView

CODE = "exclusion"
KIND = Kind.HARD
DEMAND_KEYS = ("id", "owner", "excluded")
PROFILE_KEYS = ("id", "name", "excluded")


def check(pair: Pair) -> Finding:
    """Names and ids are compared folded: width, case and white space do not matter.

    A pass needs both lists: who did not say whom to avoid may still have somebody in mind. The owner's name must
    be known too, unless the profile avoids nobody.
    """
    demand, profile = pair.demand, pair.profile
    reasons = []
    if demand.excluded and demand.excluded & {profile.id, profile.name}:
        reasons.append("excluded_by_demand")
    if profile.excluded and profile.excluded & {demand.id, demand.owner_name}:
        reasons.append("excluded_by_profile")
    if demand.owner_name is not None and demand.owner_name == profile.name:
        reasons.append("same_organisation")
    if reasons:
        return found(CODE, KIND, False, {"reasons": reasons})
    if demand.excluded is None or profile.excluded is None or (profile.excluded and demand.owner_name is None):
        fields = {
            "demand.excluded": demand.excluded,
            "profile.excluded": profile.excluded,
            "demand.owner.name": "" if profile.excluded is not None and not profile.excluded else demand.owner_name,
        }
        return missing(CODE, KIND, fields)
    return found(CODE, KIND, True, {"reasons": []})


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    profiles = block.profiles
    answer = np.zeros(block.shape, dtype=np.int8)
    for row, demand in enumerate(block.demands.views):
        if demand.excluded is not None:
            answer[row] = profiles.avoids_nobody if demand.owner_name is None else profiles.says_excluded
        answer[row, clashes(demand, profiles)] = -1
    return answer


def mask_key(demand: DemandView, profiles: ProfileTable) -> str | None:
    """Nearly every demand excludes nobody of a block: None then."""
    return demand.id if clashes(demand, profiles) else None


def clashes(demand: DemandView, profiles: ProfileTable) -> list[int]:
    """The rows of the profiles that are excluded, some perhaps twice."""
    hits = list(profiles.by_excluded.get(demand.id, ()))
    for word in demand.excluded or ():
        hits += profiles.by_id_or_name.get(word, ())
    if demand.owner_name is not None:
        hits += profiles.by_excluded.get(demand.owner_name, ())
        hits += profiles.by_name.get(demand.owner_name, ())
    return hits


def demand_clashes(demand: DemandView) -> set[tuple[str, str]]:
    """A pair fails exactly where one of these is among the profile's (`profile_clashes`)."""
    own = {(_PROFILE, word) for word in demand.excluded or ()} | {(_DEMAND, demand.id)}
    return own | {(_DEMAND, demand.owner_name), (_OWNER, demand.owner_name)} if demand.owner_name is not None else own


def profile_clashes(profile: ProfileView) -> set[tuple[str, str]]:
    """See `demand_clashes`."""
    named = {(_PROFILE, profile.id), (_PROFILE, profile.name), (_OWNER, profile.name)}
    return named | {(_DEMAND, word) for word in profile.excluded or ()}


_PROFILE, _DEMAND, _OWNER = "profile", "demand", "owner"  # who is named


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """None: nobody is talked out of an exclusion."""
    return []
