"""Phrases of the lexicon, found in text: plain ones as they stand, and patterns with gaps.

`货|库存…对不上|不准`: `|` separates what may stand for each other, `…` is a gap. One alternative of each piece must
stand in the same sentence, in any order, not overlapping, with at most `GAP` between neighbours. All forms of all
phrases and all cues of negation are one automaton (Aho & Corasick 1975), so that a text is read once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from matching.engine.scorers.negation import Negations, Scopes, load_negations
from matching.engine.texts import normalise

GAP = 12
"""The widest gap between two pieces, in Chinese characters; a Latin word counts as two, white space does not count."""

_WIDEST_GAP = 7 * GAP  # no gap of more characters than this can count as `GAP` or less
_CHANCE = (0.0, 30.0, 3.0, 1.0, 0.3)  # how often a form of so many characters stands in a text, roughly
_MOST = 50  # a sentence in which a piece stands more often is no prose; the bound keeps long nonsense cheap
_READ_AT_ONCE = 200  # pieces of a sentence; prose has a quarter of it, and a longer one is read bit by bit
_SHORTEST = 2  # a single character is said in every text; it only stands in a pattern
_SENTENCE_ENDS = ("。", "!", "?", ";", "\n", ".")
_GAP_MARK = re.compile(r"\.{3,}")
_BORDER = re.compile(r"(?<=[a-z0-9]) ?(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff]) ?(?=[a-z0-9])")
_LATIN_WORD = re.compile(r"[a-z0-9][a-z0-9'\-]*")
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")

Span = tuple[int, int]
_Hit = tuple[int, int, int]  # number of the form, start, end


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name or an expression of a concept; `is_need`: those who have the problem say so."""

    code: str
    spelling: str
    is_name: bool
    is_need: bool = False


class Found(NamedTuple):
    """A phrase in a text: the words as they stand there (normal form), and where each of them is."""

    phrase: Phrase
    words: tuple[str, ...]
    spans: tuple[Span, ...]


@lru_cache(maxsize=1 << 15)
def alternatives(spelling: str) -> tuple[tuple[str, ...], ...]:
    """The pieces of a phrase, each with its alternatives in normal form; a plain phrase is one piece."""
    pieces = _GAP_MARK.split(normalise(spelling))  # the normal form of … is ...
    return tuple(tuple(map(str.strip, piece.split("|"))) for piece in pieces)


def forms(word: str) -> set[str]:
    """How a word of the lexicon may be written: with a space, a hyphen or nothing between, English also in the plural.

    A plural of the text that only adds "s" or "es" is left to `_is_whole`.
    """
    if _LATIN.isdisjoint(word):
        return {word}
    found = {_BORDER.sub("", word), _BORDER.sub(" ", word)}
    if word.isascii():
        last = re.split(r"[ -]", word)[-1]
        one = _singular(last)
        before = word[: len(word) - len(last)]
        for form in {last, one, f"{one[:-1]}ies" if one.endswith("y") else one}:
            found |= {before + form, before.replace("-", " ") + form, before.replace(" ", "-") + form}
    return found


