"""Kernels for the tests of clusters: workers import them from here."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path


def squared(block):
    return block * block


def process_id(block):
    return os.getpid()


def failing(block):
    raise ArithmeticError(f"block {block}")


def deadly(block):
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class OnceDeadly:
    """Kills its worker once for each of some blocks, and leaves a file that says so."""

    folder: Path
    blocks: tuple[int, ...]

    def __call__(self, block):
        mark = self.folder / str(block)
        if block in self.blocks and not mark.exists():
            mark.touch()
            deadly(block)
        return squared(block)
