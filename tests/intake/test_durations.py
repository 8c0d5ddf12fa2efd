import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.errors import InputError
from matching.intake.durations import parse_duration_days

DURATIONS = {
    "30天": 30,
    "30": 30,
    "45日": 45,
    "60个自然日": 60,
    "6周": 42,
    "２周": 14,
    "一周": 7,
    "一周半": 11,
    "4个星期": 28,
    "两个月": 60,
    "六个月": 180,
    "1.5个月": 45,
    "1个半月": 45,
    "半个月": 15,
    "20个工作日": 28,
    "20工作日": 28,
    "1个工作日": 2,
    "10-15个工作日": 21,
    "半年": 180,
    "1年": 365,
    "一年半": 545,
    "一个季度": 90,
    "48小时": 2,
    "当天": 0,
    "2-3周": 21,
    "两三周": 21,
    "3周-1个月": 30,
    "2个月至3个月": 90,
    "约3周": 21,
    "3个月左右": 90,
    "不超过45天": 45,
    "45日内": 45,
    "合同签订后30天": 30,
    "签约后2个月": 60,
    "交付周期：45天": 45,
    "15-20天（视情况而定）": 20,
    "2个月15天": 75,
    "1年3个月": 455,
    "1个月零5天": 35,
    "2周（14天）": 14,
    "20个工作日（约1个月）": 30,
    "最快30天，一般45天": 45,
    "2 weeks": 14,
    "30 days": 30,
}


@pytest.mark.parametrize("text", DURATIONS)
def test_a_duration_is_read_in_calendar_days(text):
    assert parse_duration_days(text) == DURATIONS[text]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_duration"),
        ("面议", "not_a_duration"),
        ("随时", "not_a_duration"),
        ("-5天", "not_a_duration"),
        ("4w", "not_a_duration"),
        ("首期30天，二期60天", "not_a_duration"),
        ("15天1个月", "not_a_duration"),
        ("30天、60天、90天", "not_a_duration"),
        ("2026-06-30", "not_a_duration"),
        ("11年", "out_of_range"),
    ],
)
def test_what_is_no_certain_duration_is_refused_with_its_reason(text, code):
    with pytest.raises(InputError) as refused:
        parse_duration_days(text)

    assert [p.code for p in refused.value.problems] == [code]


@settings(deadline=None)
@given(st.text(max_size=30) | st.text(alphabet="0123456789.-一两半十个天周月年日工作小时约至 ", max_size=15))
def test_no_text_gives_anything_but_days_or_a_reason_for_a_duration(text):
    try:
        found = parse_duration_days(text)
    except InputError:
        return

    assert 0 <= found <= 3_650
