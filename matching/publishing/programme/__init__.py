"""Files of a programme, one format each. To add one: a module with a `render` and a line in `FORMATS`.

A calendar is made from all publications of a season for one person or room (`calendar.calendar_file`); the formats
here are made from one revision. Their modules are imported when they are asked for: PDF brings a second of imports.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matching.domain.errors import InputError, problem
from matching.publishing.programme.programme import Links, Programme, Side, Subject, read_programme

__all__ = ["CALENDAR", "FORMATS", "Format", "Links", "Programme", "Side", "Subject", "find_format", "read_programme"]

CALENDAR = ("ics", ".ics", "text/calendar; charset=utf-8")
"""Code, suffix and media type of calendars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of file: the code that people ask by, its suffix and media type, the module that makes it."""

    code: str
    suffix: str
    media_type: str
    module: str

    def render(self, programme: Programme, *, language: str = "zh", **options: Any) -> bytes:
        """The file. `table-cards` takes `links` as an option.

        Raises:
            InputError: `no_chinese_font` (PDF), `link_too_long`.
        """
        module = importlib.import_module(f"{__name__}.{self.module}")
        written: bytes = module.render(programme, language=language, **options)
        return written


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS: tuple[Format, ...] = (
    Format(code="xlsx", suffix=".xlsx", media_type=_SHEET, module="workbook"),
    Format(code="run-of-show", suffix=".pdf", media_type="application/pdf", module="run_of_show"),
    Format(code="sign-in", suffix=".pdf", media_type="application/pdf", module="sign_in_sheet"),
    Format(code="table-cards", suffix=".pdf", media_type="application/pdf", module="table_cards"),
    Format(code="json", suffix=".json", media_type="application/json", module="as_json"),
)
"""The formats of one revision, in the order in which they are offered."""

_BY_CODE: Mapping[str, Format] = {one.code: one for one in FORMATS}


def find_format(code: str) -> Format:
    """The format of that code.

    Raises:
        InputError: `unknown_programme_format`.
    """
    if code not in _BY_CODE:
        raise InputError(problem("unknown_programme_format", value=code, known=[*_BY_CODE, CALENDAR[0]]))
    return _BY_CODE[code]
