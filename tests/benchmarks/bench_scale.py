"""The scan at size, beside bm25s and scikit-learn in the same run (python -m tests.benchmarks.bench_scale).

Ours scores words, characters, concepts and rules, and is exact; the peers score words alone and are given our rules'
answers as a mask, whose making is not counted against them. Repeats are interleaved; figures are medians of CPU time.
"""

import argparse
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from matching.domain.policy import DEFAULT_POLICY
from matching.domain.vocabulary import load_vocabulary
from matching.engine.blocks import Asked, ProfileBlock
from matching.engine.explain import Explainer
from matching.engine.index import TextIndex, own_words
from matching.engine.kernels import Found, Lists, compiled, plain
from matching.engine.ranking import ROWS_A_BLOCK, make_block, scan_weights
from matching.engine.tables import DemandTable, demand_table
from matching.engine.texts import normalise, word_splitter
from matching.engine.views import view_demand
from tests.benchmarks.world import AS_OF, World

VOCABULARY = load_vocabulary()
TOP = 20
REPEATS = 5


@dataclass
class Ground:
    """What all contestants work on."""

    demands: list[Any]
    profiles: list[Any]
    index: TextIndex
    table: DemandTable
    asked: Asked
    blocks: list[ProfileBlock]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--demands", type=int, default=500)
    parser.add_argument("--profiles", type=int, nargs="+", default=[25_000, 100_000])
    options = parser.parse_args()
    world = World()
    demands, profiles = world.demands(options.demands), world.profiles(max(options.profiles))
    for number in options.profiles:
        ground = _read(demands, profiles[:number])
        _beside_the_peers(ground)
        _explanations(ground)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, records, peers and all: {peak:.0f} MB")


def _read(demands: list[Any], profiles: list[Any]) -> Ground:
    began = time.process_time()
    index = TextIndex(VOCABULARY).fit(demands, profiles)
    read = time.process_time() - began
    table = demand_table([view_demand(demand, VOCABULARY) for demand in demands], VOCABULARY, AS_OF)
    asked = Asked(
        table,
        index.word_queries_,
        index.character_queries_,
        index.concept_queries_,
        np.diff(index.concept_queries_.rows.starts) > 0,
    )
    began = time.process_time()
    blocks = [
        make_block(index.part(rows), profiles[rows], rows.start, DEFAULT_POLICY, VOCABULARY, table.as_of)
        for rows in _rows(len(profiles))
    ]
    built = time.process_time() - began
    records = len(demands) + len(profiles)
    print(
        f"\n{len(demands)} demands x {len(profiles):,} profiles: read {1e6 * read / records:.0f} us a record, ", end=""
    )
    print(f"blocks {1e6 * built / len(profiles):.0f} us a profile")
    return Ground(demands, profiles, index, table, asked, blocks)


def _rows(number: int) -> list[slice]:
    return [slice(start, min(start + ROWS_A_BLOCK, number)) for start in range(0, number, ROWS_A_BLOCK)]


def _scan(ground: Ground, scan: Callable[..., Found], per_profile: int = 0) -> list[Found]:
    weights = scan_weights(DEFAULT_POLICY, ground.index)
    found = []
    for block in ground.blocks:
        rows = len(block.table)
        lists = Lists(TOP, np.full((rows, per_profile), -np.inf), np.zeros((rows, per_profile), np.int32))
        chunk = block.chunk(ground.asked, slice(0, len(ground.demands)))
        found.append(scan(chunk, block.arrays, weights, lists, False))
    return found


def _beside_the_peers(ground: Ground) -> None:
    split = word_splitter(own_words(VOCABULARY))
    held = [split(normalise(record.text)) for record in ground.profiles]
    asked = [split(normalise(record.text)) for record in ground.demands]
    masks = _masks(ground)
    print(f"eligible pairs: {masks.mean():.1%}; words a demand: {np.mean([len(set(words)) for words in asked]):.0f}")

    bm25 = bm25s.BM25(backend="numba")
    bm25.index(held, show_progress=False)
    known = [[word for word in words if word in bm25.vocab_dict] for words in asked]

    def by_bm25() -> None:
        for words, mask in zip(known, masks, strict=True):
            bm25.retrieve([words], k=TOP, show_progress=False, weight_mask=mask)

    tfidf = TfidfVectorizer(analyzer=lambda words: words)
    vectors = tfidf.fit_transform(held)
    questions = tfidf.transform(asked)

    def by_tfidf() -> None:
        for place, mask in enumerate(masks):
            scores = (vectors @ questions[[place]].T).toarray().ravel() * mask
            np.argpartition(scores, len(scores) - TOP)

    contestants: dict[str, Callable[[], Any]] = {
        "ours, one direction": lambda: _scan(ground, compiled.scan),
        "ours, both directions": lambda: _scan(ground, compiled.scan, per_profile=8),
        "bm25s (numba), words, masked": by_bm25,
        "scikit-learn TF-IDF, words, masked": by_tfidf,
    }
    for contestant in contestants.values():
        contestant()  # compiled, cached, warm
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(REPEATS):
        for name, contestant in contestants.items():
            began = time.process_time()
            contestant()
            seconds[name].append(time.process_time() - began)
    ours = statistics.median(seconds["ours, one direction"])
    for name, own in seconds.items():
        median = statistics.median(own)
        print(f"{name:36s} {1e3 * median / len(asked):7.3f} ms CPU a demand, {median / ours:5.2f} x ours")
    sample = Ground(ground.demands, ground.profiles, ground.index, ground.table, ground.asked, ground.blocks[:1])
    same = all(
        np.array_equal(a.scores, b.scores) and np.array_equal(a.rows, b.rows)
        for a, b in zip(_scan(sample, plain.scan), _scan(sample, compiled.scan), strict=True)
    )
    print(f"NumPy's scan finds the same pairs with the same scores (first block): {same}")


def _masks(ground: Ground) -> Any:
    masks = np.zeros((len(ground.demands), len(ground.profiles)), dtype=np.float32)
    for block in ground.blocks:
        chunk = block.chunk(ground.asked, slice(0, len(ground.demands)))
        for d in range(len(ground.demands)):
            rows = plain.eligible_rows(chunk, block.arrays, d)
            masks[d, block.arrays.first + rows] = 1.0
    return masks


def _explanations(ground: Ground) -> None:
    explainer = Explainer(ground.index, ground.demands, ground.table, ground.profiles, DEFAULT_POLICY, VOCABULARY)
    best = _scan(ground, compiled.scan)[0]
    pairs = 0
    began = time.process_time()
    for demand in range(min(100, len(ground.demands))):
        rows = best.rows[demand][np.isfinite(best.scores[demand])].tolist()
        pairs += len(list(explainer.explain(demand, rows)))
    seconds = time.process_time() - began
    print(f"explanations: {1e6 * seconds / max(pairs, 1):.0f} us CPU a shown pair ({pairs} pairs)")


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of the peers
    main()
