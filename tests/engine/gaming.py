"""Ways to game a ranking by text, and what they gain: (profile, demand) → the profile as it would be handed in."""

from dataclasses import dataclass, replace

from matching.domain.policy import DEFAULT_POLICY, TEXT_PARTS
from matching.domain.profile import Capability
from matching.engine.pipeline import Matching
from matching.engine.ranking import Sizes
from tests.engine.make import VOCABULARY

REPEATED = 500
PADDING = "我们提供优质高效的服务，助力企业数字化转型升级，打造一站式解决方案，赢得客户一致好评。"
LONGEST = 20_000  # characters of a field
MINIMUM = DEFAULT_POLICY.minimum_relevance
_TERMS = list(VOCABULARY.capabilities)


def nothing(profile, demand):
    """Honest."""
    return profile


def every_tag(profile, demand):
    """(a) Every capability of the vocabulary, as tags."""
    return with_capabilities(profile, *(Capability(name=term.zh) for term in _TERMS))


def keywords(profile, demand):
    """(b) Two hundred keywords from all over the lexicon, in the summary."""
    words = [word for term in _TERMS for word in (term.zh, *term.synonyms)]
    return with_summary(profile, "、".join(words[:: len(words) // 200][:200]))


def right_tag(profile, demand):
    """The right capability as one more tag: an untrue claim, and no more text than that."""
    return with_capabilities(profile, Capability(name=keyword(demand)))


def right_keyword(profile, demand):
    """(c) The right keyword, five hundred times."""
    return with_summary(profile, "，".join([keyword(demand)] * REPEATED))


def copied(profile, demand):
    """(d) The demand's whole text behind the own summary."""
    return with_summary(profile, own_words(demand))


def copied_alone(profile, demand):
    """(d) The demand's whole text as the whole summary, and nothing else."""
    return replace(profile, summary=own_words(demand), capabilities=None, cases=None)


def copied_capability(profile, demand):
    """(e) The demand's text as one of thirty capabilities."""
    others = [Capability(name=term.zh) for term in _TERMS[:: len(_TERMS) // 29][:29]]
    return with_capabilities(profile, *others, Capability(name=demand.title, description=demand.description))


def padded(profile, demand):
    """(f) 20,000 characters of advertising."""
    return with_summary(profile, PADDING * 500)


def padded_with_phrases(profile, demand):
    """(f) 20,000 characters of everything that the lexicon holds."""
    words = [word for term in _TERMS for word in (*term.offers, *term.synonyms, *term.needs)]
    return with_summary(profile, "，".join(words).replace("…", "").replace("|", ""))


ATTACKS = (
    every_tag, keywords, right_tag, right_keyword, copied, copied_alone, copied_capability, padded, padded_with_phrases,
)  # fmt: skip


COPYING = (copied, copied_alone, copied_capability)


def clones(profile, number=20):
    """(g) The same profile under other names."""
    return [replace(profile, id=f"{profile.id}-{n}", name=f"第{n}工作室") for n in range(number)]


def keyword(demand):
    """The demand's first capability by its name in the lexicon, or the first words of its title."""
    codes = filter(None, map(VOCABULARY.capabilities.code, demand.capabilities or ()))
    return next((VOCABULARY.capabilities.by_code[code].zh for code in codes), demand.title[:8])


def own_words(demand):
    return "\n".join(filter(None, (demand.title, demand.description)))


def with_summary(profile, more):
    return replace(profile, summary=f"{profile.summary or ''}\n{more}"[:LONGEST])


def with_capabilities(profile, *more):
    return replace(profile, capabilities=(*(profile.capabilities or ()), *more))


@dataclass(frozen=True)
class Standing:
    """How a profile stands with a demand. `rank` counts all eligible pairs that share any word, relevant or not."""

    rank: int
    score: float
    relevance: float
    match: object

    @property
    def shown(self):
        """Whether the texts earn what the policy asks for."""
        return self.relevance >= MINIMUM

    @property
    def flagged(self):
        return any("copied" in item for part in self.match.parts for item in part.evidence)

    def value(self, code):
        return next(part.value for part in self.match.parts if part.code == code) or 0.0


class Field:
    """Everybody who competes, ranked for every demand without any minimum."""

    def __init__(self, demands, profiles, as_of):
        policy = replace(DEFAULT_POLICY, minimum_relevance=0.0)
        self.matching = Matching(
            demands, profiles, policy=policy, vocabulary=VOCABULARY, as_of=as_of,
            sizes=Sizes(per_demand=len(profiles), per_profile=0),
        )  # fmt: skip
        self._demands = {demand.id: place for place, demand in enumerate(self.matching.demands)}
        self._profiles = {profile.id: place for place, profile in enumerate(self.matching.profiles)}

    def order(self, demand_id):
        """The ids of the profiles, best first."""
        places = self.matching.ranking.for_demands.of(self._demands[demand_id]).tolist()
        return [self.matching.profiles[place].id for place in places]

    def outsiders(self, demand_id, right=()):
        """Two profiles that a demand has no use for, from the middle and the end of its list, by id; none if it is
        short. `right` are the pairs that do belong together."""
        wrong = [other for other in self.order(demand_id) if (demand_id, other) not in right]
        return {"middle": wrong[len(wrong) // 4], "end": wrong[-3]} if len(wrong) >= 20 else {}

    def standing(self, demand_id, profile_id):
        order = self.order(demand_id)
        pair = self._demands[demand_id], self._profiles[profile_id]
        match = self.matching.explain([pair])[pair]
        weight = sum(DEFAULT_POLICY.weights[code] for code in TEXT_PARTS)
        relevance = sum(part.contribution for part in match.parts if part.code in TEXT_PARTS) / weight
        rank = order.index(profile_id) + 1 if profile_id in order else len(order) + 1
        return Standing(rank, match.score, relevance, match)
