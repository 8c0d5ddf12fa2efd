"""Days as offices write them: 2026年6月底前, 2026.11.23, 二〇二六年六月, 2026年第三季度.

A day without its year, or with a year of two digits, is refused: the wrong century is worse than a question.
"""

import calendar
import re
from datetime import date, timedelta
from enum import Enum
from typing import Final

from matching.domain.errors import InputError, Problem, problem
from matching.intake.numerals import CHINESE, CHINESE_DIGITS, plain, to_number


class Long(Enum):
    """The day that never comes: 长期有效, 不限."""

    LONG = "long"


LONG: Final = Long.LONG

FIRST_YEAR, LAST_YEAR = 1900, 2199
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(18_264, 73_051)  # 1950 to 2100: a five-digit number outside is no day

_LONG = re.compile(r"长期(?:有效)?|永久(?:有效)?|持续有效|常年(?:有效)?|不限|无期限|长年|long-?term|permanent|nolimit")
_NOISE = re.compile(
    r"[t,，]?\d{1,2}[:时]\d{2}(?:[:分]\d{2}秒?(?:\.\d+)?z?|分)?|\(?(?:星期|周)[一二三四五六日天]\)?|^(?:截至|截止(?:至|到|日期)?|至|到|于|预计|计划|拟于?|约):?|"
    r"(?:之前|以前|前|之后|以后|后|止|截止|为止|之内|以内|(?<!年)内|起|左右|完成|交付|到期|\(?含\)?|[。.,，;；])+$"
)
_FULL = re.compile(r"(?P<y>\d+)(?P<s>[-/.年、])(?P<m>\d{1,2})(?:(?P=s)|月)(?P<d>\d{1,2})[日号]?")
_COMPACT = re.compile(r"(?P<y>(?:19|20|21)\d\d)(?P<m>\d\d)(?P<d>\d\d)")
_MONTH = re.compile(
    r"(?P<y>\d+)(?:[-/.](?P<m>\d{1,2})|年(?:(?P<from>\d{1,2})月?[-–—~至到])?(?P<m2>\d{1,2})月(?:份)?)(?P<part>.*)"
)
_QUARTER = re.compile(r"(?P<y>\d+)年?[-/.]?(?:第?(?P<q>[1-4])季度?|q(?P<q2>[1-4]))(?P<part>末|底)?")
_YEAR_PART = re.compile(r"(?P<y>\d+)年?(?P<part>底|末|年底|年末|年内|内|中|年中|上半年|下半年)")
_HALVES = re.compile(r"(?P<a>\d{4}年.*[日号月]|\d{4}([-/.])\d{1,2}\2\d{1,2})(?:[-–—~至到]+)(?P<b>\d{1,2}月.*|\d{4}.*)")
_NO_YEAR = re.compile(r"\d{1,2}(?:月|[-/.])\d{1,2}[日号]?|\d{1,2}月(?:底|末|初|中|[上中下]旬|份)?")
_US = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})")
_ENGLISH = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/.,]*)?(?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/.,]*"
    r"(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?!\d)[-/.,，]+)?(?P<y>\d{4})"
)
_PARTS = {
    "": (1, 31), "初": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20), "下旬": (21, 31),
    "底": (21, 31), "末": (21, 31),
}  # fmt: skip
_YEAR_PARTS = {"上半年": (1, 6), "中": (6, 6), "年中": (6, 6), "下半年": (7, 12)}


def parse_day(text: str, *, end: bool = True) -> date | Long:
    """The day that `text` means.

    A month, a third of a month, a quarter or a year's end is a span: its last day when `end`, else its first.
    "前" (before) includes the day itself. Also read: Excel's day numbers and what spreadsheets hold as days,
    once they are written as ISO text.

    Returns:
        The day, or `LONG` for 长期有效 and 不限.

    Raises:
        InputError: `not_a_day`; `no_such_day` (2026-02-30); `no_year` (6月30日); `two_digit_year`;
            `year_only` (2026年); `day_or_month_first` (06/07/2026).
    """
    said = _digits(plain(re.sub(r"\s+(?=\d{1,2}:\d)", "T", text.strip())))
    if _LONG.fullmatch(said):
        return LONG
    previous = None
    while previous != said:  # 2026年6月30日前（含）: the words come in any number and order
        previous, said = said, _NOISE.sub("", said)
    if _NO_YEAR.fullmatch(said):
        raise InputError(problem("no_year", value=text))
    found = _span(said, text)
    if found is None:
        halves = _HALVES.fullmatch(said)
        if halves is None:
            raise InputError(_why_not(said, text))
        later = said[:5] + halves["b"] if _NO_YEAR.fullmatch(halves["b"]) else halves["b"]
        start, last = _span(halves["a"], text), _span(later, text)
        if start is None or last is None or start[0] > last[1]:
            raise InputError(problem("not_a_day", value=text))
        found = start[0], last[1]
    return found[1] if end else found[0]


