"""Addresses: record ids of any characters in a path, and `next` addresses that never leave the site."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from werkzeug.routing import BaseConverter, IntegerConverter, Map, ValidationError

from matching.domain.records import RecordKind

_ESCAPE = re.compile(r"~([0-9A-F]{2})")
_OWN_PAGES = {"new"}


def to_segment(record_id: str) -> str:
    """An id as one segment of a path.

    Percent-encoding is not enough: servers decode %2F before routing, and browsers resolve "..". Letters of
    any script, digits, "-" and "_" stay; every other byte becomes "~" and two hexadecimal digits.
    """
    plain = "".join(c if c.isalnum() or c in "-_" or (c == "." and i) else _tilde(c) for i, c in enumerate(record_id))
    return _tilde(plain[0]) + plain[1:] if plain in _OWN_PAGES else plain


def from_segment(segment: str) -> str:
    """The id of a segment.

    Raises:
        ValueError: no id is written like that; every id has one address only.
    """
    data = b"".join(
        bytes.fromhex(part) if place % 2 else part.encode() for place, part in enumerate(_ESCAPE.split(segment))
    )
    record_id = data.decode()
    if to_segment(record_id) != segment:
        raise ValueError(segment)
    return record_id


class RecordIdConverter(BaseConverter):
    """`<record:record_id>` in a rule: one segment, any id."""

    def to_python(self, value: str) -> str:
        """The id that the segment stands for; no rule matches a segment that stands for none."""
        try:
            return from_segment(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: str) -> str:
        """The segment, percent-encoded."""
        return quote(to_segment(value))


class RowNumberConverter(IntegerConverter):
    """`<number:…>` in a rule: a row's number, no larger than a database takes."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=2**31 - 1)


@lru_cache(maxsize=4096)
def record_path(kind: RecordKind, record_id: str) -> str:
    """The page of a record; the same as `url_for`, at the price of a look-up (lists make hundreds)."""
    return f"/{kind.value}/{quote(to_segment(record_id))}"


def same_site(address: str | None) -> str | None:
    """The address if it is a path of this site that no browser reads otherwise, else None."""
    if not address or len(address) > 2_000 or not address.isascii() or not address.isprintable() or " " in address:
        return None
    decoded = unicodedata.normalize("NFKC", unquote(unquote(address)))
    for text in (address, decoded):
        parts = urlsplit(text) if "\\" not in text else None
        if parts is None or parts.scheme or parts.netloc or not text.startswith("/") or text.startswith("//"):
            return None
    return address if decoded.replace("\n", "").replace("\t", "").replace("\r", "") == decoded else None


def _tilde(character: str) -> str:
    return "".join(f"~{byte:02X}" for byte in character.encode())
