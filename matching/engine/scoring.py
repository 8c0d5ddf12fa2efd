"""The score of a block of pairs: the parts' values, their weighted sum, and which pairs may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import PARTS, TEXT_PARTS, MatchPolicy
from matching.engine.rules import HARD, SOFT
from matching.engine.tables import Block, Floats

Flags = NDArray[np.bool_]

CHANGEABLE = frozenset({"budget", "deadline", "qualification", "delivery", "district", "deployment"})
"""Hard rules that somebody could meet by changing a term; a pair that fails only these is a near miss."""

MOST_CHANGES = 2
"""A pair that would need more changes than this is not near."""


@dataclass(frozen=True, slots=True)
class Scores:
    """`values` (n_parts, n_demands, n_profiles) in the order of `PARTS`, NaN unknown; the others one a pair."""

    values: Floats
    total: Floats
    suitable: Flags  # enough text evidence to be shown at all


@dataclass(frozen=True, slots=True)
class Judgement:
    """`eligible`: no hard rule fails. `near`: a few changeable ones fail, and nothing else."""

    eligible: Flags
    near: Flags


def score(text_values: Mapping[str, Floats], block: Block, policy: MatchPolicy) -> Scores:
    """Add the parts up, in the order in which they are shown; an unknown value adds nothing.

    A pair is suitable when the text parts together reach `policy.minimum_relevance` of what they could, and
    the words or concepts of the two have anything in common.
    """
    values = np.empty((len(PARTS), *block.shape))
    for place, code in enumerate(TEXT_PARTS):
        values[place] = text_values[code]
    for place, soft in enumerate(SOFT, start=len(TEXT_PARTS)):
        values[place] = soft.values(block) if policy.soft[soft.CODE] else np.nan
    total = np.zeros(block.shape)
    text = np.zeros(block.shape)
    for place, code in enumerate(PARTS):
        total += policy.weights[code] * np.nan_to_num(values[place])
        if place == len(TEXT_PARTS) - 1:
            text = total.copy()
    weight = sum(policy.weights[code] for code in TEXT_PARTS)
    relevance = text / weight if weight else text
    evidence = np.nan_to_num(values[: len(TEXT_PARTS)]).max(axis=0) > 0
    return Scores(values, total, evidence & (relevance >= policy.minimum_relevance))


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
