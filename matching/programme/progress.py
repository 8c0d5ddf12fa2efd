"""What a caller may watch while a line-up is being solved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .model import LineUp

STAGES = ("locks", "greedy", "panels", "pitches", "bound", "previous", "meetings", "explain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the solver is: the best objective and bound known by now, None while there is none.

    `stage` is one of `STAGES`, `seconds` count from the start of the solve. `draft` is a whole, checked plan that can
    be shown at once; it comes with the first report of stage `greedy` and is None everywhere else.
    """

    stage: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    seconds: float = 0.0
    draft: LineUp | None = None


OnProgress = Callable[[Progress], None]
