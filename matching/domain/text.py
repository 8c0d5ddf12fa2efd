"""The one gate that all text passes, and the folded form that is compared and parsed.

The original is kept as it was written; the folded form never replaces it.
"""

import unicodedata

from matching.domain.errors import InputError, problem

LONGEST_TEXT = 20_000
"""Characters of one field. Longer texts are refused: they are files, not fields."""

_ALLOWED_CONTROLS = "\n\r\t"


def check_text(text: str, *, key: str | None = None, longest: int = LONGEST_TEXT) -> str:
    """Return `text` unchanged, or refuse what no database and no page can carry.

    Raises:
        InputError: `control_character` (NUL and other C0/C1 controls but line breaks and tabs),
            `surrogate` (half a character), `too_long`.
    """
    if text.isprintable() and len(text) <= longest:  # the usual case, at C speed
        return text
    for place, character in enumerate(text, start=1):
        category = unicodedata.category(character)
        if category == "Cs":
            raise InputError(problem("surrogate", key=key, value=text, place=place))
        if category == "Cc" and character not in _ALLOWED_CONTROLS:
            raise InputError(
                problem(
                    "control_character",
                    key=key,
                    value=text,
                    place=place,
                    code_point=f"U+{ord(character):04X}",
                )
            )
    if len(text) > longest:
        raise InputError(problem("too_long", key=key, value=text, length=len(text), longest=longest))
    return text


def fold(text: str) -> str:
    """NFKC, case-folded, without any white space or zero-width characters: for comparing and parsing only."""
    folded = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    if folded.isprintable():  # so it holds none of the invisible ones: they are format characters
        return folded
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")
