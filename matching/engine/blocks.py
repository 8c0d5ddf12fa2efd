"""Blocks of profiles and chunks of demands as arrays: what a scan reads.

A block is made once and scanned by all demands, so that memory is bounded by its size, and what a scan touches
stays near the processor. What a rule says of many pairs alike is worked out once: a hard rule as one mask of rows for
all demands that ask the same, a soft rule as one number for each level that profiles reach.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.domain.policy import MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.kernels.shapes import (
    AskedText,
    BlockArrays,
    ChunkArrays,
    Floats,
    Ints,
    Longs,
    Sparse,
    Terms,
    TextArrays,
)
from matching.engine.rules import HARD, SOFT, HardRule, SoftRule
from matching.engine.scorers.lexical import LexicalScorer, Queries, Rows, ranges
from matching.engine.scoring import CHANGEABLE
from matching.engine.tables import OFFER_COLUMNS, Block, DemandTable, Members, ProfileTable, asked_offers
from matching.engine.views import DemandView

FREQUENT = 0.005
"""A term in a larger share of a block's profiles is looked up profile by profile."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What all demands ask: their conditions as columns, and what they weigh each term."""

    table: DemandTable
    words: Queries
    characters: Queries
    concepts: Queries
    asks_concepts: NDArray[np.bool_]


