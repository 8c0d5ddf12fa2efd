"""One cell's text into values of the contract JSON, and back: one pair of functions for each kind of column.

A reader takes the text as a person wrote it and gives the JSON value, or `UNKNOWN` when the cell says that
nothing is known. A shower gives the text that a person would write for the value; `columns.Column` checks that
it reads back to the same value and otherwise writes JSON.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from matching.domain.errors import InputError, problem
from matching.domain.text import fold
from matching.domain.vocabulary import Terms
from matching.intake.days import LONG, parse_day, parse_duration_days
from matching.intake.money import parse_money
from matching.intake.numerals import CHINESE, plain, to_number

UNKNOWN: Final = None
NONE_WORDS = frozenset(
    {"无", "没有", "暂无", "无要求", "无特殊要求", "不要求", "不限", "无需", "未有", "空", "none", "无限制", "没要求", "不作要求", "不做要求"}
)
UNKNOWN_WORDS = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "?", "？", "未知", "不详", "不清楚", "暂缺", "未填", "待定", "待补充", "待确认", "待确定", "n/a", "na", "null", "tbd", "未定", "保密"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader knows beside the text."""

    today: date
    terms: Terms | None = None  # the column's list of words, if it has one
    bare_unit_yuan: int = 1  # what a number without a unit counts under this heading
    side: str = ""  # "max" under a heading 最高限价, "min" under 最低报价


Reader = Callable[[str, Reading], Any]
Shower = Callable[[Any], str]


def _is(words: frozenset[str], text: str) -> bool:
    return fold(text).strip("。.") in words


def read_title(text: str, _: Reading) -> str | None:
    """Any text; only an empty cell is unknown."""
    return text or UNKNOWN


def read_text(text: str, _: Reading) -> str | None:
    """Any text but the words for "not known"."""
    return UNKNOWN if _is(UNKNOWN_WORDS, text) else text


def read_optional_text(text: str, _: Reading) -> str | None:
    """Any text; 无 says that there is none to tell."""
    return UNKNOWN if _is(UNKNOWN_WORDS, text) or _is(NONE_WORDS, text) else text


def read_list(text: str, reading: Reading) -> list[str] | None:
    """Items parted by ；;、,， or line breaks outside brackets; 无 and 不限 are the empty list."""
    if _is(UNKNOWN_WORDS, text):
        return UNKNOWN
    return [] if _is(NONE_WORDS, text) else _words(text, reading.terms)


def read_open_list(text: str, reading: Reading) -> list[str] | None:
    """As `read_list`, for columns where 不限 is a word of its own (服务区域, 部署方式) and is kept."""
    if _is(UNKNOWN_WORDS, text) or _is(NONE_WORDS - {"不限", "无限制"}, text):
        return UNKNOWN
    return _words(text, reading.terms)


def read_money(text: str, reading: Reading) -> tuple[int | None, int | None] | None:
    """Lowest and highest amount in 元; 面议 and 不限 leave both unknown."""
    if _is(UNKNOWN_WORDS, text) or _is(NONE_WORDS, text):
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


_SOON = frozenset(
    {"随时", "随时可接", "立即", "即时", "马上", "现在", "即日起", "尽快", "即刻", "随时可承接", "随时可以", "asap", "anytime", "now"}
)


def _day(text: str, *, end: bool) -> str | None:
    if _is(UNKNOWN_WORDS, text) or _is(NONE_WORDS, text):
        return UNKNOWN
    day = parse_day(text, end=end)
    return UNKNOWN if day is LONG else day.isoformat()


def read_lead_days(text: str, _: Reading) -> int | None:
    """Calendar days."""
    unsaid = _is(UNKNOWN_WORDS, text) or fold(text) in {"面议", "可谈", "另议", "视项目而定", "视情况", "视情况而定"}
    return UNKNOWN if unsaid else parse_duration_days(text)


def read_maturity(text: str, _: Reading) -> int | None:
    """A technology readiness level: TRL6, 6, 六级, TRL 7 及以上; of a range the lower end."""
    if _is(UNKNOWN_WORDS, text):
        return UNKNOWN
    said = re.sub(r"\([^)]*\)", "", plain(text))
    levels = re.fullmatch(rf"(?:不低于|至少|≥|>=)?(?:trl)?[-:.]?(\d(?:\.0)?|{CHINESE})级?(?:[-~至到](?:trl)?\d级?)?(?:及?以上|\+)?", said)
    level = None if levels is None else to_number(levels[1])
    if level is None:
        raise InputError(problem("not_a_maturity", value=text))
    return int(level)


def read_least_maturity(text: str, reading: Reading) -> int | None:
    """As `read_maturity`; 无要求 is 1, which every level reaches."""
    return 1 if _is(NONE_WORDS, text) else read_maturity(text, reading)


