"""Numbers as people write them in Chinese, Arabic and mixed digits: the ground of money, days and durations."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

import cn2an

from matching.domain.text import check_text

LONGEST_PHRASE = 500
"""Characters of a cell that holds an amount, a day or a duration. Longer ones are refused, not searched."""

_VARIANTS = str.maketrans(
    "壹贰貳叁參叄肆伍陆陸柒捌玖拾佰仟萬億兩圓圆〇",
    "一二二三三三四五六六七八九十百千万亿两元元零",
)
_LIKELY_PAIRS = {"一二", "两三", "二三", "三四", "三五", "四五", "五六", "六七", "七八", "八九"}

CHINESE_DIGITS = "零一二两三四五六七八九"
CHINESE = f"(?:零?[{CHINESE_DIGITS[1:]}十][{CHINESE_DIGITS}十百千]*(?:点[{CHINESE_DIGITS}]+)?)"
"""Pattern of a Chinese number below 万, in the spelling of `plain`."""

ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
"""Pattern of an Arabic number, with or without thousands separators."""


def plain(text: str) -> str:
    """One spelling for parsing: NFKC, lower case, plain numerals, no white space.

    A gap that parts two numbers ("20 30万") becomes a comma, so that they are never read as one; a gap inside
    a grouped number ("1 200 000") goes. 两三万 is written out as 两万-三万.

    Raises:
        InputError: the text cannot be carried (`check_text`) or is longer than `LONGEST_PHRASE`.
    """
    text = unicodedata.normalize("NFKC", check_text(text, longest=LONGEST_PHRASE)).casefold()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").translate(_VARIANTS).strip()
    text = re.sub(r"[\r\n]+", ",，", text)  # not a thousands separator, whatever follows
    text = re.sub(r"(?<![\d.,])\d{1,3}(?:[ \xa0]\d{3})+(?![\d ])", lambda m: re.sub(r"\s", "", m[0]), text)
    text = re.sub(rf"(?<=[\d万亿千百元wk])\s+(?=[\d{CHINESE_DIGITS[1:]}十])", ",，", text)
    text = re.sub(r"\s+", "", text)
    text = re.sub(r"(?<=\d)一(?=\d)", "-", text)  # a dash, typed with the wrong key
    return re.sub(
        rf"(?<![{CHINESE_DIGITS}十百千万点第])([一两二三四五六七八])([二三四五六七八九])"
        r"(十?[百千万亿]+|个?月|周|天|年|个工作日|个星期)",
        lambda m: f"{m[1]}{m[3]}-{m[2]}{m[3]}" if m[1] + m[2] in _LIKELY_PAIRS else m[0],
        text,
    )


def to_number(run: str) -> Decimal | None:
    """The value of a run matched by `ARABIC` or `CHINESE`; None when it is no number after all (十百)."""
    try:
        if run[:1].isdigit() or run.startswith("."):
            return Decimal(run.replace(",", ""))
        return Decimal(str(cn2an.cn2an(run.removeprefix("零") or "零", "smart")))
    except (ValueError, InvalidOperation):
        return None
