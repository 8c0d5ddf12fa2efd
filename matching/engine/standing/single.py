"""The scan of one demand, compiled by numba (the extra `fast`): what a profile could earn at most is asked first.

A pair's bound is its score if what was not yet looked at earned all that it can. Floating-point sums and roots never
fall when their arguments grow, so a pair whose bound reaches no list is on none, and the result is exact (compare
Fagin, Lotem & Naor, Optimal Aggregation Algorithms for Middleware, 2003).
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from matching.engine.kernels import compiled
from matching.engine.kernels.shapes import BlockArrays, ChunkArrays, Found, Layout, Lists, Weights
from matching.engine.scorers.lexical import FULL

AHEAD = 8
"""Rows are fetched from memory so many rows before they are read."""
FIRST = 4
"""Before all others, so many times the longest list are scored, those with the highest bounds."""

CODES = Layout.CODES
_FULL = np.int64(FULL)
_add_up, _eligible, _fill, _keep, _look_up, _near, _put_in_order, _text = (
    compiled._add_up, compiled._eligible, compiled._fill, compiled._keep, compiled._look_up, compiled._near,
    compiled._put_in_order, compiled._text,
)  # fmt: skip


class Scratch(NamedTuple):
    """Room for one scan at a time of one block; zeros between two scans, but for `offers`, the usual ones."""

    rows: NDArray[np.int32]
    bounds: NDArray[np.float64]
    offers: NDArray[np.int32]
    patched: NDArray[np.uint64]
    rare_words: NDArray[np.int32]
    rare_characters: NDArray[np.int32]
    words: NDArray[np.int32]
    characters: NDArray[np.int32]
    concepts: NDArray[np.int32]
    all_words: NDArray[np.int32]


class SingleScan:
    """Scans one block for one demand after the other; see `matching.engine.kernels.Scan`."""

    def __init__(self, block: BlockArrays) -> None:
        n_rows = len(block.usual_offer)
        self._block = block
        self._scratch = Scratch(
            rows=np.zeros(n_rows, np.int32),
            bounds=np.zeros(n_rows),
            offers=block.usual_offer.copy(),
            patched=np.zeros(-(-n_rows // 64), np.uint64),
            rare_words=np.zeros(n_rows, np.int32),
            rare_characters=np.zeros(n_rows, np.int32),
            words=np.zeros(block.words.frequent_terms + 1, np.int32),
            characters=np.zeros(block.characters.frequent_terms + 1, np.int32),
            concepts=np.zeros(block.n_concepts, np.int32),
            all_words=np.zeros(len(block.words.frequent_number), np.int32),
        )

    def __call__(self, chunk: ChunkArrays, weights: Weights, lists: Lists, near: bool) -> Found:
        """The best of the block for the only demand of a chunk."""
        scores = np.full((1, lists.per_demand), -np.inf)
        rows = np.zeros((1, lists.per_demand), np.int32)
        _scan(chunk, self._block, weights, lists, near, self._scratch, scores[0], rows[0])
        return Found(scores, rows)


@intrinsic  # type: ignore[misc]
def _fetch(context, array, place):  # type: ignore[no-untyped-def]
    """Ask for the line of cache that holds an entry; nothing waits for it."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        bytes_ = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [bytes_, number, number, number])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        address = builder.bitcast(builder.gep(data, [arguments[1]]), bytes_)
        builder.call(fetch, [address, number(0), number(3), number(1)])  # to be read, soon, data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@njit(nogil=True, cache=True)
