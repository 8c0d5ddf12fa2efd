"""What a global assignment costs, and whom it shows (python -m tests.benchmarks.bench_assignment).

On the demonstration's records and on the tuning half of the gold set, at cap 8 and floor 1, beside each demand's own
ranking and a greedy assignment (pairs in the order of their score, while both sides have room: no floor); then on
pairs made by a seeded generator at the size of a city.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from matching.domain.policy import DEFAULT_POLICY
from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary
from matching.engine.assignment import CAP, PER_DEMAND, Assignment, ScoredPair, assign, reciprocal_fits
from matching.engine.pipeline import recommend
from matching.intake.jsonl import read_records
from tests.engine.demonstration import demonstration
from tests.engine.make import TODAY

VOCABULARY = load_vocabulary()
GOLD = Path(__file__).parent.parent / "quality" / "gold" / "tune"
JUDGED_ON = date(2026, 11, 1)
PAIRS_PER_DEMAND, PAIRS_PER_PROFILE = 50, 5
EVERY_PAIR = 10_000
SHORT = 5  # of so few places some demands have more profiles that nobody else asks for
CITY = (1_000, 10_000)


def main() -> None:
    """Print the figures."""
    _figures("demonstration", *demonstration(), TODAY)
    if (GOLD / "profiles.jsonl").exists():
        _figures("gold set, tuning half", *(_gold(kind) for kind in RecordKind), JUDGED_ON)
    pairs = _city(*CITY)
    for floor in (0, 1):
        seconds, found = _timed(lambda floor=floor: assign(pairs, floor=floor))
        print(
            f"made-up pairs, {CITY[0]} x {CITY[1]}, {len(pairs)} pairs, floor {floor}: {_line(found)}, {seconds:.2f} s"
        )
    seconds, _ = _timed(lambda: reciprocal_fits(pairs))
    print(f"reciprocal fit of {len(pairs)} pairs: {seconds:.2f} s")


def _figures(name: str, demands: Sequence[Any], profiles: Sequence[Any], day: date) -> None:
    seconds, pairs = _timed(lambda: _pairs(demands, profiles, day, PAIRS_PER_DEMAND, PAIRS_PER_PROFILE))
    profiles_in = len({pair.profile for pair in pairs})
    print(f"{name}, {len(demands)} x {len(profiles)}: {len(pairs)} pairs in {seconds:.2f} s, ", end="")
    print(f"{profiles_in} profiles have any")
    for longest, floor in ((SHORT, 1), (PER_DEMAND, 0), (PER_DEMAND, 1)):
        seconds, found = _timed(lambda n=longest, floor=floor: assign(pairs, per_demand=n, floor=floor))
        print(f"  lists of {longest}, cap {CAP}, floor {floor}: {_line(found)}, {seconds:.3f} s")
    for short in found.shortfalls:
        print(f"  no room for {short.profile} (pairs: {short.pairs}): others are shown nowhere else")
    print(f"  greedy, cap {CAP}: {_greedy(pairs, found)}")
    whole = assign(_pairs(demands, profiles, day, EVERY_PAIR, EVERY_PAIR))
    print(f"  with every suitable pair given: {_line(whole)}")
    reached = found.cost <= 0.02 and not found.exposure.never_shown
    print(f"  goal, at most 2 % of the mean score and nobody unseen: {'reached' if reached else 'not reached'}")


def _line(found: Assignment) -> str:
    causes = Counter(gone.cause for gone in found.gave_way)
    return (
        f"mean {found.own_mean_score:.4f} -> {found.mean_score:.4f} (cost {found.cost:.2%}"
        f"{', proven optimum' if found.optimal else ''}), "
        f"Gini {found.own_exposure.gini:.3f} -> {found.exposure.gini:.3f}, "
        f"most shown {found.own_exposure.most} -> {found.exposure.most}, "
        f"unseen {len(found.own_exposure.never_shown)} -> {len(found.exposure.never_shown)}, "
        f"gave way: cap {causes['cap']}, floor {causes['floor']}"
    )


def _greedy(pairs: Sequence[ScoredPair], found: Assignment) -> str:
    """What the naive way reaches under the same capacities."""
    lists: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    total = 0.0
    for pair in sorted(set(pairs), key=lambda pair: (-pair.score, pair.demand, pair.profile)):
        if lists[pair.demand] < PER_DEMAND and shown[pair.profile] < CAP:
            lists[pair.demand] += 1
            shown[pair.profile] += 1
            total += pair.score
    unseen = len({pair.profile for pair in pairs}) - len(shown)
    return f"cost {1 - total / found.own_total:.2%}, unseen {unseen}"


def _pairs(
    demands: Sequence[Any], profiles: Sequence[Any], day: date, per_demand: int, per_profile: int
) -> list[ScoredPair]:
    found = recommend(
        demands,
        profiles,
        policy=DEFAULT_POLICY,
        vocabulary=VOCABULARY,
        as_of=day,
        top_per_demand=per_demand,
        top_per_profile=per_profile,
    )
    lists = (found.for_demands, found.for_profiles)
    return [ScoredPair(m.demand, m.profile, m.score) for own in lists for matches in own.values() for m in matches]


def _gold(kind: RecordKind) -> list[Any]:
    path = GOLD / f"{kind}.jsonl"
    with path.open("rb") as stream:
        return [read.record for read in read_records(stream, kind.read, kind.fields, path.name)]


def _city(n_demands: int, n_profiles: int) -> list[ScoredPair]:
    """20 to 50 candidates a demand, some profiles liked by many; and three demands for every profile."""
    chance = random.Random(1)
    fame = [chance.gammavariate(2, 1) for _ in range(n_profiles)]
    scores: dict[tuple[str, str], float] = {}
    for demand in range(n_demands):
        for profile in chance.choices(range(n_profiles), fame, k=chance.randint(20, 50)):
            scores[f"D{demand:04}", f"P{profile:05}"] = min(1.0, 0.2 + 0.04 * fame[profile] + 0.3 * chance.random())
    for profile in range(n_profiles):
        for demand in chance.sample(range(n_demands), 3):
            scores.setdefault((f"D{demand:04}", f"P{profile:05}"), 0.15 + 0.2 * chance.random())
    return [ScoredPair(*key, score) for key, score in sorted(scores.items())]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
