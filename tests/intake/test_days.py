from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.errors import InputError
from matching.intake.days import LONG, parse_day

DAY = date(2026, 11, 23)
JUNE = date(2026, 6, 1), date(2026, 6, 30)


def days(year, month, day, to_month, to_day):
    return date(year, month, day), date(year, to_month, to_day)


READ = {
    # one day: both ends are the same
    "2026-11-23": (DAY, DAY),
    "2026/11/23": (DAY, DAY),
    "2026.11.23": (DAY, DAY),
    "20261123": (DAY, DAY),
    "2026年11月23日": (DAY, DAY),
    "2026年11月23号": (DAY, DAY),
    "２０２６年１１月２３日": (DAY, DAY),
    "2026 年 11 月 23 日": (DAY, DAY),
    "2026、11、23": (DAY, DAY),
    "二〇二六年十一月二十三日": (DAY, DAY),
    "2026-11-23 00:00:00": (DAY, DAY),
    "2026-11-23T12:30:00": (DAY, DAY),
    "2026年11月23日 18:00": (DAY, DAY),
    "2026年11月23日前": (DAY, DAY),
    "2026年11月23日前（含）": (DAY, DAY),
    "2026-11-23止": (DAY, DAY),
    "截至2026年11月23日": (DAY, DAY),
    "2026年11月23日 星期一": (DAY, DAY),
    "2026年11月23日(周一)": (DAY, DAY),
    "46349": (DAY, DAY),  # a spreadsheet's number of the day
    "Nov 23, 2026": (DAY, DAY),
    "23 Nov 2026": (DAY, DAY),
    "11/23/2026": (DAY, DAY),
    "23/11/2026": (DAY, DAY),
    "2027.1.7": (date(2027, 1, 7), date(2027, 1, 7)),
    "2027/1/7": (date(2027, 1, 7), date(2027, 1, 7)),
    "2028-02-29": (date(2028, 2, 29), date(2028, 2, 29)),
    # parts of a month
    "2026年6月": JUNE,
    "2026年6月份": JUNE,
    "2026-06": JUNE,
    "2026.6": JUNE,
    "2026/6": JUNE,
    "二〇二六年六月": JUNE,
    "2026年6月上旬": days(2026, 6, 1, 6, 10),
    "2026年6月初": days(2026, 6, 1, 6, 10),
    "2026年6月中旬": days(2026, 6, 11, 6, 20),
    "2026年6月下旬": days(2026, 6, 21, 6, 30),
    "2026年6月底": days(2026, 6, 21, 6, 30),
    "2026年6月底前": days(2026, 6, 21, 6, 30),
    "2026年6月末": days(2026, 6, 21, 6, 30),
    "2026年2月下旬": days(2026, 2, 21, 2, 28),
    "2028年2月底前": days(2028, 2, 21, 2, 29),
    "2026年12月底前完成": days(2026, 12, 21, 12, 31),
    "二零二六年六月底前": days(2026, 6, 21, 6, 30),
    # parts of a year
    "2026年第三季度": days(2026, 7, 1, 9, 30),
    "2026年三季度": days(2026, 7, 1, 9, 30),
    "2026年3季度": days(2026, 7, 1, 9, 30),
    "2026Q3": days(2026, 7, 1, 9, 30),
    "2026年Q4": days(2026, 10, 1, 12, 31),
    "2026-Q1": days(2026, 1, 1, 3, 31),
    "2026年上半年": days(2026, 1, 1, 6, 30),
    "2026年下半年": days(2026, 7, 1, 12, 31),
    "2026年底": days(2026, 12, 1, 12, 31),
    "2026年底前": days(2026, 12, 1, 12, 31),
    "2026年年底": days(2026, 12, 1, 12, 31),
    # from one day to another
    "2026-06-01至2026-06-30": JUNE,
    "2026年6月1日-2026年6月30日": JUNE,
    "2026年6月1日至6月30日": JUNE,
    "2026.6.1-2026.6.30": JUNE,
    "2026年6-9月": days(2026, 6, 1, 9, 30),
    "2026年10月至12月": days(2026, 10, 1, 12, 31),
}

REFUSED = {
    "": "not_a_day",
    "abc": "not_a_day",
    "今年底": "not_a_day",
    "明年6月": "not_a_day",
    "开学前": "not_a_day",
    "3026-01-01": "not_a_day",
    "99999": "not_a_day",
    "30": "not_a_day",
    "2026-07-30至2026-06-01": "not_a_day",
    "2026-02-30": "no_such_day",
    "2026-13-01": "no_such_day",
    "20261301": "no_such_day",
    "2026年2月29日": "no_such_day",
    "31/6/2026": "no_such_day",
    "6月30日": "no_year",
    "6-30": "no_year",
    "6月底": "no_year",
    "26年6月30日": "two_digit_year",
    "26-6-30": "two_digit_year",
    "26.6.30": "two_digit_year",
    "26年6月": "two_digit_year",
    "2026年": "year_only",
    "2026": "year_only",
    "06/07/2026": "day_or_month_first",
    "2026-11-23\x00": "control_character",
}


@pytest.mark.parametrize("text", READ)
def test_a_day_is_read_as_it_is_meant(text):
    assert (parse_day(text, end=False), parse_day(text)) == READ[text]


@pytest.mark.parametrize("text", ["长期有效", "长期", "不限", "永久", "常年有效"])
def test_what_never_ends_is_told_apart_from_every_day(text):
    assert parse_day(text) is LONG


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_certain_day_is_refused_with_its_reason(text):
    with pytest.raises(InputError) as refused:
        parse_day(text)

    assert [p.code for p in refused.value.problems] == [REFUSED[text]]


@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_any_day_written_in_any_form_is_read_back(day):
    forms = (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}年{day.month:02}月{day.day:02}日前",
        str((day - date(1899, 12, 30)).days),
    )

    for text in forms:
        assert (text, parse_day(text), parse_day(text, end=False)) == (text, day, day)


@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_the_end_of_a_month_is_its_last_day(day):
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    assert parse_day(f"{day.year}年{day.month}月底前") == last


@settings(deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="0123456789-/.年月日底前旬上中下季度Q至 一二三四", max_size=20))
def test_no_text_gives_anything_but_a_day_or_a_reason(text):
    try:
        first, last = parse_day(text, end=False), parse_day(text)
    except InputError:
        return

    assert first is LONG or first <= last
