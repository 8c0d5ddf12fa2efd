"""What the commands from file to file share: records, policy and day come in, lines go out whole or not at all."""

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
from matching.domain.errors import InputError, Problem, problem, shorten
from matching.domain.policy import DEFAULT_POLICY, MatchPolicy, read_policy
from matching.domain.records import RecordKind
from matching.domain.vocabulary import Vocabulary
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


def day_of(text: str | None) -> date:
    """The day of `--as-of`; today in Shanghai where none is given.

    Raises:
        InputError: `not_a_day`.
    """
    if text is None:
        return utc_now().astimezone(SHANGHAI).date()
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass  # told below with every other shape of a wrong day
    raise InputError(problem("not_a_day", key="--as-of", value=text))


def policy_of(path: str | None) -> MatchPolicy:
    """The policy of `--policy`; the default one where no file is given.

    Raises:
        InputError: what `read_policy` says, `not_utf8`, or that the file cannot be read; with the file's name.
    """
    if path is None:
        return DEFAULT_POLICY
    try:
        return read_policy(Path(path).read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(problem("not_utf8")).at(file=path) from None
    except InputError as error:
        raise error.at(file=path) from None
    except OSError as error:
        raise cannot_read(path, error) from None


def read_side(path: str, kind: RecordKind) -> list[ReadRecord]:
    """Every record of a file, or of standard input for `-`; keys that nobody reads are warnings.

    Raises:
        InputError: the first bad line, with file, line and key, or that the file cannot be read.
    """
    with lines_of(path) as (stream, name):
        records = read_records(stream, kind.read, kind.fields, name)
    unknown = [(read.line, key) for read in records for key in read.unknown_keys]
    for line, key in unknown[:KEYS_TOLD]:
        _warn(Problem(code="key_passed_over", file=name, line=line, key=shorten(key)))
    if len(unknown) > KEYS_TOLD:
        _warn(Problem(code="more_passed_over", file=name, facts={"count": len(unknown) - KEYS_TOLD}))
    return records


@contextmanager
def lines_of(path: str) -> Iterator[tuple[IO[bytes], str]]:
    """The bytes of a file, or of standard input for `-`, and the name by which messages call it.

    Raises:
        InputError: `no_such_file` or `cannot_read`.
    """
    try:
        if path == "-":
            yield sys.stdin.buffer, "<stdin>"
        else:
            with open(path, "rb") as stream:
                yield stream, path
    except OSError as error:
        raise cannot_read(path, error) from None


def cannot_read(path: str, error: OSError) -> InputError:
    """The error to raise when a file that was named cannot be read."""
    if isinstance(error, FileNotFoundError):
        return InputError(problem("no_such_file", value=path))
    return InputError(problem("cannot_read", value=path, reason=error.strerror or type(error).__name__))


def warn_of_words(files: Mapping[RecordKind, Sequence[ReadRecord]], vocabulary: Vocabulary) -> None:
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
def opened_whole(path: str) -> Iterator[IO[bytes]]:
    """Where the lines go. A file takes the place of an older one only when it is whole.

    Raises:
        InputError: `cannot_write`.
    """
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
