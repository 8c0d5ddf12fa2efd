"""What the hard rules say together: who is eligible, and who is near."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import MatchPolicy
from matching.engine.rules import HARD
from matching.engine.tables import Block

Flags = NDArray[np.bool_]

CHANGEABLE = frozenset({"budget", "deadline", "qualification", "delivery", "district", "deployment"})
"""Hard rules that somebody could meet by changing a term; a pair that fails only these is a near miss."""

MOST_CHANGES = 2
"""A pair that would need more changes than this is not near."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`eligible`: no hard rule fails. `near`: a few changeable ones fail, and nothing else."""

    eligible: Flags
    near: Flags


def judge(block: Block, policy: MatchPolicy) -> Judgement:
    """What the hard rules that bind under the policy say, for every pair."""
    fatal = np.zeros(block.shape, dtype=np.bool_)
    changes = np.zeros(block.shape, dtype=np.int8)
    for rule in HARD:
        if policy.hard[rule.CODE]:
            fails: Flags = rule.verdicts(block) < 0
            if rule.CODE in CHANGEABLE:
                changes += fails
            else:
                fatal |= fails
    return Judgement(eligible=~fatal & (changes == 0), near=~fatal & (changes > 0) & (changes <= MOST_CHANGES))
