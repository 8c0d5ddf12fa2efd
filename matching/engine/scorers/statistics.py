"""What texts teach a scorer: how rare each term is, and how long a text usually is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What its texts taught a scorer; another one that is given it weighs as this one does.

    `rarity` goes by `numbers`; a term without a number or behind its end is as rare as one that no text holds.
    """

    numbers: Mapping[str, int]
    rarity: Floats
    n_texts: int
    usual_length: float
    usual_unit: float

    def rarity_of(self, terms: Iterable[str]) -> Floats:
        """The rarity of each of some terms."""
        end = len(self.rarity)
        places = np.array([self.numbers.get(term, end) for term in terms], dtype=np.int64)
        return np.append(self.rarity, idf(np.zeros(1), self.n_texts))[np.minimum(places, end)]


def idf(holders: NDArray[np.float64] | NDArray[np.int64], n_texts: int) -> Floats:
    """The rarity of terms that so many of `n_texts` hold (BM25's, kept above 0)."""
    return np.asarray(np.log1p((n_texts - holders + 0.5) / (holders + 0.5)), dtype=np.float64)
