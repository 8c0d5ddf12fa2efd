"""What demands and profiles share, so that one piece of code serves both kinds of record."""

from enum import StrEnum
from typing import Any

from matching.domain.codec import DEMAND_FIELDS, PROFILE_FIELDS, Reader, read_demand, read_profile, to_json
from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.domain.stages import DEMAND_MOVES, PROFILE_MOVES, Moves

Record = Demand | CapabilityProfile


class RecordKind(StrEnum):
    """The two kinds of record; the values are the words of the commands and addresses."""

    DEMANDS = "demands"
    PROFILES = "profiles"

    @property
    def fields(self) -> "dict[str, Reader]":
        """The JSON keys of the kind with their readers."""
        return dict(DEMAND_FIELDS if self is RecordKind.DEMANDS else PROFILE_FIELDS)

    @property
    def moves(self) -> Moves:
        """The moves between stages that the kind knows."""
        return DEMAND_MOVES if self is RecordKind.DEMANDS else PROFILE_MOVES

    def read(self, data: object) -> Any:
        """A record of the kind from its JSON object; see `codec.read_demand`."""
        return read_demand(data) if self is RecordKind.DEMANDS else read_profile(data)


PRIVATE_KEYS = ("excluded",)
"""Keys that are for the matching and the record's own side only: whom one does not work with is not for a list."""


def public_json(record: Record) -> dict[str, Any]:
    """The record's JSON object as anybody may read it."""
    return {key: value for key, value in to_json(record).items() if key not in PRIVATE_KEYS}


def title_of(record: Record) -> str:
    """What a record is called on a page: a demand's title, a profile's name."""
    return record.title if isinstance(record, Demand) else record.name


def owner_of(record: Record) -> str | None:
    """Whose it is: the scenario owner's name; a profile is its own OPC's."""
    if isinstance(record, Demand):
        return record.owner.name if record.owner else None
    return record.name
