"""The profiles of the last full reading, asked by one demand after the other."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.blocks import ProfileBlock, mask_key, packed
from matching.engine.kernels import ChunkArrays
from matching.engine.kernels.shapes import AskedText, Floats, Terms, TextArrays
from matching.engine.rules import HardRule
from matching.engine.scoring import CHANGEABLE
from matching.engine.standing.columns import grown
from matching.engine.standing.pairs import Binding
from matching.engine.standing.texts import Question, Weighted
from matching.engine.tables import Block, DemandTable, asked_offers
from matching.engine.views import DemandView

MOST_MASKS = 2_048
"""More masks are not kept (25 MB at 100,000 profiles); they are made again when they are asked for."""
MOST_TABLES = 8_192
"""The same for the earnings of levels."""


class Demanded(NamedTuple):
    """One demand as profiles are asked for it; its table has one row."""

    table: DemandTable
    question: Question

    @property
    def view(self) -> DemandView:
        """Its words, resolved."""
        return self.table.views[0]


class BlockOfAll:
    """The profiles of the last full reading. Rows that are gone stay, and are stopped."""

    def __init__(self, block: ProfileBlock, policy: MatchPolicy, vocabulary: Vocabulary) -> None:
        self.block = block
        self._vocabulary = vocabulary
        self._binding = Binding(policy)
        self._n_terms = [len(text.frequent_number) for text in (block.arrays.words, block.arrays.characters)]
        words = -(-len(block.table) // 64)
        self._bits = np.zeros((64, words), dtype=np.uint64)  # the first mask: what is gone, and what a demand excludes
        self._used = 1
        self._masks: dict[Hashable, int] = {}
        self._earned: dict[Hashable, Floats] = {}
        self._measures = [measure[block.table.usual_offer] for measure in block.arrays.measures]
        self._limit_fatal = np.array([rule.CODE not in CHANGEABLE for rule in self._binding.limited], dtype=np.bool_)

    def remove(self, row: int) -> None:
        """A profile is gone."""
        self._bits[0, row >> 6] |= _bit(row)

    @contextmanager
    def asked(self, demanded: Demanded) -> Iterator[ChunkArrays]:
        """A demand as the block sees it; what it excludes is stopped for as long."""
        if self._used > MOST_MASKS:
            self._used = 1
            self._masks.clear()
        hits = {
            row
            for rule in self._binding.clashing
            for row in rule.clashes(demanded.view, self.block.table)
            if not self._bits[0, row >> 6] & _bit(row)
        }
        try:
            for row in hits:
                self._bits[0, row >> 6] |= _bit(row)
            yield self._chunk(demanded)
        finally:
            for row in hits:
                self._bits[0, row >> 6] ^= _bit(row)

    def _chunk(self, demanded: Demanded) -> ChunkArrays:
        table, question = demanded
        fatal: list[int] = [0]
        mendable: list[int] = []
        for rule in self._binding.masked:
            mask = self._mask_of(rule, table)
            if mask >= 0:
                (mendable if rule.CODE in CHANGEABLE else fatal).append(mask)
        limits = np.array([rule.limit(table) for rule in self._binding.limited], dtype=np.float64).reshape(-1, 1)
        limit_masks = [self._limit_mask(place, float(limit[0])) for place, limit in enumerate(limits)]
        patch_rows, patch_offers = _NO_PLACES, _NO_PLACES
        if len(self.block.table.offer_owner) > len(self.block.table):
            patch_rows, patch_offers = asked_offers(demanded.view, self.block.table)
        levels = [self._levels(number, table) for number in range(len(self.block.levels))]
        sizes = [0, *map(len, levels)]
        pool = np.concatenate([*levels, np.zeros(0)])
        return ChunkArrays(
            first=0,
            words=_asked_text(question.words, self.block.arrays.words, self._n_terms[0]),
            characters=_asked_text(question.characters, self.block.arrays.characters, self._n_terms[1]),
            concepts=_terms(*question.concepts),
            asks_concepts=np.array([len(question.concepts.terms) > 0]),
            masks=self._bits,
            fatal_starts=np.array([0, len(fatal)], dtype=np.int64),
            fatal=np.array(fatal, dtype=np.int32),
            mendable_starts=np.array([0, len(mendable)], dtype=np.int64),
            mendable=np.array(mendable, dtype=np.int32),
            limits=limits,
            limit_masks=np.array(limit_masks, dtype=np.int32).reshape(-1, 1),
            limit_fatal=self._limit_fatal,
            patch_starts=np.array([0, len(patch_rows)], dtype=np.int64),
            patch_rows=patch_rows.astype(np.int32),
            patch_offers=patch_offers.astype(np.int32),
            levels=pool,
            level_values=pool,
            level_tables=np.cumsum(sizes[:-1]).reshape(-1, 1),
        )

    def _mask_of(self, rule: HardRule, table: DemandTable) -> int:
        """The mask of the rows that a rule stops, -1 if it stops none."""
        key = mask_key(rule, table.views[0], self.block.table)
        if key is None:
            return -1
        mask = self._masks.get((rule.CODE, key))
        if mask is None:
            fails = rule.verdicts(Block(table, self.block.table, self._vocabulary))[0] < 0
            mask = self._add_mask((rule.CODE, key), fails)
        return mask

    def _limit_mask(self, place: int, limit: float) -> int:
        """The mask of the rows whose usual offer is above a limit."""
        distinct = self.block.distinct[place]
        reached = len(distinct) if limit != limit else int(distinct.searchsorted(limit, side="right"))
        mask = self._masks.get((place, reached))
        if mask is None:
            fails = self._measures[place] > (distinct[reached - 1] if reached else -np.inf)
            mask = self._add_mask((place, reached), fails)
        return mask

    def _add_mask(self, key: Hashable, fails: NDArray[np.bool_]) -> int:
        self._masks[key] = -1
        if fails.any():
            self._masks[key] = self._used
            self._bits = grown(self._bits, self._used + 1)
            self._bits[self._used] = packed(fails)
            self._used += 1
        return self._masks[key]

    def _levels(self, number: int, table: DemandTable) -> Floats:
        """What each level of a soft rule earns."""
        levels = self.block.levels[number]
        key = (number, *(getattr(table.views[0].record, name) for name in levels.rule.DEMAND_KEYS))
        earned = self._earned.get(key)
        if earned is None:
            if len(self._earned) >= MOST_TABLES:
                self._earned.clear()
            values, _ = levels.values(table, self._vocabulary)
            earned = self._earned[key] = levels.weight * np.nan_to_num(values)
        return earned


_NO_PLACES: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def _bit(row: int) -> np.uint64:
    return np.uint64(1 << (row & 63))


def _asked_text(asked: Weighted, text: TextArrays, n_terms: int) -> AskedText:
    terms, weights = asked
    if len(terms) and int(terms.max()) >= n_terms:  # met first after the full reading: nobody in the block holds it
        known = terms < n_terms
        terms, weights = terms[known], weights[known]
    numbers = text.frequent_number[terms]
    often = numbers >= 0
    return AskedText(
        _terms(terms, weights), _terms(numbers[often], weights[often]), _terms(terms[~often], weights[~often])
    )


def _terms(terms: NDArray[np.int32], weights: NDArray[np.int32]) -> Terms:
    return Terms(np.array([0, len(terms)], dtype=np.int64), terms, weights)
