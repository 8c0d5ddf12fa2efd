"""Text into terms: one normal form, words with their sub-words, characters with their pairs.

The original text is never changed; `locate` finds a term of the normal form again in the original.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import rjieba
from opencc import OpenCC

_TO_SIMPLIFIED = OpenCC("t2s")
_REMEMBERED = 100_000
"""Words whose form is kept; a language has not many more."""

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]+")
_LATIN = re.compile(r"[^\W_\u3400-\u9fff\U00020000-\U0003134f]+")


def normalise(text: str) -> str:
    """NFKC, lower case, simplified characters. Half characters (surrogates) become question marks."""
    if text.isascii():
        return text.lower()
    text = text.encode("utf-8", "replace").decode("utf-8")
    folded = unicodedata.normalize("NFKC", text).casefold()
    simplified: str = _TO_SIMPLIFIED.convert(folded)
    return simplified


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """The words that carry no matter, from `stop_words.toml`."""
    lists = tomllib.loads((files("matching.engine") / "stop_words.toml").read_text("utf-8"))
    return frozenset(word for text in lists.values() for word in text.split())


class WordSplitter:
    """Words of a normalised text, longer words with the shorter ones inside them.

    Parameters
    ----------
    own_words : sequence of str
        Words that the general dictionary may not know (the vocabulary's names and synonyms).
    """

    def __init__(self, own_words: Sequence[str] = ()) -> None:
        self._segmenter = rjieba.Jieba()
        for word in sorted({normalise(word) for word in own_words}):
            if _HAN.fullmatch(word) and len(word) > 1:  # Latin words need no dictionary
                self._segmenter.add_word(word, None, None)
        self._stop_words = stop_words()
        self._form = lru_cache(maxsize=_REMEMBERED)(self._form_of)

    def __call__(self, normalised: str) -> list[str]:
        """The words in reading order, without stop words, marks and lone digits."""
        found = _LATIN.findall(normalised) if normalised.isascii() else self._segmenter.cut_for_search(normalised)
        return [form for form in map(self._form, found) if form]

    def _form_of(self, word: str) -> str:
        """The word as it is counted; empty for one that says nothing."""
        if word in self._stop_words or word.isdigit() or not any(c.isalnum() for c in word):
            return ""
        return _singular(word)


@lru_cache(maxsize=4)
def word_splitter(own_words: tuple[str, ...]) -> WordSplitter:
    """The splitter for a set of own words; making one costs a tenth of a second."""
    return WordSplitter(own_words)


def characters(normalised: str) -> list[str]:
    """Single Chinese characters and pairs of neighbours; a Latin word counts as one character.

    Pieces of Latin words find nothing but noise in long texts, so there are none.
    """
    terms = [_singular(word) for word in _LATIN.findall(normalised) if not word.isdigit()]
    for run in _HAN.findall(normalised):
        terms.extend(run)
        terms.extend(map("".join, pairwise(run)))
    return terms


def _singular(word: str) -> str:
    """English plurals to singulars (Harman's S-stemmer); other words as they are."""
    if not word.isascii() or len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1]


_of_one = lru_cache(maxsize=1 << 14)(normalise)


def locate(term: str, original: str) -> tuple[int, int] | None:
    """Where a term of the normal form first stands in the original text (characters, end excluded), if found.

    The normal form may be longer or shorter than the original (㎡, ﬁ), so positions are mapped back.
    """
    normal = normalise(original)
    start = normal.find(term)
    if start < 0:
        return None
    if len(normal) == len(original):
        return start, start + len(term)
    owners = [place for place, character in enumerate(original) for _ in _of_one(character)]
    if len(owners) != len(normal):
        return None  # characters that only normalise together: rare, and not worth a wrong mark
    return owners[start], owners[start + len(term) - 1] + 1
