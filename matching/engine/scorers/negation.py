"""What a text says that it is not about: "不做短视频，专做盘点". The cues are data, in `negations.toml`."""

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from matching.engine.texts import normalise

_CLAUSE_MARKS = (",", "。", "!", "?", ";", "\n", "(", ")", "[", "]", "【", "】", ". ")
_CLAUSE_END = re.compile(r"[,。!?;\n()\[\]【】]|\.(?![a-z0-9])")
_BEHIND = 12  # so many characters behind "除…外" a word may say that it adds and does not leave out
_NEXT = 3  # so many of the next clause are looked at: "不是漏检，就是误报"
_LONGEST_COVER = 40  # no phrase that could hold a cue is longer
_MOST_IN_A_CLAUSE = 8  # more are no prose; both bounds keep long nonsense cheap
_TRIED_IN_A_CLAUSE = 32  # cues, most of which reach nothing then

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that negate; see `negations.toml` for the keys."""

    words: tuple[str, ...]
    reaches: str  # "on", "back" or "between"
    spares_needs: bool = False
    starts_clause: bool = False
    turns: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """A negated stretch of a text, within one clause, and the cue that negates it."""

    start: int
    end: int
    cue: Span
    spares_needs: bool


class Scopes:
    """The negated stretches of one text, by the end of the clause that they lie in."""

    def __init__(self, by_clause: Mapping[int, Sequence[Scope]]) -> None:
        self._by_clause = by_clause
        self._ends = sorted(by_clause)

    def __bool__(self) -> bool:
        return bool(self._ends)

    def cover(self, spans: Sequence[Span], is_need: bool) -> bool:
        """Whether a phrase at these places is negated: a part of it is, by a cue that is not itself part of it."""
        for span in spans:
            clause = bisect_left(self._ends, span[1])
            for scope in self._by_clause[self._ends[clause]] if clause < len(self._ends) else ():
                if (
                    scope.start <= span[0]
                    and span[1] <= scope.end
                    and not (is_need and scope.spares_needs)
                    and not any(start < scope.cue[1] and scope.cue[0] < end for start, end in spans)
                ):
                    return True
        return False


class Negations:
    """Knows the cues and how far each of them reaches."""

    def __init__(
        self,
        cues: Iterable[Cue],
        *,
        turns: Sequence[str] = (),
        harmless: Collection[str] = (),
        others: Sequence[str] = (),
        particles: Sequence[str] = (),
    ) -> None:
        self._cues = {word: cue for cue in cues for word in cue.words}
        self._turns = {cue: _any_of((*turns, *cue.turns)) for cue in self._cues.values()}
        self._closes = {cue: _any_of(cue.closes) for cue in self._cues.values()}
        self._others = _any_of(others)
        self._nothing_more = re.compile(rf"(?:\s|{_any_of(particles).pattern})*")
        self._harmless = frozenset(harmless)
        self.words = frozenset(self._cues) | self._harmless
        """All words to look for in a text."""

    def scopes(self, text: str, seen: Sequence[tuple[int, int, str]], phrases: Sequence[Span] = ()) -> Scopes:
        """What is negated, from the `words` seen in a text as (start, end, word).

        A cue inside a harmless word, or inside one of the `phrases` of the lexicon, is none.
        """
        covers = sorted((*phrases, *((start, end) for start, end, word in seen if word in self._harmless)))
        by_clause: dict[int, list[Scope]] = {}
        clause, tried = (0, 0), 0
        for start, end, word in seen:
            cue = self._cues.get(word)
            near = covers[bisect_left(covers, (end - _LONGEST_COVER, 0)) : bisect_right(covers, (start, len(text)))]
            if cue is None or any(end <= cover_end for _, cover_end in near):
                continue
            if not clause[0] <= start < clause[1]:
                clause, tried = _clause(text, start, end), 0
            tried += 1
            own = by_clause.get(clause[1], [])
            if len(own) == _MOST_IN_A_CLAUSE or tried > _TRIED_IN_A_CLAUSE:
                continue
            if reach := self._reach(text, (start, end), clause, cue):
                by_clause[clause[1]] = [*own, Scope(*reach, cue=(start, end), spares_needs=cue.spares_needs)]
        return Scopes(by_clause)

    def _reach(self, text: str, place: Span, clause: Span, cue: Cue) -> Span | None:
        start, end = place
        if cue.starts_clause and text[clause[0] : start].strip():
            return None
        if self._others.search(text, clause[0], start):
            return None
        if cue.reaches == "between":
            close = self._closes[cue].search(text, end, clause[1])
            behind = text[close.end() : close.end() + _BEHIND] if close else ""
            return (end, close.start()) if close and not any(word in behind for word in cue.unless) else None
        if any(word in text[end : clause[1] + _NEXT] for word in cue.unless):
            return None
        if cue.reaches == "back" or self._nothing_more.fullmatch(text, end, clause[1]):
            turns = list(self._turns[cue].finditer(text, clause[0], start))
            return (turns[-1].end() if turns else clause[0]), start
        turn = self._turns[cue].search(text, end, clause[1])
        return end, turn.start() if turn else clause[1]


def _clause(text: str, start: int, end: int) -> Span:
    """The clause around a place."""
    after = _CLAUSE_END.search(text, end)
    return max(text.rfind(mark, 0, start) for mark in _CLAUSE_MARKS) + 1, after.start() if after else len(text)


@lru_cache(maxsize=1)
def load_negations() -> Negations:
    """The cues of `negations.toml`."""
    data = tomllib.loads((files("matching.engine") / "negations.toml").read_text("utf-8"))
    cues = [_cue(entry) for entry in data.pop("cue")]
    return Negations(cues, **{key: _all(words) for key, words in data.items()})


def _cue(entry: Mapping[str, Any]) -> Cue:
    keys: dict[str, Any] = {key: _all(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Cue(**keys)


def _all(words: Iterable[str]) -> tuple[str, ...]:
    """The words in normal form, those with an apostrophe also with the other one."""
    return tuple(form for word in map(normalise, words) for form in dict.fromkeys((word, word.replace("'", "’"))))


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the words, English ones as whole words; nothing at all if there are none."""
    spelt = (rf"(?<![a-z0-9]){re.escape(w)}(?![a-z0-9])" if w.isascii() else re.escape(w) for w in words)
    return re.compile("|".join(spelt) or r"(?!)")
