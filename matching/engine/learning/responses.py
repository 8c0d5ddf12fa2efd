"""Responses (反馈): what an owner or an OPC answered to a match, and what of it can be learnt from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from matching.domain.errors import InputError, Problem, problem
from matching.domain.text import check_text

LONGEST_WORD = 200


class Outcome(StrEnum):
    """What became of a match that was shown."""

    INTERESTED = "interested"
    DECLINED = "declined"
    MET = "met"
    LANDED = "landed"


class Side(StrEnum):
    """Who answered: the scenario owner or the OPC."""

    OWNER = "owner"
    OPC = "opc"


NOT_ABOUT_FIT = frozenset({"no_time", "solved_elsewhere", "withdrawn"})
"""Reasons of declining that say nothing about how well the two fit: such an answer is set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer to one match. `reason` is a code, given when declining; `by` is reported, never learnt from."""

    demand: str
    profile: str
    at: datetime  # aware, UTC
    outcome: Outcome
    by: Side
    reason: str | None = None


class Label(NamedTuple):
    """What one pair came to: `accepted` by its last response, at `at`."""

    demand: str
    profile: str
    at: datetime
    accepted: bool


def labels_of(responses: Iterable[Response]) -> list[Label]:
    """One label a pair, by its last response, in the order of time (then ids).

    Interested, met and landed are accepted, declined is not; of two responses at one instant the declining one
    decides, since a match takes both sides. A pair whose last answer was declined for a reason that is not about fit
    has no label.
    """
    last: dict[tuple[str, str], Response] = {}
    for response in sorted(responses, key=lambda r: (r.at, r.outcome is Outcome.DECLINED)):
        last[response.demand, response.profile] = response
    labels = [
        Label(r.demand, r.profile, r.at, r.outcome is not Outcome.DECLINED)
        for r in last.values()
        if r.outcome is not Outcome.DECLINED or r.reason not in NOT_ABOUT_FIT
    ]
    return sorted(labels, key=lambda label: (label.at, label.demand, label.profile))


def read_response(data: object) -> Response:
    """A response from its JSON object; ids may be numbers, as in the records.

    Raises:
        InputError: `not_an_object`; `unknown_key`, `missing`, `empty`, `not_text`, `not_an_instant` or
            `not_a_choice`, one problem a key.
    """
    if not isinstance(data, Mapping):
        raise InputError(problem("not_an_object", value=data))
    problems = [problem("unknown_key", key=str(key), known=list(_READERS)) for key in data if key not in _READERS]
    values: dict[str, object] = {}
    for key, read in _READERS.items():
        if data.get(key) is None:
            if key != "reason":
                problems.append(problem("missing", key=key))
            continue
        try:
            values[key] = read(data[key], key)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(*problems)
    return Response(**values)  # type: ignore[arg-type]  # each reader gives its field's type


def _word(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise InputError(problem("not_text", key=key, value=value))
    if not value.strip():
        raise InputError(problem("empty", key=key))
    return check_text(value, key=key, longest=LONGEST_WORD)


def _id(value: object, key: str) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _word(value, key)


def _instant(value: object, key: str) -> datetime:
    refusal: Problem = problem("not_an_instant", key=key, value=value)
    if not isinstance(value, str):
        raise InputError(refusal)
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # told below, with the instants that do not say where their clock hangs
    raise InputError(refusal)


def _choice(choices: type[StrEnum]) -> Callable[[object, str], StrEnum]:
    def read(value: object, key: str) -> StrEnum:
        possible = [choice.value for choice in choices]
        if value not in possible:
            raise InputError(problem("not_a_choice", key=key, value=value, possible=possible))
        return choices(value)

    return read


_READERS: Mapping[str, Callable[[object, str], object]] = {
    "demand": _id,
    "profile": _id,
    "at": _instant,
    "outcome": _choice(Outcome),
    "by": _choice(Side),
    "reason": _word,
}