def read_count(text: str, _: Reading) -> int | None:
    """A whole number with or without its counter (3家, 两人); 不超过3家 and 2-3家 are 3; 无 is 0; 不限 is unknown."""
    if _is(UNKNOWN_WORDS, text) or fold(text) in {"不限", "不限制", "无限制"}:
        return UNKNOWN
    if _is(NONE_WORDS, text):
        return 0
    said = re.sub(r"\([^)]*\)", "", plain(text))
    number = rf"(\d+(?:\.0+)?|{CHINESE}|零)"
    count = re.fullmatch(rf"(?:约|共|最多|至多|不超过)?(?:{number}[-~至到])?{number}[个家人位名项单户]?(?:以内|左右)?(?:同时)?", said)
    if count is None or "零" in said.removeprefix("零").removesuffix("零"):
        raise InputError(problem("not_a_count", value=text))
    value = 0 if count[2] == "零" else to_number(count[2])
    if value is None:
        raise InputError(problem("not_a_count", value=text))
    return int(value)


_OPERATORS = {
    "≥": "≥", ">=": "≥", "=>": "≥", "不低于": "≥", "不少于": "≥", "不小于": "≥", "达到": "≥", "大于等于": "≥", "≧": "≥",
    "≤": "≤", "<=": "≤", "=<": "≤", "不超过": "≤", "不高于": "≤", "不多于": "≤", "不大于": "≤", "小于等于": "≤", "≦": "≤",
    ">": ">", "大于": ">", "高于": ">", "＞": ">", "<": "<", "小于": "<", "低于": "<", "＜": "<",
    "=": "=", "＝": "=", "等于": "=",
}  # fmt: skip
_METRIC = re.compile(
    rf"(?P<name>.+?)\s*[:：]?\s*(?P<operator>{'|'.join(sorted(map(re.escape, _OPERATORS), key=len, reverse=True))})"
    r"\s*(?P<value>[0-9０-９]+(?:[.．][0-9０-９]+)?)\s*(?P<unit>[^0-9０-９].*)?"
)


def read_metrics(text: str, _: Reading) -> list[dict[str, Any]] | None:
    """识别准确率≥95%；响应时间≤3秒. What has no such form keeps its whole text as the name."""
    if _is(UNKNOWN_WORDS, text):
        return UNKNOWN
    if _is(NONE_WORDS, text):
        return []
    return [_metric(item) for item in split(text, "；;\n，")]


def _metric(item: str) -> dict[str, Any]:
    shape = _METRIC.fullmatch(item)
    if shape is None:
        return {"name": item}
    number = float(plain(shape["value"]))
    metric = {
        "name": shape["name"],
        "operator": _OPERATORS[shape["operator"]],
        "value": int(number) if number.is_integer() else number,
        "unit": "%" if shape["unit"] == "％" else shape["unit"],
    }
    return {key: value for key, value in metric.items() if value is not None}


_VALID_UNTIL = re.compile(
    r"(?P<name>.+?)\s*[（(【\[,，\s]*(?:证书)?(?:有效期限?|有效)?(?:自.*?)?(?:截止|[至到]|[:：])+(?P<day>[^）)】\]]*?\d[^）)】\]]*)[）)】\]]?"
)
_ENDS_ON = re.compile(r"(?P<name>.+?)\s*[（(【\[,，]\s*(?P<day>\d[^）)】\]]*?)\s*(?:到期|止|前|有效)*[）)】\]]?")
_LONG_VALID = re.compile(r"(?P<name>.+?)\s*[（(【\[,，]\s*(?:有效期)?[:：]?(?:长期(?:有效)?|永久(?:有效)?)[）)】\]]?")
_EXPIRED = re.compile(r"(?P<name>.+?)\s*[（(【\[]\s*(?:已过期|已到期|过期|有效期不详|续期中|续办中|有效期未知)\s*[）)】\]]")


def read_qualifications(text: str, reading: Reading) -> list[Any] | None:
    """等保二级（有效期至2027-06-30）；软件著作权. An end that nobody can tell (已过期, 续办中) is a day left empty."""
    if _is(UNKNOWN_WORDS, text):
        return UNKNOWN
    if _is(NONE_WORDS, text):
        return []
    items: list[str] = []
    for item in split(text, "；;、,，\n"):
        if items and item.startswith(("有效期", "有效至")):
            items[-1] += f"（{item}）"
        else:
            items.append(item)
    return [_qualification(item) for item in items if not _is(NONE_WORDS, item)]


def _qualification(item: str) -> Any:
    if shape := _LONG_VALID.fullmatch(item):
        return shape["name"]
    if shape := _EXPIRED.fullmatch(item):
        return {"name": shape["name"], "valid_until": None}
    shape = _VALID_UNTIL.fullmatch(item) or _ENDS_ON.fullmatch(item)
    if shape is None or not re.search(r"\d{2,}\s*[-/.年]|\d{8}|\d月", shape["day"]):
        return item
    day = parse_day(shape["day"], end=True)
    return shape["name"] if day is LONG else {"name": shape["name"], "valid_until": day.isoformat()}


