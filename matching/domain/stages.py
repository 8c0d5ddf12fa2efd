"""The stages of a demand, a profile, a match and a batch, and the only moves between them.

One table, used by every page and job: a move that is not here does not happen.
"""

from collections.abc import Mapping
from enum import StrEnum

from matching.domain.errors import InputError, problem


class Stage(StrEnum):
    """Where a record stands. The names are the design's; a page shows them in the reader's language."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    MATCHING = "matching"
    MEETING = "meeting"
    VALIDATING = "validating"
    CONTRACTED = "contracted"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


Moves = Mapping[str, frozenset[str]]


def _moves(**table: str) -> Moves:
    return {source: frozenset(targets.split()) for source, targets in table.items()}


DEMAND_MOVES = _moves(
    draft="submitted withdrawn",
    submitted="published returned withdrawn",
    returned="submitted withdrawn",
    published="matching submitted withdrawn expired",  # back to submitted: an edit is reviewed again
    matching="meeting withdrawn expired",
    meeting="validating contracted withdrawn expired",
    validating="contracted withdrawn",
    contracted="accepted withdrawn",
    accepted="",
    withdrawn="submitted",
    expired="submitted",
)

PROFILE_MOVES = _moves(
    draft="submitted withdrawn",
    submitted="published returned withdrawn",
    returned="submitted withdrawn",
    published="submitted withdrawn",
    withdrawn="submitted",
)

MATCH_MOVES = _moves(
    suggested="wanted_by_owner wanted_by_opc declined lapsed",
    wanted_by_owner="mutual declined lapsed",
    wanted_by_opc="mutual declined lapsed",
    mutual="meeting declined lapsed",
    meeting="proof contract declined lapsed",
    proof="contract declined",
    contract="accepted declined",
    accepted="",
    declined="",
    lapsed="suggested",
)

BATCH_MOVES = _moves(draft="published discarded", published="withdrawn", withdrawn="", discarded="")

REVISION_MOVES = _moves(draft="published discarded", published="superseded", superseded="", discarded="")

OPEN_STAGES = (Stage.PUBLISHED, Stage.MATCHING, Stage.MEETING)
"""Stages in which a demand is on the public list and takes part in matching."""

PUBLIC_STAGES = (*OPEN_STAGES, Stage.VALIDATING, Stage.CONTRACTED, Stage.ACCEPTED)
"""Stages in which anybody may read a record: it was reviewed, and not taken back."""


def check_move(moves: Moves, source: str, target: str) -> None:
    """Refuse a move that the table does not hold.

    Raises:
        InputError: `no_such_move`, with what is possible from here.
    """
    if target not in moves.get(source, frozenset()):
        raise InputError(problem("no_such_move", source=source, target=target, possible=sorted(moves.get(source, ()))))
