"""The worker's process and the command line: clocks and arguments in, services called, words out."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone in which people here plan and read."""


def utc_now() -> datetime:
    """The one clock of the worker and the commands."""
    return datetime.now(UTC)
