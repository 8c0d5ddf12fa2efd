"""The scan compiled by numba (the extra `fast`).

Only eligible profiles are scored. Their units (capabilities) are looked at last, where a bound says that the profile
could still enter a list; the result is exact.
"""

import numpy as np
from numba import njit

from matching.engine.kernels.shapes import BlockArrays, ChunkArrays, Found, Lists, Weights
from matching.engine.scorers.lexical import FULL

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
    frequent_words, frequent_characters, units = block.words.frequent, block.characters.frequent, block.words.units
    w_starts, w_terms, w_values = frequent_words.starts, frequent_words.terms, frequent_words.values
    c_starts, c_terms, c_values = frequent_characters.starts, frequent_characters.terms, frequent_characters.values
    k_starts, k_terms, k_values = block.concepts.starts, block.concepts.terms, block.concepts.values
    u_of_row, u_starts, u_terms, u_values = block.words.unit_starts, units.starts, units.terms, units.values
    ratio = block.words.ratio
    codes, by_offer, levels, level_tables = block.codes, block.by_offer, chunk.levels, chunk.level_tables
    patch_starts, patch_rows, patch_offers = chunk.patch_starts, chunk.patch_rows, chunk.patch_offers
    usual_offer, asks_concepts = block.usual_offer, chunk.asks_concepts
    list_scores, list_demands = lists.scores, lists.demands
    k, per_profile, first = lists.per_demand, lists.scores.shape[1], chunk.first
    factors = (weights.words, weights.characters, weights.concepts, weights.floor, weights.unit_share)  # fmt: skip

    rare_words, rare_characters = np.zeros(n_rows, np.int32), np.zeros(n_rows, np.int32)
    word_table = np.zeros(block.words.frequent_terms + 1, np.int32)
    character_table = np.zeros(block.characters.frequent_terms + 1, np.int32)
    unit_table = np.zeros(len(block.words.frequent_number), np.int32)
    concept_table = np.zeros(block.n_concepts, np.int32)
    offers = usual_offer.copy()
    rows = np.empty(n_rows, np.int32)
    words, characters, concepts = np.empty(n_rows, np.int64), np.empty(n_rows, np.int64), np.empty(n_rows, np.int64)
    soft = np.empty((n_rows, n_soft))
    highest = np.empty(n_rows)
    finals, final_rows = np.empty(n_rows), np.empty(n_rows, np.int32)
    heap = np.empty(max(k, 1))
    has_units = len(u_starts) > 1

    for d in range(len(asks_concepts)):
        for at in range(patch_starts[d], patch_starts[d + 1]):
            offers[patch_rows[at]] = patch_offers[at]
        n = _candidates(chunk, block, d, near, weights.most_changes, offers, rows)
        if n:
            asks = asks_concepts[d]
            _spread(chunk.words, d, block.words, rare_words, word_table, 1)
            _spread(chunk.characters, d, block.characters, rare_characters, character_table, 1)
            _fill(chunk.concepts, d, concept_table, 1)

            # Everything exactly but the units; those need not be looked at where no list is in reach.
            m, filled = 0, 0
            for c in range(n):
                row = rows[c]
                of_words = rare_words[row] + _look_up(w_starts, w_terms, w_values, row, word_table)
                of_characters = rare_characters[row] + _look_up(c_starts, c_terms, c_values, row, character_table)
                of_concepts = _look_up(k_starts, k_terms, k_values, row, concept_table) if asks else -1
                for s in range(n_soft):
                    code = codes[s, offers[row]] if by_offer[s] else codes[s, row]
                    soft[m, s] = levels[level_tables[s, d] + code]
                most = _most(ratio[row], of_words) if has_units else of_words
                high = _total(factors, of_words, most, of_characters, of_concepts, soft, m)
                if high == -np.inf:
                    continue
                if k and filled == k and high < heap[0] and not (per_profile and high > list_scores[row, -1]):
                    continue
                rows[m], words[m], characters[m], concepts[m], highest[m] = (
                    row,
                    of_words,
                    of_characters,
                    of_concepts,
                    high,
                )
                if k:
                    filled = _keep(heap, filled, k, _total(factors, of_words, 0, of_characters, of_concepts, soft, m))
                m += 1
            bar = heap[0] if k and filled == k else -np.inf

            if has_units:
                _fill(chunk.words, d, unit_table, 1)
            finalists = 0
            for c in range(m):
                row, high = rows[c], highest[c]
                if high == -np.inf or not ((k and high >= bar) or (per_profile and high > list_scores[row, -1])):
                    continue
                best = words[c]
                if u_of_row[row] < u_of_row[row + 1]:
                    best = 0
                    for unit in range(u_of_row[row], u_of_row[row + 1]):
                        best = max(best, _look_up(u_starts, u_terms, u_values, unit, unit_table))
                total = _total(factors, words[c], best, characters[c], concepts[c], soft, c)
                if total == -np.inf:
                    continue
                if k:
                    finals[finalists], final_rows[finalists] = total, row
                    finalists += 1
                if per_profile and total > list_scores[row, -1]:
                    _insert(list_scores[row], list_demands[row], total, first + d)
            order = np.argsort(-finals[:finalists], kind="mergesort")  # rows ascend, so ties keep their order
            for place in range(min(k, finalists)):
                best_scores[d, place] = finals[order[place]]
                best_rows[d, place] = final_rows[order[place]]

            if has_units:
                _fill(chunk.words, d, unit_table, 0)
            _spread(chunk.words, d, block.words, rare_words, word_table, 0)
            _spread(chunk.characters, d, block.characters, rare_characters, character_table, 0)
            _fill(chunk.concepts, d, concept_table, 0)
        for at in range(patch_starts[d], patch_starts[d + 1]):
            offers[patch_rows[at]] = usual_offer[patch_rows[at]]


