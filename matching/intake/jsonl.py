"""JSON Lines (UTF-8, with or without a byte order mark) into records, told apart by line.

`iter_objects` goes through the lines and leaves it to the caller what a bad one means; `read_records` is for
commands that take a file whole or not at all.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from matching.domain.codec import Reader, unknown_keys
from matching.domain.errors import InputError, problem

_Record = TypeVar("_Record")

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One line that is not blank: the object that it holds, or why it cannot be read."""

    line: int  # counted from 1
    value: Any = None
    error: InputError | None = None


class ReadRecord(NamedTuple):
    """A record, the line that it came from, and the keys of that line that the product does not use."""

    line: int
    record: Any
    unknown_keys: list[str]


def iter_objects(stream: Iterable[bytes]) -> Iterator[JsonLine]:
    """The JSON values of a byte stream line by line; blank lines are passed over.

    A line that is not UTF-8 or not JSON comes with its error (`not_utf8`, `not_json`), and reading goes on.
    `NaN` and `Infinity` are no JSON.
    """
    for number, raw in enumerate(stream, start=1):
        content = raw.removeprefix(_MARK) if number == 1 else raw
        if not content.strip():
            continue
        try:
            yield JsonLine(number, json.loads(content.decode("utf-8"), parse_constant=_refuse_constant))
        except UnicodeDecodeError:
            yield JsonLine(number, error=InputError(problem("not_utf8")).at(line=number))
        except (ValueError, RecursionError) as error:
            reason = "too deeply nested" if isinstance(error, RecursionError) else str(error)
            yield JsonLine(number, error=InputError(problem("not_json", reason=reason)).at(line=number))


def read_records(
    stream: Iterable[bytes],
    read: Callable[[object], _Record],
    fields: Mapping[str, Reader],
    file_name: str,
) -> list[ReadRecord]:
    """Every record of the stream, in order; an empty stream holds none.

    Raises:
        InputError: the first bad line, with file, line and key; `duplicate_id` names both lines.
    """
    records: list[ReadRecord] = []
    first_lines: dict[str, int] = {}
    for item in iter_objects(stream):
        try:
            if item.error is not None:
                raise item.error
            record: Any = read(item.value)
            first = first_lines.setdefault(record.id, item.line)
            if first != item.line:
                raise InputError(problem("duplicate_id", key="id", value=record.id, first=first))
        except InputError as error:
            raise error.at(file=file_name, line=item.line) from None
        records.append(ReadRecord(item.line, record, unknown_keys(item.value, fields)))
    return records


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number of JSON")
