"""Amounts of money as offices write them: ３００万元, 15w, 20-30万, 不超过100万元（含税）, 面议（预算约20万）.

Nothing is guessed: what can be read in two ways is refused with the reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from matching.domain.codec import LARGEST_YUAN
from matching.domain.errors import InputError, problem
from matching.intake.numerals import ARABIC, CHINESE, CHINESE_DIGITS, plain, to_number


@dataclass(frozen=True, slots=True)
class Money:
    """What a text says about an amount, in whole 元. None: this end is open, or nothing was said."""

    min_yuan: int | None
    max_yuan: int | None
    negotiable: bool


_UNITS = {
    "亿": 10**8, "千万": 10**7, "百万": 10**6, "million": 10**6, "十万": 10**5, "万": 10**4, "w": 10**4,
    "千": 10**3, "k": 10**3, "百": 10**2,
}  # fmt: skip
_CURRENCY = r"(?:元|块钱|块|人民币|rmb|cny|yuan|¥)"
_FOREIGN = re.compile(r"美元|美金|usd|欧元|eur|英镑|gbp|日元|jpy|港币|港元|hkd|韩元|[$€£₩]")
_NEGOTIABLE = re.compile(
    r"面议|面谈|[待未][定议商]|[可另再详洽协]谈|[可另再商]议|协商|洽商|商谈|[待未]确[认定]|视.{0,6}[情况定]|按需|tbd|negotiable"
)
_FREE = re.compile(r"免费|无偿|零元|free")

# what holds digits and is no amount
_NO_AMOUNT = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)"  # a day
    r"|(?<!\d)(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日"
    rf"|(?<!\d)1[3-9]\d{{9}}(?!\d|{_CURRENCY}|[万亿])|(?<!\d)0\d{{2,3}}-\d{{7,8}}(?!\d)"  # a telephone
    rf"|\d+(?:\.\d+)?[%‰]|百分之[{CHINESE_DIGITS}十百点]+"
)
_PIECE = re.compile(
    rf"(?P<head>(?:人民币|rmb|cny|¥):?)?(?P<number>{ARABIC}|{CHINESE})(?P<more>[多余来几])?"
    rf"(?:个(?=亿))?(?P<unit>亿|千万|百万|million|十万|万|w|千|k|百)?(?P<vague>多|余)?(?P<tail>{_CURRENCY}[整正]?)?"
)
_COINS = re.compile(
    rf"(?:(?P<jiao>[\d{CHINESE_DIGITS}])角)?(?:零(?=[\d{CHINESE_DIGITS}]分))?(?:(?P<fen>[\d{CHINESE_DIGITS}])分)?[整正]?"
)
_COUNTER = re.compile(
    r"[人名位户家条张字册本件套台次个份页㎡平亩吨米里度瓦天日周年月岁级倍路点株头枚粒辆斤克升帧行步篇首集期批项号楼栋座层室包类种门科类所校班组]"
    r"|公[里斤斗]|千[瓦米克]|小时|分钟|秒|学生|用户|会员|游客|师生|词|像素|参数|(?!rmb|cny|yuan|max|min|tbd|up)[a-z]"
)
_TO = re.compile(rf"(?:{_CURRENCY}|/\w{{1,3}})?(?:[-–—−~至到]+|\.{{2,}})(?:人民币|rmb|cny|¥|约)?")

_CAP_BEFORE = (
    "不超过|不得超过|不能超过|不可超过|不高于|不得高于|不大于|不多于|不超|未超过|上限|最高|至多|最多|顶格|限价|控制价|控制在|封顶|小于|低于|"
    "少于|不到|不足|将近|接近|(?<![附最新就])近|≤|<=|<|upto|max|within|under|nomorethan|notexceeding"
)
_CAP_AFTER = "以内|之内|以下|之下|及以下|上限|封顶|max|内(?=$|[,，。;；()含])"
_FLOOR_BEFORE = (
    "不低于|不得低于|不少于|不小于|不得少于|至少|最少|最低|下限|大于|高于|超过|多于|超出|起价|起步价|≥|>=|>|"
    "from|atleast|over|morethan|min"
)
_FLOOR_AFTER = r"以上|之上|及以上|起步|起价|起订|起(?!草|诉|诉|重|飞)|保底|往上|\+|下限|ormore"
_SKIP = r"(?:\([^()]*\)|/[^\d,，;；。()]{1,4}?|每[年月日天次人项套件家])*"
_BEFORE = re.compile(rf"(?:(?P<cap>{_CAP_BEFORE})|(?P<floor>{_FLOOR_BEFORE}))[^\d,，;；。]{{0,8}}$")
_AFTER = re.compile(rf"^{_SKIP}[^\d,，;；。]{{0,6}}?(?:(?P<cap>{_CAP_AFTER})|(?P<floor>{_FLOOR_AFTER}))")
_INSTALMENT = re.compile(r"首付|尾款|定金|订金|预付|分期|首期|余款|保证金|押金|[一二三]期|单价|另[加付收计]|\+")

_KNOWN_WORDS = re.compile(
    rf"{_CAP_BEFORE}|{_FLOOR_BEFORE}|{_CAP_AFTER}|{_FLOOR_AFTER}|{_CURRENCY}|"
    r"预算|金额|报价|价格|价钱|费用|经费|资金|合计|共计|总计|总价|总额|总投资|合同价?|约|大约|大概|大致|around|about|左右|上下|"
    r"不?含税|未税|税[前后]|含|不含|[每/](?:年|月|季度?|日|天|次|人次?|项|套|件|家|个|场|期|份|台|单|小时|位|户)|"
    r"以?不|为|是|在|的|暂|拟|各|均|整|正|\W|_"
)


@dataclass(frozen=True, slots=True)
class _Amount:
    """One amount or range that stands in the text, with the side of it that is open."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    unit: int  # how many 元 one of its numbers counts; 0: a bare number
    is_explicit: bool
    side: str = ""  # "", cap, floor


