"""The job table: what runs when (Asia/Shanghai). A new job is a file beside this one and a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from apscheduler.triggers.cron import CronTrigger

from jobs import SHANGHAI, digest, expiry, line_up, lists, refresh, reminders
from matching.services.schedule import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One kind of scheduled work.

    `catch_up` says what a worker that was down makes up for: every slot that it missed, or the newest only.
    `slot` names a planned instant; work for a period is named after the period, so that two instants of one
    period are one slot.
    """

    work: Work
    trigger: CronTrigger
    catch_up: Literal["all", "newest"]
    slot: Callable[[datetime], str]


def instant(planned_at: datetime) -> str:
    """A slot named after its minute in Shanghai."""
    return planned_at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def iso_week(planned_at: datetime) -> str:
    """A slot named after its week."""
    year, week, _ = planned_at.astimezone(SHANGHAI).isocalendar()
    return f"{year}-W{week:02d}"


def _at(**fields: str | int) -> CronTrigger:
    return CronTrigger(timezone=SHANGHAI, **fields)


JOBS = (
    Job(work=expiry.WORK, trigger=_at(hour=0, minute=5), catch_up="newest", slot=instant),
    Job(work=refresh.WORK, trigger=_at(minute="*/30"), catch_up="newest", slot=instant),
    Job(work=digest.WORK, trigger=_at(day_of_week="mon", hour=9, minute=0), catch_up="newest", slot=iso_week),
    Job(work=lists.WORK, trigger=_at(day_of_week="fri", hour=15, minute=0), catch_up="newest", slot=iso_week),
    Job(work=line_up.WORK, trigger=_at(day_of_week="wed", hour=10, minute=0), catch_up="newest", slot=iso_week),
    Job(work=reminders.WORK, trigger=_at(minute=15), catch_up="newest", slot=instant),
)
