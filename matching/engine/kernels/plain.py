"""The scan in NumPy and SciPy: every eligible profile is scored exactly, demand by demand."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.kernels.shapes import (
    AskedText,
    BlockArrays,
    ChunkArrays,
    Floats,
    Found,
    Ints,
    Learnt,
    Lists,
    Longs,
    Sparse,
    Terms,
    TextArrays,
    Weights,
)
from matching.engine.scorers.embedding import Embedded
from matching.engine.scorers.lexical import FULL, ranges

_FULL = float(FULL)


def scan(
    chunk: ChunkArrays,
    block: BlockArrays,
    weights: Weights,
    lists: Lists,
    near: bool,
    learnt: Learnt | None = None,
    embedded: Embedded | None = None,
) -> Found:
    """See `Scan`."""
    demands = len(chunk.asks_concepts)
    found = Found(np.full((demands, lists.per_demand), -np.inf), np.zeros((demands, lists.per_demand), dtype=np.int32))
    for d in range(demands):
        rows, totals = exact_totals(chunk, block, weights, d, near=near, learnt=learnt, embedded=embedded)
        if lists.per_demand:
            best = best_of(totals, lists.per_demand)
            found.scores[d, : len(best)] = totals[best]
            found.rows[d, : len(best)] = rows[best]
        if lists.scores.shape[1]:
            better = totals > lists.scores[rows, -1]
            _insert(lists, rows[better], totals[better], chunk.first + d)
    return found


def exact_totals(
    chunk: ChunkArrays,
    block: BlockArrays,
    weights: Weights,
    d: int,
    *,
    near: bool,
    stopped: bool = False,
    learnt: Learnt | None = None,
    embedded: Embedded | None = None,
) -> tuple[Ints, Floats]:
    """Rows (ascending) and scores of the suitable profiles of one demand: eligible, or near, or stopped ones."""
    offers = _offers(chunk, block, d)
    rows = _candidates(chunk, block, offers, d, weights.most_changes, near, stopped)
    words, word_units = _text(chunk.words, block.words, d, rows)
    characters, _ = _text(chunk.characters, block.characters, d, rows)
    concepts = _look_up(block.concepts, rows, _table(chunk.concepts, d, block.n_concepts))
    evidence = (words > 0) | (characters > 0)
    of_words = np.minimum(1.0, ((1.0 - weights.unit_share) * words + weights.unit_share * word_units) / _FULL)
    values = [np.sqrt(of_words), np.sqrt(np.minimum(1.0, characters / _FULL)), np.full(len(rows), np.nan)]
    text = weights.words * values[0]
    text += weights.characters * values[1]
    if chunk.asks_concepts[d]:
        evidence |= concepts > 0
        values[2] = np.minimum(1.0, concepts / _FULL)
        text += weights.concepts * values[2]
    suitable = evidence & (text >= weights.floor)
    total = text
    for s, codes in enumerate(block.codes):
        levels = chunk.level_tables[s, d] + codes[offers[rows]]
        total = total + chunk.levels[levels]
        values.append(chunk.level_values[levels])
    if embedded is not None:
        total = total + embedded.weight * embedded.values(chunk.first + d, rows)
    if learnt is not None:
        total = total + learnt.weight * learnt.values(np.array(values))
    return rows[suitable], total[suitable]


def eligible_rows(chunk: ChunkArrays, block: BlockArrays, d: int) -> Ints:
    """The rows that no rule stops for one demand, ascending."""
    return _candidates(chunk, block, _offers(chunk, block, d), d, 0, near=False, stopped=False)


def best_of(totals: Floats, k: int) -> NDArray[np.int64]:
    """The places of the k highest, highest first, ties in order."""
    kept = np.arange(len(totals))
    if k < len(totals):
        kept = np.flatnonzero(totals >= np.partition(totals, len(totals) - k)[len(totals) - k])
    return kept[np.argsort(-totals[kept], kind="stable")][:k]


def _offers(chunk: ChunkArrays, block: BlockArrays, d: int) -> Ints:
    patches = slice(chunk.patch_starts[d], chunk.patch_starts[d + 1])
    if patches.start == patches.stop:
        return block.usual_offer
    offers = block.usual_offer.copy()
    offers[chunk.patch_rows[patches]] = chunk.patch_offers[patches]
    return offers


def _candidates(
    chunk: ChunkArrays, block: BlockArrays, offers: Ints, d: int, most_changes: int, near: bool, stopped: bool
) -> Ints:
    n_rows = len(offers)
    fatal = np.zeros(n_rows, dtype=np.bool_)
    changes = np.zeros(n_rows, dtype=np.int64)
    for mask in chunk.fatal[chunk.fatal_starts[d] : chunk.fatal_starts[d + 1]]:
        fatal |= _unpacked(chunk.masks[mask], n_rows)
    for mask in chunk.mendable[chunk.mendable_starts[d] : chunk.mendable_starts[d + 1]]:
        changes += _unpacked(chunk.masks[mask], n_rows)
    for measure, limit, is_fatal in zip(block.measures, chunk.limits[:, d], chunk.limit_fatal, strict=True):
        fails = measure[offers] > limit
        if is_fatal:
            fatal |= fails
        else:
            changes += fails
    if stopped:
        wanted = fatal | (changes > 0)
    elif near:
        wanted = ~fatal & (changes > 0) & (changes <= most_changes)
    else:
        wanted = ~fatal & (changes == 0)
    return np.flatnonzero(wanted).astype(np.int32)


def _unpacked(mask: NDArray[np.uint64], n_rows: int) -> NDArray[np.bool_]:
    return np.unpackbits(mask.view(np.uint8), bitorder="little", count=n_rows).view(np.bool_)


def _text(asked: AskedText, text: TextArrays, d: int, rows: Ints) -> tuple[Longs, Longs]:
    """Whole and best unit of each row."""
    sums = np.zeros(len(text.unit_starts) - 1, dtype=np.int64)
    own = slice(asked.rare.starts[d], asked.rare.starts[d + 1])
    terms = asked.rare.terms[own]
    starts, ends = text.rare.starts[terms], text.rare.starts[terms + 1]
    places = ranges(starts, ends)
    weights = np.repeat(asked.rare.values[own].astype(np.int64), ends - starts)
    np.add.at(sums, text.rare.terms[places], weights * text.rare.values[places])
    whole = sums[rows] + _look_up(text.frequent, rows, _table(asked.frequent, d, text.frequent_terms + 1))
    if len(text.units.starts) == 1:
        return whole, whole
    table = _table(asked.all, d, len(text.frequent_number))
    starts, ends = text.unit_starts[rows], text.unit_starts[rows + 1]
    units = ranges(starts, ends)
    earned = _look_up(text.units, units, table)
    best = whole.copy()
    has_units = ends > starts
    if has_units.any():
        first = np.cumsum((ends - starts)[has_units]) - (ends - starts)[has_units]
        best[has_units] = np.maximum.reduceat(earned, first)
    return whole, best


def _look_up(held: Sparse, rows: NDArray[np.integer], table: Longs) -> Longs:
    """The sum of table × value over each row's terms."""
    matrix = sparse.csr_array((held.values, held.terms, held.starts), shape=(len(held.starts) - 1, len(table)))
    return np.asarray(matrix[rows].astype(np.int64) @ table, dtype=np.int64)


def _table(asked: Terms, d: int, size: int) -> Longs:
    table = np.zeros(size, dtype=np.int64)
    kept = slice(asked.starts[d], asked.starts[d + 1])
    table[asked.terms[kept]] = asked.values[kept]
    return table


def _insert(lists: Lists, rows: Ints, totals: Floats, demand: int) -> None:
    """Into the profiles' lists, behind equals: demands come in order."""
    if not len(rows):
        return
    scores = np.column_stack([lists.scores[rows], totals])
    demands = np.column_stack([lists.demands[rows], np.full(len(rows), demand, dtype=np.int32)])
    order = np.argsort(-scores, axis=1, kind="stable")[:, :-1]
    lists.scores[rows] = np.take_along_axis(scores, order, axis=1)
    lists.demands[rows] = np.take_along_axis(demands, order, axis=1)