class PhraseFinder:
    """Finds the phrases of a lexicon in normalised text, except where the text says that it is about something else.

    Of plain phrases the longest counts, not what it is made of. Of two phrases spelt alike the first one counts.
    """

    def __init__(self, phrases: Iterable[Phrase], negations: Negations | None = None) -> None:
        self._negations = load_negations() if negations is None else negations
        plain: dict[str, Phrase] = {}
        patterns: list[tuple[Phrase, list[set[str]]]] = []
        for phrase in phrases:
            pieces = [{f for word in piece if word for f in forms(word)} for piece in alternatives(phrase.spelling)]
            if len(pieces) > 1:
                patterns.append((phrase, pieces))
                continue
            for form in pieces[0]:
                if len(form) >= _SHORTEST:
                    plain.setdefault(form, phrase)
        frequency = Counter(form for _, pieces in patterns for piece in pieces for form in piece)
        rich = {*plain, *self._negations.words, *_SENTENCE_ENDS}
        in_patterns = frequency.keys()
        rich |= {form for form in in_patterns if _is_latin(form)}
        # Most of what is found in a text are Chinese pieces and nothing else: they come first and are told by number.
        in_order = [*sorted(in_patterns - rich), *sorted(rich)]
        self._mere = len(in_patterns - rich)
        numbers = {form: number for number, form in enumerate(in_order)}
        self._patterns = [
            _Pattern(phrase, [frozenset(numbers[form] for form in piece) for piece in _rarest_first(pieces, frequency)])
            for phrase, pieces in patterns
        ]
        self._leads = _leads(self._patterns)
        self._roles = [
            _Role(
                is_latin=_is_latin(form),
                plain=plain.get(form),
                is_piece=form in in_patterns,
                cue=form if form in self._negations.words else None,
                ends_sentence=form in _SENTENCE_ENDS,
            )
            for form in in_order
        ]
        self._automaton = AhoCorasick(in_order)

    def find(self, normalised: str) -> list[Found]:
        """The phrases in a text: plain ones in reading order, then patterns, each at most once a sentence."""
        plain: list[tuple[int, int, Phrase]] = []
        cues: list[tuple[int, int, str]] = []
        pieces: list[_Hit] = []
        sentences = [pieces]
        mere, roles = self._mere, self._roles
        for hit in self._automaton.find_matches_as_indexes(normalised, overlapping=True):
            if hit[0] < mere:
                pieces.append(hit)
                continue
            form, start, end = hit
            is_latin, phrase, is_piece, cue, ends_sentence = roles[form]
            if is_latin and not _is_whole(normalised, start, end):
                continue
            if phrase is not None:
                plain.append((start, -end, phrase))
            if is_piece:
                pieces.append(hit)
            if cue is not None:
                cues.append((start, end, cue))
            if ends_sentence and (normalised[start] != "." or normalised[end : end + 1] not in _LATIN):  # not in 3.5
                pieces = []
                sentences.append(pieces)
        found = self._longest(normalised, plain) if plain else []
        scopes = self._negations.scopes(normalised, cues, [f.spans[0] for f in found]) if cues else None
        if scopes:
            found = [f for f in found if not scopes.cover(f.spans, f.phrase.is_need)]
        for pieces in sentences:
            for start in range(0, len(pieces), _READ_AT_ONCE):
                some = pieces[start : start + _READ_AT_ONCE]
                if len(some) > 1:
                    self._add_patterns(found, normalised, some, scopes)
        return found

    def _longest(self, text: str, plain: list[tuple[int, int, Phrase]]) -> list[Found]:
        """Those that lie inside no longer one; the hits are (start, -end, phrase)."""
        found = []
        covered = 0
        plain.sort(key=_by_place)
        for start, minus_end, phrase in plain:
            if -minus_end > covered:
                covered = -minus_end
                found.append(Found(phrase, (text[start:covered],), ((start, covered),)))
        return found

    def _add_patterns(self, found: list[Found], text: str, pieces: Sequence[_Hit], scopes: Scopes | None) -> None:
        """Add the patterns in the pieces of one sentence; only those whose rarest slot is filled are looked at."""
        present = {hit[0] for hit in pieces}
        leads = [self._leads[form] for form in present if form in self._leads]
        open_ones = [numbers for partners, numbers in leads if not partners.isdisjoint(present)]
        for number in sorted(set(chain.from_iterable(open_ones))):
            phrase, slots = self._patterns[number]
            if slots[1].isdisjoint(present):
                continue
            own = [sorted([hit[1:] for hit in pieces if hit[0] in slot])[:_MOST] for slot in slots]
            for spans in _pairs(text, *own) if len(own) == 2 else _chains(text, own):
                if not (scopes and scopes.cover(spans, phrase.is_need)):
                    found.append(Found(phrase, tuple([text[start:end] for start, end in spans]), spans))
                    break


