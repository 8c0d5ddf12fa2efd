"""Roadshow line-ups (路演阵容): pure; problem in, plan out. See `solver.solve_line_up`.

The names below are imported when they are used: a page that shows a season must not wait for SciPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checker import Violation, check_line_up, objective_of
    from .model import LineUp, Problem, Status
    from .parsing import Fault, ProblemError, parse_problem
    from .progress import Progress
    from .solver import solve_line_up

_HOMES = {
    "Violation": "checker",
    "check_line_up": "checker",
    "objective_of": "checker",
    "LineUp": "model",
    "Problem": "model",
    "Status": "model",
    "Fault": "parsing",
    "ProblemError": "parsing",
    "parse_problem": "parsing",
    "Progress": "progress",
    "solve_line_up": "solver",
}

__all__ = [
    "Fault",
    "LineUp",
    "Problem",
    "ProblemError",
    "Progress",
    "Status",
    "Violation",
    "check_line_up",
    "objective_of",
    "parse_problem",
    "solve_line_up",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
