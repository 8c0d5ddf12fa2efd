"""The port for an embedding: one more part of the score, off unless a program gives an encoder to `Matching`.

An encoder is somebody else's model; none comes with the product. Its part is shown like every other with its weight,
and only orders pairs that are suitable without it: alone it brings no pair onto a list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.domain.demand import Demand
from matching.domain.errors import InputError, problem
from matching.domain.policy import MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.engine.fields import Field, demand_fields, profile_fields

EMBEDDING = "embedding"
"""The code of the part."""
LARGEST_WEIGHT = 0.25
"""What the part may weigh at most: what no word explains must not outweigh what can be shown."""

UNIT = 1 << 11
"""The length of a vector in whole numbers; rounding moves a cosine by some 0.0002."""
FULL = UNIT * UNIT
"""The product of a vector with itself. It and every part of its sum stay below 2**24, so float32 holds them exactly,
in whatever order they are added up."""

_FINE = 1 << 15
_TEXTS_AT_ONCE = 256

Vectors = NDArray[np.int16]


class EmbeddingBackend(Protocol):
    """An encoder of texts."""

    @property
    def name(self) -> str:
        """Which model, with its version; it is shown beside the values that it earned."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector a text, (n_texts, n_numbers). A cosine of 1 says that two texts mean the same, 0 nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Embedding:
    """An encoder and what its part weighs (0 to `LARGEST_WEIGHT`); the other parts share the rest.

    Raises:
        InputError: `out_of_range` for another weight.
    """

    backend: EmbeddingBackend
    weight: float = 0.15

    def __post_init__(self) -> None:
        """Check the weight."""
        if not 0 <= self.weight <= LARGEST_WEIGHT:
            facts = {"smallest": 0, "largest": LARGEST_WEIGHT}
            raise InputError(problem("out_of_range", key=f"weights.{EMBEDDING}", value=self.weight, **facts))

    def policy(self, policy: MatchPolicy) -> MatchPolicy:
        """The policy with this part in it: the weights still add up to 1, and no other part gains on another."""
        others = {code: share * (1 - self.weight) for code, share in policy.weights.items()}
        return replace(policy, weights={**others, EMBEDDING: self.weight})

    def read(self, demands: Sequence[Demand], profiles: Sequence[CapabilityProfile]) -> "Embedded":
        """The vectors of all records, each read as one text.

        Raises:
            InputError: `bad_vectors` when the encoder does not give one finite vector a text, all of one length, or
                gives zeros for a text with a letter in it: their angle to anything is unknown, and would read as 0.
        """
        vectors = self._encoded([*map(demand_fields, demands), *map(profile_fields, profiles)])
        return Embedded(self.backend.name, self.weight, vectors[: len(demands)], vectors[len(demands) :])

    def _encoded(self, records: Sequence[Iterable[Field]]) -> Vectors:
        lots: list[Vectors] = []
        for start in range(0, len(records), _TEXTS_AT_ONCE):
            texts = ["\n".join(field.text for field in fields) for fields in records[start : start + _TEXTS_AT_ONCE]]
            found = np.asarray(self.backend.encode(texts), dtype=np.float64)
            length = lots[0].shape[1:] if lots else found.shape[1:]
            is_usable = found.ndim == 2 and found.shape == (len(texts), *length) and np.isfinite(found).all()
            if not is_usable or any(_says_something(texts[place]) for place in np.flatnonzero(~found.any(axis=1))):
                raise InputError(problem("bad_vectors", value=self.backend.name, texts=len(texts), shape=found.shape))
            lots.append(whole_vectors(found))
        return np.concatenate(lots) if lots else np.empty((0, 0), dtype=np.int16)


def _says_something(text: str) -> bool:
    return any(map(str.isalnum, text))


def whole_vectors(vectors: NDArray[np.float64]) -> Vectors:
    """Vectors (n, n_numbers) at the length `UNIT`, in whole numbers; one of zeros stays as it is.

    Lengths are worked out from whole numbers too: from the same vectors every machine makes the same ones.
    """
    largest = np.abs(vectors).max(axis=1, initial=0.0, keepdims=True)
    fine = np.rint(np.divide(vectors, largest, out=np.zeros_like(vectors), where=largest > 0) * _FINE).astype(np.int64)
    lengths = np.sqrt((fine * fine).sum(axis=1, keepdims=True))
    return np.asarray(np.rint(fine * UNIT / np.where(lengths > 0, lengths, 1.0)), dtype=np.int16)


class Embedded(NamedTuple):
    """The part as a scan and an explanation need it; vectors are of shape (n_records, n_numbers)."""

    encoder: str
    weight: float
    demands: Vectors
    profiles: Vectors

    def values(self, demand: int, profiles: NDArray[np.integer]) -> NDArray[np.float64]:
        """The cosine of one demand with some profiles, 0..1; one below 0 counts as 0."""
        sums = self.profiles[profiles].astype(np.float32) @ self.demands[demand].astype(np.float32)
        return np.asarray(np.clip(sums.astype(np.float64) / FULL, 0.0, 1.0), dtype=np.float64)