def parse_money(text: str, *, bare_unit_yuan: int = 1) -> Money:
    """What `text` says about an amount of money.

    One amount: min = max. 不超过 / 以内: min is None. 起 / 以上: max is None. 左右 / 约 count as the amount.
    In a range the unit of the second number holds for the first (20-30万). A price per unit (元/月, 5万元/项)
    keeps its amount. 面议, 待定 …: `negotiable`, with the amounts that stand beside it, if any. An amount with
    a ceiling (12万元，最高不超过16万) is the range between the two. 免费 is 0.

    Args:
        text: one cell or argument, at most `LONGEST_PHRASE` characters.
        bare_unit_yuan: what a number without a unit counts in 元; 10,000 under a heading 预算（万元）.

    Raises:
        InputError: `no_amount`; `ambiguous_amount` (two amounts that are no range, or a number whose meaning
            is not clear); `negative_amount`; `not_whole_yuan` (角 and 分 are refused, not rounded);
            `reversed_amounts`; `foreign_currency`; `out_of_range`.
    """
    said = plain(text)
    if _FOREIGN.search(said):
        raise InputError(problem("foreign_currency", value=text))
    negotiable = bool(_NEGOTIABLE.search(said))
    amounts = _with_sides(said, _join_ranges(said, list(_amounts(said)), text))
    if any(a.is_explicit for a in amounts):
        if any(not a.is_explicit for a in amounts) or _TO.fullmatch(said, amounts[-1].end):
            raise InputError(problem("ambiguous_amount", value=text))
    elif amounts and _is_only_numbers(said, amounts):
        amounts = [replace(a, low=a.low * bare_unit_yuan, high=a.high * bare_unit_yuan) for a in amounts]
    else:
        amounts = []
    if not amounts:
        if negotiable:
            return Money(None, None, True)
        if _FREE.fullmatch(said):
            return Money(0, 0, False)
        raise InputError(problem("no_amount", value=text))
    low, high = _combine(said, amounts, text)
    return Money(_whole_yuan(low, text), _whole_yuan(high, text), negotiable)


def _amounts(said: str) -> Iterator[_Amount]:
    """Every amount of the text in order, its neighbouring pieces (1亿 2千万, 两万 五) put together."""
    hidden = _NO_AMOUNT.sub(lambda m: "\0" * len(m[0]), said)
    place = 0
    while piece := _PIECE.search(hidden, place):
        place = piece.end()
        total, unit = _value(piece), _UNITS.get(piece["unit"] or "", 1)
        if total is None or hidden[: piece.start()].endswith(("几", "数", "上百", "上千", "百分之")):
            continue
        vague = bool(piece["more"] or piece["vague"])
        first, currency = piece, piece["tail"]
        has_unit = piece["unit"] is not None or piece["number"][-1] in "百千" or "百" in piece["number"]
        while not currency and (rest := _PIECE.match(hidden, place)) and has_unit:
            part = _rest(rest, unit, hidden)
            if part is None:
                break
            total, place, currency = total + part, rest.end(), rest["tail"]
            unit = _UNITS.get(rest["unit"] or "", 1)
        if currency and currency.startswith(("元", "块")) and (coins := _COINS.match(hidden, place)):
            total += _coins(coins)
            place = coins.end()
        if not currency and _COUNTER.match(hidden, place):
            continue  # 3 个人, 5 万人次, 2 期: a count of something else
        if not has_unit and not currency and not first["head"] and _is_part_of_a_word(hidden, first):
            continue
        is_explicit = has_unit or bool(currency) or bool(first["head"])
        unit_of_first = _UNITS.get(first["unit"] or "", int(bool(currency)))
        yield _Amount(first.start(), place, total, total, unit_of_first, is_explicit, "floor" if vague else "")


def _is_part_of_a_word(said: str, piece: re.Match[str]) -> bool:
    """Whether a Chinese digit without a unit belongs to a word: 统一, 一次性 (but not in 三至五万)."""
    if not re.fullmatch(CHINESE, piece["number"]):
        return False
    before, after = said[: piece.start()], said[piece.end() :]
    if re.match(rf"[-–—~至到]+(?:{ARABIC}|{CHINESE})", after):
        return before.endswith(("统", "第", "唯", "其", "周"))
    return len(piece["number"]) == 1 or bool(re.search(r"\w$", before) or re.match(r"\w", after))


