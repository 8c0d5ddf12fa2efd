"""What is read of a record: its texts, each with the name of its field and its weight."""

from collections.abc import Iterator
from typing import NamedTuple

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.engine.texts import normalise


class Field(NamedTuple):
    """One text of a record. `unit` numbers the capability that it belongs to; `tag` is a capability's bare name."""

    name: str
    text: str  # as written
    normal: str
    weight: float
    unit: int | None = None
    tag: bool = False


def demand_fields(demand: Demand) -> list[Field]:
    """Title before description, then tags, data and acceptance figures."""
    return list(_written(_demand_texts(demand)))


def profile_fields(profile: CapabilityProfile) -> list[Field]:
    """Summary, capabilities with what is said of them, jobs done. What the profile `wants` is not what it offers."""
    return list(_written(_profile_texts(profile)))


def _demand_texts(demand: Demand) -> Iterator[tuple[str, str | None, float, int | None, bool]]:
    yield "title", demand.title, 2.0, None, False
    yield "description", demand.description, 1.0, None, False
    for place, capability in enumerate(demand.capabilities or ()):
        yield f"capabilities[{place}]", capability, 1.5, None, True
    for place, data in enumerate(demand.data_provided or ()):
        yield f"data_provided[{place}]", data, 0.5, None, False
    for place, metric in enumerate(demand.metrics or ()):
        yield f"metrics[{place}].name", metric.name, 0.5, None, False


def _profile_texts(profile: CapabilityProfile) -> Iterator[tuple[str, str | None, float, int | None, bool]]:
    yield "summary", profile.summary, 1.0, None, False
    for place, capability in enumerate(profile.capabilities or ()):
        yield f"capabilities[{place}].name", capability.name, 1.0, place, True
        yield f"capabilities[{place}].description", capability.description, 1.0, place, False
        for number, case in enumerate(capability.cases or ()):
            yield f"capabilities[{place}].cases[{number}]", case, 1.0, place, False
    for place, job in enumerate(profile.cases or ()):
        yield f"cases[{place}].metric", job.metric, 1.0, None, False
        yield f"cases[{place}].client", job.client, 0.5, None, False
    yield "name", profile.name, 0.5, None, False


def _written(texts: Iterator[tuple[str, str | None, float, int | None, bool]]) -> Iterator[Field]:
    for name, text, weight, unit, tag in texts:
        if text:
            yield Field(name, text, normalise(text), weight, unit, tag)
