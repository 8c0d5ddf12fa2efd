"""Pages of a list."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from matching.store.records import Page

LAST_PAGE = 100_000


def page_number() -> int:
    """The page that was asked for; anything that is no number is the first."""
    asked = request.args.get("page", "1")
    return min(int(asked), LAST_PAGE) if asked.isdecimal() and asked.isascii() and len(asked) < 9 else 1


def pages_around(page: Page) -> Sequence[int | None]:
    """The page numbers to show: first, last, and those beside the present one; None stands for a gap."""
    near = sorted({1, page.pages, *range(max(1, page.number - 1), min(page.pages, page.number + 1) + 1)})
    shown: list[int | None] = []
    for number in near:
        if shown and shown[-1] is not None and number - shown[-1] > 1:
            shown.append(None)
        shown.append(number)
    return shown


def page_address(number: int) -> str:
    """This list, at another page."""
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key != "page" and value}
    return "?" + urlencode({**kept, "page": number})
