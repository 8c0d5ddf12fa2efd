"""Records to and from the JSON objects of the commands.

The tables `DEMAND_FIELDS` and `PROFILE_FIELDS` are the one list of keys, with the reader of each;
a key that is not in them is reported to the caller, who keeps the line that it came from.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from matching.domain.demand import Demand, Metric, Owner
from matching.domain.errors import InputError, Problem, problem
from matching.domain.profile import Capability, CapabilityProfile, Case, Qualification
from matching.domain.text import check_text

Reader = Callable[[object, str], Any]
"""Reads one JSON value under a key; None (absent) is handled before it is called."""

LARGEST_YUAN = 10**12
LONGEST_LIST = 500


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise InputError(problem("not_text", key=key, value=value))
    return check_text(value, key=key)


def _id(value: object, key: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # tables exported from databases number their rows
    text = _text(value, key)
    if not text.strip():
        raise InputError(problem("empty", key=key))
    return text


def _whole(smallest: int, largest: int) -> Reader:
    def read(value: object, key: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # 300000.0, as spreadsheets and data frames write it
        if not isinstance(value, int) or isinstance(value, bool):
            raise InputError(problem("not_whole", key=key, value=value))
        if not smallest <= value <= largest:
            raise InputError(problem("out_of_range", key=key, value=value, smallest=smallest, largest=largest))
        return value

    return read


def _day(value: object, key: str) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass  # told below, in one place, with every other shape of a wrong day
    raise InputError(problem("not_a_day", key=key, value=value))


def _list(read_item: Reader) -> Reader:
    def read(value: object, key: str) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise InputError(problem("not_a_list", key=key, value=value))
        if len(value) > LONGEST_LIST:
            raise InputError(problem("too_many", key=key, value=len(value), largest=LONGEST_LIST))
        return tuple(read_item(item, f"{key}[{place}]") for place, item in enumerate(value))

    return read


def _object(make: Callable[..., Any], fields: Mapping[str, Reader], *required: str) -> Reader:
    def read(value: object, key: str) -> Any:
        if not isinstance(value, Mapping):
            raise InputError(problem("not_an_object", key=key, value=value))
        unknown = [name for name in value if name not in fields]
        if unknown:
            raise InputError(problem("unknown_key", key=f"{key}.{unknown[0]}", known=sorted(fields)))
        return make(**_read_fields(value, fields, required, prefix=f"{key}."))

    return read


def _number_or_text(value: object, key: str) -> float | str:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return value
    return _text(value, key)


_yuan = _whole(0, LARGEST_YUAN)
_count = _whole(0, 10_000)
_maturity = _whole(1, 9)
_days = _whole(0, 3_650)
_texts = _list(_text)

_capability_object = _object(
    Capability,
    {
        "name": _text,
        "description": _text,
        "maturity": _maturity,
        "price_min_yuan": _yuan,
        "price_max_yuan": _yuan,
        "lead_days": _days,
        "cases": _texts,
    },
    "name",
)


def _capability(value: object, key: str) -> Capability:
    if isinstance(value, str):
        return Capability(name=_text(value, key))
    capability: Capability = _capability_object(value, key)
    _in_order(capability, "price_min_yuan", "price_max_yuan", prefix=f"{key}.")
    return capability


_qualification_object = _object(Qualification, {"name": _text, "valid_until": _day}, "name")


def _qualification(value: object, key: str) -> Qualification:
    if isinstance(value, str):
        return Qualification(name=_text(value, key))
    qualification: Qualification = _qualification_object(value, key)
    return dataclasses.replace(qualification, dated=True)


DEMAND_FIELDS: Mapping[str, Reader] = {
    "id": _id,
    "title": _text,
    "description": _text,
    "kind": _text,
    "owner": _object(Owner, {"name": _text, "kind": _text}),
    "sectors": _texts,
    "capabilities": _texts,
    "district": _text,
    "address": _text,
    "budget_min_yuan": _yuan,
    "budget_max_yuan": _yuan,
    "publish_until": _day,
    "start_by": _day,
    "deliver_by": _day,
    "delivery": _text,
    "deployment": _text,
    "required_qualifications": _texts,
    "require_registered_in": _text,
    "registration_basis": _text,
    "procurement_route": _text,
    "min_maturity": _maturity,
    "data_sensitivity": _text,
    "data_provided": _texts,
    "metrics": _list(
        _object(Metric, {"name": _text, "operator": _text, "value": _number_or_text, "unit": _text}, "name")
    ),
    "max_engagements": _count,
    "excluded": _texts,
    "updated_on": _day,
}

PROFILE_FIELDS: Mapping[str, Reader] = {
    "id": _id,
    "name": _text,
    "summary": _text,
    "registered_city": _text,
    "district": _text,
    "community": _text,
    "sectors": _texts,
    "capabilities": _list(_capability),
    "maturity": _maturity,
    "price_min_yuan": _yuan,
    "price_max_yuan": _yuan,
    "lead_days": _days,
    "available_from": _day,
    "delivery_modes": _texts,
    "deployments": _texts,
    "service_districts": _texts,
    "qualifications": _list(_qualification),
    "data_clearances": _texts,
    "team_size": _count,
    "founded_on": _day,
    "max_concurrent": _count,
    "active_engagements": _count,
    "excluded": _texts,
    "cases": _list(
        _object(
            Case,
            {
                "client": _text,
                "sector": _text,
                "year": _whole(1900, 2200),
                "metric": _text,
                "amount_yuan": _yuan,
                "verified_by": _text,
            },
        )
    ),
    "wants": _texts,
    "updated_on": _day,
}


def read_demand(data: object) -> Demand:
    """A demand from its JSON object; keys that the table does not hold are passed over (see `unknown_keys`).

    Raises:
        InputError: one problem for each key that cannot be read, and for reversed pairs (budget, days).
    """
    demand = Demand(**_read_record(data, DEMAND_FIELDS, ("id", "title")))
    _in_order(demand, "budget_min_yuan", "budget_max_yuan")
    _in_order(demand, "start_by", "deliver_by")
    return demand


def read_profile(data: object) -> CapabilityProfile:
    """A capability profile from its JSON object; see `read_demand`.

    Raises:
        InputError: one problem for each key that cannot be read, and for a reversed price.
    """
    profile = CapabilityProfile(**_read_record(data, PROFILE_FIELDS, ("id", "name")))
    _in_order(profile, "price_min_yuan", "price_max_yuan")
    return profile


def unknown_keys(data: Mapping[str, object], fields: Mapping[str, Reader]) -> list[str]:
    """The keys of an object that the product does not use, in their order."""
    return [key for key in data if key not in fields]


def to_json(record: Any) -> Any:
    """The JSON object of a record: absent stays absent, days are ISO, tuples are lists."""
    if isinstance(record, Qualification):
        if not record.dated:
            return record.name
        return {"name": record.name, "valid_until": record.valid_until and record.valid_until.isoformat()}
    if isinstance(record, Capability) and all(
        getattr(record, f.name) is None for f in dataclasses.fields(record) if f.name != "name"
    ):
        return record.name
    if dataclasses.is_dataclass(record):
        pairs = ((f.name, getattr(record, f.name)) for f in dataclasses.fields(record))
        return {name: to_json(value) for name, value in pairs if value is not None}
    if isinstance(record, tuple):
        return [to_json(item) for item in record]
    if isinstance(record, date):
        return record.isoformat()
    return record


def _read_record(data: object, fields: Mapping[str, Reader], required: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise InputError(problem("not_an_object", value=data))
    return _read_fields(data, fields, required)


def _read_fields(
    data: Mapping[str, object], fields: Mapping[str, Reader], required: tuple[str, ...], prefix: str = ""
) -> dict[str, Any]:
    problems: list[Problem] = [problem("missing", key=prefix + key) for key in required if data.get(key) is None]
    values: dict[str, Any] = {}
    for key, read in fields.items():
        value = data.get(key)
        if value is None:
            continue
        try:
            values[key] = read(value, prefix + key)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(*problems)
    return values


def _in_order(record: object, low: str, high: str, prefix: str = "") -> None:
    smaller, larger = getattr(record, low), getattr(record, high)
    if smaller is not None and larger is not None and smaller > larger:
        raise InputError(problem("reversed", key=prefix + low, value=smaller, other=prefix + high, limit=str(larger)))
