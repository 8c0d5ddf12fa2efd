import pytest

from tests.intake.samples import DEMANDS, PROFILES, codes, read_one

UNTIL_JUNE = {"name": "等保二级", "valid_until": "2027-06-30"}

DEMAND_CELLS = [
    ("预算", "20-30万", {"budget_min_yuan": 200_000, "budget_max_yuan": 300_000}),
    ("预算", "不超过15万元（含税）", {"budget_max_yuan": 150_000}),
    ("预算", "面议", {}),
    ("预算", "不限", {}),
    ("预算", "—", {}),
    ("最高限价", "15万", {"budget_max_yuan": 150_000}),
    ("预算（万元）", "20-30", {"budget_min_yuan": 200_000, "budget_max_yuan": 300_000}),
    ("预算金额(万元)", "15", {"budget_min_yuan": 150_000, "budget_max_yuan": 150_000}),
    ("预算下限（万元）", "15", {"budget_min_yuan": 150_000}),
    ("需求有效期", "2027年3月底前", {"publish_until": "2027-03-31"}),
    ("需求有效期", "长期有效", {}),
    ("启动时间", "2027年3月", {"start_by": "2027-03-01"}),
    ("启动时间", "尽快", {}),
    ("交付期限", "2027年第三季度", {"deliver_by": "2027-09-30"}),
    ("交付期限", "待定", {}),
    ("场景单位", "栖云绣坊", {"owner": {"name": "栖云绣坊"}}),
    ("单位类型", "文化", {"owner": {"kind": "文化"}}),
    ("行业领域", "消费；企业服务", {"sectors": ["消费", "企业服务"]}),
    ("行业领域", "消费、企业服务,文创，体育\n教育", {"sectors": ["消费", "企业服务", "文创", "体育", "教育"]}),
    ("行业领域", "文创/体育", {"sectors": ["文创", "体育"]}),
    ("所需能力", "无", {"capabilities": []}),
    ("所需能力", "甲壳/乙壳", {"capabilities": ["甲壳/乙壳"]}),
    ("资质要求", "无", {"required_qualifications": []}),
    ("资质要求", "等保二级；软件著作权", {"required_qualifications": ["等保二级", "软件著作权"]}),
    ("注册地要求", "不限", {"require_registered_in": "不限"}),
    ("部署方式", "不限", {"deployment": "不限"}),
    ("最低成熟度", "TRL6", {"min_maturity": 6}),
    ("最低成熟度", "TRL 7", {"min_maturity": 7}),
    ("最低成熟度", "６级", {"min_maturity": 6}),
    ("最低成熟度", "六级以上", {"min_maturity": 6}),
    ("最低成熟度", "不低于TRL6", {"min_maturity": 6}),
    ("最低成熟度", "6-7级", {"min_maturity": 6}),
    ("最低成熟度", "不限", {"min_maturity": 1}),
    ("可提供数据", "平面图（含点位、142路）；月报", {"data_provided": ["平面图（含点位、142路）", "月报"]}),
    ("可签约家数", "2", {"max_engagements": 2}),
    ("可签约家数", "3家", {"max_engagements": 3}),
    ("可签约家数", "两家", {"max_engagements": 2}),
    ("可签约家数", "1-2家", {"max_engagements": 2}),
    ("可签约家数", "不超过3家", {"max_engagements": 3}),
    ("可签约家数", "不限", {}),
    ("回避单位", "无", {"excluded": []}),
    ("详细地址", "无", {}),
    ("验收指标", "无", {"metrics": []}),
    ("验收指标", "识别准确率≥95%", {"metrics": [{"name": "识别准确率", "operator": "≥", "value": 95, "unit": "%"}]}),
    ("验收指标", "字错率≤0.5％", {"metrics": [{"name": "字错率", "operator": "≤", "value": 0.5, "unit": "%"}]}),
    ("验收指标", "响应时间不超过3秒", {"metrics": [{"name": "响应时间", "operator": "≤", "value": 3, "unit": "秒"}]}),
    ("验收指标", "硬冲突=0", {"metrics": [{"name": "硬冲突", "operator": "=", "value": 0}]}),
    ("验收指标", "客户满意即可；延迟<1h", {"metrics": [
        {"name": "客户满意即可"}, {"name": "延迟", "operator": "<", "value": 1, "unit": "h"},
    ]}),
]  # fmt: skip

