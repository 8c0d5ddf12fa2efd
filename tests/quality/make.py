"""Gold sets made up for the tests of the bench."""

import numpy as np

from tests.engine.make import make_demand, make_profile
from tests.quality.gold import Gold


def make_gold(grades, styles, *, blocked=None, decoys=None, failing=None):
    """A gold set of bare records; `failing` maps pairs to the rules that stop them."""
    grades = np.array(grades, dtype=np.int8)
    gold = Gold(
        half="made up",
        demands=[make_demand(id=f"D{d}") for d in range(grades.shape[0])],
        profiles=[make_profile(id=f"P{p}") for p in range(grades.shape[1])],
        grades=grades,
        blocked=blocked or {},
        styles=styles,
        decoys=decoys or [[] for _ in styles],
    )
    gold.__dict__["failing"] = failing or {}
    return gold
