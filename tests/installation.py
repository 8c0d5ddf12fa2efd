"""An installation of its own for tests of the commands."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine

from jobs.cli import main
from matching.store import Database
from tests.factories import NOW


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


class Installation:
    """An instance folder, and the commands run on it as a person would: by their entry point, at `factories.NOW`."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capture = folder, patch, capture

    def run(self, *arguments: object, **environment: str) -> Answer:
        """Run `opcmatch` with OPCMATCH_… as given; the instance folder is ours, everything else the default."""
        with self._patch.context() as patch:
            for name in [name for name in os.environ if name.startswith("OPCMATCH_")]:
                patch.delenv(name)
            for name, value in {"INSTANCE": str(self.folder), **environment}.items():
                patch.setenv(f"OPCMATCH_{name}", value)
            patch.setattr("sys.argv", ["opcmatch", *map(str, arguments)])
            self._capture.readouterr()
            code = 0
            with time_machine.travel(NOW, tick=True):
                try:
                    main()
                except SystemExit as left:
                    code = left.code if isinstance(left.code, int) else 1
        out, err = self._capture.readouterr()
        return Answer(code, out, err)

    def with_database(self, migrated_file: Path) -> "Installation":
        """The same with an empty, migrated database in its folder."""
        self.folder.mkdir()
        shutil.copy(migrated_file, self.folder / "opcmatch.sqlite3")
        return self

    def beside(self, name: str) -> "Installation":
        """Another installation, with nothing in it."""
        return Installation(self.folder.with_name(name), self._patch, self._capture)

    def database(self) -> Database:
        """The default database of the installation; to be disposed of."""
        return Database(f"sqlite:///{self.folder / 'opcmatch.sqlite3'}")
