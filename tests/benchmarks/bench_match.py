"""The engine's figures, beside two peers in the same run (python -m tests.benchmarks.bench_match).

Records are grown by a seeded generator from the demonstration's. The peers answer the easier half of the question:
best profiles by words, under the rules' mask that our engine made for them, without concepts, without the other
direction, without explanations.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from matching.domain.codec import to_json
from matching.domain.policy import DEFAULT_POLICY
from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary
from matching.engine.index import own_words
from matching.engine.picks import pick
from matching.engine.pipeline import recommend
from matching.engine.scoring import judge
from matching.engine.tables import Block, demand_table, profile_table
from matching.engine.texts import normalise, word_splitter
from matching.engine.views import view_demand, view_profile
from tests.benchmarks.bench_main_job import grown

TODAY = datetime.now(UTC).date()
VOCABULARY = load_vocabulary()
SIZE, LARGE = (450, 2_000), (1_000, 10_000)
TOP = 20


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        demands, profiles = make_records(Path(folder), *SIZE)
        ours = _ours(demands, profiles)
        _peers(demands, profiles, ours)
        _command(Path(folder), *make_records(Path(folder), *LARGE))


def make_records(folder: Path, n_demands: int, n_profiles: int) -> tuple[list[Any], list[Any]]:
    """The same demands and profiles on every run of a day; most amounts and times differ from record to record."""
    chance = random.Random(1)
    made = [
        [
            replace(record, **{key: _near(getattr(record, key), chance) for key in keys})
            for record in grown(folder / f"{kind}-{number}", kind, number, chance)
        ]
        for kind, number, keys in (
            (RecordKind.DEMANDS, n_demands, ("budget_max_yuan", "deliver_by")),
            (RecordKind.PROFILES, n_profiles, ("lead_days", "updated_on", "price_max_yuan")),
        )
    ]
    return made[0], made[1]


def _near(value: Any, chance: random.Random) -> Any:
    if isinstance(value, date):
        return value + timedelta(days=chance.randrange(10))
    return value and value * chance.randrange(100, 121) // 100


def _ours(demands: Sequence[Any], profiles: Sequence[Any]) -> float:
    marks: list[float] = []

    def run() -> Any:
        return recommend(
            demands,
            profiles,
            policy=DEFAULT_POLICY,
            vocabulary=VOCABULARY,
            as_of=TODAY,
            top_per_demand=TOP,
            top_per_profile=10,
            near_per_demand=5,
            near_per_profile=3,
            progress=lambda done, total: marks.append(_cpu_seconds()) if 2 * done == total else None,
        )

    run()  # the dictionaries are loaded once a process
    marks.clear()
    began, clock = _cpu_seconds(), time.perf_counter()
    seconds, found = _timed(run)
    waited = time.perf_counter() - clock
    lists = (found.for_demands, found.for_profiles, found.near_for_demands, found.near_for_profiles)
    pairs = {(m.demand, m.profile) for own in lists for matches in own.values() for m in matches}
    scored = marks[0] - began
    print(f"recommend {len(demands)} x {len(profiles)}, both directions: {seconds:.2f} s CPU, {waited:.2f} s", end="")
    print(f" (CPU: {scored:.2f} s read and scored, {seconds - scored:.2f} s for {len(pairs)} explanations)")
    return scored


def _peers(demands: Sequence[Any], profiles: Sequence[Any], ours: float) -> None:
    block = Block(
        demand_table([view_demand(d, VOCABULARY) for d in demands], VOCABULARY, TODAY),
        profile_table([view_profile(p, VOCABULARY) for p in profiles], VOCABULARY),
        VOCABULARY,
    )
    eligible = judge(block, DEFAULT_POLICY).eligible
    print(f"eligible pairs: {eligible.mean():.1%}")
    split = word_splitter(own_words(VOCABULARY))

    def words(records: Sequence[Any]) -> list[list[str]]:
        return [split(normalise(record.text)) for record in records]

    def best(scores: Any) -> int:
        return len(pick(scores, eligible & (scores > 0), scores[np.newaxis], 0, k=TOP, by_profile=False))

    def tfidf() -> int:
        vectoriser = TfidfVectorizer(analyzer=lambda terms: terms)
        held = vectoriser.fit_transform(words(profiles))
        return best((vectoriser.transform(words(demands)) @ held.T).toarray())

    def bm25() -> int:
        index = bm25s.BM25()
        index.index(words(profiles), show_progress=False)
        known = index.vocab_dict
        asked = [[term for term in terms if term in known] for terms in words(demands)]
        scores = [index.get_scores(terms) if terms else np.zeros(len(profiles)) for terms in asked]
        return best(np.stack(scores).astype(np.float64))

    for name, peer in (("scikit-learn TF-IDF + mask", tfidf), ("bm25s + mask", bm25)):
        seconds, _ = _timed(peer)
        print(f"{name}, words and one direction only: {seconds:.2f} s CPU; ours, all parts: {ours / seconds:.1f} x")


def _command(folder: Path, demands: Sequence[Any], profiles: Sequence[Any]) -> None:
    paths = [folder / "demands.jsonl", folder / "profiles.jsonl"]
    for path, records in zip(paths, (demands, profiles), strict=True):
        path.write_text("".join(json.dumps(to_json(r), ensure_ascii=False) + "\n" for r in records), "utf-8")
    opcmatch = Path(sys.executable).with_name("opcmatch")
    for jobs in ("1", "2"):
        words = [opcmatch, "match", "--demands", paths[0], "--profiles", paths[1], "--jobs", jobs]
        words += ["--out", folder / f"{jobs}.jsonl"]
        clock = time.perf_counter()
        seconds, run = _timed(lambda words=words: subprocess.run(words, capture_output=True, text=True, check=True))
        waited = time.perf_counter() - clock
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        lines = json.loads(run.stderr.splitlines()[-1])["lines"]
        print(f"opcmatch match {len(demands)} x {len(profiles)} --jobs {jobs}: {seconds:.1f} s CPU, ", end="")
        print(f"{waited:.1f} s, {lines} lines, peak {peak:.0f} MB")
    print("same bytes:", (folder / "1.jsonl").read_bytes() == (folder / "2.jsonl").read_bytes())


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process and those that it waits for (the machine may be shared), and the answer."""
    began = _cpu_seconds()
    found = work()
    return _cpu_seconds() - began, found


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of the peers
    main()
