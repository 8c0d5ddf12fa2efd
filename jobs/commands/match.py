"""`opcmatch match`: demands and profiles in, explained matches out, file to file; no database is touched."""

import json
from collections.abc import Iterable, Sequence
from typing import IO

import click
import orjson

from jobs.cluster import opened_cluster
from jobs.commands.records_in import day_of, opened_whole, policy_of, read_side, warn_of_words
from jobs.progress import progress_bar
from matching.domain.errors import InputError, problem
from matching.domain.match import Match
from matching.domain.policy import DEFAULT_POLICY, LARGEST_TOP
from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary


@click.command(help="匹配需求与画像（JSON Lines 进出，不用数据库）。Match demands and profiles, file to file.")
@click.option("--demands", "demands_path", required=True, metavar="D.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--profiles", "profiles_path", required=True, metavar="P.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--policy", "policy_path", metavar="POLICY.toml", help="匹配策略。Weights, rules and thresholds.")
@click.option("--as-of", metavar="DAY", help="按哪一天判断，默认为今天（上海）。The day judged for; today in Shanghai.")
@click.option(
    "--top",
    type=click.IntRange(1, LARGEST_TOP),
    help=f"每条最多几个，默认按策略（{DEFAULT_POLICY.top}）。At most so many each; the policy's by default.",
)
@click.option(
    "--direction",
    type=click.Choice(["demand", "profile"]),
    default="demand",
    show_default=True,
    help="为谁排名。Whose lists are ranked.",
)
@click.option("--include-ineligible", is_flag=True, help="附上被硬约束挡下的。Add the pairs that a hard rule stops.")
@click.option("--jobs", type=click.IntRange(1, 64), help="线程数，默认 1，结果不变。Threads, 1 by default.")
@click.option(
    "--cluster", metavar="ray:local|ray:HOST:PORT", help="在 Ray 集群上计算，结果不变。Work on a Ray cluster."
)
@click.option("--out", required=True, metavar="M.jsonl", help="“-”为标准输出。- is stdout.")
def command(
    demands_path: str,
    profiles_path: str,
    policy_path: str | None,
    as_of: str | None,
    top: int | None,
    direction: str,
    include_ineligible: bool,
    jobs: int | None,
    cluster: str | None,
    out: str,
) -> None:
    """Everything is read and checked first; the output appears whole or not at all.

    The last line on standard error is the summary; `without_match` names records of the side that is ranked for.
    """
    if demands_path == profiles_path == "-":
        raise InputError(problem("one_standard_input"))
    if jobs and cluster:
        raise InputError(problem("jobs_or_cluster"))
    day = day_of(as_of)
    policy = policy_of(policy_path)
    vocabulary = load_vocabulary()
    with opened_cluster(cluster) as workers:
        demands = read_side(demands_path, RecordKind.DEMANDS)
        profiles = read_side(profiles_path, RecordKind.PROFILES)
        warn_of_words({RecordKind.DEMANDS: demands, RecordKind.PROFILES: profiles}, vocabulary)

        from matching.engine.pipeline import FOR_DEMANDS, FOR_PROFILES, Matching  # brings scipy: not for --help
        from matching.engine.ranking import Sizes

        for_demands = direction == "demand"
        asked = top or policy.top
        sizes = Sizes(
            per_demand=asked if for_demands else 0, per_profile=0 if for_demands else asked, stopped=include_ineligible
        )
        with opened_whole(out) as stream, progress_bar("匹配 matching") as progress:
            matching = Matching(
                [read.record for read in demands],
                [read.record for read in profiles],
                policy=policy,
                vocabulary=vocabulary,
                as_of=day,
                sizes=sizes,
                jobs=jobs or 1,
                workers=workers,
                progress=progress,
            )
            lines, without = _write(stream, matching.lists(FOR_DEMANDS if for_demands else FOR_PROFILES))
    summary = {"demands": len(demands), "profiles": len(profiles), "lines": lines, "without_match": without}
    click.echo(json.dumps(summary, ensure_ascii=False), err=True)


def _write(stream: IO[bytes], lists: Iterable[tuple[str, Sequence[Match]]]) -> tuple[int, list[str]]:
    """Write list after list, so that no more than a few are held; how many lines, and whose list has no match."""
    lines = 0
    without = []
    for record_id, matches in lists:
        for match in matches:
            stream.write(orjson.dumps(match.to_json()) + b"\n")
        lines += len(matches)
        if not any(match.eligible for match in matches):
            without.append(record_id)
    return lines, without
