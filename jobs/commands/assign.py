"""`opcmatch assign`: the lists of all demands chosen together, file to file; no database is touched."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

from jobs.commands.records_in import day_of, opened_whole, policy_of, read_side, warn_of_words
from jobs.progress import progress_bar
from matching.domain.errors import InputError, problem
from matching.domain.policy import LARGEST_TOP
from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from matching.engine.assignment import Assignment, Reciprocal

PAIRS_PER_DEMAND = 50
"""Pairs of a demand that are looked at: beyond its list, so that others can take the places that are given up."""
PAIRS_PER_PROFILE = 5
"""And of a profile, for each list that the floor asks for: so that every profile with any pair is among them."""


@click.command(
    help="统筹分配：双方限额内总分最高，人人有机会（JSON Lines 进出）。Assign both sides at once, file to file."
)
@click.option("--demands", "demands_path", required=True, metavar="D.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--profiles", "profiles_path", required=True, metavar="P.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--policy", "policy_path", metavar="POLICY.toml", help="匹配策略。Weights, rules and thresholds.")
@click.option("--as-of", metavar="DAY", help="按哪一天判断，默认为今天（上海）。The day judged for; today in Shanghai.")
@click.option(
    "--per-demand",
    type=click.IntRange(1, LARGEST_TOP),
    default=8,
    show_default=True,
    help="每条需求最多几家。At most so many profiles a demand.",
)
@click.option(
    "--cap",
    type=click.IntRange(1, LARGEST_TOP),
    default=8,
    show_default=True,
    help="每家最多出现几次。At most so many lists a profile.",
)
@click.option(
    "--floor",
    type=click.IntRange(0, LARGEST_TOP),
    default=1,
    show_default=True,
    help="有合适需求的每家至少出现几次。At least so many, where there is any suitable pair.",
)
@click.option("--include-displaced", is_flag=True, help="附上让出位置的，rank 为 null。Add those that gave way.")
@click.option("--out", required=True, metavar="A.jsonl", help="“-”为标准输出。- is stdout.")
def command(
    demands_path: str,
    profiles_path: str,
    policy_path: str | None,
    as_of: str | None,
    per_demand: int,
    cap: int,
    floor: int,
    include_displaced: bool,
    out: str,
) -> None:
    """Everything is read and checked first; the output appears whole or not at all.

    The last line on standard error is the summary: what the lists cost against each demand's own ranking.
    """
    if demands_path == profiles_path == "-":
        raise InputError(problem("one_standard_input"))
    if floor > cap:
        raise InputError(problem("reversed", key="--floor", value=floor, other="--cap", limit=cap))
    day, policy, vocabulary = day_of(as_of), policy_of(policy_path), load_vocabulary()
    demands = read_side(demands_path, RecordKind.DEMANDS)
    profiles = read_side(profiles_path, RecordKind.PROFILES)
    warn_of_words({RecordKind.DEMANDS: demands, RecordKind.PROFILES: profiles}, vocabulary)

    from matching.engine.assignment import ScoredPair, assign, reciprocal_fits
    from matching.engine.pipeline import recommend  # both bring scipy: not for --help or a bad line

    with opened_whole(out) as stream:
        with progress_bar("匹配 matching") as progress:
            found = recommend(
                [read.record for read in demands],
                [read.record for read in profiles],
                policy=policy,
                vocabulary=vocabulary,
                as_of=day,
                top_per_demand=max(PAIRS_PER_DEMAND, per_demand),
                top_per_profile=PAIRS_PER_PROFILE * max(floor, 1),
                progress=progress,
            )
        pairs = [
            ScoredPair(match.demand, match.profile, match.score)
            for lists in (found.for_demands, found.for_profiles)
            for own in lists.values()
            for match in own
        ]
        assignment = assign(pairs, per_demand=per_demand, cap=cap, floor=floor)
        lines = list(_lines(assignment, reciprocal_fits(pairs), include_displaced))
        for line in lines:
            stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    summary = {
        "demands": len(demands),
        "profiles": len(profiles),
        "lines": len(lines),
        "without_match": [record_id for record_id in found.for_demands if not assignment.lists.get(record_id)],
        **_figures(assignment),
    }
    click.echo(json.dumps(summary, ensure_ascii=False), err=True)


def _lines(
    assignment: "Assignment", fits: Mapping[tuple[str, str], "Reciprocal"], include_displaced: bool
) -> Iterator[dict[str, Any]]:
    """Each demand's list in order; with `include_displaced` followed by those that its own ranking would show."""
    gone_from = {demand: list(gone) for demand, gone in groupby(assignment.gave_way, key=attrgetter("demand"))}

    def line(demand: str, profile: str, rank: int | None, score: float) -> dict[str, Any]:
        both = fits[demand, profile]
        return {
            "demand": demand, "profile": profile, "rank": rank, "score": score,
            "demand_rank": both.demand_rank, "profile_rank": both.profile_rank, "fit": both.fit,
        }  # fmt: skip

    for demand, shown in assignment.lists.items():
        left = gone_from.get(demand, [])
        instead_of = {gone.successor: {"profile": gone.profile, "cause": gone.cause} for gone in left}
        for rank, entry in enumerate(shown, start=1):
            own = line(demand, entry.profile, rank, entry.score)
            yield {**own, "instead_of": instead_of.get(entry.profile), "gave_way_to": None}
        for gone in left if include_displaced else ():
            gave_way_to = {"profile": gone.successor, "cause": gone.cause}
            yield {**line(demand, gone.profile, None, gone.score), "instead_of": None, "gave_way_to": gave_way_to}


def _figures(assignment: "Assignment") -> dict[str, Any]:
    """What the lists reach, and each demand's own ranking beside it."""
    causes = [gone.cause for gone in assignment.gave_way]
    return {
        "total": assignment.total,
        "bound": assignment.bound,
        "optimal": assignment.optimal,
        "mean_score": {"own": assignment.own_mean_score, "assigned": assignment.mean_score},
        "cost_percent": round(100 * assignment.cost, 4),
        "gini": {"own": round(assignment.own_exposure.gini, 4), "assigned": round(assignment.exposure.gini, 4)},
        "most_shown": {"own": assignment.own_exposure.most, "assigned": assignment.exposure.most},
        "never_shown": {
            "own": len(assignment.own_exposure.never_shown),
            "assigned": len(assignment.exposure.never_shown),
        },
        "gave_way": {str(cause): causes.count(cause) for cause in sorted(set(causes))},
        "shortfalls": [{"profile": s.profile, "pairs": s.pairs, "shown": s.shown} for s in assignment.shortfalls],
    }
