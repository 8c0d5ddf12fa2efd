"""What the home page and the worker's status tell: counts, never contents."""

from dataclasses import dataclass

from matching.domain.records import RecordKind
from matching.domain.stages import OPEN_STAGES, PUBLIC_STAGES, Stage
from matching.store import DbSession, matches, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is; sectors by code."""

    open_demands: int
    profiles: int
    waiting_demands: int
    waiting_profiles: int
    matches: int
    demands_by_sector: dict[str, int]
    profiles_by_sector: dict[str, int]


def counts(session: DbSession) -> Counts:
    """The figures of the whole installation."""
    demands = records.count_by_stage(session, RecordKind.DEMANDS)
    profiles = records.count_by_stage(session, RecordKind.PROFILES)
    return Counts(
        open_demands=sum(demands.get(stage, 0) for stage in OPEN_STAGES),
        profiles=sum(profiles.get(stage, 0) for stage in PUBLIC_STAGES),
        waiting_demands=demands.get(Stage.SUBMITTED, 0),
        waiting_profiles=profiles.get(Stage.SUBMITTED, 0),
        matches=matches.count_matches(session),
        demands_by_sector=records.count_by_sector(session, RecordKind.DEMANDS, OPEN_STAGES),
        profiles_by_sector=records.count_by_sector(session, RecordKind.PROFILES, PUBLIC_STAGES),
    )
