"""Copied (照抄): long runs of a demand's own words in what a profile says.

A profile that repeats the demand word for word says what is asked, and ranks as one that does. Whoever reads the list
is told so. The score stays as it is: were copied words taken from a profile, anybody could silence another by posting
a demand that copies him.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property

from matching.engine.fields import Field

LONGEST_RUN = 30
"""A common run of this size is copied; a Chinese character counts 1, a Latin word or a number 2."""
SHARE = 0.6
"""So is this share of all runs of eight signs of a demand, if its text has that size at all."""

SIGN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]|[^\W_\u3400-\u9fff\U00020000-\U0003134f]+")
"""A Chinese character or a Latin word; marks and white space are none, so that a changed comma hides nothing."""

_GRAM = 8
_LOOKED_AT = 2_000  # signs of a field of a demand; with the next it bounds what texts of many pages cost
_SEARCHED = 200_000  # signs of a profile
_WORDS = 0xF0000  # private characters from here on stand for words
_N_WORDS = 0x1FFFE

Copied = Mapping[str, object]


class Signs:
    """The texts of a record, one character for each sign, so that they are searched as strings."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self.texts = ["".join(map(_character, SIGN.findall(field.normal))) for field in fields]
        self.joined = "\n".join(self.texts)[:_SEARCHED]

    def where(self, side: str, text: int, start: int, length: int) -> Copied:
        """Field and span (as written, end excluded) of some signs; no span where the normal form is of other length."""
        field = self.fields[text]
        found: dict[str, object] = {f"{side}_field": field.name}
        if len(field.normal) == len(field.text):
            spans = [match.span() for match in SIGN.finditer(field.normal)]
            found[f"{side}_span"] = [spans[start][0], spans[start + length - 1][1]]
        return found


class Original:
    """A demand's title and description, to be looked for in profiles."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._signs = Signs([field for field in fields if field.name in ("title", "description")])
        self._texts = [text[:_LOOKED_AT] for text in self._signs.texts]
        # Any run of 15 signs holds a whole one of these; so does a copy with up to one change in 15 signs.
        self._pieces = [text[start : start + _GRAM] for text in self._texts
                        for start in range(0, len(text) - _GRAM + 1, _GRAM)]  # fmt: skip

    def copied_by(self, profile: Signs) -> Copied | None:
        """What a profile copied, or None.

        `copied` is the size of the longest common run, `share` that of the demand's runs of eight signs which the
        profile holds; if the longest run is long enough, `demand_field`, `demand_span`, `profile_field` and
        `profile_span` say where it stands.
        """
        if not any(piece in profile.joined for piece in self._pieces):
            return None
        number, start, run = self._longest(profile.joined)
        share = sum(gram in profile.joined for gram in self._grams) / len(self._grams)
        if _size(run) >= LONGEST_RUN:
            theirs = next(place for place, text in enumerate(profile.texts) if run in text)
            places = {
                **self._signs.where("demand", number, start, len(run)),
                **profile.where("profile", theirs, profile.texts[theirs].find(run), len(run)),
            }
        elif share >= SHARE and sum(map(_size, self._texts)) >= LONGEST_RUN:
            places = {}
        else:
            return None
        return {"copied": _size(run), "share": round(share, 4), **places}

    @cached_property
    def _grams(self) -> frozenset[str]:
        return frozenset(text[start : start + _GRAM] for text in self._texts for start in range(len(text) - _GRAM + 1))

    def _longest(self, theirs: str) -> tuple[int, int, str]:
        """The longest run that is in the other text: of which text, from where, and itself; of equals the first."""
        best = (0, 0, "")
        for number, text in enumerate(self._texts):
            start, end = 0, len(best[2]) + 1
            while end <= len(text):  # always one longer than the best
                if text[start:end] in theirs:
                    best = (number, start, text[start:end])
                else:
                    start += 1
                end = start + len(best[2]) + 1
        return best


def _character(sign: str) -> str:
    """A Chinese character itself; a word as a private character, where two in 130,000 words are the same by chance."""
    if len(sign) == 1 and not sign.isascii():
        return sign
    return chr(_WORDS + zlib.crc32(sign.encode()) % _N_WORDS)


def _size(signs: str) -> int:
    return sum(2 if sign >= chr(_WORDS) else 1 for sign in signs)
