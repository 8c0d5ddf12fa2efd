"""Exact lists for both sides, block after block of profiles, in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import SOFT_RULES, TEXT_PARTS, MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.blocks import Asked, ProfileBlock, text_arrays
from matching.engine.index import IndexPart, TextIndex, Texts
from matching.engine.kernels import Learnt, Lists, Weights, scan_for
from matching.engine.kernels.plain import exact_totals
from matching.engine.kernels.shapes import Sparse
from matching.engine.learning.model import LearntModel
from matching.engine.parallel import Workers, map_blocks
from matching.engine.scorers.embedding import Embedded, Vectors
from matching.engine.scoring import MOST_CHANGES
from matching.engine.tables import DemandTable, Floats, profile_table
from matching.engine.views import view_profile

ROWS_A_BLOCK = 32_768
"""Profiles scanned at once: their sums stay in the processor's cache, their index below 150 MB."""
DEMANDS_A_CHUNK = 512

Places = NDArray[np.int32]
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A list for each record of one side: `scores` (n, k), best first, -inf behind the end; `others` their places."""

    scores: Floats
    others: Places

    def of(self, place: int) -> Places:
        """The places on one record's list, best first."""
        return self.others[place, : int(np.isfinite(self.scores[place]).sum())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many pairs each list holds; 0 leaves it out."""

    per_demand: int
    per_profile: int
    near_per_demand: int = 0
    near_per_profile: int = 0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """The lists of both sides, and (demand, profile, score) of the pairs that a hard rule stops, where asked for."""

    for_demands: Ranked
    for_profiles: Ranked
    near_for_demands: Ranked
    near_for_profiles: Ranked
    stopped: tuple[Places, Places, Floats]


class BlockInput(NamedTuple):
    """What one block brings: the place of its first profile, its profiles, and their texts."""

    first: int
    profiles: Sequence[CapabilityProfile]
    texts: Texts
    vectors: Vectors | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockKernel:
    """Scans one block of profiles for all demands.

    It holds what all blocks share, and a block brings the rest: both can be shipped to another machine.
    """

    asked: Asked
    shared: IndexPart
    weights: Weights
    policy: MatchPolicy
    vocabulary: Vocabulary
    sizes: Sizes
    n_pairs: int
    learnt: Learnt | None = None
    embedded: Embedded | None = None

    def __call__(self, rows: BlockInput) -> Ranking:
        """The lists of one block; places count from the first profile of all."""
        sizes, number = self.sizes, len(self.asked.table)
        embedded = None
        if self.embedded is not None and rows.vectors is not None:
            embedded = self.embedded._replace(profiles=rows.vectors)
        scan = scan_for(self.n_pairs, self.learnt, embedded)
        block = make_block(
            self.shared.holding(rows.texts), rows.profiles, rows.first, self.policy, self.vocabulary,
            self.asked.table.as_of,
        )  # fmt: skip
        main = Lists(sizes.per_demand, *_empty(len(block.table), sizes.per_profile))
        near = Lists(sizes.near_per_demand, *_empty(len(block.table), sizes.near_per_profile))
        lots = [_empty(number, sizes.per_demand), _empty(number, sizes.near_per_demand)]
        stopped: list[tuple[Places, Places, Floats]] = []
        for start in range(0, number, DEMANDS_A_CHUNK):
            some = slice(start, min(start + DEMANDS_A_CHUNK, number))
            chunk = block.chunk(self.asked, some)
            for lists, lot, is_near in ((main, lots[0], False), (near, lots[1], True)):
                if lists.per_demand or lists.scores.shape[1]:
                    lot[0][some], lot[1][some] = scan(chunk, block.arrays, self.weights, lists, is_near)
            if sizes.stopped:
                for d in range(some.stop - some.start):
                    found, totals = exact_totals(
                        chunk, block.arrays, self.weights, d, near=False, stopped=True, learnt=self.learnt,
                        embedded=embedded,
                    )  # fmt: skip
                    stopped.append((np.full(len(found), start + d, dtype=np.int32), found + rows.first, totals))
        for lot in lots:
            lot[1][...] += rows.first
        return Ranking(
            Ranked(*lots[0]), Ranked(main.scores, main.demands), Ranked(*lots[1]), Ranked(near.scores, near.demands),
            _joined(stopped),
        )  # fmt: skip


def rank(
    index: TextIndex,
    demands: DemandTable,
    profiles: Sequence[CapabilityProfile],
    *,
    policy: MatchPolicy,
    vocabulary: Vocabulary,
    sizes: Sizes,
    learnt: LearntModel | None = None,
    embedded: Embedded | None = None,
    jobs: int = 1,
    workers: Workers | None = None,
    told: Told | None = None,
) -> Ranking:
    """Scan all profiles for all demands. Ties go to the earlier place; blocks, threads and workers change nothing.

    `told` is called with the number of profiles scanned so far. `workers` stand in place of `jobs` threads.
    """
    number = len(demands)
    kernel = BlockKernel(
        asked=Asked(
            demands,
            index.word_queries_,
            index.character_queries_,
            index.concept_queries_,
            np.diff(index.concept_queries_.rows.starts) > 0,
        ),
        shared=index.part(slice(0, 0)),
        weights=scan_weights(policy, index),
        policy=policy,
        vocabulary=vocabulary,
        sizes=sizes,
        n_pairs=number * len(profiles),
        learnt=None if learnt is None else _learnt(learnt, policy),
        embedded=embedded and embedded._replace(profiles=embedded.profiles[:0]),
    )
    blocks = [slice(start, min(start + ROWS_A_BLOCK, len(profiles))) for start in range(0, len(profiles), ROWS_A_BLOCK)]
    inputs = [
        BlockInput(rows.start, profiles[rows], index.texts(rows), embedded and embedded.profiles[rows])
        for rows in blocks
    ]
    best = Ranked(*_empty(number, sizes.per_demand))
    nearest = Ranked(*_empty(number, sizes.near_per_demand))
    for_profiles = [_empty(0, sizes.per_profile)]
    near_for_profiles = [_empty(0, sizes.near_per_profile)]
    stopped: list[tuple[Places, Places, Floats]] = []
    for rows, found in zip(blocks, map_blocks(kernel, inputs, jobs, workers), strict=True):
        best = _merged(best, found.for_demands)
        nearest = _merged(nearest, found.near_for_demands)
        for_profiles.append((found.for_profiles.scores, found.for_profiles.others))
        near_for_profiles.append((found.near_for_profiles.scores, found.near_for_profiles.others))
        stopped.append(found.stopped)
        if told is not None:
            told(rows.stop)
    return Ranking(best, _stacked(for_profiles), nearest, _stacked(near_for_profiles), _joined(stopped))


def make_block(
    texts: IndexPart,
    profiles: Sequence[CapabilityProfile],
    first: int,
    policy: MatchPolicy,
    vocabulary: Vocabulary,
    as_of: float,
) -> ProfileBlock:
    """The block of some neighbouring profiles and their texts; `first` is the place of the first."""
    rows = slice(0, len(profiles))
    concepts = texts.concepts
    return ProfileBlock(
        first=first,
        table=profile_table([view_profile(profile, vocabulary) for profile in profiles], vocabulary),
        words=text_arrays(texts.words, rows),
        characters=text_arrays(texts.characters, rows),
        concepts=Sparse(concepts.starts, concepts.terms, concepts.values.astype(np.uint16)),
        n_concepts=texts.n_concepts,
        policy=policy,
        vocabulary=vocabulary,
        as_of=as_of,
    )


def scan_weights(policy: MatchPolicy, index: TextIndex) -> Weights:
    """The policy as a scan needs it."""
    return Weights(
        words=policy.weights["words"],
        characters=policy.weights["characters"],
        concepts=policy.weights["capability"],
        floor=policy.minimum_relevance * sum(policy.weights[code] for code in TEXT_PARTS),
        unit_share=index.words_.unit_share,
        most_changes=MOST_CHANGES,
    )


def _learnt(model: LearntModel, policy: MatchPolicy) -> Learnt:
    """The model as a scan needs it: it is given no value for a rule that is switched off, and unknown stands for it."""
    shown = (*TEXT_PARTS, *(code for code in SOFT_RULES if policy.soft[code]))
    switched_off = [code for code in SOFT_RULES if not policy.soft[code]]

    return Learnt(model.weight, _LearntValues(model, (*shown, *switched_off)))


@dataclass(frozen=True, slots=True)
class _LearntValues:
    """Asks a model for values, where the last of `codes` may be unknown; it can be shipped."""

    model: LearntModel
    codes: tuple[str, ...]

    def __call__(self, parts: Floats) -> Floats:
        unknown = np.full((len(self.codes) - len(parts), parts.shape[1]), np.nan)
        return self.model.values(np.concatenate([parts, unknown]), self.codes)


def _empty(number: int, k: int) -> tuple[Floats, Places]:
    return np.full((number, k), -np.inf), np.zeros((number, k), dtype=np.int32)


def _merged(best: Ranked, found: Ranked) -> Ranked:
    """The better of two lots for each record; of equals the earlier block's come first."""
    scores = np.concatenate([best.scores, found.scores], axis=1)
    others = np.concatenate([best.others, found.others], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, : best.scores.shape[1]]
    return Ranked(np.take_along_axis(scores, order, axis=1), np.take_along_axis(others, order, axis=1))


def _stacked(lots: list[tuple[Floats, Places]]) -> Ranked:
    return Ranked(np.concatenate([scores for scores, _ in lots]), np.concatenate([others for _, others in lots]))


def _joined(lots: Sequence[tuple[Places, Places, Floats]]) -> tuple[Places, Places, Floats]:
    nothing = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
    demands, profiles, scores = (np.concatenate([lot[place] for lot in (nothing, *lots)]) for place in range(3))
    return demands.astype(np.int32), profiles.astype(np.int32), scores


def pairs_of(ranked: Ranked, owners: range) -> Iterator[tuple[int, int]]:
    """(owner, other) of some owners' lists."""
    for owner in owners:
        for other in ranked.of(owner).tolist():
            yield owner, other
