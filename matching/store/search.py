"""The text that the list pages search in: short words, parts of names, pinyin initials, traditional characters.

A plain LIKE over a folded column finds two-character words, which SQLite's trigram index cannot; over the
3,000 records of a city it costs a few milliseconds.
"""

from functools import cache, lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin

from matching.domain.demand import Demand
from matching.domain.records import Record, owner_of, title_of
from matching.domain.text import fold
from matching.domain.vocabulary import Vocabulary

LONGEST_QUERY = 100


@cache
def _simplifier() -> Any:
    from opencc import OpenCC  # its tables take a moment: only where text is searched or stored

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Folded, and in simplified characters."""
    return _to_simplified(fold(text))


def _to_simplified(text: str) -> str:
    converted: str = text if text.isascii() else _simplifier().convert(text)
    return converted


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """The first letters of the pinyin: 智能导览 → zndl."""
    return "".join(lazy_pinyin(simplified(text), style=Style.FIRST_LETTER)).casefold()


def search_text(record: Record, vocabulary: Vocabulary) -> str:
    """Everything about a record that a person may type to find it; parts are kept apart by a line break."""
    names = [vocabulary.sectors.name(word, language) for word in record.sectors or () for language in ("zh", "en")]
    tags = [capability if isinstance(capability, str) else capability.name for capability in record.capabilities or ()]
    body = record.description if isinstance(record, Demand) else record.summary
    title, owner = title_of(record), owner_of(record) or ""
    parts = [record.id, title, owner, body or "", record.district or "", *names, *tags]
    text = _to_simplified("\n".join(map(fold, parts)))  # one conversion: each call costs more than its text
    return "\n".join([text, initials(title), initials(owner)])


def query_words(query: str) -> list[str]:
    """The words of a search box, each to be found somewhere; LIKE's own signs are taken literally."""
    words = [simplified(word) for word in query[:LONGEST_QUERY].split()]
    return [w.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for w in words if w]
