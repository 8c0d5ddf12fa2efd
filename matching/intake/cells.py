"""One cell's text into a value of the contract JSON, and back: a pair of functions for each form of cell.

A reader takes the text as a person wrote it and gives the JSON value, or `UNKNOWN` when the cell says that
nothing is known. A shower gives the text that a person would write for the value; `columns.Column` checks that
it reads back to the same value and otherwise writes JSON. Cells that hold several things are in `items`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from matching.domain.errors import InputError, problem
from matching.domain.text import fold
from matching.intake.days import LONG, parse_day
from matching.intake.durations import parse_duration_days
from matching.intake.money import parse_money
from matching.intake.numerals import CHINESE, plain, to_number

UNKNOWN: Final = None
NONE_WORDS = frozenset({
    "无", "没有", "暂无", "未有", "空", "无要求", "无特殊要求", "没要求", "不要求", "不作要求", "不做要求", "无限制",
    "不限", "无需", "none",
})  # fmt: skip
UNKNOWN_WORDS = frozenset({
    "", "-", "--", "—", "——", "/", "\\", "?", "未知", "不详", "不清楚", "暂缺", "未填", "待定", "未定", "待补充",
    "待确认", "待确定", "保密", "n/a", "na", "null", "tbd",
})  # fmt: skip


class Words(Protocol):
    """A list of words as far as reading needs it: `vocabulary.Terms` is one."""

    def code(self, word: str | None) -> str | None:
        """The code of a known word, None for another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader knows beside the text."""

    today: date
    terms: Words | None = None  # the column's list of words, if it has one
    bare_unit_yuan: int = 1  # what a number without a unit counts under this heading
    side: str = ""  # "max" under a heading 最高限价, "min" under 最低报价


Reader = Callable[[str, Reading], Any]
Shower = Callable[[Any], str]


_LONGEST_ANSWER = 20  # characters; a longer text says something


def says_nothing(text: str) -> bool:
    """Whether a cell says that nothing is known: empty, a dash, 不详, 待定."""
    return len(text) <= _LONGEST_ANSWER and fold(text).strip("。.") in UNKNOWN_WORDS


def says_none(text: str) -> bool:
    """Whether a cell says that there is none: 无, 没有, 不限."""
    return len(text) <= _LONGEST_ANSWER and fold(text).strip("。.") in NONE_WORDS


def read_title(text: str, _: Reading) -> str | None:
    """Any text; only an empty cell is unknown."""
    return text or UNKNOWN


def read_text(text: str, _: Reading) -> str | None:
    """Any text but the words for "not known"."""
    return UNKNOWN if says_nothing(text) else text


def read_optional_text(text: str, _: Reading) -> str | None:
    """Any text; 无 says that there is none to tell."""
    return UNKNOWN if says_nothing(text) or says_none(text) else text


def read_list(text: str, reading: Reading) -> list[str] | None:
    """Items parted by ；;、,， or line breaks outside brackets; 无 and 不限 are the empty list."""
    if says_nothing(text):
        return UNKNOWN
    return [] if says_none(text) else _words(text, reading.terms)


def read_open_list(text: str, reading: Reading) -> list[str] | None:
    """As `read_list`, for columns where 不限 is a word of its own (服务区域, 部署方式) and is kept."""
    if says_nothing(text) or (says_none(text) and fold(text) not in {"不限", "无限制"}):
        return UNKNOWN
    return _words(text, reading.terms)


def read_money(text: str, reading: Reading) -> tuple[int | None, int | None] | None:
    """Lowest and highest amount in 元; 面议 and 不限 leave both unknown."""
    if says_nothing(text) or says_none(text):
        return UNKNOWN
    money = parse_money(text, bare_unit_yuan=reading.bare_unit_yuan)
    low, high = money.min_yuan, money.max_yuan
    if reading.side == "max" and low == high:
        low = None
    if reading.side == "min" and low == high:
        high = None
    return low, high


def read_last_day(text: str, _: Reading) -> str | None:
    """A day as ISO text, the last one of a span; 长期有效 sets no day."""
    return _day(text, end=True)


def read_first_day(text: str, _: Reading) -> str | None:
    """A day as ISO text, the first one of a span; 随时 and 尽快 set no day."""
    return UNKNOWN if fold(text) in _SOON else _day(text, end=False)


def read_available_from(text: str, reading: Reading) -> str | None:
    """A day as ISO text; 随时 is the day of reading."""
    return reading.today.isoformat() if fold(text) in _SOON else _day(text, end=False)


_SOON = frozenset({
    "随时", "随时可接", "随时可承接", "随时可以", "立即", "即时", "即刻", "马上", "现在", "即日起", "尽快",
    "asap", "anytime", "now",
})  # fmt: skip


def _day(text: str, *, end: bool) -> str | None:
    if says_nothing(text) or says_none(text):
        return UNKNOWN
    day = parse_day(text, end=end)
    return UNKNOWN if day is LONG else day.isoformat()


def read_lead_days(text: str, _: Reading) -> int | None:
    """Calendar days."""
    unsaid = says_nothing(text) or fold(text) in {"面议", "可谈", "另议", "视项目而定", "视情况", "视情况而定"}
    return UNKNOWN if unsaid else parse_duration_days(text)


def read_maturity(text: str, _: Reading) -> int | None:
    """A technology readiness level: TRL6, 6, 六级, TRL 7 及以上; of a range the lower end."""
    if says_nothing(text):
        return UNKNOWN
    said = re.sub(r"\([^)]*\)", "", plain(text))
    levels = _LEVELS.fullmatch(said)
    level = None if levels is None else to_number(levels[1])
    if level is None:
        raise InputError(problem("not_a_maturity", value=text))
    return int(level)


_LEVELS = re.compile(
    rf"(?:不低于|至少|≥|>=)?(?:trl)?[-:.]?(\d(?:\.0)?|{CHINESE})级?(?:[-~至到](?:trl)?\d级?)?(?:及?以上|\+)?"
)


def read_least_maturity(text: str, reading: Reading) -> int | None:
    """As `read_maturity`; 无要求 is 1, which every level reaches."""
    return 1 if says_none(text) else read_maturity(text, reading)


def read_count(text: str, _: Reading) -> int | None:
    """A whole number with or without its counter (3家, 两人); 不超过3家 and 2-3家 are 3; 无 is 0; 不限 is unknown."""
    if says_nothing(text) or fold(text) in {"不限", "不限制", "无限制"}:
        return UNKNOWN
    if says_none(text):
        return 0
    said = re.sub(r"\([^)]*\)", "", plain(text))
    count = _COUNT.fullmatch(said)
    value = None if count is None else to_number(count[1])
    if value is None:
        raise InputError(problem("not_a_count", value=text))
    return int(value)


_A_NUMBER = rf"(?:\d+(?:\.0+)?|{CHINESE}|零)"
_COUNT = re.compile(
    rf"(?:约|共|最多|至多|不超过)?(?:{_A_NUMBER}[-~至到])?({_A_NUMBER})[个家人位名项单户]?(?:以内|左右)?"
)


def split(text: str, marks: str) -> list[str]:
    """The parts between `marks` that stand outside brackets, stripped, without empty ones."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character in "（([【《“「":
            depth += 1
        elif character in "）)]】》”」":
            depth = max(depth - 1, 0)
        elif character in marks and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _words(text: str, terms: Words | None) -> list[str]:
    """The items of a list; 文创/体育 and 现场+远程 are parted too when every part is a known word."""
    words: list[str] = []
    for item in split(text, "；;、,，\n\r"):
        parts = [part for part in _LESSER_MARKS.split(item) if part]
        parted = terms is not None and parts and terms.code(item) is None and all(map(terms.code, parts))
        words.extend(parts if parted else [item])
    return words


_LESSER_MARKS = re.compile(r"[/+＋／\s]+")


class AnyWords:
    """The list under which most is parted: it knows every word but those that could be two."""

    def code(self, word: str | None) -> str | None:
        """The word itself, unless it has a mark inside."""
        return None if word is None or _LESSER_MARKS.search(word) else word


def show_text(value: str) -> str:
    """The text itself."""
    return value


def show_number(value: float) -> str:
    """A number in plain digits."""
    return str(value)


def show_days(value: int) -> str:
    """30天."""
    return f"{value}天"


def show_list(value: Sequence[str]) -> str:
    """Items parted by ；, or 无."""
    return "；".join(value) if value else "无"


def show_yuan(yuan: int) -> str:
    """12.5万元, or 元 where 万 would need more than two decimals."""
    return f"{yuan / 10_000:.10g}万元" if yuan >= 10_000 and yuan % 100 == 0 and yuan < 10**10 else f"{yuan}元"


def show_money(ends: Sequence[int | None]) -> str:
    """20万元-30万元, 不超过30万元, 3万元起."""
    low, high = ends
    if low is None:
        return "" if high is None else f"不超过{show_yuan(high)}"
    if high is None:
        return f"{show_yuan(low)}起"
    return show_yuan(low) if low == high else f"{show_yuan(low)}-{show_yuan(high)}"
