import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.errors import InputError
from matching.intake.money import Money, parse_money


def amounts(low, high, negotiable=False):
    return Money(low, high, negotiable)


def exactly(yuan, negotiable=False):
    return Money(yuan, yuan, negotiable)


READ = {
    # one amount
    "３００万元": exactly(3_000_000),
    "15w": exactly(150_000),
    "15W": exactly(150_000),
    "8k": exactly(8_000),
    "8K元": exactly(8_000),
    "十万元": exactly(100_000),
    "0.5亿": exactly(50_000_000),
    "1.5万": exactly(15_000),
    "15.8万元": exactly(158_000),
    "3.0万": exactly(30_000),
    "150000": exactly(150_000),
    "150000.00": exactly(150_000),
    "150,000": exactly(150_000),
    "1,200元": exactly(1_200),
    "1 200 000元": exactly(1_200_000),
    "￥120,000.00": exactly(120_000),
    "¥5000": exactly(5_000),
    "RMB 150k": exactly(150_000),
    "CNY 1.5 million": exactly(1_500_000),
    "人民币 叁拾万元整": exactly(300_000),
    "人民币20万": exactly(200_000),
    "壹拾贰万叁仟肆佰伍拾陆元整": exactly(123_456),
    "壹拾万圆整": exactly(100_000),
    "陸萬元": exactly(60_000),
    "120000元0角0分": exactly(120_000),
    "68000元整": exactly(68_000),
    "三十五万": exactly(350_000),
    "一百二十万": exactly(1_200_000),
    "两万五": exactly(25_000),
    "一万八": exactly(18_000),
    "1万8": exactly(18_000),
    "12万5千": exactly(125_000),
    "6万9千8": exactly(69_800),
    "5万2000": exactly(52_000),
    "2万零五百": exactly(20_500),
    "一万零五": exactly(10_005),
    "1亿2千万": exactly(120_000_000),
    "1.2亿元": exactly(120_000_000),
    "两个亿": exactly(200_000_000),
    "2千万": exactly(20_000_000),
    "5百万": exactly(5_000_000),
    "3千5": exactly(3_500),
    "三千五百元": exactly(3_500),
    "两百五": exactly(250),
    "一百二": exactly(120),
    "五百": exactly(500),
    "二十": exactly(20),
    "十元": exactly(10),
    "0": exactly(0),
    "0元": exactly(0),
    "免费": exactly(0),
    # with words around it
    "20万左右": exactly(200_000),
    "约20万": exactly(200_000),
    "大约二十万元": exactly(200_000),
    "~20万": exactly(200_000),
    "20万±10%": exactly(200_000),
    "45万元（含设备）": exactly(450_000),
    "150000（含税）": exactly(150_000),
    "5万元（不含税，税率6%）": exactly(50_000),
    "20万（增值税专票）": exactly(200_000),
    "预算150000": exactly(150_000),
    "总价 50 万 元": exactly(500_000),
    "预算：20万元，工期30天": exactly(200_000),
    "20万元（分3期支付）": exactly(200_000),
    "2026年预算20万元": exactly(200_000),
    "12万 （已批复）": exactly(120_000),
    "统一20万": exactly(200_000),
    "一次性20万": exactly(200_000),
    "国内20万": exactly(200_000),
    "15万。": exactly(150_000),
    "￥120,000.00（人民币壹拾贰万元整）": exactly(120_000),
    "预算：人民币（大写）贰拾万元整（¥200000.00）": exactly(200_000),
    # a price for each unit keeps its amount
    "5万元/项": exactly(50_000),
    "4.5万元 / 项": exactly(45_000),
    "18000元/年": exactly(18_000),
    "120元/小时": exactly(120),
    "300元/课时": exactly(300),
    "500/人": exactly(500),
    "500元每人": exactly(500),
    "月费2000元": exactly(2_000),
    "3万一套": exactly(30_000),
    "五万元整/年": exactly(50_000),
    # ranges
    "20-30万": amounts(200_000, 300_000),
    "20万-30万": amounts(200_000, 300_000),
    "20一30万": amounts(200_000, 300_000),
    "２０—３０万": amounts(200_000, 300_000),
    "20－30万": amounts(200_000, 300_000),
    "25万-３０万元": amounts(250_000, 300_000),
    "20 至 30 万": amounts(200_000, 300_000),
    "人民币20万元至30万元": amounts(200_000, 300_000),
    "2000~5000元/月": amounts(2_000, 5_000),
    "5000-8000元": amounts(5_000, 8_000),
    "¥5000-¥8000": amounts(5_000, 8_000),
    "2500-3500": amounts(2_500, 3_500),
    "８０００-1万": amounts(8_000, 10_000),
    "8千-1.2万": amounts(8_000, 12_000),
    "5000元-1万元": amounts(5_000, 10_000),
    "2.5-4.5万": amounts(25_000, 45_000),
    "1.5-2千元": amounts(1_500, 2_000),
    "1-2w": amounts(10_000, 20_000),
    "1w-2w": amounts(10_000, 20_000),
    "0.5-1亿": amounts(50_000_000, 100_000_000),
    "0-5万": amounts(0, 50_000),
    "¥20-30万": amounts(200_000, 300_000),
    "20-30万左右": amounts(200_000, 300_000),
    "壹万元-贰万元": amounts(10_000, 20_000),
    "十五至二十万元": amounts(150_000, 200_000),
    "预算三至五万元": amounts(30_000, 50_000),
    "一到两万": amounts(10_000, 20_000),
    "三到5万": amounts(30_000, 50_000),
    "10万到十五万": amounts(100_000, 150_000),
    "五千到八千": amounts(5_000, 8_000),
    "三千至五千元": amounts(3_000, 5_000),
    "两三万": amounts(20_000, 30_000),
    "三五万": amounts(30_000, 50_000),
    "二三十万": amounts(200_000, 300_000),
    # one end open
    "不超过100万元（含税）": amounts(None, 1_000_000),
    "100万以内": amounts(None, 1_000_000),
    "１５万元以内": amounts(None, 150_000),
    "100万以下": amounts(None, 1_000_000),
    "上限30万": amounts(None, 300_000),
    "最高限价20万": amounts(None, 200_000),
    "不到10万": amounts(None, 100_000),
    "近30万": amounts(None, 300_000),
    "20W内": amounts(None, 200_000),
    "20万内（含20万）": amounts(None, 200_000),
    "≤15万": amounts(None, 150_000),
    "不超过15万元（150000元）": amounts(None, 150_000),
    "3万起": amounts(30_000, None),
    "５０００元/月起": amounts(5_000, None),
    "10万以上": amounts(100_000, None),
    "不低于50万": amounts(500_000, None),
    "至少8万": amounts(80_000, None),
    "超过100万": amounts(1_000_000, None),
    "15万+": amounts(150_000, None),
    "≥15万": amounts(150_000, None),
    "20多万": amounts(200_000, None),
    "3万多": amounts(30_000, None),
    "十几万": amounts(100_000, None),
    # an amount and its ceiling, a floor and a ceiling
    "12万元/年，最高不超过16万": amounts(120_000, 160_000),
    "20-30万，最高不超过35万": amounts(200_000, 350_000),
    "10万以上20万以下": amounts(100_000, 200_000),
    "不低于10万不高于20万": amounts(100_000, 200_000),
    # open to talk
    "面议": amounts(None, None, True),
    "（面议）": amounts(None, None, True),
    "待定": amounts(None, None, True),
    "可谈": amounts(None, None, True),
    "另议": amounts(None, None, True),
    "双方协商": amounts(None, None, True),
    "面议（预算约20万）": exactly(200_000, negotiable=True),
    "8万起，可谈": amounts(80_000, None, True),
    "20至30万元/年（面议）": amounts(200_000, 300_000, True),
}

