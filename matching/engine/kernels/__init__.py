"""Scanning a block of profiles for a chunk of demands: the one hot loop, compiled where numba is installed.

`plain` (NumPy) and `compiled` (numba, the extra `fast`) offer the same `scan`; both give the same pairs to the last
bit, because text parts are added up in whole numbers and the score in the one order of the parts.
"""

from functools import partial
from importlib.util import find_spec
from typing import Protocol

from matching.engine.kernels.shapes import BlockArrays, ChunkArrays, Found, Learnt, Lists, Weights
from matching.engine.scorers.embedding import Embedded

WORTH_COMPILING = 20_000_000
"""Pairs from which loading (0.5 s) or making (15 s, once a machine) the compiled code pays."""


class Scan(Protocol):
    """Adds the pairs of a chunk of demands with a block of profiles to the profiles' lists, and gives the demands'."""

    def __call__(self, chunk: ChunkArrays, block: BlockArrays, weights: Weights, lists: Lists, near: bool) -> Found: ...


def scan_for(pairs: int, learnt: Learnt | None = None, embedded: Embedded | None = None) -> Scan:
    """The scan for a task of so many pairs; a learnt part and an embedding are only known to NumPy's."""
    from matching.engine.kernels import plain

    if learnt is not None or embedded is not None:
        return partial(plain.scan, learnt=learnt, embedded=embedded)
    if pairs >= WORTH_COMPILING and find_spec("numba") is not None:
        from matching.engine.kernels import compiled

        return compiled.scan
    return plain.scan


__all__ = ["BlockArrays", "ChunkArrays", "Found", "Learnt", "Lists", "Scan", "Weights", "scan_for"]
