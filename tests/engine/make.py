"""What the tests of the engine share: a day, the vocabulary, boring records, and random ones."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from matching.domain.codec import read_demand, read_profile
from matching.domain.policy import DEFAULT_POLICY
from matching.domain.vocabulary import load_vocabulary
from matching.engine.pipeline import recommend
from matching.engine.views import Pair, view_demand, view_profile

TODAY = date(2026, 11, 23)
VOCABULARY = load_vocabulary()
STRANGE = "火星词"  # a word that no list of the vocabulary knows
EVERYTHING = replace(DEFAULT_POLICY, minimum_relevance=0.0)


def day(days):
    """The ISO day so many days from today."""
    return (TODAY + timedelta(days=days)).isoformat()


def make_demand(**keys):
    return read_demand({"id": "D1", "title": "门店货架拍照盘点", **keys})


def make_profile(**keys):
    return read_profile({"id": "P1", "name": "数架人工作室", "summary": "拍货架照片做盘点，找出缺货", **keys})


def make_pair(demand=None, profile=None, as_of=TODAY):
    """The pair of two records, given as their keys."""
    made = make_demand(**(demand or {})), make_profile(**(profile or {}))
    return Pair(view_demand(made[0], VOCABULARY), view_profile(made[1], VOCABULARY), as_of, VOCABULARY)


def match(demands, profiles, *, policy=DEFAULT_POLICY, top=20, as_of=TODAY, **options):
    """`recommend` with the settings that most tests do not care about."""
    options = {"top_per_demand": top, "top_per_profile": top, **options}
    return recommend(demands, profiles, policy=policy, vocabulary=VOCABULARY, as_of=as_of, **options)


_days = st.sampled_from([-400, -91, -90, -1, 0, 1, 30, 90, 4000]).map(day) | st.just("9999-12-31")
_yuan = st.sampled_from([0, 1, 70_000, 99_999, 100_000, 100_001, 10**12])
_lead = st.sampled_from([0, 1, 30, 31, 90, 3650])
_levels = st.integers(1, 9)


def _words(*known):
    return st.sampled_from([*known, STRANGE])


def _some(words):
    return st.lists(words, max_size=3)


_districts = _words("jinjiang", "锦江区", "成华", "高新区", "全市")
_sectors = _words("文创", "retail", "education", "教育")
_qualifications = _words("等保二级", "mlps_3", "高企", "little giant", "专精特新")
_names = st.sampled_from(["甲公司", "甲 公司", "Ａ社", "a社", "D1", "d1", "P1", "数架人工作室", " "])
_capabilities = st.sampled_from(["视觉盘点", "数字人", "虚拟人", "文案生成", "自造的能力", "自造 的能力"])

_demand_keys = {
    "capabilities": _some(_capabilities),
    "owner": st.fixed_dictionaries({}, optional={"name": _names, "kind": st.just("消费")}),
    "sectors": _some(_sectors),
    "district": _districts,
    "budget_max_yuan": _yuan,
    "publish_until": _days,
    "deliver_by": _days,
    "delivery": _words("onsite", "远程", "均可"),
    "deployment": _words("private", "云端", "边缘", "不限"),
    "required_qualifications": _some(_qualifications),
    "require_registered_in": _words("成都", "绵阳", "any"),
    "min_maturity": _levels,
    "data_sensitivity": _words("public", "一般", "minors"),
    "excluded": _some(_names),
}
_capability_objects = st.fixed_dictionaries(
    {"name": _capabilities}, optional={"price_min_yuan": _yuan, "lead_days": _lead, "maturity": _levels}
)
_held = _qualifications | st.fixed_dictionaries({"name": _qualifications}, optional={"valid_until": _days})
_profile_keys = {
    "capabilities": _some(_capabilities | _capability_objects),
    "sectors": _some(_sectors),
    "district": _districts,
    "registered_city": _words("成都", "绵阳市", "any"),
    "price_min_yuan": _yuan,
    "lead_days": _lead,
    "maturity": _levels,
    "available_from": _days,
    "delivery_modes": _some(_words("现场", "remote", "混合")),
    "deployments": _some(_words("private", "SaaS", "edge", "不限")),
    "service_districts": _some(_districts),
    "qualifications": _some(_held),
    "data_clearances": _some(_words("public", "general", "未成年人")),
    "max_concurrent": st.integers(0, 3),
    "active_engagements": st.integers(0, 3),
    "excluded": _some(_names),
    "cases": st.lists(st.fixed_dictionaries({}, optional={"verified_by": st.sampled_from(["客户", " "])}), max_size=4),
    "updated_on": _days,
}

random_demands = st.fixed_dictionaries({}, optional=_demand_keys)
"""The keys of a demand, each there or not, with words that nobody knows among them."""
random_profiles = st.fixed_dictionaries({}, optional=_profile_keys)
full_demands = st.fixed_dictionaries(_demand_keys)
full_profiles = st.fixed_dictionaries(_profile_keys)