def _scan(chunk, block, weights, lists, near, scratch, heap, heap_rows):  # type: ignore[no-untyped-def]
    n_rows = len(block.usual_offer)
    n_soft = len(block.codes)
    # The arrays by names of their own: reaching through the tuples costs a reference count each time.
    rows, bounds, offers, patched = scratch.rows, scratch.bounds, scratch.offers, scratch.patched
    stream, layout, codes, ratio = block.stream, block.layout, block.codes, block.words.ratio
    u_starts, u_terms, u_values = block.words.units.starts, block.words.units.terms, block.words.units.values
    rare_words, rare_characters = scratch.rare_words, scratch.rare_characters
    word_table, character_table, concept_table = scratch.words, scratch.characters, scratch.concepts
    unit_table, levels, level_tables = scratch.all_words, chunk.levels, chunk.level_tables
    flat_layout, width = layout.ravel(), layout.shape[1]
    gate, came = lists.scores, lists.demands
    k, per_profile = lists.per_demand, lists.scores.shape[1]
    asks = chunk.asks_concepts[0]
    factors = (weights.words, weights.characters, weights.concepts, weights.floor, weights.unit_share)
    patch_rows, patch_offers = chunk.patch_rows, chunk.patch_offers
    has_patches, has_units = len(patch_rows) > 0, len(u_starts) > 1

    for at in range(len(patch_rows)):
        row = patch_rows[at]
        offers[row] = patch_offers[at]
        patched[row >> 6] |= np.uint64(1) << np.uint64(row & 63)
    if near:
        n = _near(chunk, block, 0, weights.most_changes, offers, rows, 0, n_rows)
    else:
        n = _eligible(chunk, block, 0, offers, patched, rows, 0, n_rows)
    if n:
        _spread(chunk.words.rare, block.words.rare, rare_words)
        _spread(chunk.characters.rare, block.characters.rare, rare_characters)
        _fill(chunk.words.frequent, 0, word_table, 1)
        _fill(chunk.characters.frequent, 0, character_table, 1)
        _fill(chunk.concepts, 0, concept_table, 1)
        _fill(chunk.words.all, 0, unit_table, 1)
        size = np.int64(0)
        for c in range(n):
            if c + 4 * AHEAD < n:
                _fetch(flat_layout, np.int64(rows[c + 4 * AHEAD]) * width)
                _fetch(flat_layout, np.int64(rows[c + 4 * AHEAD] + 1) * width - 1)
                _fetch(ratio, np.int64(rows[c + 4 * AHEAD]))
            if c + AHEAD < n:
                for at in range(layout[rows[c + AHEAD], 0], layout[rows[c + AHEAD], 3], 16):
                    _fetch(stream, np.int64(at))
            row = np.uint64(rows[c])
            seen = layout[row]
            concepts = np.int64(-1)
            if asks:
                concepts = _add_up(stream, seen[2], seen[3], concept_table)
            words = rare_words[row] + _add_up(stream, seen[0], seen[1], word_table)
            # No unit earns more than `ratio` times the whole.
            most = np.int64(words * ratio[row]) + 1 if has_units else words
            bound = _text(factors, words, most, _FULL, concepts)
            for s in range(n_soft):
                code = codes[s, offers[row]] if has_patches else seen[CODES + s]
                bound += levels[level_tables[s, 0] + code]
            if bound == -np.inf or not ((k and (size < k or bound > heap[0])) or (per_profile and bound > gate[row, 0])):
                continue
            characters = rare_characters[row] + _add_up(stream, seen[1], seen[2], character_table)
            bound = _text(factors, words, most, characters, concepts)
            for s in range(n_soft):
                code = codes[s, offers[row]] if has_patches else seen[CODES + s]
                bound += levels[level_tables[s, 0] + code]
            if bound == -np.inf or not ((k and (size < k or bound > heap[0])) or (per_profile and bound > gate[row, 0])):
                continue
            unit = words
            if seen[4] < seen[5]:
                unit = np.int64(0)
                for u in range(seen[4], seen[5]):
                    unit = max(unit, _look_up(u_starts[u], u_starts[u + 1], u_terms, u_values, unit_table))
            total = _text(factors, words, unit, characters, concepts)
            if total == -np.inf:
                continue
            for s in range(n_soft):
                code = codes[s, offers[row]] if has_patches else seen[CODES + s]
                total += levels[level_tables[s, 0] + code]
            if k:
                size = _keep(heap, heap_rows, size, total, rows[c])
            if per_profile and total > gate[row, 0]:
                gate[row, 0] = total
                came[row, 0] = 0
        _put_in_order(heap, heap_rows, size)
        _fill(chunk.words.frequent, 0, word_table, 0)
        _fill(chunk.characters.frequent, 0, character_table, 0)
        _fill(chunk.concepts, 0, concept_table, 0)
        _fill(chunk.words.all, 0, unit_table, 0)
        _clear(chunk.words.rare, block.words.rare, rare_words)
        _clear(chunk.characters.rare, block.characters.rare, rare_characters)
    for at in range(len(patch_rows)):
        row = patch_rows[at]
        offers[row] = block.usual_offer[row]
        patched[row >> 6] = 0


@njit(nogil=True, cache=True)
def _high(bounds, n, number):  # type: ignore[no-untyped-def]
    """A value that about so many of the bounds reach; -inf if there are no more of them."""
    if n <= number:
        return -np.inf
    low, high = np.inf, -np.inf
    for c in range(n):
        if bounds[c] > -np.inf:
            low, high = min(low, bounds[c]), max(high, bounds[c])
    counts = np.zeros(256, np.int64)
    scale = 255.0 / (high - low) if high > low else 0.0
    for c in range(n):
        if bounds[c] > -np.inf:
            counts[int((bounds[c] - low) * scale)] += 1
    found, bin_ = 0, 255
    while bin_ and found + counts[bin_] < number:
        found += counts[bin_]
        bin_ -= 1
    return low + bin_ / scale if scale else -np.inf


@njit(nogil=True, cache=True)
def _spread(asked, held, sums):  # type: ignore[no-untyped-def]
    """Add up the rare terms over all rows."""
    terms, weights = asked.terms, asked.values
    starts, rows, values = held.starts, held.terms, held.values
    for at in range(len(terms)):
        weight = np.int32(weights[at])
        for place in range(np.uint64(starts[terms[at]]), np.uint64(starts[terms[at] + 1])):
            sums[np.uint64(rows[place])] += np.int32(weight * np.int32(values[place]))


@njit(nogil=True, cache=True)
def _clear(asked, held, sums):  # type: ignore[no-untyped-def]
    terms, starts, rows = asked.terms, held.starts, held.terms
    for at in range(len(terms)):
        for place in range(np.uint64(starts[terms[at]]), np.uint64(starts[terms[at] + 1])):
            sums[np.uint64(rows[place])] = 0