def _value(piece: re.Match[str]) -> Decimal | None:
    number = to_number(piece["number"])
    return None if number is None else number * _UNITS.get(piece["unit"] or "", 1)


def _rest(piece: re.Match[str], unit: int, said: str) -> Decimal | None:
    """The piece as the lower digits of a number that ended with `unit`; None when it is a number of its own."""
    if piece["head"] or (not piece["tail"] and _COUNTER.match(said, piece.end())):
        return None
    value = _value(piece)
    if value is None or value >= unit:
        return None
    if piece["unit"] is None:
        digits = piece["number"]
        if len(digits) == 1 and digits in CHINESE_DIGITS + "123456789" and unit > 10:
            return value * unit / 10  # 两万五
        if digits[0].isdigit() and len(digits) != len(str(unit)) - 1:
            return None  # 5万10 is no number; 5万2000 is one
    return value


def _coins(coins: re.Match[str]) -> Decimal:
    jiao, fen = (to_number(coins[name]) if coins[name] not in (None, "零") else None for name in ("jiao", "fen"))
    return (jiao or Decimal(0)) / 10 + (fen or Decimal(0)) / 100


def _join_ranges(said: str, amounts: list[_Amount], text: str) -> list[_Amount]:
    joined: list[_Amount] = []
    for amount in amounts:
        before = joined[-1] if joined else None
        if before is not None and before.low == before.high and _TO.fullmatch(said, before.end, amount.start):
            joined[-1] = _range(before, amount, text)
            continue
        if re.search(r"[-−负]$", said[: amount.start]):
            raise InputError(problem("negative_amount", value=text))
        joined.append(amount)
    return joined


def _range(first: _Amount, second: _Amount, text: str) -> _Amount:
    low = first.low
    if second.unit > 1 and first.unit == 0:
        scaled = first.low * second.unit
        # 8000-1万 is 8,000 to 10,000 元: the unit cannot hold for a number that it would make the larger one
        low = first.low if first.low >= 100 and scaled > second.high and first.low < second.high else scaled
    if low > second.high:
        raise InputError(problem("reversed_amounts", value=text))
    explicit = first.is_explicit or second.is_explicit
    return _Amount(first.start, second.end, low, second.high, second.unit, explicit, second.side)


def _with_sides(said: str, amounts: list[_Amount]) -> list[_Amount]:
    edges = [0, *(a.end for a in amounts)], [*(a.start for a in amounts[1:]), len(said)]
    sided = []
    for amount, left, right in zip(amounts, *edges, strict=False):
        words = _BEFORE.search(said, left, amount.start) or _AFTER.search(said[amount.end : right])
        side = amount.side if words is None else (words.lastgroup or "")
        sided.append(replace(amount, side=side))
    return sided


def _is_only_numbers(said: str, amounts: list[_Amount]) -> bool:
    """Whether a number without a unit can be meant as money: nothing else of note stands around it."""
    for amount in reversed(amounts):
        said = said[: amount.start] + said[amount.end :]
    return not _KNOWN_WORDS.sub("", _NEGOTIABLE.sub("", said))


def _combine(said: str, amounts: list[_Amount], text: str) -> tuple[Decimal | None, Decimal | None]:
    """The two ends that all amounts together leave."""
    ends = list(dict.fromkeys(_ends(a) for a in amounts))
    exact = [pair for pair in ends if pair[0] is not None and pair[0] == pair[1]]
    if len(exact) == 1 and len(ends) == 2 and (None, exact[0][1]) in ends:
        ends = [(None, exact[0][1])]  # the same ceiling twice: 不超过15万元（150000元）
    if len(ends) == 1:
        return ends[0]
    caps = [pair[1] for pair in ends if pair[0] is None]
    others = [pair for pair in ends if pair[0] is not None]
    if len(caps) == 1 and len(others) == 1 and caps[0] is not None and not _INSTALMENT.search(said):
        low, high = others[0]
        if low is not None and max(low, high or low) > caps[0]:
            raise InputError(problem("reversed_amounts", value=text))
        return low, caps[0]
    raise InputError(problem("ambiguous_amount", value=text))


def _ends(amount: _Amount) -> tuple[Decimal | None, Decimal | None]:
    if amount.side == "cap":
        return (None if amount.low == amount.high else amount.low), amount.high
    if amount.side == "floor":
        return amount.low, None
    return amount.low, amount.high


def _whole_yuan(amount: Decimal | None, text: str) -> int | None:
    if amount is None:
        return None
    if amount != amount.to_integral_value():
        raise InputError(problem("not_whole_yuan", value=text))
    if amount > LARGEST_YUAN:
        raise InputError(problem("out_of_range", value=text, smallest=0, largest=LARGEST_YUAN))
    return int(amount)
