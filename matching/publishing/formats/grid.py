"""Records as rows of cells, under the headings that the import reads."""

from collections.abc import Iterator, Sequence

from matching.domain.codec import to_json
from matching.domain.records import Record, RecordKind
from matching.intake.columns import LAYOUTS, Column


def used_columns(kind: RecordKind, records: Sequence[Record]) -> list[Column]:
    """The kind's columns; those outside the template only when a record has a value for them."""
    return [
        column
        for column in LAYOUTS[kind].columns
        if not column.extra or any(getattr(record, column.keys[0]) is not None for record in records)
    ]


def rows_of(columns: Sequence[Column], records: Sequence[Record]) -> Iterator[list[str]]:
    """One list of cells a record; "" where the record does not say."""
    for record in records:
        data = to_json(record)
        yield [column.show(data) for column in columns]
