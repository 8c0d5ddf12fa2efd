"""Our engine by its public path, and the values of its parts, from which any weighting can be worked out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.domain.demand import Demand
from matching.domain.match import Match
from matching.domain.policy import DEFAULT_POLICY, PARTS, TEXT_PARTS, MatchPolicy
from matching.domain.profile import Capability, CapabilityProfile, Case
from matching.engine import TextSimilarity
from matching.engine.pipeline import recommend
from tests.quality.gold import AS_OF, VOCABULARY, Gold, demand_text, profile_parts
from tests.quality.peers import ranked

Floats = NDArray[np.float64]
Lists = list[list[int]]

N_TEXT = len(TEXT_PARTS)


def our_lists(gold: Gold, policy: MatchPolicy = DEFAULT_POLICY) -> Lists:
    """What the product shows."""
    return _lists(gold.demands, gold.profiles, policy)


def lists_by_texts(gold: Gold, policy: MatchPolicy = DEFAULT_POLICY) -> Lists:
    """What is shown when the records hold nothing but texts; the filter that every system is given comes after."""
    shown = _lists(list(map(bare_demand, gold.demands)), list(map(bare_profile, gold.profiles)), policy)
    return [[p for p in row if gold.allowed[d, p]] for d, row in enumerate(shown)]


def lists_by_similarity(gold: Gold) -> Lists:
    """`TextSimilarity` alone, profiles as lists of their parts, under the filter that every system is given."""
    index = TextSimilarity(vocabulary=VOCABULARY)
    queries = list(map(demand_text, gold.demands))
    index.fit(list(map(profile_parts, gold.profiles)), background=queries)
    scores = np.zeros(gold.grades.shape)
    for d, found in enumerate(index.score(queries, len(gold.profiles))):
        for p, score in found:
            scores[d, p] = score
    return ranked(scores, gold.allowed)


def bare_demand(demand: Demand) -> Demand:
    """The demand's texts and nothing else."""
    return Demand(
        id=demand.id,
        title=demand.title,
        description=demand.description,
        capabilities=demand.capabilities,
        data_provided=demand.data_provided,
        metrics=demand.metrics,
    )


def bare_profile(profile: CapabilityProfile) -> CapabilityProfile:
    """The profile's texts and nothing else."""
    return CapabilityProfile(
        id=profile.id,
        name=profile.name,
        summary=profile.summary,
        capabilities=profile.capabilities
        and tuple(Capability(name=c.name, description=c.description, cases=c.cases) for c in profile.capabilities),
        cases=profile.cases and tuple(Case(client=case.client, metric=case.metric) for case in profile.cases),
    )


@dataclass(frozen=True)
class PartValues:
    """The values of all parts, 0 where unknown, for every pair that could ever be shown.

    `values` (n_demands, n_profiles, n_parts) in the order of `PARTS`; `possible` (n_demands, n_profiles): no hard
    rule fails and the texts have anything in common.
    """

    values: Floats
    possible: NDArray[np.bool_]

    @classmethod
    def of(cls, gold: Gold) -> "PartValues":
        """Ask the public path for everything: no minimum, no end of the lists."""
        policy = replace(DEFAULT_POLICY, weights=dict.fromkeys(PARTS, 1 / len(PARTS)), minimum_relevance=0.0)
        of_profile = {profile.id: place for place, profile in enumerate(gold.profiles)}
        values = np.zeros((*gold.grades.shape, len(PARTS)))
        possible = np.zeros(gold.grades.shape, dtype=np.bool_)
        found = _recommend(gold.demands, gold.profiles, policy)
        for d, demand in enumerate(gold.demands):
            for match in found[demand.id]:
                p = of_profile[match.profile]
                possible[d, p] = True
                said = {part.code: part.value for part in match.parts}
                values[d, p] = [said[code] or 0.0 for code in PARTS]
        return cls(values, possible)

    def lists(self, weights: Mapping[str, float], minimum_relevance: float) -> Lists:
        """The lists that a policy with these weights gives."""
        total = np.zeros(self.possible.shape)
        text = np.zeros(self.possible.shape)
        for place, code in enumerate(PARTS):  # added in the engine's order, so that equal scores stay equal
            total += weights[code] * self.values[..., place]
            if place == N_TEXT - 1:
                text = total.copy()
        full = sum(weights[code] for code in TEXT_PARTS)
        suitable = self.possible & ((text / full if full else text) >= minimum_relevance)
        return [
            shown[np.argsort(-row[shown], kind="stable")].tolist()
            for row, shown in zip(total, map(np.flatnonzero, suitable), strict=True)
        ]


def without(part: str) -> dict[str, float]:
    """The default weights with one part's set to 0 and the others scaled to add up to 1."""
    return only(*(code for code in PARTS if code != part))


def only(*parts: str) -> dict[str, float]:
    """The default weights of some parts, scaled to add up to 1, and 0 for the others."""
    kept = {code: DEFAULT_POLICY.weights[code] if code in parts else 0.0 for code in PARTS}
    total = sum(kept.values())
    return {code: weight / total for code, weight in kept.items()}


def _lists(demands: Sequence[Demand], profiles: Sequence[CapabilityProfile], policy: MatchPolicy) -> Lists:
    of_profile = {profile.id: place for place, profile in enumerate(profiles)}
    found = _recommend(demands, profiles, policy)
    return [[of_profile[match.profile] for match in found[demand.id]] for demand in demands]


def _recommend(
    demands: Sequence[Demand], profiles: Sequence[CapabilityProfile], policy: MatchPolicy
) -> Mapping[str, Sequence[Match]]:
    found = recommend(
        demands,
        profiles,
        policy=policy,
        vocabulary=VOCABULARY,
        as_of=AS_OF,
        top_per_demand=len(profiles),
        top_per_profile=0,
    )
    return found.for_demands
