"""`opcmatch lineup`: a line-up problem in, a plan out; no database is touched."""

import json
import sys
from pathlib import Path
from typing import Any, Literal

import click

from matching.domain.errors import InputError, problem
from matching.settings import language_of_errors

EXPLAINED = 200
"""Left-out pitches for which the exact loss is computed, as the contract promises up to 200 pitches."""


@click.command(help="解一个路演阵容问题（JSON 进，JSON 出）。Solve a line-up problem from a file.")
@click.option("--problem", "problem_path", required=True, metavar="PROBLEM.json", help="“-”为标准输入。- is stdin.")
@click.option("--time-limit", type=click.FloatRange(min=0.0, min_open=True), metavar="S", help="秒。Seconds.")
@click.option("--work-limit", type=click.IntRange(min=1), metavar="NODES", help="搜索节点数，结果可重现。Search nodes.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--previous", "previous_path", metavar="LINEUP.json", help="上一版，尽量少动。Moved as little as possible."
)
@click.option("--out", required=True, metavar="LINEUP.json", help="“-”为标准输出。- is stdout.")
def command(
    problem_path: str,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    previous_path: str | None,
    out: str,
) -> None:
    """Infeasible is an answer: the plan says what blocks it, and the exit code is 0."""
    from matching.programme import ProblemError, parse_problem, solve_line_up

    data = _read(problem_path)
    if previous_path is not None:
        if not isinstance(data, dict):
            raise InputError(problem("not_an_object", value=problem_path))
        data = {**data, "previous": _read(previous_path)}
    try:
        parsed = parse_problem(data)
    except ProblemError as error:
        language: Literal["zh", "en"] = "en" if language_of_errors() == "en" else "zh"
        click.echo(("error: " if language == "en" else "错误：") + error.sentence(language), err=True)
        sys.exit(2)
    plan = solve_line_up(parsed, time_limit=time_limit, work_limit=work_limit, seed=seed, explain=EXPLAINED)
    _write(out, json.dumps(plan.to_json(), ensure_ascii=False, indent=1) + "\n")


def _read(path: str) -> Any:
    try:
        text = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(problem("not_utf8")).at(file=path) from None
    except FileNotFoundError:
        raise InputError(problem("no_such_file", value=path)) from None
    except OSError as error:
        raise InputError(problem("cannot_read", value=path, reason=error.strerror)) from None
    except (ValueError, RecursionError) as error:
        raise InputError(problem("not_json", reason=str(error))).at(file=path) from None


def _write(path: str, text: str) -> None:
    if path == "-":
        click.echo(text, nl=False)
        return
    part = Path(f"{path}.part")
    try:
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as error:
        raise InputError(problem("cannot_write", value=path, reason=error.strerror)) from None