def _span(said: str, text: str) -> tuple[date, date] | None:
    """First and last day of what is said; None when it has none of the known shapes."""
    if re.fullmatch(r"\d{5}", said) and int(said) in _EXCEL_SERIALS:
        day = _EXCEL_EPOCH + timedelta(days=int(said))
        return day, day
    if shape := _FULL.fullmatch(said) or _COMPACT.fullmatch(said) or _american(said, text):
        day = _day(shape["y"], shape["m"], int(shape["d"]), text)
        return day, day
    if shape := _QUARTER.fullmatch(said):
        quarter = int(shape["q"] or shape["q2"])
        return _months(shape["y"], quarter * 3 - 2, quarter * 3, text)
    if shape := _YEAR_PART.fullmatch(said):
        return _months(shape["y"], *_YEAR_PARTS.get(shape["part"], (12, 12)), text)
    if (shape := _MONTH.fullmatch(said)) and shape["part"] in _PARTS:
        month = shape["m"] or shape["m2"]
        first, last = _PARTS[shape["part"]]
        start = _day(shape["y"], shape["from"] or month, first, text)
        return start, _day(shape["y"], month, min(last, _length(shape["y"], month, text)), text)
    if shape := _ENGLISH.fullmatch(said):
        month = "janfebmaraprmayjunjulaugsepoctnovdec".index(shape["m"]) // 3 + 1
        if day_of_month := shape["d"] or shape["d2"]:
            day = _day(shape["y"], str(month), int(day_of_month), text)
            return day, day
        return _months(shape["y"], month, month, text)
    return None


def _american(said: str, text: str) -> re.Match[str] | None:
    """30/6/2026 and 6/30/2026, as long as only one reading is possible."""
    shape = _US.fullmatch(said)
    if shape is None:
        return None
    a, b = int(shape["a"]), int(shape["b"])
    if a <= 12 and b <= 12 and a != b:
        raise InputError(problem("day_or_month_first", value=text))
    month, day = (a, b) if a <= 12 else (b, a)
    return _FULL.fullmatch(f"{shape['y']}-{month}-{day}")


def _day(year: str, month: str | int, day: int, text: str) -> date:
    if len(year) != 4:
        raise InputError(problem("two_digit_year" if len(year) == 2 else "not_a_day", value=text))
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise InputError(problem("not_a_day", value=text))
    try:
        return date(int(year), int(month), day)
    except ValueError:
        raise InputError(problem("no_such_day", value=text)) from None


def _length(year: str, month: str | int, text: str) -> int:
    first = _day(year, month, 1, text)
    return calendar.monthrange(first.year, first.month)[1]


def _months(year: str, first: int, last: int, text: str) -> tuple[date, date]:
    return _day(year, first, 1, text), _day(year, last, _length(year, last, text), text)


def _why_not(said: str, text: str) -> Problem:
    if re.fullmatch(r"(?:19|20|21)\d\d年?", said):
        return problem("year_only", value=text)
    if re.fullmatch(r"\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}[日号]?", said):
        return problem("two_digit_year", value=text)
    return problem("not_a_day", value=text)


def _digits(said: str) -> str:
    """Chinese numerals of a day as Arabic ones: 二零二六年十一月二十三日, 第三季度."""
    said = re.sub(rf"[{CHINESE_DIGITS}]{{4}}(?=年)", lambda m: "".join(str(_DIGIT_VALUES[c]) for c in m[0]), said)
    said = re.sub(rf"({CHINESE})(?=[月日号季])", lambda m: str(to_number(m[1])), said)
    return re.sub(rf"(?<=[年月])({CHINESE})(?=[-–—~至到])", lambda m: str(to_number(m[1])), said)


_DIGIT_VALUES = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
