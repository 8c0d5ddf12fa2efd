"""What delivery, deployment and data clearance have in common: the demand's one choice is among the profile's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.domain.match import Finding, Kind, NearMiss
from matching.domain.vocabulary import Terms
from matching.engine.rules.answers import found, known, missing, not_known
from matching.engine.tables import Members, Verdicts, place_of
from matching.engine.views import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One such question.

    `free` is the demand's choice that every profile meets; `wild` the profile's entry that meets every choice.
    """

    code: str
    asked: str  # key of the demand
    offered: str  # key of the profile
    free: str
    wild: str | None = None

    def check(
        self, terms: Terms, word: str | None, choice: str | None, words: Sequence[str] | None, codes: Codes
    ) -> Finding:
        """The answer for one pair: the words as written, and the codes that they mean."""
        if word is None:
            return missing(self.code, Kind.HARD, {f"demand.{self.asked}": None})
        if choice is None:
            return not_known(self.code, Kind.HARD, {f"demand.{self.asked}": [word]})
        if choice == self.free:
            return found(self.code, Kind.HARD, True, {self.asked: choice})
        if codes is None:
            return missing(self.code, Kind.HARD, {f"profile.{self.offered}": None}, **{self.asked: choice})
        facts = {self.asked: choice, self.offered: known(codes)}
        if choice in codes or (self.wild is not None and self.wild in codes):
            return found(self.code, Kind.HARD, True, facts)
        if None in codes:
            strange = [given for given in words or () if terms.code(given) is None]
            return not_known(self.code, Kind.HARD, {f"profile.{self.offered}": strange}, **facts)
        return found(self.code, Kind.HARD, False, facts)

    def verdicts(self, terms: Terms, choices: NDArray[np.int64], offers: Members) -> Verdicts:
        """The same for a block: `choices` (n_demands,), `offers` of n_profiles."""
        verdicts = np.zeros((len(choices), len(offers.absent)), dtype=np.int8)
        undecided = offers.absent | offers.strange
        wild = place_of(terms, self.wild) if self.wild else None
        for choice in np.unique(choices[choices >= 0]):
            if choice == place_of(terms, self.free):
                verdicts[choices == choice] = 1
                continue
            met = offers.has[:, choice] if wild is None else offers.has[:, choice] | offers.has[:, wild]
            verdicts[choices == choice] = np.where(met, 1, np.where(undecided, 0, -1))
        return verdicts

    def near_miss(self, choice: str | None, words: Sequence[str] | None) -> list[NearMiss]:
        """The profile offers what was asked as well."""
        return [
            NearMiss(
                rule=self.code,
                field=f"profile.{self.offered}",
                from_value=list(words or ()),
                to_value=[*(words or ()), choice],
            )
        ]
