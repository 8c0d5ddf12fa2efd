"""A demand (场景需求): one thing that a scenario owner wants done."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The scenario owner 场景方. `kind` is a word of the vocabulary's owner kinds, as written."""

    name: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One acceptance figure 验收指标, such as 识别准确率 ≥ 95 %."""

    name: str
    operator: str | None = None
    value: float | str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Exactly what was posted. None means that the owner did not say; an empty tuple means "none".

    Words of the vocabulary (sectors, district, delivery …) are kept as they were written; the engine
    resolves them. Money is in whole 元, days are calendar days in Asia/Shanghai.
    """

    id: str
    title: str
    description: str | None = None
    kind: str | None = None
    owner: Owner | None = None
    sectors: tuple[str, ...] | None = None
    capabilities: tuple[str, ...] | None = None
    district: str | None = None
    address: str | None = None
    budget_min_yuan: int | None = None
    budget_max_yuan: int | None = None
    publish_until: date | None = None
    start_by: date | None = None
    deliver_by: date | None = None
    delivery: str | None = None
    deployment: str | None = None
    required_qualifications: tuple[str, ...] | None = None
    require_registered_in: str | None = None
    registration_basis: str | None = None  # the law on which that limit rests
    procurement_route: str | None = None  # how the owner will buy, if it buys
    min_maturity: int | None = None  # technology readiness level, 1–9
    data_sensitivity: str | None = None
    data_provided: tuple[str, ...] | None = None
    metrics: tuple[Metric, ...] | None = None
    max_engagements: int | None = None  # how many OPCs the owner can take on
    excluded: tuple[str, ...] | None = None  # names or profile ids that must not be matched
    updated_on: date | None = None

    @property
    def text(self) -> str:
        """Title and description as one text, for reading and searching."""
        return "\n".join(part for part in (self.title, self.description) if part)