class ProfileBlock:
    """Some neighbouring profiles, ready to be scanned under a policy.

    Attributes
    ----------
    arrays : BlockArrays
    levels : list of Levels
        The soft rules that bind.
    distinct : list of arrays
        The measures that profiles reach, in order, of each hard rule that compares two numbers.
    """

    def __init__(
        self,
        first: int,
        table: ProfileTable,
        words: TextArrays,
        characters: TextArrays,
        concepts: Sparse,
        n_concepts: int,
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        as_of: float,
    ) -> None:
        self.table = table
        self.policy = policy
        self.vocabulary = vocabulary
        binding = [rule for rule in HARD if policy.hard[rule.CODE]]
        self._limited = [rule for rule in binding if hasattr(rule, "measure")]
        self._masked = [rule for rule in binding if not hasattr(rule, "measure")]
        self._masks: dict[tuple[str, Hashable], int] = {}
        self._mask_rows: list[NDArray[np.uint64]] = []
        self._stacked: NDArray[np.uint64] | None = None
        self.levels = [Levels(rule, table, policy.weights[rule.CODE]) for rule in SOFT if policy.soft[rule.CODE]]
        measures = [rule.measure(table, as_of) for rule in self._limited]
        self.distinct = [np.unique(measure[np.isfinite(measure)]) for measure in measures]
        n_offers = len(table.offer_owner)
        codes = np.zeros((len(self.levels), n_offers), dtype=np.int32)
        for row, levels in enumerate(self.levels):
            codes[row] = levels.codes
        stream, layout = _side_by_side(words, characters, concepts, codes[:, table.usual_offer])
        self.arrays = BlockArrays(
            first=first,
            words=words,
            characters=characters,
            concepts=concepts,
            n_concepts=n_concepts,
            measures=np.array(measures, dtype=np.float64).reshape(len(measures), n_offers),
            usual_offer=table.usual_offer.astype(np.int32),
            codes=codes,
            stream=stream,
            layout=layout,
        )

    def chunk(self, asked: Asked, demands: slice) -> ChunkArrays:
        """A chunk of demands as this block sees them."""
        table = asked.table.rows(demands)
        number = len(table)
        fatal, mendable = self._stopped_by(table)
        patches = [asked_offers(view, self.table) for view in table.views] if self._has_own_offers else []
        patch_rows, patch_offers = ([pair[place] for pair in patches] for place in range(2))
        pools, raw, tables, start = [], [], np.zeros((len(self.levels), number), dtype=np.int64), 0
        for row, levels in enumerate(self.levels):
            values, places = levels.values(table, self.vocabulary)
            tables[row] = start + places
            pools.append(levels.weight * np.nan_to_num(values))
            raw.append(values)
            start += len(values)
        limits = [rule.limit(table) for rule in self._limited]  # type: ignore[attr-defined]
        limit_masks = [self._limit_masks(place, own) for place, own in enumerate(limits)]
        return ChunkArrays(
            first=demands.start,
            words=_asked_text(asked.words, demands, self.arrays.words),
            characters=_asked_text(asked.characters, demands, self.arrays.characters),
            concepts=_terms(asked.concepts, demands),
            asks_concepts=asked.asks_concepts[demands],
            masks=self._all_masks(),
            fatal_starts=_starts(map(len, fatal)),
            fatal=np.array([mask for own in fatal for mask in own], dtype=np.int32),
            mendable_starts=_starts(map(len, mendable)),
            mendable=np.array([mask for own in mendable for mask in own], dtype=np.int32),
            limits=np.array(limits, dtype=np.float64).reshape(len(limits), number),
            limit_masks=np.array(limit_masks, dtype=np.int32).reshape(len(limits), number),
            limit_fatal=np.array([rule.CODE not in CHANGEABLE for rule in self._limited], dtype=np.bool_),
            patch_starts=_starts(map(len, patch_rows)) if patches else np.zeros(number + 1, dtype=np.int64),
            patch_rows=_joined(patch_rows),
            patch_offers=_joined(patch_offers),
            levels=np.concatenate(pools) if pools else np.zeros(0),
            level_values=np.concatenate(raw) if raw else np.zeros(0),
            level_tables=tables,
        )

    @cached_property
    def _has_own_offers(self) -> bool:
        return len(self.table.offer_owner) > len(self.table)

    def let_go(self) -> None:
        """Forget what was worked out for demands; it is made again when it is asked for."""
        self._masks, self._mask_rows, self._stacked = {}, [], None

    def _stopped_by(self, table: DemandTable) -> tuple[list[list[int]], list[list[int]]]:
        """For each demand the masks of the rules that stop rows: those that nobody can mend, and the others."""
        fatal: list[list[int]] = [[] for _ in table.views]
        mendable: list[list[int]] = [[] for _ in table.views]
        for rule in self._masked:
            wanted = mendable if rule.CODE in CHANGEABLE else fatal
            keys = [mask_key(rule, view, self.table) for view in table.views]
            new = {key: row for row, key in enumerate(keys) if key is not None and (rule.CODE, key) not in self._masks}
            self._make_masks(rule, new, table)
            for row, key in enumerate(keys):
                mask = -1 if key is None else self._masks[rule.CODE, key]
                if mask >= 0:
                    wanted[row].append(mask)
        return fatal, mendable

    def _limit_masks(self, place: int, limits: Floats) -> list[int]:
        """For each demand the mask of the rows whose usual offer is above its limit; many limits share one."""
        measures = self.arrays.measures[place][self.table.usual_offer]
        distinct = self.distinct[place]
        reached = np.where(np.isnan(limits), len(distinct), np.searchsorted(distinct, limits, side="right"))
        masks = []
        for number in reached.tolist():
            key = (self._limited[place].CODE, number)
            if key not in self._masks:
                fails = measures > (distinct[number - 1] if number else -np.inf)
                self._add_mask(key, fails)
            masks.append(self._masks[key])
        return masks

    def _add_mask(self, key: tuple[str, Hashable], fails: NDArray[np.bool_]) -> None:
        self._masks[key] = len(self._mask_rows) if fails.any() else -1
        if fails.any():
            self._mask_rows.append(packed(fails))

    def _make_masks(self, rule: HardRule, new: dict[Hashable, int], table: DemandTable) -> None:
        keys = list(new)
        at_once = max(1, 4_000_000 // max(1, len(self.table)))
        for start in range(0, len(keys), at_once):
            some = keys[start : start + at_once]
            block = Block(table.take([new[key] for key in some]), self.table, self.vocabulary)
            for key, fails in zip(some, rule.verdicts(block) < 0, strict=True):
                self._add_mask((rule.CODE, key), fails)

    def _all_masks(self) -> NDArray[np.uint64]:
        if self._stacked is None or len(self._stacked) < len(self._mask_rows):
            words = -(-len(self.table) // 64)
            self._stacked = np.array(self._mask_rows, dtype=np.uint64).reshape(len(self._mask_rows), words)
            self._mask_rows = list(self._stacked)  # views: every mask is held once
        return self._stacked


class Levels:
    """A soft rule over the distinct combinations of what it reads of a profile."""

    def __init__(self, rule: SoftRule, table: ProfileTable, weight: float) -> None:
        self.rule = rule
        self.weight = weight
        columns = [_plain(getattr(table, name), table.offer_owner, name) for name in rule.READS]
        keys = np.ascontiguousarray(np.column_stack(columns))
        _, first, codes = np.unique(
            keys.view(np.dtype((np.void, keys.shape[1]))).ravel(), return_index=True, return_inverse=True
        )
        self.codes = codes.astype(np.int32)
        self.representatives = table.of_offers(first)
        self._constant: Floats | None = None

    def values(self, demands: DemandTable, vocabulary: Vocabulary) -> tuple[Floats, Longs]:
        """The value of each level (NaN unknown), one table after the other, and where each demand's table begins."""
        if not self.rule.DEMAND_KEYS:
            if self._constant is None:
                self._constant = self._ask(demands.take([0]), vocabulary)
            return self._constant, np.zeros(len(demands), dtype=np.int64)
        groups: dict[Hashable, int] = {}
        keys = (_key(view, self.rule.DEMAND_KEYS) for view in demands.views)
        numbers = [groups.setdefault(key, len(groups)) for key in keys]
        first = [numbers.index(number) for number in range(len(groups))]
        return self._ask(demands.take(first), vocabulary), np.array(numbers, dtype=np.int64) * len(self.representatives)

    def _ask(self, demands: DemandTable, vocabulary: Vocabulary) -> Floats:
        values = self.rule.values(Block(demands, self.representatives, vocabulary))
        return np.asarray(values, dtype=np.float64).ravel()


def _side_by_side(
    words: TextArrays, characters: TextArrays, concepts: Sparse, codes: Ints
) -> tuple[NDArray[np.uint32], Ints]:
    """What a scan reads of a row in two pieces: its texts in one stream, everything else in one line of cache."""
    parts = (words.frequent, characters.frequent, concepts)
    sizes = np.stack([np.diff(part.starts) for part in parts])
    starts = _starts(sizes.T.ravel())
    stream = np.empty(int(starts[-1]), dtype=np.uint32)
    for place, part in enumerate(parts):
        where = ranges(starts[:-1][place :: len(parts)], starts[1:][place :: len(parts)])
        stream[where] = part.terms.astype(np.uint32) << np.uint32(16) | part.values
    borders = [starts[:-1][place :: len(parts)] for place in range(len(parts))]
    columns = [*borders, starts[len(parts) :: len(parts)], words.unit_starts[:-1], words.unit_starts[1:], *codes]
    return stream, np.ascontiguousarray(np.column_stack(columns), dtype=np.int32)


def text_arrays(scorer: LexicalScorer, profiles: slice) -> TextArrays:
    """One text part of a block, from the scorer that holds all profiles."""
    whole = scorer.impacts(profiles)
    number = len(whole)
    holders = np.bincount(whole.terms, minlength=len(scorer.idf_))
    frequent = (holders > max(FREQUENT * number, len(whole.terms) >> 16)) & (scorer.idf_ > 0)  # so below 2**16 of them
    numbers = np.full(len(scorer.idf_), -1, dtype=np.int32)
    numbers[frequent] = np.arange(int(frequent.sum()))
    owners = np.repeat(np.arange(number), np.diff(whole.starts))
    asked = scorer.idf_[whole.terms] > 0
    often = frequent[whole.terms]
    rare = asked & ~often
    by_term = sparse.csr_array(
        (whole.values[rare], (whole.terms[rare], owners[rare])), shape=(len(numbers), number)
    ).sorted_indices()
    units, unit_starts = (
        scorer.unit_impacts(profiles) if scorer.unit_share else (_NO_ROWS, np.zeros(number + 1, np.int64))
    )
    return TextArrays(
        rare=Sparse(by_term.indptr.astype(np.int64), by_term.indices.astype(np.int32), by_term.data),
        frequent=Sparse(
            _starts(np.bincount(owners[often], minlength=number)),
            numbers[whole.terms[often]],
            whole.values[often].astype(np.uint16, copy=False),
        ),
        frequent_number=numbers,
        frequent_terms=int(frequent.sum()),
        units=Sparse(units.starts, units.terms, units.values.astype(np.uint16, copy=False)),
        unit_starts=unit_starts,
        ratio=_ratios(whole, units, unit_starts),
    )


_NO_ROWS = Rows(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint16))


def _ratios(whole: Rows, units: Rows, unit_starts: Longs) -> Floats:
    """For each document the most that a unit's impact of a term is above the whole's; 1 where there are no units."""
    number = len(whole)
    ratios = np.ones(number)
    if len(units):
        owners = np.repeat(np.arange(number), np.diff(whole.starts))
        keys = owners << 32 | whole.terms
        unit_owner = np.repeat(np.repeat(np.arange(number), np.diff(unit_starts)), np.diff(units.starts))
        places = np.searchsorted(keys, unit_owner << 32 | units.terms)
        np.maximum.at(ratios, unit_owner, units.values / whole.values[places])
    return ratios


def mask_key(rule: HardRule, demand: DemandView, profiles: ProfileTable) -> Hashable | None:
    """What demands share that a rule answers alike; None if it stops nobody."""
    own: Any = getattr(rule, "mask_key", None)
    if own is not None:
        key: Hashable | None = own(demand, profiles)
        return key
    return _key(demand, rule.DEMAND_KEYS)


def _key(demand: DemandView, names: Sequence[str]) -> Hashable:
    return tuple(getattr(demand.record, name) for name in names)


def _plain(column: Any, owners: Longs, name: str) -> NDArray[np.uint8]:
    """A column as bytes, one row an offer."""
    if isinstance(column, Members):
        own = column[owners]
        return np.column_stack([np.packbits(own.has, axis=1), own.absent.view(np.uint8), own.strange.view(np.uint8)])
    values = np.ascontiguousarray(column if name in OFFER_COLUMNS else column[owners])
    return values.view(np.uint8).reshape(len(values), -1)


def _asked_text(queries: Queries, demands: slice, text: TextArrays) -> AskedText:
    asked = _terms(queries, demands)
    numbers = text.frequent_number[asked.terms]
    often = numbers >= 0
    owners = np.repeat(np.arange(len(asked.starts) - 1), np.diff(asked.starts))

    def part(kept: NDArray[np.bool_], terms: Ints) -> Terms:
        sizes = np.bincount(owners[kept], minlength=len(asked.starts) - 1)
        return Terms(_starts(sizes), terms[kept], asked.values[kept])

    return AskedText(asked, part(often, numbers), part(~often, asked.terms))


def _terms(queries: Queries, demands: slice) -> Terms:
    rows = queries.rows[demands]
    return Terms(rows.starts, rows.terms, rows.values.astype(np.int32, copy=False))


def packed(fails: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Rows as the bits of a mask."""
    bits = np.packbits(fails, bitorder="little")
    return np.frombuffer(bits.tobytes() + bytes(-len(bits) % 8), dtype=np.uint64)


def _starts(sizes: Any) -> Longs:
    return np.concatenate([[0], np.cumsum(np.fromiter(sizes, dtype=np.int64))])


def _joined(parts: list[NDArray[np.int64]]) -> Ints:
    return np.concatenate([*parts, np.empty(0, np.int64)]).astype(np.int32)