@njit(nogil=True, cache=True)
def _candidates(chunk, block, d, near, most_changes, offers, rows):  # type: ignore[no-untyped-def]
    """Rows that no rule stops, in order; with `near` those that a few changes would free."""
    n = 0
    n_rows = len(offers)
    masks, measures, limit_fatal = chunk.masks, block.measures, chunk.limit_fatal
    fatal = chunk.fatal[chunk.fatal_starts[d] : chunk.fatal_starts[d + 1]]
    mendable = chunk.mendable[chunk.mendable_starts[d] : chunk.mendable_starts[d + 1]]
    n_limits = len(measures)
    limits = chunk.limits[:, d].copy()
    for word in range(masks.shape[1]):
        stopped = np.uint64(0)
        for at in range(len(fatal)):
            stopped |= masks[fatal[at], word]
        if not near:
            for at in range(len(mendable)):
                stopped |= masks[mendable[at], word]
        open_rows = ~stopped
        while open_rows:
            lowest = open_rows & (~open_rows + np.uint64(1))
            row = word * 64 + _LOWEST_BIT[(lowest * _SEQUENCE) >> np.uint64(58)]
            open_rows ^= lowest
            if row >= n_rows:
                break
            changes = 0
            fits = True
            offer = offers[row]
            for limit in range(n_limits):
                if measures[limit, offer] > limits[limit]:
                    if not near or limit_fatal[limit]:
                        fits = False
                        break
                    changes += 1
            if fits and near:
                for at in range(len(mendable)):
                    if masks[mendable[at], word] & lowest:
                        changes += 1
                fits = 0 < changes <= most_changes
            if fits:
                rows[n] = row
                n += 1
    return n


@njit(nogil=True, cache=True)
def _spread(asked, d, text, sums, table, on):  # type: ignore[no-untyped-def]
    """Add up the rare terms of a demand over all rows (or take that back), and set the table of the frequent ones."""
    terms, weights, numbers = asked.terms, asked.values, text.frequent_number
    starts, rows, values = text.rare.starts, text.rare.terms, text.rare.values
    for at in range(asked.starts[d], asked.starts[d + 1]):
        term, weight = terms[at], np.int32(weights[at])
        number = numbers[term]
        if number >= 0:
            table[number] = weight * np.int32(on)
        elif on:
            for place in range(np.uint64(starts[term]), np.uint64(starts[term + 1])):
                sums[np.uint64(rows[place])] += np.int32(weight * np.int32(values[place]))
        else:
            for place in range(np.uint64(starts[term]), np.uint64(starts[term + 1])):
                sums[np.uint64(rows[place])] = 0


@njit(nogil=True, cache=True)
def _fill(asked, d, table, on):  # type: ignore[no-untyped-def]
    terms, weights = asked.terms, asked.values
    for at in range(asked.starts[d], asked.starts[d + 1]):
        table[terms[at]] = np.int32(weights[at] * on)


@njit(nogil=True, cache=True)
def _look_up(starts, terms, values, row, table):  # type: ignore[no-untyped-def]
    total = np.int32(0)  # below 2.2 times FULL, that is 2**29; unsigned places spare the test for negative ones
    for place in range(np.uint64(starts[row]), np.uint64(starts[row + 1])):
        total += np.int32(table[np.uint64(terms[place])] * np.int32(values[place]))
    return np.int64(total)


@njit(nogil=True, cache=True)
def _most(ratio, whole):  # type: ignore[no-untyped-def]
    """No unit of a row earns more."""
    return np.int64(whole * ratio) + 1


@njit(nogil=True, cache=True)
def _total(factors, words, unit, characters, concepts, soft, c):  # type: ignore[no-untyped-def]
    """The score, in the order of the parts; -inf for a pair that is not suitable. It grows with each argument."""
    of_words, of_characters, of_concepts, floor, share = factors
    text = of_words * np.sqrt(min(1.0, ((1.0 - share) * words + share * unit) / _FULL))
    text += of_characters * np.sqrt(min(1.0, characters / _FULL))
    if concepts >= 0:
        text += of_concepts * min(1.0, concepts / _FULL)
    if words <= 0 and characters <= 0 and concepts <= 0:
        return -np.inf
    if text < floor:
        return -np.inf
    for s in range(soft.shape[1]):
        text += soft[c, s]
    return text


@njit(nogil=True, cache=True)
def _keep(heap, filled, k, value):  # type: ignore[no-untyped-def]
    """Put a value into a heap of the k highest, lowest first; the number of values is given back."""
    if value == -np.inf:
        return filled
    if filled < k:
        at = filled
        while at and heap[(at - 1) >> 1] > value:
            heap[at] = heap[(at - 1) >> 1]
            at = (at - 1) >> 1
        heap[at] = value
        return filled + 1
    if value <= heap[0]:
        return filled
    at = 0
    while True:
        child = 2 * at + 1
        if child >= k:
            break
        if child + 1 < k and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value
    return filled


@njit(nogil=True, cache=True)
def _insert(scores, demands, total, demand):  # type: ignore[no-untyped-def]
    """Into one profile's list, behind its equals: demands come in order."""
    at = len(scores) - 1
    while at and scores[at - 1] < total:
        scores[at], demands[at] = scores[at - 1], demands[at - 1]
        at -= 1
    scores[at], demands[at] = total, demand
