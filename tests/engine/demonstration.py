"""The demonstration's records as the engine gets them."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from matching.domain.records import RecordKind
from matching.intake.demonstration import write_demonstration
from matching.intake.rows import read_file
from tests.engine.make import TODAY, VOCABULARY


@cache
def demonstration_json():
    """(demands, profiles): the contract JSON of every row that the intake accepts."""
    found = {kind: [] for kind in RecordKind}
    with TemporaryDirectory() as folder:
        for name, path in write_demonstration(Path(folder), TODAY):
            kind = RecordKind(name)
            intake = read_file(path, path.name, kind, today=TODAY, vocabulary=VOCABULARY)
            found[kind] += [dict(row.data) for row in intake.accepted]
    return found[RecordKind.DEMANDS], found[RecordKind.PROFILES]


@cache
def demonstration():
    """(demands, profiles) as records."""
    demands, profiles = demonstration_json()
    return [RecordKind.DEMANDS.read(d) for d in demands], [RecordKind.PROFILES.read(p) for p in profiles]
