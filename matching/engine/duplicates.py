"""Near-duplicates (近似重复): records whose texts say the same in nearly the same words, as cloned profiles do.

A text is the set of its pairs of neighbouring signs; a sign is a Chinese character or a Latin word. Two texts are as
similar as the cosine of their sets, |x ∩ y| / √(|x| |y|): 1 for the same words in the same order, and about 0.9 when
one sign in twenty differs. It depends on the two texts alone, whatever else is compared.

All pairs above the border are found, without comparing all pairs: sets that overlap so much share several of their
rarest elements (prefix filtering: Bayardo, Ma & Srikant, WWW 2007; with several shared ones: Wang, Li & Feng, SIGMOD
2012).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.engine.fields import Field, demand_fields, profile_fields
from matching.engine.scorers.lexical import TermNumbers

SIMILAR_PERCENT = 90
"""From this similarity on two records are near-duplicates."""
SHORTEST = 20
"""Signs. A shorter text says too little to be anybody's copy: many honest records hold one tag and nothing else."""

_SHARED = 3  # of their rarest elements, the larger the prefix and the fewer the candidates
_CANDIDATES = 4_000_000  # pairs looked at together, which bounds what is held
_PAIRS = 20_000  # candidates whose whole sets are compared together
_SIGN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]|[^\W_\u3400-\u9fff\U00020000-\U0003134f]+")
_BREAK = "\n"  # stands between two fields; no pair reaches over it

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Records that are linked by near-duplication, each with at least one other of the group.

    `similarity` is that of the first member and the one that is least like it; below 0.9 only where a chain of near
    ones links them.
    """

    members: tuple[str, ...]
    similarity: float

    def to_json(self) -> dict[str, object]:
        """As commands write it."""
        return {"members": list(self.members), "similarity": round(self.similarity, 4)}


def near_duplicates(records: Sequence[Demand | CapabilityProfile]) -> list[Duplicates]:
    """The groups of records that say nearly the same; by their first member, members by id.

    All texts that matching reads are compared, but for a profile's name: a clone has another one. The order of the
    input changes nothing. What is held beside the texts' own sets (some kB a record) is bounded.
    """
    records = sorted(records, key=lambda record: record.id)
    sets, owners = _sets(records)
    firsts, of_text = _folded(sets)
    labels = _linked(sets[firsts])[of_text]
    order = np.argsort(labels, kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    lots = [lot for lot in np.split(order, borders) if len(lot) > 1]
    found = [
        Duplicates(
            tuple(records[owner].id for owner in owners[lot].tolist()),
            float(_similarity(sets, np.repeat(lot[:1], len(lot) - 1), lot[1:]).min()),
        )
        for lot in lots
    ]
    return sorted(found, key=lambda group: group.members)


def _said(record: Demand | CapabilityProfile) -> list[Field]:
    if isinstance(record, Demand):
        return demand_fields(record)
    return [field for field in profile_fields(record) if field.name != "name"]


def _sets(records: Sequence[Demand | CapabilityProfile]) -> tuple[Any, Integers]:
    """The texts that are long enough as sets, sparse (n_texts, n_pairs), the rarest pairs first; and whose they are."""
    numbers = TermNumbers()
    line_break = numbers[_BREAK]
    signs: list[int] = []
    sizes: list[int] = []
    owners: list[int] = []
    for place, record in enumerate(records):
        texts = [_SIGN.findall(field.normal) for field in _said(record)]
        if sum(map(len, texts)) < SHORTEST:
            continue
        start = len(signs)
        for text in texts:
            signs.extend(map(numbers.__getitem__, text))
            signs.append(line_break)
        sizes.append(len(signs) - start)
        owners.append(place)
    flat = np.array([*signs, line_break], dtype=np.int64)
    rows = np.repeat(np.arange(len(owners)), sizes)
    kept = (flat[:-1] != line_break) & (flat[1:] != line_break)
    _, pairs = np.unique((flat[:-1] << 32 | flat[1:])[kept], return_inverse=True)
    elements = np.unique(rows[kept] << 32 | pairs)
    rows, pairs = elements >> 32, elements & 0xFFFFFFFF
    frequency = np.bincount(pairs)
    rank = np.empty(len(frequency), dtype=np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(len(frequency))
    elements = np.sort(rows << 32 | rank[pairs])
    starts = np.append(0, np.cumsum(np.bincount(rows, minlength=len(owners))))
    shape = (len(owners), max(1, len(frequency)))
    sets = sparse.csr_array((np.ones(len(elements), np.int32), elements & 0xFFFFFFFF, starts), shape=shape)
    return sets, np.array(owners, dtype=np.int64)


def _folded(sets: Any) -> tuple[Integers, Integers]:
    """The first of each lot of equal sets, and for each set the place of its first among them."""
    places: dict[bytes, int] = {}
    firsts: list[int] = []
    of_text = np.zeros(sets.shape[0], dtype=np.int64)
    for row, (start, end) in enumerate(pairwise(sets.indptr.tolist())):
        of_text[row] = place = places.setdefault(sets.indices[start:end].tobytes(), len(firsts))
        if place == len(firsts):
            firsts.append(row)
    return np.array(firsts, dtype=np.int64), of_text


def _linked(sets: Any) -> Integers:
    """A number for each set, the same for those that near ones link; pairs that are linked already are passed over."""
    sizes = np.diff(sets.indptr).astype(np.int64)
    labels = np.arange(len(sizes))
    for one, other in _candidates(sets, sizes):
        for some in range(0, len(one), _PAIRS):
            left, right = one[some : some + _PAIRS], other[some : some + _PAIRS]
            apart = labels[left] != labels[right]
            left, right = left[apart], right[apart]
            common = _common(sets, left, right)
            near = 100**2 * common**2 >= SIMILAR_PERCENT**2 * sizes[left] * sizes[right]
            if near.any():
                ends = labels[left[near]], labels[right[near]]
                graph = sparse.coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(len(sizes), len(sizes)))
                labels = connected_components(graph, directed=False)[1][labels]
    return labels


def _candidates(sets: Any, sizes: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Lots of pairs among which all are that are similar enough."""
    needed = -(-(SIMILAR_PERCENT**2) * sizes // 100**2)  # what a set shares at least with any that is similar enough
    place = np.arange(sets.nnz) - np.repeat(sets.indptr[:-1], sizes)
    kept = place < np.repeat(sizes - needed + _SHARED, sizes)
    starts = np.append(0, np.cumsum(kept))[sets.indptr]
    prefixes = sparse.csr_array((sets.data[kept], sets.indices[kept], starts), shape=sets.shape)
    by_pair = prefixes.T.tocsr()
    shared = np.minimum(needed, _SHARED)
    work = np.append(0, np.cumsum(np.diff(by_pair.indptr)[prefixes.indices], dtype=np.int64))[prefixes.indptr]
    start = 0
    while start < len(sizes):
        end = max(start + 1, int(np.searchsorted(work, work[start] + _CANDIDATES, side="right")) - 1)
        counts = (prefixes[start:end] @ by_pair).tocoo()
        one, other = counts.row.astype(np.int64) + start, counts.col.astype(np.int64)
        near = (one < other) & (counts.data >= np.minimum(shared[one], shared[other]))
        yield one[near], other[near]
        start = end


def _similarity(sets: Any, one: Integers, other: Integers) -> NDArray[np.float64]:
    sizes = np.diff(sets.indptr).astype(np.int64)
    return np.asarray(_common(sets, one, other) / np.sqrt(sizes[one] * sizes[other]), dtype=np.float64)


def _common(sets: Any, one: Integers, other: Integers) -> Integers:
    return np.asarray(sets[one].multiply(sets[other]).sum(axis=1), dtype=np.int64).ravel()
