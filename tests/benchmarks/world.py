"""A large made-up world for the benchmarks: texts with the statistics of real ones, conditions that few pairs meet.

Words are Chinese phrases of pypinyin's dictionary with Zipf's frequencies, mixed with the lexicon's own phrases;
some 50 words a text. About 3 % of the pairs are eligible.
"""

from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pypinyin import phrases_dict

from matching.domain.demand import Demand, Owner
from matching.domain.profile import Capability, CapabilityProfile, Case, Qualification
from matching.domain.vocabulary import load_vocabulary

AS_OF = date(2026, 11, 23)
_PRICES = [p * 1_000 for p in (8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 180, 200, 260, 300, 400, 500)]
_BUDGETS = [b * 1_000 for b in (10, 20, 30, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400)]


class World:
    """Demands and profiles drawn from one seed; the first n are the same whatever n is asked for."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        vocabulary = load_vocabulary()
        self.terms = list(vocabulary.capabilities)
        self.districts = [t.code for t in vocabulary.districts if t.kind != "whole"]
        self.qualifications = [t.code for t in vocabulary.qualifications]
        self.sectors = [t.code for t in vocabulary.sectors]
        self.words, self.share = _dictionary()

    def demands(self, number: int) -> list[Demand]:
        """The first `number` demands."""
        return [self._demand(place) for place in range(number)]

    def profiles(self, number: int) -> list[CapabilityProfile]:
        """The first `number` profiles."""
        return [self._profile(place) for place in range(number)]

    def _text(self, chance: np.random.Generator, phrases: list[str], number: int) -> str:
        words = [self.words[i] for i in np.searchsorted(self.share, chance.random(number))]
        for phrase in phrases:
            words.insert(int(chance.integers(len(words))), phrase)
        return "".join(word + ("，" if place % 7 == 6 else "") for place, word in enumerate(words))

    def _phrases(self, chance: np.random.Generator, term_words: tuple[str, ...], number: int) -> list[str]:
        plain = [w for w in term_words if "…" not in w and "|" not in w] or ["场景"]
        return [plain[i] for i in chance.integers(len(plain), size=number)]

    def _demand(self, place: int) -> Demand:
        chance = np.random.default_rng((self.seed, 1, place))
        term = self.terms[int(chance.integers(len(self.terms)))]

        def pick(options: list[object]) -> object:
            return options[int(chance.integers(len(options)))]

        return Demand(
            id=f"D{place:07d}",
            title=self._text(chance, self._phrases(chance, term.needs, 1), 5),
            description=self._text(chance, self._phrases(chance, term.needs, 2), 32),
            owner=Owner(name=f"单位{place % 3000}", kind="enterprise"),
            sectors=(str(pick(list(term.sectors) or self.sectors)),),
            capabilities=(term.zh,) if chance.random() < 0.3 else None,
            district=str(pick(self.districts)),
            budget_max_yuan=int(pick(_BUDGETS)) + int(chance.integers(10)) * 500,  # type: ignore[call-overload]
            publish_until=AS_OF + timedelta(days=60),
            deliver_by=AS_OF + timedelta(days=20 + int(chance.integers(120))),
            delivery=str(pick(["onsite", "onsite", "remote", "any"])),
            deployment=str(pick(["private", "saas", "edge", "any"])),
            required_qualifications=(str(pick(self.qualifications)),) if chance.random() < 0.3 else (),
            min_maturity=int(chance.integers(3, 8)),
            data_sensitivity=str(pick(["public", "general", "important", "personal"])),
            excluded=(f"P{int(chance.integers(1000)):07d}",) if chance.random() < 0.1 else (),
        )

    def _profile(self, place: int) -> CapabilityProfile:
        chance = np.random.default_rng((self.seed, 2, place))
        own = [self.terms[int(i)] for i in chance.integers(len(self.terms), size=int(chance.integers(1, 4)))]

        def some(options: list[str], most: int) -> tuple[str, ...]:
            taken = chance.permutation(len(options))[: int(chance.integers(1, most + 1))]
            return tuple(options[i] for i in sorted(taken))

        return CapabilityProfile(
            id=f"P{place:07d}",
            name=f"工作室{place}",
            summary=self._text(chance, self._phrases(chance, own[0].offers, 2), 24),
            registered_city="chengdu",
            district=self.districts[int(chance.integers(len(self.districts)))],
            sectors=tuple(dict.fromkeys(s for t in own for s in t.sectors[:1])),
            capabilities=tuple(
                Capability(name=t.zh, description=self._text(chance, self._phrases(chance, t.offers, 1), 8))
                for t in {t.code: t for t in own}.values()
            ),
            maturity=int(chance.integers(3, 10)),
            price_min_yuan=_PRICES[int(chance.integers(len(_PRICES)))] + int(chance.integers(10)) * 100,
            lead_days=int(chance.integers(1, 19)) * 5,
            available_from=AS_OF + timedelta(days=int(chance.integers(-30, 60))),
            delivery_modes=some(["onsite", "remote"], 2),
            deployments=some(["private", "saas", "edge"], 2),
            service_districts=("全市",) if chance.random() < 0.2 else some(self.districts, 5),
            qualifications=tuple(Qualification(name=q) for q in some(self.qualifications, 3)),
            data_clearances=some(["general", "important", "personal", "minors"], 3),
            max_concurrent=2,
            active_engagements=int(chance.random() < 0.1) * 2,
            cases=tuple(Case(client=f"客户{i}", verified_by="甲方" if i else None) for i in range(place % 4)),
            updated_on=AS_OF - timedelta(days=int(chance.integers(400))),
        )


@cache
def _dictionary() -> tuple[list[str], NDArray[np.float64]]:
    words = sorted(word for word in phrases_dict.phrases_dict if 2 <= len(word) <= 3 and word.isalpha())
    order = np.random.default_rng(11).permutation(len(words))[:20_000]
    frequency = 1.0 / (np.arange(len(order)) + 8.0) ** 1.05
    return [words[i] for i in order], np.cumsum(frequency / frequency.sum())
