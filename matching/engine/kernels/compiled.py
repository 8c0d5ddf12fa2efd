"""The scan compiled by numba (the extra `fast`).

Only eligible profiles are scored. Their units (capabilities) are looked at last, where a bound says that the profile
could still enter a list; the result is exact.
"""

import numpy as np
from numba import njit

from matching.engine.kernels.shapes import BlockArrays, ChunkArrays, Found, Layout, Lists, Weights
from matching.engine.scorers.lexical import FULL

ROWS_AT_ONCE = 8_192
"""Rows scanned by all demands of a chunk before the next ones: their texts (8 MB) stay in the processor's cache."""

CODES = Layout.CODES
_FULL = float(FULL)
_LOWEST_BIT = np.empty(64, np.int64)  # place of the lowest bit by a de Bruijn sequence (Leiserson et al. 1998)
_SEQUENCE = np.uint64(0x03F79D71B4CB0A89)
for _place in range(64):
    _LOWEST_BIT[((1 << _place) * int(_SEQUENCE) & 0xFFFFFFFFFFFFFFFF) >> 58] = _place


def scan(chunk: ChunkArrays, block: BlockArrays, weights: Weights, lists: Lists, near: bool) -> Found:
    """See `Scan`."""
    demands = len(chunk.asks_concepts)
    scores = np.full((demands, lists.per_demand), -np.inf)
    rows = np.zeros((demands, lists.per_demand), np.int32)
    _scan(chunk, block, weights, lists, near, scores, rows)
    return Found(scores, rows)


