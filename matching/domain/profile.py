"""A capability profile (能力画像): what one OPC offers, under which conditions."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the OPC can do. Its price, lead time and maturity override the profile's."""

    name: str
    description: str | None = None
    maturity: int | None = None
    price_min_yuan: int | None = None
    price_max_yuan: int | None = None
    lead_days: int | None = None
    cases: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """A qualification held. `dated` tells a plain name (no end was stated, taken as valid) from an entry
    with a `valid_until` key, where an empty day means that nobody knows whether it still holds."""

    name: str
    valid_until: date | None = None
    dated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One job done 案例. Verified when somebody other than the OPC stands behind it."""

    client: str | None = None
    sector: str | None = None
    year: int | None = None
    metric: str | None = None
    amount_yuan: int | None = None
    verified_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityProfile:
    """What the OPC declared. None means that it did not say; an empty tuple means "none".

    Money is in whole 元, `lead_days` are calendar days, days are in Asia/Shanghai.
    """

    id: str
    name: str
    summary: str | None = None
    registered_city: str | None = None
    district: str | None = None
    community: str | None = None
    sectors: tuple[str, ...] | None = None
    capabilities: tuple[Capability, ...] | None = None
    maturity: int | None = None  # technology readiness level, 1–9
    price_min_yuan: int | None = None
    price_max_yuan: int | None = None
    lead_days: int | None = None
    available_from: date | None = None
    delivery_modes: tuple[str, ...] | None = None
    deployments: tuple[str, ...] | None = None
    service_districts: tuple[str, ...] | None = None
    qualifications: tuple[Qualification, ...] | None = None
    data_clearances: tuple[str, ...] | None = None
    team_size: int | None = None
    founded_on: date | None = None
    max_concurrent: int | None = None
    active_engagements: int | None = None
    excluded: tuple[str, ...] | None = None
    cases: tuple[Case, ...] | None = None
    wants: tuple[str, ...] | None = None
    updated_on: date | None = None

    @property
    def text(self) -> str:
        """Name, summary and capability names as one text, for reading and searching."""
        names = "、".join(c.name for c in self.capabilities or ())
        return "\n".join(part for part in (self.name, self.summary, names) if part)
