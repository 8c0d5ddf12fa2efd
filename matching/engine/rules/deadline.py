"""Deadline: starting when it is free, the profile is done by the day that the demand names."""

from datetime import date, timedelta

import numpy as np

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.engine.rules.answers import found, missing
from matching.engine.tables import Block, DemandTable, Floats, ProfileTable, Verdicts, compare, whole_block
from matching.engine.views import Pair

CODE = "deadline"
KIND = Kind.HARD
DEMAND_KEYS = ("deliver_by", "capabilities")
PROFILE_KEYS = ("lead_days", "available_from", "price_min_yuan", "capabilities")  # prices choose the capability


def check(pair: Pair) -> Finding:
    """`max(as_of, available_from) + lead_days ≤ deliver_by`, in calendar days.

    A profile that does not say when it is free cannot start before today: too late from today is too late.
    """
    deliver_by, lead_days = pair.demand.record.deliver_by, pair.offer.lead_days
    if deliver_by is None or lead_days is None:
        return missing(CODE, KIND, {"demand.deliver_by": deliver_by, pair.offer.field("lead_days"): lead_days})
    free = pair.profile.record.available_from
    finish = _after(max(pair.as_of, free or pair.as_of), lead_days)
    facts = {
        "deliver_by": deliver_by.isoformat(),
        "lead_days": lead_days,
        "available_from": None if free is None else free.isoformat(),
        "finished_on": finish.isoformat(),
        "late_days": max((finish - deliver_by).days, 0),
    }
    if free is None and finish <= deliver_by:
        return Finding(CODE, KIND, Verdict.UNKNOWN, {"missing": ["profile.available_from"], **facts})
    return found(CODE, KIND, finish <= deliver_by, facts)


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    finish = measure(block.profiles, block.demands.as_of)[block.offers]
    answer = compare(finish, limit(block.demands)[:, None])
    no_start = np.isnan(block.profiles.available_from)
    return whole_block(np.where(no_start, np.minimum(answer, 0), answer).astype(np.int8), block)


def measure(profiles: ProfileTable, as_of: float) -> Floats:
    """The earliest day on which each offer can be done, (n_offers,)."""
    start = np.fmax(as_of, profiles.available_from)[profiles.offer_owner]
    return np.minimum(start + profiles.lead_days, float(date.max.toordinal()))


def limit(demands: DemandTable) -> Floats:
    """The day by which each demand wants it, (n_demands,)."""
    return demands.deliver_by


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The demand waits until the profile can be done."""
    return [
        NearMiss(
            rule=CODE,
            field="demand.deliver_by",
            from_value=finding.facts["deliver_by"],
            to_value=finding.facts["finished_on"],
        )
    ]


def _after(day: date, days: int) -> date:
    """`days` later, at the latest the last day of the calendar."""
    return day + timedelta(days=min(days, (date.max - day).days))