@njit(nogil=True, cache=True)
def _scan(chunk, block, weights, lists, near, best_scores, best_rows):  # type: ignore[no-untyped-def]
    n_rows = len(block.usual_offer)
    n_soft = len(block.codes)
    # The arrays by names of their own: reaching through the tuples costs a reference count each time.
    stream = block.stream
    u_starts, u_terms, u_values = block.words.units.starts, block.words.units.terms, block.words.units.values
    layout, ratio, codes = block.layout, block.words.ratio, block.codes
    levels, level_tables = chunk.levels, chunk.level_tables
    patch_starts, patch_rows, patch_offers = chunk.patch_starts, chunk.patch_rows, chunk.patch_offers
    usual_offer, asks_concepts = block.usual_offer, chunk.asks_concepts
    list_scores, list_demands = lists.scores, lists.demands
    k, per_profile, first = lists.per_demand, lists.scores.shape[1], chunk.first
    factors = (weights.words, weights.characters, weights.concepts, weights.floor, weights.unit_share)

    word_cursors = _cursors(chunk.words.rare, block.words.rare)
    character_cursors = _cursors(chunk.characters.rare, block.characters.rare)
    rare_words, rare_characters = np.zeros(ROWS_AT_ONCE, np.int32), np.zeros(ROWS_AT_ONCE, np.int32)
    word_table = np.zeros(block.words.frequent_terms + 1, np.int32)
    character_table = np.zeros(block.characters.frequent_terms + 1, np.int32)
    unit_table = np.zeros(len(block.words.frequent_number), np.int32)
    concept_table = np.zeros(block.n_concepts, np.int32)
    offers = usual_offer.copy()
    patched = np.zeros(-(-n_rows // 64), np.uint64)
    rows = np.empty(ROWS_AT_ONCE, np.int32)
    filled = np.zeros(len(asks_concepts), np.int64)
    has_units = len(u_starts) > 1

    for start in range(0, n_rows, ROWS_AT_ONCE):
        end = min(start + ROWS_AT_ONCE, n_rows)
        for d in range(len(asks_concepts)):
            has_patches = patch_starts[d] < patch_starts[d + 1]
            for at in range(patch_starts[d], patch_starts[d + 1]):
                offers[patch_rows[at]] = patch_offers[at]
                patched[patch_rows[at] >> 6] |= np.uint64(1) << np.uint64(patch_rows[at] & 63)
            if near:
                n = _near(chunk, block, d, weights.most_changes, offers, rows, start, end)
            else:
                n = _eligible(chunk, block, d, offers, patched, rows, start, end)
            if n:
                asks = asks_concepts[d]
                heap, heap_rows, size = best_scores[d], best_rows[d], filled[d]
                _spread(chunk.words.rare, d, block.words.rare, word_cursors, start, end, rare_words)
                _spread(chunk.characters.rare, d, block.characters.rare, character_cursors, start, end, rare_characters)
                _fill(chunk.words.frequent, d, word_table, 1)
                _fill(chunk.characters.frequent, d, character_table, 1)
                _fill(chunk.concepts, d, concept_table, 1)
                unit_table_set = False
                for c in range(n):
                    row = np.uint64(rows[c])
                    place = row - np.uint64(start)
                    seen = layout[row]
                    words = rare_words[place] + _add_up(stream, seen[0], seen[1], word_table)
                    characters = rare_characters[place] + _add_up(stream, seen[1], seen[2], character_table)
                    concepts = np.int64(-1)
                    if asks:
                        concepts = _add_up(stream, seen[2], seen[3], concept_table)
                    # No unit earns more than `ratio` times the whole: mostly the units need not be looked at.
                    most = np.int64(words * ratio[row]) + 1 if has_units else words
                    text = _text(factors, words, most, characters, concepts)
                    if text == -np.inf:
                        continue
                    total = text
                    for s in range(n_soft):
                        code = codes[s, offers[row]] if has_patches else seen[CODES + s]
                        total += levels[level_tables[s, d] + code]
                    if not ((k and (size < k or total > heap[0])) or (per_profile and total > list_scores[row, -1])):
                        continue
                    if seen[4] < seen[5]:
                        if not unit_table_set:
                            _fill(chunk.words.all, d, unit_table, 1)
                            unit_table_set = True
                        unit = np.int64(0)
                        for u in range(seen[4], seen[5]):
                            unit = max(unit, _look_up(u_starts[u], u_starts[u + 1], u_terms, u_values, unit_table))
                        text = _text(factors, words, unit, characters, concepts)
                    elif has_units:
                        text = _text(factors, words, words, characters, concepts)
                    if text == -np.inf:
                        continue
                    total = text
                    for s in range(n_soft):
                        code = codes[s, offers[row]] if has_patches else seen[CODES + s]
                        total += levels[level_tables[s, d] + code]
                    if k:
                        size = _keep(heap, heap_rows, size, total, rows[c])
                    if per_profile and total > list_scores[row, -1]:
                        _insert(list_scores[row], list_demands[row], total, first + d)
                filled[d] = size
                if unit_table_set:
                    _fill(chunk.words.all, d, unit_table, 0)
                _fill(chunk.words.frequent, d, word_table, 0)
                _fill(chunk.characters.frequent, d, character_table, 0)
                _fill(chunk.concepts, d, concept_table, 0)
                rare_words[:] = 0
                rare_characters[:] = 0
            for at in range(patch_starts[d], patch_starts[d + 1]):
                offers[patch_rows[at]] = usual_offer[patch_rows[at]]
                patched[patch_rows[at] >> 6] = 0
    for d in range(len(asks_concepts)):
        _put_in_order(best_scores[d], best_rows[d], filled[d])


@njit(nogil=True, cache=True)
def _eligible(chunk, block, d, offers, patched, rows, start, end):  # type: ignore[no-untyped-def]
    """Rows from start to end that no rule stops, in order."""
    n = 0
    masks, limit_masks, measures, limits = chunk.masks, chunk.limit_masks, block.measures, chunk.limits
    fatal, mendable = chunk.fatal, chunk.mendable
    fatal_start, fatal_end = chunk.fatal_starts[d], chunk.fatal_starts[d + 1]
    mendable_start, mendable_end = chunk.mendable_starts[d], chunk.mendable_starts[d + 1]
    n_limits = len(measures)
    for word in range(np.uint64(start >> 6), np.uint64((end + 63) >> 6)):
        stopped = np.uint64(0)
        for at in range(fatal_start, fatal_end):
            stopped |= masks[np.uint64(fatal[at]), word]
        for at in range(mendable_start, mendable_end):
            stopped |= masks[np.uint64(mendable[at]), word]
        above = np.uint64(0)
        for limit in range(n_limits):
            if limit_masks[limit, d] >= 0:
                above |= masks[np.uint64(limit_masks[limit, d]), word]
        open_rows = ~stopped & (~above | patched[word])
        while open_rows:
            lowest = open_rows & (~open_rows + np.uint64(1))
            row = np.int64(word) * 64 + _LOWEST_BIT[(lowest * _SEQUENCE) >> np.uint64(58)]
            open_rows ^= lowest
            if row >= end:
                break
            if patched[word] & lowest:  # another offer than the usual one counts
                fits = True
                for limit in range(n_limits):
                    fits = fits and not measures[limit, offers[row]] > limits[limit, d]
                if not fits:
                    continue
            rows[n] = row
            n += 1
    return n


@njit(nogil=True, cache=True)
def _near(chunk, block, d, most_changes, offers, rows, start, end):  # type: ignore[no-untyped-def]
    """Rows from start to end that a few changes would free, in order."""
    n = 0
    masks, measures, limits, limit_fatal = chunk.masks, block.measures, chunk.limits, chunk.limit_fatal
    fatal = chunk.fatal[chunk.fatal_starts[d] : chunk.fatal_starts[d + 1]]
    mendable = chunk.mendable[chunk.mendable_starts[d] : chunk.mendable_starts[d + 1]]
    for word in range(start // 64, -(-end // 64)):
        stopped = np.uint64(0)
        for at in range(len(fatal)):
            stopped |= masks[fatal[at], word]
        open_rows = ~stopped
        while open_rows:
            lowest = open_rows & (~open_rows + np.uint64(1))
            row = word * 64 + _LOWEST_BIT[(lowest * _SEQUENCE) >> np.uint64(58)]
            open_rows ^= lowest
            if row >= end:
                break
            changes = 0
            for limit in range(len(measures)):
                if measures[limit, offers[row]] > limits[limit, d]:
                    changes += most_changes + 1 if limit_fatal[limit] else 1
            for at in range(len(mendable)):
                if masks[mendable[at], word] & lowest:
                    changes += 1
            if 0 < changes <= most_changes:
                rows[n] = row
                n += 1
    return n


@njit(nogil=True, cache=True)
def _cursors(asked, held):  # type: ignore[no-untyped-def]
    """Where the rows of each asked term begin."""
    cursors = np.empty(len(asked.terms), np.int64)
    for at in range(len(asked.terms)):
        cursors[at] = held.starts[asked.terms[at]]
    return cursors


@njit(nogil=True, cache=True)
def _spread(asked, d, held, cursors, start, end, sums):  # type: ignore[no-untyped-def]
    """Add up the rare terms of a demand over the rows from start to end."""
    terms, weights = asked.terms, asked.values
    starts, rows, values = held.starts, held.terms, held.values
    for at in range(asked.starts[d], asked.starts[d + 1]):
        place, last = np.uint64(cursors[at]), np.uint64(starts[terms[at] + 1])
        weight = np.int32(weights[at])
        while place < last and rows[place] < start:  # rows without candidates were passed over
            place += np.uint64(1)
        while place < last and rows[place] < end:
            sums[np.uint64(rows[place] - start)] += np.int32(weight * np.int32(values[place]))
            place += np.uint64(1)
        cursors[at] = place


@njit(nogil=True, cache=True)
def _fill(asked, d, table, on):  # type: ignore[no-untyped-def]
    terms, weights = asked.terms, asked.values
    for at in range(np.uint64(asked.starts[d]), np.uint64(asked.starts[d + 1])):
        table[np.uint64(terms[at])] = np.int32(weights[at] * on)


@njit(nogil=True, cache=True)
def _add_up(stream, first, last, table):  # type: ignore[no-untyped-def]
    total = np.int32(0)  # as in `_look_up`
    for place in range(np.uint64(first), np.uint64(last)):
        entry = stream[place]
        total += np.int32(table[np.uint64(entry >> np.uint32(16))] * np.int32(entry & np.uint32(0xFFFF)))
    return np.int64(total)


@njit(nogil=True, cache=True)
def _look_up(first, last, terms, values, table):  # type: ignore[no-untyped-def]
    total = np.int32(0)  # below 2.2 times FULL, that is 2**29; unsigned places spare the test for negative ones
    for place in range(np.uint64(first), np.uint64(last)):
        total += np.int32(table[np.uint64(terms[place])] * np.int32(values[place]))
    return np.int64(total)


@njit(nogil=True, cache=True)
def _text(factors, words, unit, characters, concepts):  # type: ignore[no-untyped-def]
    """What the text parts earn, in their order; -inf if that is not suitable. It grows with each argument."""
    of_words, of_characters, of_concepts, floor, share = factors
    text = of_words * np.sqrt(min(1.0, ((1.0 - share) * words + share * unit) / _FULL))
    text += of_characters * np.sqrt(min(1.0, characters / _FULL))
    if concepts >= 0:
        text += of_concepts * min(1.0, concepts / _FULL)
    if text < floor or (words <= 0 and characters <= 0 and concepts <= 0):
        return -np.inf
    return text


@njit(nogil=True, cache=True)
def _keep(heap, heap_rows, size, total, row):  # type: ignore[no-untyped-def]
    """Put a pair into a heap of the best, worst first (of equals the latest row); its new size. Rows come in order."""
    k = len(heap)
    if size < k:
        at = size
        while at and _worse(total, row, heap[(at - 1) >> 1], heap_rows[(at - 1) >> 1]):
            heap[at], heap_rows[at] = heap[(at - 1) >> 1], heap_rows[(at - 1) >> 1]
            at = (at - 1) >> 1
        heap[at], heap_rows[at] = total, row
        return size + 1
    if total > heap[0]:
        _sink(heap, heap_rows, k, total, row)
    return size


@njit(nogil=True, cache=True)
def _worse(score, row, other_score, other_row):  # type: ignore[no-untyped-def]
    return score < other_score or (score == other_score and row > other_row)


@njit(nogil=True, cache=True)
def _sink(heap, heap_rows, size, total, row):  # type: ignore[no-untyped-def]
    """Put a pair in place of the worst."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and _worse(heap[child + 1], heap_rows[child + 1], heap[child], heap_rows[child]):
            child += 1
        if not _worse(heap[child], heap_rows[child], total, row):
            break
        heap[at], heap_rows[at] = heap[child], heap_rows[child]
        at = child
    heap[at], heap_rows[at] = total, row


@njit(nogil=True, cache=True)
def _put_in_order(heap, heap_rows, size):  # type: ignore[no-untyped-def]
    """Best first: the worst goes behind the rest, again and again."""
    while size > 1:
        size -= 1
        total, row = heap[size], heap_rows[size]
        heap[size], heap_rows[size] = heap[0], heap_rows[0]
        _sink(heap, heap_rows, size, total, row)


@njit(nogil=True, cache=True)
def _insert(scores, demands, total, demand):  # type: ignore[no-untyped-def]
    """Into one profile's list, behind its equals: demands come in order."""
    at = len(scores) - 1
    while at and scores[at - 1] < total:
        scores[at], demands[at] = scores[at - 1], demands[at - 1]
        at -= 1
    scores[at], demands[at] = total, demand
