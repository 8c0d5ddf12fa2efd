"""Records as JSON Lines: the contract JSON, one record a line."""

import json
from collections.abc import Sequence
from pathlib import Path

from matching.domain.codec import to_json
from matching.domain.records import Record, RecordKind


def write(kind: RecordKind, records: Sequence[Record], path: Path) -> None:
    """Write the file."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(to_json(record), ensure_ascii=False) + "\n")