PROFILE_CELLS = [
    ("报价", "3万起", {"price_min_yuan": 30_000}),
    ("报价", "5万元/项", {"price_min_yuan": 50_000, "price_max_yuan": 50_000}),
    ("交付周期", "20个工作日", {"lead_days": 28}),
    ("交付周期", "视项目而定", {}),
    ("可承接时间", "随时", {"available_from": "2026-11-23"}),
    ("可承接时间", "2027.1.7", {"available_from": "2027-01-07"}),
    ("可承接时间", "2027年1月", {"available_from": "2027-01-01"}),
    ("交付方式", "现场、远程", {"delivery_modes": ["现场", "远程"]}),
    ("交付方式", "现场+远程", {"delivery_modes": ["现场+远程"]}),
    ("部署方式", "SaaS/私有化", {"deployments": ["SaaS", "私有化"]}),
    ("部署方式", "不限", {"deployments": ["不限"]}),
    ("服务区域", "全市", {"service_districts": ["全市"]}),
    ("资质", "无", {"qualifications": []}),
    ("资质", "等保二级（有效期至2027-06-30）；软件著作权", {"qualifications": [
        UNTIL_JUNE, "软件著作权",
    ]}),
    ("资质", "等保二级，有效期至2027年6月30日", {"qualifications": [UNTIL_JUNE]}),
    ("资质", "ISO27001(2027.6.30到期)", {"qualifications": [{"name": "ISO27001", "valid_until": "2027-06-30"}]}),
    ("资质", "等保二级（有效期2024-06-30至2027-06-30）", {"qualifications": [
        UNTIL_JUNE,
    ]}),
    ("资质", "等保二级（有效期：2027年6月底前）", {"qualifications": [UNTIL_JUNE]}),
    ("资质", "等保二级有效期至2027-06-30", {"qualifications": [UNTIL_JUNE]}),
    ("资质", "等保二级（证书号51010099）", {"qualifications": ["等保二级（证书号51010099）"]}),
    ("资质", "高新技术企业（2024年）", {"qualifications": ["高新技术企业（2024年）"]}),
    ("资质", "高新技术企业（长期有效）", {"qualifications": ["高新技术企业"]}),
    ("资质", "等保二级（已过期）", {"qualifications": [{"name": "等保二级"}]}),
    ("资质", "等保二级（办理中）", {"qualifications": ["等保二级（办理中）"]}),
    ("资质", "软件著作权（3项）", {"qualifications": ["软件著作权（3项）"]}),
    ("数据合规能力", "无", {"data_clearances": []}),
    ("技术成熟度", "TRL9", {"maturity": 9}),
    ("团队人数", "3人", {"team_size": 3}),
    ("在手项目", "无", {"active_engagements": 0}),
    ("在手项目", "0", {"active_engagements": 0}),
    ("成立日期", "2025年3月", {"founded_on": "2025-03-01"}),
    ("案例", "无", {"cases": []}),
    ("案例", "某商业街|消费|2025|工时减少六成|3.8万|客户出具验收单", {"cases": [{
        "client": "某商业街", "sector": "消费", "year": 2025, "metric": "工时减少六成", "amount_yuan": 38_000,
        "verified_by": "客户出具验收单",
    }]}),
    ("案例", "某馆｜文创｜2024年｜建档｜｜\n某校|教育", {"cases": [
        {"client": "某馆", "sector": "文创", "year": 2024, "metric": "建档"}, {"client": "某校", "sector": "教育"},
    ]}),
    ("案例", "某园|消费|2025|省电|按节省额分成|", {"cases": [
        {"client": "某园", "sector": "消费", "year": 2025, "metric": "省电"},
    ]}),
    ("案例", "为三家书店做过荐书", {"cases": [{"metric": "为三家书店做过荐书"}]}),
    ("需要的支持", "算力；场地", {"wants": ["算力", "场地"]}),
]  # fmt: skip

