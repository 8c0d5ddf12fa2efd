"""Roadshow line-ups (路演阵容): pure; problem in, plan out. See `solver.solve_line_up`."""

from .checker import Violation, check_line_up, objective_of
from .model import LineUp, Problem, Status
from .parsing import Fault, ProblemError, parse_problem
from .solver import solve_line_up

__all__ = [
    "Fault",
    "LineUp",
    "Problem",
    "ProblemError",
    "Status",
    "Violation",
    "check_line_up",
    "objective_of",
    "parse_problem",
    "solve_line_up",
]