REFUSED = {
    "": "no_amount",
    "无": "no_amount",
    "详见附件": "no_amount",
    "预算不多": "no_amount",
    "几十万": "no_amount",
    "百万": "no_amount",
    "千元以下": "no_amount",
    "元": "no_amount",
    "3个人": "no_amount",
    "5万人次": "no_amount",
    "五百字": "no_amount",
    "1.2万平方米": "no_amount",
    "8.5折": "no_amount",
    "30%": "no_amount",
    "百分之二十": "no_amount",
    "2026-11-23": "no_amount",
    "2026年11月": "no_amount",
    "13800138000": "no_amount",
    "028-85551234": "no_amount",
    "项目编号20260101": "no_amount",
    "首付5万，尾款10万": "ambiguous_amount",
    "一期20万，二期30万": "ambiguous_amount",
    "6000元/月，打包5万": "ambiguous_amount",
    "20万元;30万元": "ambiguous_amount",
    "20 30万": "ambiguous_amount",
    "20、30万": "ambiguous_amount",
    "5万10万": "ambiguous_amount",
    "5万\n10万": "ambiguous_amount",
    "5万10": "ambiguous_amount",
    "1,50000": "ambiguous_amount",
    "20万—": "ambiguous_amount",
    "-5万": "negative_amount",
    "－5万": "negative_amount",
    "−5000元": "negative_amount",
    "负5万": "negative_amount",
    "30-20万": "reversed_amounts",
    "5-1万": "reversed_amounts",
    "20万，不超过15万": "reversed_amounts",
    "1234.50元": "not_whole_yuan",
    "0.12345万": "not_whole_yuan",
    "10元5角": "not_whole_yuan",
    "壹佰元零伍分": "not_whole_yuan",
    "5万美元": "foreign_currency",
    "$5000": "foreign_currency",
    "99999亿": "out_of_range",
    "5\x00万": "control_character",
    "5" * 600: "too_long",
}