BAD_CELLS = [
    (DEMANDS, "预算", "首付5万，尾款10万", "ambiguous_amount"),
    (DEMANDS, "预算", "详见附件", "no_amount"),
    (DEMANDS, "需求有效期", "2027-02-30", "no_such_day"),
    (DEMANDS, "交付期限", "6月30日", "no_year"),
    (DEMANDS, "最低成熟度", "成熟", "not_a_maturity"),
    (DEMANDS, "最低成熟度", "12", "not_a_maturity"),
    (DEMANDS, "最低成熟度", "0", "out_of_range"),
    (DEMANDS, "可签约家数", "若干", "not_a_count"),
    (DEMANDS, "可签约家数", "99999", "out_of_range"),
    (DEMANDS, "需求描述", "半\x07个", "control_character"),
    (DEMANDS, "需求描述", "长" * 20_001, "too_long"),
    (DEMANDS, "行业领域", "JSON:[1]", "not_text"),
    (DEMANDS, "行业领域", "JSON:[", "bad_json_cell"),
    (PROFILES, "交付周期", "看情况吧", "not_a_duration"),
    (PROFILES, "可承接时间", "下个月", "not_a_day"),
    (PROFILES, "资质", "等保二级（有效期至2027-02-30）", "no_such_day"),
    (PROFILES, "案例", "甲|乙|2025|丙|1万|丁|戊", "bad_case"),
    (PROFILES, "案例", "甲|乙|去年|丙|1万|丁", "not_a_year"),
    (PROFILES, "案例", "甲|乙|2025|丙|3-5万|丁", "not_one_amount"),
]


@pytest.mark.parametrize(("heading", "cell", "expected"), DEMAND_CELLS)
def test_a_demand_cell_becomes_contract_json(heading, cell, expected):
    data, problems = read_one(DEMANDS, **{heading: cell})

    assert (data, problems) == ({"id": "X-1", "title": "门店盘点", **expected}, ())


@pytest.mark.parametrize(("heading", "cell", "expected"), PROFILE_CELLS)
def test_a_profile_cell_becomes_contract_json(heading, cell, expected):
    data, problems = read_one(PROFILES, **{heading: cell})
    if "qualifications" in expected:  # an end that nobody knows is a key with null
        data["qualifications"] = [
            q if isinstance(q, str) else {k: v for k, v in q.items() if v} for q in data["qualifications"]
        ]

    assert (data, problems) == ({"id": "X-1", "name": "门店盘点", **expected}, ())


@pytest.mark.parametrize(("kind", "heading", "cell", "code"), BAD_CELLS)
def test_a_bad_cell_is_told_with_its_place(kind, heading, cell, code):
    _, problems = read_one(kind, **{heading: cell})

    assert [(p.code, p.sheet, p.line, p.column, p.key) for p in problems] == [(code, "需求", 2, "C", heading)]
    assert problems[0].value is not None


def test_two_cells_that_disagree_are_told_by_their_headings():
    _, problems = read_one(启动时间="2027-06-01", 交付期限="2027-05-01")

    assert [(p.code, p.key, p.column, dict(p.facts)) for p in problems] == [
        ("reversed", "启动时间", "C", {"other": "交付期限", "limit": "2027-05-01"})
    ]


def test_a_floor_and_a_ceiling_may_stand_in_two_columns():
    data, problems = read_one(**{"预算下限（万元）": "8", "预算上限（万元）": "12"})

    assert (data["budget_min_yuan"], data["budget_max_yuan"], problems) == (80_000, 120_000, ())


def test_every_problem_of_a_row_is_told_at_once():
    _, problems = read_one(预算="很多", 交付期限="6月底", 可签约家数="几家")

    assert codes(problems) == ["no_amount", "no_year", "not_a_count"]
