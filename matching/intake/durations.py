"""Durations as offices write them: 20个工作日, 两个月, 2-3周, 合同签订后30天."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from matching.domain.errors import InputError, problem
from matching.intake.numerals import ARABIC, CHINESE, plain, to_number

LONGEST_DAYS = 3_650

_HALF = Decimal("0.5")
_UNITS: tuple[tuple[str, Decimal], ...] = (
    ("工作日|工作天|workingdays?|businessdays?", Decimal(7) / 5),
    ("自然日|日历日|日历天|天|日|days?", Decimal(1)),
    ("周|星期|礼拜|weeks?", Decimal(7)),
    ("季度?|quarters?", Decimal(90)),
    ("月|months?", Decimal(30)),
    ("年|years?", Decimal(365)),
    ("小时|hours?|h", Decimal(1) / 24),
)
_UNIT = "|".join(f"(?P<u{place}>{words})" for place, (words, _) in enumerate(_UNITS))
_SPAN = re.compile(
    rf"(?P<number>{ARABIC}|{CHINESE}|半)个?(?P<half>半)?(?:{_UNIT})(?P<half_after>半(?!年|个|月|天))?"
    rf"|(?P<bare>{ARABIC}|{CHINESE}(?!般|次))"
)
_AT_ONCE = re.compile(r"当[天日]|即时|立即|马上|即刻|sameday")
_OR = re.compile(r"[-–—~至到/或]+|[(,，;；]?(?:一般|通常|最[长多慢]|不超过|约|即|共|合)|[(]")
_AND = re.compile(r"零|又|加|\+|")
_AROUND = re.compile(
    r"[自从]?(?:合同)?(?:签订|签约|签署|合同|确认|启动|进场|立项|下单|需求确认|收到订单)(?:之?[日后起]+)?|"
    r"约|大约|大概|预计|一般|通常|最[快慢长短多少]|不超过|不多于|不少于|至少|至多|以内|之内|以上|内|左右|上下|即可|即|共|合计?|"
    r"交付周期|工期|周期|可?交付|完成|上线|验收|各|视.*[定议]|后|起|零|又|加|[-–—~至到/或()（）:：,，。.+*]"
)


@dataclass(frozen=True, slots=True)
class _Span:
    number: Decimal
    factor: Decimal | None  # days that one counts; None: a bare number
    start: int
    end: int

    @property
    def days(self) -> Decimal:
        return self.number * (self.factor or 1)


def parse_duration_days(text: str) -> int:
    """How many calendar days `text` means, part days rounded up.

    A bare number is days; a month counts 30, a quarter 90, half a year 180 and a year 365 days; five working
    days are seven days. 2个月15天 is the sum; of a range the longer end counts: it is a promise.

    Raises:
        InputError: `not_a_duration`; `out_of_range` (more than ten years).
    """
    said = plain(text)
    if _AT_ONCE.fullmatch(said):
        return 0
    spans = list(_spans(said))
    around = said
    for span in reversed(spans):
        around = around[: span.start] + around[span.end :]
    if not 1 <= len(spans) <= 2 or said.startswith(("-", "−", "负")) or _AROUND.sub("", around):
        raise InputError(problem("not_a_duration", value=text))
    first, last = spans[0], spans[-1]
    days = first.days if first is last else _two(first, last, said[first.end : last.start], text)
    if days > LONGEST_DAYS:
        raise InputError(problem("out_of_range", value=text, smallest=0, largest=LONGEST_DAYS))
    return int(days.to_integral_value(ROUND_CEILING))


def _spans(said: str) -> Iterator[_Span]:
    for shape in _SPAN.finditer(said):
        half = _HALF if shape["half"] or shape["half_after"] else Decimal(0)
        number = _HALF if shape["number"] == "半" else to_number(shape["number"] or shape["bare"])
        if number is None:
            continue
        number += half
        factor = next((days for place, (_, days) in enumerate(_UNITS) if shape[f"u{place}"]), None)
        if factor == 365 and number % 1:  # half a year is six months of 30 days
            number, factor = int(number) * Decimal(365) + number % 1 * 360, Decimal(1)
        yield _Span(number, factor, *shape.span())


def _two(first: _Span, second: _Span, between: str, text: str) -> Decimal:
    """A range, the longer end of it; or a sum of two units."""
    if _OR.fullmatch(between):
        first = replace(first, factor=first.factor or second.factor)  # the unit of the second holds for the first
        return max(first.days, second.days)
    if _AND.fullmatch(between) and first.factor and second.factor and second.days < first.factor:
        return first.days + second.days
    raise InputError(problem("not_a_duration", value=text))
