"""What a scan is given and gives: plain arrays, so that they can be compiled for, shipped and shared."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Floats = NDArray[np.float64]
Halfwords = NDArray[np.uint16]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class Sparse(NamedTuple):
    """Row `i` holds `values[starts[i]:starts[i + 1]]` under `terms`."""

    starts: Longs
    terms: Ints
    values: Halfwords


class TextArrays(NamedTuple):
    """One text part of a block of profiles.

    Rare terms are kept term by term, frequent ones (by numbers of their own) profile by profile: a rare term reaches
    few profiles, a frequent one is only looked up for those that are eligible.
    """

    rare: Sparse  # term -> rows of the block and impacts
    frequent: Sparse  # row -> numbers of frequent terms and impacts
    frequent_number: Ints  # (n_terms,), -1 for a rare term
    frequent_terms: int
    units: Sparse  # unit -> terms and impacts
    unit_starts: Longs  # (n_rows + 1,)
    ratio: Floats  # (n_rows,) no unit earns more than this times the whole


class BlockArrays(NamedTuple):
    """A block of profiles."""

    first: int  # place of the first profile among all
    words: TextArrays
    characters: TextArrays
    concepts: Sparse
    n_concepts: int
    measures: Floats  # (n_limits, n_offers) fails where it is above the demand's limit
    usual_offer: Ints  # (n_rows,)
    codes: Ints  # (n_soft, n_offers) level of each soft rule
    stream: NDArray[np.uint32]  # row by row its frequent words, frequent characters, concepts: number << 16 | impact
    layout: Ints  # (n_rows, 6 + n_soft) what a scan reads of a row beside that, side by side: see `Layout`


class Layout:
    """Columns of `BlockArrays.layout`: where the stream's words, characters and concepts start and end, its units'
    start and end, and the levels of its usual offer.
    """

    WORDS, CHARACTERS, CONCEPTS, END, UNITS, LAST_UNIT = range(6)
    CODES = 6


class Terms(NamedTuple):
    """The weights that the demands of a chunk give to terms."""

    starts: Longs
    terms: Ints
    values: Ints


class AskedText(NamedTuple):
    """What the demands of a chunk ask of one text part; `frequent` are numbers of a block, the others terms."""

    all: Terms
    frequent: Terms
    rare: Terms


class ChunkArrays(NamedTuple):
    """A chunk of demands, as this block sees them."""

    first: int
    words: AskedText
    characters: AskedText
    concepts: Terms
    asks_concepts: NDArray[np.bool_]  # (n_demands,) False: the demand speaks of no known concept
    masks: Bits  # (n_masks, n_words) rows that a rule stops
    fatal_starts: Longs  # masks of rules that nobody can mend, by demand
    fatal: Ints
    mendable_starts: Longs
    mendable: Ints
    limits: Floats  # (n_limits, n_demands)
    limit_masks: Ints  # (n_limits, n_demands) masks of the rows whose usual offer is above the limit; -1: none is
    limit_fatal: NDArray[np.bool_]  # (n_limits,)
    patch_starts: Longs  # offers that stand in place of the usual ones
    patch_rows: Ints
    patch_offers: Ints
    levels: Floats  # earnings of the levels, one table after the other
    level_values: Floats  # the same before they are weighed, NaN unknown
    level_tables: Longs  # (n_soft, n_demands) where the table of a demand begins


class Learnt(NamedTuple):
    """One more part of the score: its weight, and a model over the values of the others, (n_parts, n) -> (n,)."""

    weight: float
    values: Callable[[Floats], Floats]


class Weights(NamedTuple):
    """The policy as the scan needs it."""

    words: float
    characters: float
    concepts: float
    floor: float  # what the three together must earn
    unit_share: float
    most_changes: int


class Lists(NamedTuple):
    """The lists of the block's profiles so far, best first; -inf where there is nothing yet."""

    per_demand: int
    scores: Floats  # (n_rows, per_profile)
    demands: Ints  # (n_rows, per_profile)


class Found(NamedTuple):
    """The best of the block for each demand of the chunk, (n_demands, per_demand); -inf where there is nothing."""

    scores: Floats
    rows: Ints
