"""The forms that a column's cells may have. To add one: its reader and shower, and a line here."""

from collections.abc import Mapping

from matching.intake.cells import (
    Reader,
    Shower,
    read_available_from,
    read_count,
    read_first_day,
    read_last_day,
    read_lead_days,
    read_least_maturity,
    read_list,
    read_maturity,
    read_money,
    read_open_list,
    read_optional_text,
    read_text,
    read_title,
    show_days,
    show_list,
    show_money,
    show_number,
    show_text,
)
from matching.intake.items import (
    read_cases,
    read_metrics,
    read_qualifications,
    show_capabilities,
    show_cases,
    show_metrics,
    show_qualifications,
)

FORMS: Mapping[str, tuple[Reader, Shower]] = {
    "title": (read_title, show_text),
    "text": (read_text, show_text),
    "optional_text": (read_optional_text, show_text),
    "list": (read_list, show_list),
    "open_list": (read_open_list, show_list),
    "capabilities": (read_list, show_capabilities),
    "money": (read_money, show_money),
    "last_day": (read_last_day, show_text),
    "first_day": (read_first_day, show_text),
    "available_from": (read_available_from, show_text),
    "lead_days": (read_lead_days, show_days),
    "maturity": (read_maturity, show_number),
    "least_maturity": (read_least_maturity, show_number),
    "count": (read_count, show_number),
    "metrics": (read_metrics, show_metrics),
    "qualifications": (read_qualifications, show_qualifications),
    "cases": (read_cases, show_cases),
}
"""Form of a column (`columns.toml`) → how it is read and how it is shown."""
