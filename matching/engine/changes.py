"""Changes of one field of one record that would turn a failed hard rule: who could make them, and what comes of them.

Both sides have terms of their own. An OPC can lower a price, promise less time, be free earlier, serve one more
district, obtain a qualification; an owner can raise a budget, wait, ask for less. Who is excluded, or asks after the
call is closed, changes nothing here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from matching.domain.codec import DEMAND_FIELDS, PROFILE_FIELDS
from matching.domain.demand import Demand
from matching.domain.match import Finding, NearMiss
from matching.domain.profile import CapabilityProfile
from matching.engine.rules import HARD, qualification
from matching.engine.rules.district import WHOLE_CITY
from matching.engine.views import Pair

AnyRecord = TypeVar("AnyRecord", Demand, CapabilityProfile)
Propose = Callable[[Pair, Mapping[str, Any]], Iterator[NearMiss]]
"""(pair, the facts of a failed rule) → changes of one side, each of which would turn the failure."""

LADDERS = {
    "price_min_yuan": -1, "lead_days": -1, "available_from": -1,
    "budget_max_yuan": 1, "deliver_by": 1, "min_maturity": -1,
}  # fmt: skip
"""Fields that can be changed by more or by less; 1 where more of it opens more."""

_CAPABILITY = re.compile(r"capabilities\[(\d+)\]\.(\w+)")
_RULES = {rule.CODE: rule for rule in HARD}


def changed(record: AnyRecord, change: NearMiss) -> AnyRecord:
    """The record as it would be: `change.to_value` in the place of `change.field`; None: nothing said.

    Raises:
        InputError: the value cannot stand there (see `matching.domain.codec`).
    """
    _, _, path = change.field.partition(".")
    value: Any = change.to_value
    inner = _CAPABILITY.fullmatch(path)
    if inner is not None and isinstance(record, CapabilityProfile):
        capabilities = list(record.capabilities or ())
        place = int(inner[1])
        capabilities[place] = replace(capabilities[place], **{inner[2]: value})
        return replace(record, capabilities=tuple(capabilities))
    readers = PROFILE_FIELDS if isinstance(record, CapabilityProfile) else DEMAND_FIELDS
    keys: dict[str, Any] = {path: None if value is None else readers[path](value, change.field)}
    return replace(record, **keys)


def finding_of(rule: str, pair: Pair) -> Finding:
    """What a hard rule says of a pair."""
    return _RULES[rule].check(pair)


def near_misses(rule: str, pair: Pair, finding: Finding) -> list[NearMiss]:
    """The change that the rule itself names for a failure; none where nobody can make one."""
    return _RULES[rule].near_miss(pair, finding)


def lacking(pair: Pair) -> int:
    """How many qualifications would have to be obtained: one that another one implies comes with it."""
    codes: Any = qualification.check(pair).facts.get("lacking", ())
    terms = pair.vocabulary.qualifications
    return sum(not any(code != other and code in terms.with_implied(other) for other in codes) for code in codes)


def _price(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    yield NearMiss(rule="budget", field=pair.offer.field("price_min_yuan"), from_value=facts["price_min_yuan"],
                   to_value=facts["budget_max_yuan"])  # fmt: skip


def _sooner(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    deliver_by, free = date.fromisoformat(facts["deliver_by"]), pair.profile.record.available_from
    days = (deliver_by - max(pair.as_of, free or pair.as_of)).days
    if days >= 0:
        field = pair.offer.field("lead_days")
        yield NearMiss(rule="deadline", field=field, from_value=facts["lead_days"], to_value=days)
    if free is not None and deliver_by >= pair.as_of + timedelta(days=facts["lead_days"]):
        start = deliver_by - timedelta(days=facts["lead_days"])
        yield NearMiss(rule="deadline", field="profile.available_from", from_value=free.isoformat(),
                       to_value=start.isoformat())  # fmt: skip


def _obtain(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    finding = qualification.check(pair)
    for code in facts["lacking"]:
        one = replace(finding, facts={**facts, "lacking": [code]})
        yield from qualification.near_miss(pair, one)


def _offer_too(rule: str, field: str, asked: str) -> Propose:
    def propose(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
        words = list(getattr(pair.profile.record, field) or ())
        yield NearMiss(rule=rule, field=f"profile.{field}", from_value=words, to_value=[*words, facts[asked]])

    return propose


def _serve_too(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    served = list(pair.profile.record.service_districts or ())
    for code in dict.fromkeys((facts["district"], WHOLE_CITY)):
        yield NearMiss(rule="district", field="profile.service_districts", from_value=served, to_value=[*served, code])


def _make_room(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    yield from near_misses("capacity", pair, finding_of("capacity", pair))


def _pay(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    yield NearMiss(rule="budget", field="demand.budget_max_yuan", from_value=facts["budget_max_yuan"],
                   to_value=facts["price_min_yuan"])  # fmt: skip


def _wait(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    yield from near_misses("deadline", pair, finding_of("deadline", pair))


def _require_less(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    words = list(pair.demand.record.required_qualifications or ())
    terms = pair.vocabulary.qualifications
    for code in facts["lacking"]:
        kept = [word for word in words if terms.code(word) != code]
        yield NearMiss(rule="qualification", field="demand.required_qualifications", from_value=words, to_value=kept)


def _choose(rule: str, field: str, offered: str) -> Propose:
    def propose(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
        word = getattr(pair.demand.record, field)
        for code in dict.fromkeys((*facts[offered], "any")):
            yield NearMiss(rule=rule, field=f"demand.{field}", from_value=word, to_value=code)

    return propose


def _anywhere(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    record = pair.demand.record
    for code in ("remote", "any"):
        yield NearMiss(rule="district", field="demand.delivery", from_value=record.delivery, to_value=code)
    yield NearMiss(rule="district", field="demand.district", from_value=record.district, to_value=None)


def _register_anywhere(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    asked = pair.demand.record.require_registered_in
    yield NearMiss(rule="registration", field="demand.require_registered_in", from_value=asked, to_value=None)


def _accept_younger(pair: Pair, facts: Mapping[str, Any]) -> Iterator[NearMiss]:
    yield NearMiss(rule="maturity", field="demand.min_maturity", from_value=facts["min_maturity"],
                   to_value=facts["maturity"])  # fmt: skip


BY_OPC: Mapping[str, Propose] = {
    "budget": _price,
    "deadline": _sooner,
    "qualification": _obtain,
    "delivery": _offer_too("delivery", "delivery_modes", "delivery"),
    "district": _serve_too,
    "deployment": _offer_too("deployment", "deployments", "deployment"),
    "clearance": _offer_too("clearance", "data_clearances", "data_sensitivity"),
    "capacity": _make_room,
}
"""What an OPC can change, by the rule that stops it. Its seat and its technology's level are not had for the asking."""

BY_OWNER: Mapping[str, Propose] = {
    "budget": _pay,
    "deadline": _wait,
    "qualification": _require_less,
    "delivery": _choose("delivery", "delivery", "delivery_modes"),
    "district": _anywhere,
    "deployment": _choose("deployment", "deployment", "deployments"),
    "registration": _register_anywhere,
    "maturity": _accept_younger,
}
"""What an owner can change, by the rule that stops others. How sensitive the data is, is no term."""


def proposals(by: Mapping[str, Propose], pair: Pair, rules: Sequence[str]) -> Iterator[NearMiss]:
    """The changes of one side that would turn the failures of some rules."""
    for rule in rules:
        if rule in by:
            yield from by[rule](pair, finding_of(rule, pair).facts)