class _Pattern(NamedTuple):
    """A phrase with gaps: the numbers of the forms that may fill each slot, the rarest slot first."""

    phrase: Phrase
    slots: list[frozenset[int]]


class _Role(NamedTuple):
    """What a form is, or is part of."""

    is_latin: bool
    plain: Phrase | None
    is_piece: bool
    cue: str | None
    ends_sentence: bool


def _leads(patterns: Sequence[_Pattern]) -> dict[int, tuple[frozenset[int], tuple[int, ...]]]:
    """For each form of a first slot: the forms of which one must stand beside it, and the patterns."""
    by_form: dict[int, list[int]] = {}
    for number, pattern in enumerate(patterns):
        for form in pattern.slots[0]:
            by_form.setdefault(form, []).append(number)
    shared: dict[tuple[int, ...], tuple[frozenset[int], tuple[int, ...]]] = {}  # forms of one piece lead alike
    leads = {}
    for form, own in by_form.items():
        key = tuple(own)
        if key not in shared:
            shared[key] = frozenset().union(*(patterns[number].slots[1] for number in own)), key
        leads[form] = shared[key]
    return leads


def _rarest_first(pieces: Sequence[set[str]], frequency: Counter[str]) -> list[set[str]]:
    """The slots of a pattern in the order in which they are likely to be filled by chance.

    Short words and those of many patterns are in every text; this only decides how much is looked at, not what is
    found.
    """
    return sorted(pieces, key=lambda piece: sum(frequency[form] * _CHANCE[min(len(form), 4)] for form in piece))


def _by_place(hit: tuple[int, int, Phrase]) -> Span:
    return hit[:2]


def _pairs(text: str, ones: Sequence[Span], others: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Two pieces with a narrow gap, in reading order."""
    for one in ones:
        for other in others:
            before, after = (one, other) if one < other else (other, one)
            if _is_near(text, before[1], after[0]):
                yield before, after


def _chains(text: str, slots: Sequence[Sequence[Span]]) -> Iterator[tuple[Span, ...]]:
    """One piece of each slot, in reading order, with narrow gaps between neighbours."""
    pieces = sorted((span, number) for number, slot in enumerate(slots) for span in slot)

    def extend(after: int, chosen: tuple[Span, ...], left: frozenset[int]) -> Iterator[tuple[Span, ...]]:
        if not left:
            yield chosen
            return
        for place in range(after, len(pieces)):
            span, number = pieces[place]
            if chosen and span[0] - chosen[-1][1] > _WIDEST_GAP:
                return
            if number in left and (not chosen or _is_near(text, chosen[-1][1], span[0])):
                yield from extend(place + 1, (*chosen, span), left - {number})

    return extend(0, (), frozenset(range(len(slots))))


def _is_near(text: str, start: int, end: int) -> bool:
    """Whether what stands between is no more than `GAP`."""
    if end - start <= GAP:
        return start <= end
    if end - start > _WIDEST_GAP:
        return False
    gap = text[start:end]
    chinese = (len(gap.encode()) - len(gap)) // 2  # a Chinese character has three bytes
    return chinese <= GAP and chinese + 2 * len(_LATIN_WORD.findall(gap)) <= GAP


def _is_latin(form: str) -> bool:
    return form[0] in _LATIN or form[-1] in _LATIN


def _is_whole(text: str, start: int, end: int) -> bool:
    """A Latin phrase must not start or end inside a longer word ("art" in "start"), but for an English plural."""
    if start and text[start] in _LATIN and text[start - 1] in _LATIN:
        return False
    if text[end - 1] not in _LATIN or end == len(text) or text[end] not in _LATIN:
        return True
    if end - start < 3 or not text[end - 3 : end].isalpha():
        return False
    rest = text[end : end + 3]
    return any(rest.startswith(s) and rest[len(s) : len(s) + 1] not in _LATIN for s in ("s", "es"))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]