@pytest.mark.parametrize("text", READ)
def test_an_amount_is_read_as_it_is_meant(text):
    assert parse_money(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_clear_amount_is_refused_with_its_reason(text):
    with pytest.raises(InputError) as refused:
        parse_money(text)

    assert [p.code for p in refused.value.problems] == [REFUSED[text]]


def test_a_bare_number_counts_what_its_heading_says():
    assert parse_money("20-30", bare_unit_yuan=10_000) == amounts(200_000, 300_000)
    assert parse_money("5000元", bare_unit_yuan=10_000) == exactly(5_000)


CAPITALS = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")


def in_chinese(yuan):
    """The number in Chinese numerals, digit group by digit group: the slow, obvious way."""
    if yuan == 0:
        return "零"
    groups, text = [], ""
    while yuan:
        yuan, group = divmod(yuan, 10_000)
        groups.append(group)
    for power in reversed(range(len(groups))):
        group = groups[power]
        if group == 0:
            continue
        if text and (group < 1_000 or groups[power + 1] % 10 == 0):
            text += "零"
        digits = ""
        for place, unit in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = group // place % 10
            skipped = digits and place < 1_000 and group // place // 10 % 10 == 0
            if digit:
                digits += ("零" if skipped else "") + "零一二三四五六七八九"[digit] + unit
        text += digits + ["", "万", "亿"][power]
    return text


@settings(deadline=None)
@given(st.integers(1, 999_999_999))
def test_any_amount_written_in_any_notation_is_read_back(yuan):
    wan = f"{yuan / 10_000:.4f}".rstrip("0").rstrip(".")
    notations = (
        f"{yuan}元",
        f"{yuan:,}元",
        f"¥{yuan:,}.00",
        f"人民币{yuan}元整",
        f"{wan}万元",
        f"{wan}w",
        f"{yuan}元".translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}),
        f"{in_chinese(yuan)}元",
        f"人民币{in_chinese(yuan).translate(CAPITALS)}元整",
    )

    for text in notations:
        assert (text, parse_money(text)) == (text, exactly(yuan))


@settings(deadline=None)
@given(st.integers(1, 9_999), st.integers(0, 9_999), st.sampled_from(["-", "~", "至", "—", "到", " - "]))
def test_any_range_is_read_back_with_the_unit_on_either_or_both(low, more, sign):
    both = amounts(low * 10_000, (low + more) * 10_000)
    high = low + more

    assert parse_money(f"{low}万{sign}{high}万元") == both
    if low < 100:  # 300-1万 may be 300 yuan
        assert parse_money(f"{low}{sign}{high}万") == both


@settings(deadline=None)
@given(
    st.text(max_size=60)
    | st.text(alphabet="0123456789.,-~一二两十百千万亿元wk约至到不超过以内起面议（）人个% \n", max_size=30)
)
def test_no_text_gives_anything_but_ordered_amounts_or_a_reason(text):
    try:
        money = parse_money(text)
    except InputError:
        return

    if money.min_yuan is not None and money.max_yuan is not None:
        assert 0 <= money.min_yuan <= money.max_yuan
