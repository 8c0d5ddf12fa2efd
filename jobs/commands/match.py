"""`opcmatch match`: demands and profiles in, explained matches out, file to file; no database is touched."""

import json
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

import click

from jobs import SHANGHAI, utc_now
from jobs.progress import progress_bar
from matching.domain.errors import InputError, Problem, problem, shorten
from matching.domain.match import Match
from matching.domain.policy import DEFAULT_POLICY, LARGEST_TOP, MatchPolicy, read_policy
from matching.domain.records import RecordKind
from matching.domain.vocabulary import Vocabulary, load_vocabulary
from matching.intake.jsonl import ReadRecord, read_records
from matching.publishing.wording import sentence
from matching.settings import language_of_errors

KEYS_TOLD = 50
"""Unknown keys that get a line of their own, in one file; the others are counted."""
WORDS_TOLD = 20

RULE_WORDS: Mapping[RecordKind, Mapping[str, str]] = {
    RecordKind.DEMANDS: {
        "sectors": "sectors",
        "district": "districts",
        "delivery": "delivery",
        "deployment": "deployment",
        "required_qualifications": "qualifications",
        "require_registered_in": "cities",
        "data_sensitivity": "sensitivity",
    },
    RecordKind.PROFILES: {
        "registered_city": "cities",
        "district": "districts",
        "sectors": "sectors",
        "delivery_modes": "delivery",
        "deployments": "deployment",
        "service_districts": "districts",
        "qualifications": "qualifications",
        "data_clearances": "sensitivity",
    },
}
"""Keys whose words the rules look up → the vocabulary's list. Capabilities are free words and miss nothing."""


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
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="线程数，结果不变。Threads.")
@click.option("--out", required=True, metavar="M.jsonl", help="“-”为标准输出。- is stdout.")
def command(
    demands_path: str,
    profiles_path: str,
    policy_path: str | None,
    as_of: str | None,
    top: int | None,
    direction: str,
    include_ineligible: bool,
    jobs: int,
    out: str,
) -> None:
    """Everything is read and checked first; the output appears whole or not at all.

    The last line on standard error is the summary; `without_match` names records of the side that is ranked for.
    """
    if demands_path == profiles_path == "-":
        raise InputError(problem("one_standard_input"))
    day = _day(as_of)
    policy = DEFAULT_POLICY if policy_path is None else _policy(policy_path)
    vocabulary = load_vocabulary()
    demands = _read(demands_path, RecordKind.DEMANDS)
    profiles = _read(profiles_path, RecordKind.PROFILES)
    _warn_of_words({RecordKind.DEMANDS: demands, RecordKind.PROFILES: profiles}, vocabulary)

    from matching.engine.pipeline import recommend  # brings scikit-learn and scipy: not for --help or a bad line

    for_demands = direction == "demand"
    asked = top or policy.top
    with _opened(out) as stream:
        with progress_bar("匹配 matching") as progress:
            found = recommend(
                [read.record for read in demands],
                [read.record for read in profiles],
                policy=policy,
                vocabulary=vocabulary,
                as_of=day,
                top_per_demand=asked if for_demands else 0,
                top_per_profile=0 if for_demands else asked,
                include_ineligible=include_ineligible,
                jobs=jobs,
                progress=progress,
            )
        lists = found.for_demands if for_demands else found.for_profiles
        lines = _write(stream, lists)
    summary = {
        "demands": len(demands),
        "profiles": len(profiles),
        "lines": lines,
        "without_match": [record_id for record_id, own in lists.items() if not any(m.eligible for m in own)],
    }
    click.echo(json.dumps(summary, ensure_ascii=False), err=True)


def _day(text: str | None) -> date:
    if text is None:
        return utc_now().astimezone(SHANGHAI).date()
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass  # told below with every other shape of a wrong day
    raise InputError(problem("not_a_day", key="--as-of", value=text))


def _policy(path: str) -> MatchPolicy:
    try:
        return read_policy(Path(path).read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(problem("not_utf8")).at(file=path) from None
    except InputError as error:
        raise error.at(file=path) from None
    except OSError as error:
        raise _cannot_read(path, error) from None


def _read(path: str, kind: RecordKind) -> list[ReadRecord]:
    name = "<stdin>" if path == "-" else path
    try:
        if path == "-":
            records = read_records(sys.stdin.buffer, kind.read, kind.fields, name)
        else:
            with open(path, "rb") as stream:
                records = read_records(stream, kind.read, kind.fields, name)
    except OSError as error:
        raise _cannot_read(path, error) from None
    unknown = [(read.line, key) for read in records for key in read.unknown_keys]
    for line, key in unknown[:KEYS_TOLD]:
        _warn(Problem(code="key_passed_over", file=name, line=line, key=shorten(key)))
    if len(unknown) > KEYS_TOLD:
        _warn(Problem(code="more_passed_over", file=name, facts={"count": len(unknown) - KEYS_TOLD}))
    return records


def _cannot_read(path: str, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(problem("no_such_file", value=path))
    return InputError(problem("cannot_read", value=path, reason=error.strerror or type(error).__name__))


def _warn_of_words(files: Mapping[RecordKind, Sequence[ReadRecord]], vocabulary: Vocabulary) -> None:
    """One line for all words that the rules cannot look up, the most frequent first."""
    seen: Counter[str] = Counter()
    for kind, records in files.items():
        for key, list_name in RULE_WORDS[kind].items():
            terms = getattr(vocabulary, list_name)
            strange = Counter(word for read in records for word in _words(getattr(read.record, key)))
            for word, count in strange.items():
                if terms.code(word) is None:
                    seen[f"{kind}.{key} “{shorten(word, 30)}”"] += count
    if seen:
        ordered = sorted(seen.items(), key=lambda entry: (-entry[1], entry[0]))
        words = [f"{name} ×{count}" for name, count in ordered[:WORDS_TOLD]]
        words += [f"… (+{len(ordered) - WORDS_TOLD})"] if len(ordered) > WORDS_TOLD else []
        _warn(problem("unknown_words", words=words))


def _words(value: Any) -> Iterator[str]:
    """The words of a field, whether it holds one, many or none; a qualification's is its name."""
    if isinstance(value, str):
        yield value
    elif value is not None:
        yield from (word if isinstance(word, str) else word.name for word in value)


def _warn(warning: Problem) -> None:
    language = language_of_errors()
    click.echo(("提醒：" if language == "zh" else "warning: ") + sentence(warning, language), err=True)


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """Where the lines go. A file takes the place of an older one only when it is whole."""
    from matching.publishing.formats.files import replacing

    target = Path(path)
    try:
        is_device = path != "-" and not stat.S_ISREG(target.stat().st_mode)
    except OSError:
        is_device = False  # nothing there yet; `replacing` tells a folder that is missing or closed
    if path == "-":
        with click.open_file("-", "wb") as stream:
            yield stream
    elif is_device:  # a pipe or /dev/null is written to, never replaced
        try:
            with target.open("wb") as stream:
                yield stream
        except OSError as error:
            raise InputError(problem("cannot_write", value=path, reason=error.strerror)) from None
    else:
        whole = target.resolve() if target.is_symlink() else target  # a link stays, what it points to is replaced
        with replacing(whole) as part, part.open("wb") as stream:
            yield stream


def _write(stream: IO[bytes], lists: Mapping[str, Sequence[Match]]) -> int:
    lines = 0
    for matches in lists.values():
        for match in matches:
            stream.write(json.dumps(match.to_json(), ensure_ascii=False, allow_nan=False).encode() + b"\n")
            lines += 1
    return lines
