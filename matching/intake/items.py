"""Cells that hold several things, each with parts of its own: acceptance figures, qualifications, cases."""

import re
from collections.abc import Sequence
from typing import Any

from matching.domain.errors import InputError, problem
from matching.intake.cells import UNKNOWN, Reading, says_none, says_nothing, show_list, show_yuan, split
from matching.intake.days import LONG, parse_day
from matching.intake.money import parse_money
from matching.intake.numerals import CHINESE, plain

_OPERATORS = {
    "≥": "≥", ">=": "≥", "=>": "≥", "不低于": "≥", "不少于": "≥", "不小于": "≥", "达到": "≥", "大于等于": "≥", "≧": "≥",
    "≤": "≤", "<=": "≤", "=<": "≤", "不超过": "≤", "不高于": "≤", "不多于": "≤", "不大于": "≤", "≦": "≤",
    "小于等于": "≤",
    ">": ">", "大于": ">", "高于": ">", "＞": ">", "<": "<", "小于": "<", "低于": "<", "＜": "<",
    "=": "=", "＝": "=", "等于": "=",
}  # fmt: skip
_METRIC = re.compile(
    rf"(?P<name>.+?)\s*[:：]?\s*(?P<operator>{'|'.join(sorted(map(re.escape, _OPERATORS), key=len, reverse=True))})"
    r"\s*(?P<value>[0-9０-９]+(?:[.．][0-9０-９]+)?)\s*(?P<unit>[^0-9０-９].*)?"
)


def read_metrics(text: str, _: Reading) -> list[dict[str, Any]] | None:
    """识别准确率≥95%；响应时间≤3秒. What has no such form keeps its whole text as the name."""
    if says_nothing(text):
        return UNKNOWN
    if says_none(text):
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


_QUALIFICATION = re.compile(
    r"(?P<name>[^（(【\[,，]+?)\s*(?:[（(【\[,，]+|(?=有效期|有效至|至\d|截止))\s*(?P<rest>[^）)】\]]*)[）)】\]]*"
)
_VALIDITY_WORDS = re.compile(r"证书(?=有效)|有效期?限?|截止|到期|日期|[:：\s]|(?<=[日\d])[前止]$|^[自从]")
_A_DAY = re.compile(r"[至到]*[\d年月日号底末上中下旬季度第Q./\-~至到—一二三四五六七八九十零〇]*\d[^\dA-Za-z]*")
_LONG_VALID = {"长期", "长期有效", "永久", "永久有效"}
_NOBODY_KNOWS = {"已过期", "过期", "已", "不详", "未知", "续期中", "续办中", "续证中"}


def read_qualifications(text: str, reading: Reading) -> list[Any] | None:
    """等保二级（有效期至2027-06-30）；软件著作权. An end that nobody can tell (已过期, 续办中) is a day left empty."""
    if says_nothing(text):
        return UNKNOWN
    if says_none(text):
        return []
    items: list[str] = []
    for item in split(text, "；;、,，\n"):
        if items and item.startswith(("有效期", "有效至")):
            items[-1] += f"（{item}）"
        else:
            items.append(item)
    return [_qualification(item) for item in items if not says_none(item)]


def _qualification(item: str) -> Any:
    shape = _QUALIFICATION.fullmatch(item)
    if shape is None:
        return item
    rest = _VALIDITY_WORDS.sub("", shape["rest"])
    if rest in _LONG_VALID or rest.removeprefix("至") in _LONG_VALID:
        return shape["name"]
    if rest in _NOBODY_KNOWS:
        return {"name": shape["name"], "valid_until": None}
    if not _A_DAY.fullmatch(rest) or (shape["rest"][0].isdigit() and not re.search(r"\d\D+\d|\d{8}", rest)):
        return item  # 软件著作权（3项）: told as it stands
    day = parse_day(rest.lstrip("至到"), end=True)
    return shape["name"] if day is LONG else {"name": shape["name"], "valid_until": day.isoformat()}


_CASE_KEYS = ("client", "sector", "year", "metric", "amount_yuan", "verified_by")


def read_cases(text: str, _: Reading) -> list[dict[str, Any]] | None:
    """One case a line: 客户|行业|年份|效果|金额|证明方. A line without | is told as the effect."""
    if says_nothing(text):
        return UNKNOWN
    if says_none(text):
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
        if not (says_nothing(field) or says_none(field))
    }
    if "year" in case:
        years = re.findall(r"(?<!\d)(?:19|20|21)\d\d(?!\d)", plain(case["year"]))
        if not years:
            raise InputError(problem("not_a_year", value=case["year"]))
        case["year"] = int(years[-1])
    if "amount_yuan" in case:
        case["amount_yuan"] = _case_amount(case["amount_yuan"])
    return {key: value for key, value in case.items() if value is not None}


def _case_amount(text: str) -> int | None:
    if not re.search(rf"\d|{CHINESE}", plain(text)):
        return UNKNOWN  # 按节省额分成, 公益: paid for, but by no amount
    money = parse_money(text)
    if money.min_yuan != money.max_yuan:
        raise InputError(problem("not_one_amount", value=text))
    return money.min_yuan


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
