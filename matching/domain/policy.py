"""The match policy (匹配策略): what each part weighs, which rules bind, and from where on a pair is worth showing.

A policy is written in TOML::

    minimum_relevance = 0.15      # 0..1
    top = 20                      # pairs shown to one demand
    [weights]                     # by part; stands in place of the whole default table
    words = 0.6
    characters = 0.4
    [hard]                        # by rule; false: reported, no longer in the way
    registration = false
    [soft]                        # by rule; false: its part is switched off
    locality = false
    [learnt]                      # a model from `opcmatch learn`, put here by `opcmatch match-policy learnt`
    model = "{…}"

A `[weights]` table is read whole: a part that it does not name weighs 0, and what it names must add up to 1.
So a policy means the same whatever the defaults are one day.
"""

import hashlib
import json
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matching.domain.errors import InputError, problem, shorten

TEXT_PARTS = ("words", "characters", "capability")
HARD_RULES = (
    "budget", "deadline", "qualification", "delivery", "district", "deployment",
    "registration", "maturity", "clearance", "capacity", "exclusion", "open",
)  # fmt: skip
SOFT_RULES = ("sector", "locality", "evidence", "freshness", "headroom")
PARTS = (*TEXT_PARTS, *SOFT_RULES)
"""The parts of a score in the order in which they are shown and added."""

LARGEST_TOP = 10_000
_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPolicy:
    """`weights` holds every part, `hard` and `soft` every rule of their kind."""

    weights: Mapping[str, float]
    hard: Mapping[str, bool]
    soft: Mapping[str, bool]
    minimum_relevance: float
    top: int
    learnt: str | None = (
        None  # a model learnt from responses, as JSON; its part of the score takes its share of all others
    )

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with anything the policy says."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def to_json(self) -> dict[str, object]:
        """The policy with every value spelt out."""
        return {
            "weights": dict(self.weights),
            "hard": dict(self.hard),
            "soft": dict(self.soft),
            "minimum_relevance": self.minimum_relevance,
            "top": self.top,
            **({} if self.learnt is None else {"learnt": {"model": self.learnt}}),
        }


DEFAULT_POLICY = MatchPolicy(
    weights={
        "words": 0.14,
        "characters": 0.26,
        "capability": 0.44,
        "sector": 0.07,
        "locality": 0.0,  # fair competition: where a firm sits earns nothing unless a policy says so in the open
        "evidence": 0.03,
        "freshness": 0.03,
        "headroom": 0.03,
    },
    hard=dict.fromkeys(HARD_RULES, True),
    soft=dict.fromkeys(SOFT_RULES, True),
    # Where lists are most useful on the tuning half of the gold set (make bench-quality): no demand with supply is
    # told that there is none. Higher, more of the demands without supply are told so, and more weak but right pairs go.
    minimum_relevance=0.16,
    top=20,
)

HIGH_RELEVANCE, MEDIUM_RELEVANCE = 0.45, 0.25
"""From where on a pair is called high or medium; see `bands`. Of labelled pairs of the tuning half 8 of 10 above the
first suited, half between the two, 1 in 8 below; on the demonstration 16, 19 and 65 % of the pairs on lists."""
MANY_UNKNOWN = 0.5
"""A larger share of hard rules that nobody can answer yet lowers the band by one."""


def read_policy(toml_text: str) -> MatchPolicy:
    """The policy that a TOML text describes; what it leaves out is as in `DEFAULT_POLICY`.

    Raises:
        InputError: `not_toml`; `unknown_key` with the known ones; `not_a_number`, `not_whole`, `not_a_switch`,
            `out_of_range` for a value; `weights_sum` when the weights do not add up to 1.
    """
    try:
        data = tomllib.loads(toml_text)
    except (ValueError, RecursionError) as error:  # too deep, or a number too long for Python, is no policy either
        raise InputError(problem("not_toml", reason=shorten(error))) from None
    _check_keys(data, ("minimum_relevance", "top", "weights", "hard", "soft", "learnt"))
    weights: Mapping[str, float] = DEFAULT_POLICY.weights
    if "weights" in data:
        weights = dict.fromkeys(PARTS, 0.0) | _read_table(data, "weights", PARTS, _read_share)
        total = math.fsum(weights.values())
        if abs(total - 1.0) > _SUM_TOLERANCE:
            raise InputError(problem("weights_sum", key="weights", value=f"{total:.12g}"))
    return MatchPolicy(
        weights=weights,
        hard={**DEFAULT_POLICY.hard, **_read_table(data, "hard", HARD_RULES, _read_switch)},
        soft={**DEFAULT_POLICY.soft, **_read_table(data, "soft", SOFT_RULES, _read_switch)},
        minimum_relevance=_read_share(
            data.get("minimum_relevance", DEFAULT_POLICY.minimum_relevance), "minimum_relevance"
        ),
        top=_read_top(data.get("top", DEFAULT_POLICY.top)),
        learnt=_read_table(data, "learnt", ("model",), _read_text).get("model"),
    )


def _check_keys(table: Mapping[str, object], known: tuple[str, ...], prefix: str = "") -> None:
    for key in table:
        if key not in known:
            raise InputError(problem("unknown_key", key=prefix + key, known=list(known)))


def _read_table(
    data: Mapping[str, object], name: str, known: tuple[str, ...], read: Callable[[object, str], Any]
) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, Mapping):
        raise InputError(problem("not_a_table", key=name, value=table))
    _check_keys(table, known, prefix=f"{name}.")
    return {key: read(value, f"{name}.{key}") for key, value in table.items()}


def _read_share(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # NaN differs from itself
        raise InputError(problem("not_a_number", key=key, value=value))
    if not 0 <= value <= 1:
        raise InputError(problem("out_of_range", key=key, value=value, smallest=0, largest=1))
    return float(value)


def _read_switch(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(problem("not_a_switch", key=key, value=value))
    return value


def _read_text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise InputError(problem("not_text", key=key, value=value))
    return value


def _read_top(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(problem("not_whole", key="top", value=value))
    if not 1 <= value <= LARGEST_TOP:
        raise InputError(problem("out_of_range", key="top", value=value, smallest=1, largest=LARGEST_TOP))
    return value
