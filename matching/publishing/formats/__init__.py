"""Export formats, one file each. To add one: a file with a `write` and a line in `FORMATS`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matching.domain.errors import InputError, problem
from matching.domain.records import Record, RecordKind
from matching.publishing.formats import csv, jsonl, xlsx
from matching.publishing.formats.files import replacing

Write = Callable[[RecordKind, Sequence[Record], Path], None]

FORMATS: Mapping[str, Write] = {
    ".xlsx": xlsx.write,
    ".csv": csv.write,
    ".jsonl": jsonl.write,
}
"""Suffix of the file → what writes it, in the order in which they are offered."""


def write_records(kind: RecordKind, records: Sequence[Record], path: Path) -> None:
    """Write records in the format that the path's suffix names; the import reads the same records back.

    Raises:
        InputError: `unknown_format`, `cannot_write`, `cell_too_long`. A file that was there is untouched.
    """
    write = FORMATS.get(path.suffix.casefold())
    if write is None:
        raise InputError(problem("unknown_format", value=path.name, known=list(FORMATS)))
    with replacing(path) as part:
        write(kind, records, part)
