"""Shapes that no season has: a lawful plan in the time that is given, or a proof that there is none."""

from __future__ import annotations

import pytest

from matching.programme import check_line_up

from .generator import ODD, make_odd
from .make import line_up


@pytest.mark.parametrize("shape", ODD)
def test_an_odd_shape_has_a_lawful_plan_whatever_the_time(shape: str):
    problem = make_odd(shape, 2)

    answer = line_up(problem, time_limit=1.0, explain=True)

    assert answer["status"] in ("optimal", "feasible")
    assert check_line_up(problem, answer) == []
    assert len(answer["placements"]) + len(answer["left_out"]) == len(problem["pitches"])