_CASE_KEYS = ("client", "sector", "year", "metric", "amount_yuan", "verified_by")


def read_cases(text: str, _: Reading) -> list[dict[str, Any]] | None:
    """One case a line: 客户|行业|年份|效果|金额|证明方. A line without | is told as the effect."""
    if _is(UNKNOWN_WORDS, text):
        return UNKNOWN
    if _is(NONE_WORDS, text):
        return []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(parts := split(text, "；;")) > 1 and all(re.search(r"[|｜]", p) for p in parts):
        lines = parts
    return [_case(line) for line in lines]


def _case(line: str) -> dict[str, Any]:
    fields = [field.strip() for field in re.split(r"[|｜]", line)]
    if len(fields) == 1:
        return {"metric": line}
    if len(fields) > len(_CASE_KEYS):
        raise InputError(problem("bad_case", value=line, count=len(fields)))
    case: dict[str, Any] = {
        key: field
        for key, field in zip(_CASE_KEYS, fields, strict=False)
        if not (_is(UNKNOWN_WORDS, field) or _is(NONE_WORDS, field))
    }
    if "year" in case:
        years = re.findall(r"(?<!\d)(?:19|20|21)\d\d(?!\d)", plain(case["year"]))
        if not years:
            raise InputError(problem("not_a_year", value=case["year"]))
        case["year"] = int(years[-1])
    if "amount_yuan" in case:
        money = parse_money(case["amount_yuan"])
        if money.min_yuan != money.max_yuan:
            raise InputError(problem("not_one_amount", value=case["amount_yuan"]))
        case["amount_yuan"] = money.min_yuan
    return {key: value for key, value in case.items() if value is not None}


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


def _words(text: str, terms: Terms | None) -> list[str]:
    """The items of a list; 文创/体育 and 现场+远程 are parted too when every part is a known word."""
    words: list[str] = []
    for item in split(text, "；;、,，\n\r"):
        parts = [part.strip() for part in re.split(r"[/+＋／\s和及与或]+", item) if part.strip()]
        known = terms is not None and terms.code(item) is None and all(terms.code(part) for part in parts)
        words.extend(parts if known else [item])
    return words


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
    return f"{yuan / 10_000:g}万元" if yuan >= 10_000 and yuan % 100 == 0 and yuan < 10**10 else f"{yuan}元"


def show_money(ends: Sequence[int | None]) -> str:
    """20万元-30万元, 不超过30万元, 3万元起."""
    low, high = ends
    if low is None:
        return "" if high is None else f"不超过{show_yuan(high)}"
    if high is None:
        return f"{show_yuan(low)}起"
    return show_yuan(low) if low == high else f"{show_yuan(low)}-{show_yuan(high)}"


def show_metrics(value: Sequence[dict[str, Any]]) -> str:
    """识别准确率≥95%；响应时间≤3秒."""
    return "；".join("".join(str(m.get(k, "")) for k in ("name", "operator", "value", "unit")) for m in value) or "无"


def show_qualifications(value: Sequence[Any]) -> str:
    """等保二级（有效期至2027-06-30）；软件著作权."""
    return "；".join(map(_show_qualification, value)) or "无"


def _show_qualification(held: Any) -> str:
    if isinstance(held, str):
        return held
    until = held.get("valid_until")
    return f"{held['name']}（有效期至{until}）" if until else f"{held['name']}（有效期不详）"


def show_cases(value: Sequence[dict[str, Any]]) -> str:
    """One case a line, its fields parted by |."""
    return "\n".join("|".join(_case_fields(case)) for case in value) or "无"


def _case_fields(case: dict[str, Any]) -> list[str]:
    amount = case.get("amount_yuan")
    shown = case | {"amount_yuan": "" if amount is None else show_yuan(amount)}
    return [str(shown.get(key, "")) for key in _CASE_KEYS]


def show_capabilities(value: Sequence[Any]) -> str:
    """Names parted by ；. A capability with a price of its own has no such form and is written as JSON."""
    return show_list([v if isinstance(v, str) else v["name"] for v in value])


FORMS: dict[str, tuple[Reader, Shower]] = {
    "title": (read_title, show_text),
    "text": (read_text, show_text),
    "optional_text": (read_optional_text, show_text),
    "list": (read_list, show_list),
    "open_list": (read_open_list, show_list),
    "capabilities": (read_list, show_capabilities),
    "money": (read_money, show_money),
    "last_day": (read_last_day, show_text),
    "first_day": (read_first_day, show_text),
    "available_from": (read_available_from, show_text),
    "lead_days": (read_lead_days, show_days),
    "maturity": (read_maturity, show_number),
    "least_maturity": (read_least_maturity, show_number),
    "count": (read_count, show_number),
    "metrics": (read_metrics, show_metrics),
    "qualifications": (read_qualifications, show_qualifications),
    "cases": (read_cases, show_cases),
}
"""Form of a column (`columns.toml`) → how it is read and how it is shown."""
