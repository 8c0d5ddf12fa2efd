"""Names of stages, roles, actions and verdicts for pages; Chinese here, English in the catalogue."""

from flask_babel import lazy_gettext as _

from matching.domain.records import RecordKind

STAGES = {
    "draft": _("草稿"),
    "submitted": _("待审核"),
    "returned": _("已退回"),
    "published": _("已发布"),
    "matching": _("匹配中"),
    "meeting": _("对接中"),
    "validating": _("实景验证中"),
    "contracted": _("已签约"),
    "accepted": _("已验收"),
    "withdrawn": _("已撤回"),
    "expired": _("已过期"),
    "superseded": _("已被新版取代"),
    "discarded": _("已作废"),
}

ROLES = {
    "anonymous": _("访客"),
    "scenario_owner": _("场景方"),
    "opc": _("OPC（一人公司）"),
    "organiser": _("组织方"),
    "administrator": _("管理员"),
    "system": _("系统"),
    "worker": _("系统"),
}

FILES = {
    "xlsx": _("工作簿 XLSX"),
    "run-of-show": _("流程单 PDF"),
    "sign-in": _("签到表 PDF"),
    "table-cards": _("桌牌 PDF"),
    "json": _("数据 JSON"),
}

LISTS = {RecordKind.DEMANDS: _("需求清单"), RecordKind.PROFILES: _("供给清单")}
RECORDS = {RecordKind.DEMANDS: _("场景需求"), RecordKind.PROFILES: _("能力画像")}

EVENTS = {
    "post": _("提交审核"),
    "edit": _("修改"),
    "review": _("审核"),
    "withdraw": _("撤回"),
    "expire": _("到期关闭"),
    "import": _("导入"),
    "bind_account": _("绑定账号"),
}

CHANGES = {"new": _("新增"), "changed": _("更新")}
NEWS = {"new": _("新需求"), "changed": _("有更新"), "closing": _("即将截止")}
SESSIONS = {"main": _("主场"), "themed": _("专场")}

GROUPS = {
    "what": _("基本情况"),
    "where": _("地点与方式"),
    "money_and_time": _("金额与时间"),
    "conditions": _("条件与验收"),
}

CELLS = {
    "name": _("名称"),
    "operator": _("比较"),
    "value": _("数值"),
    "unit": _("单位"),
    "valid_until": _("有效期至"),
    "price": _("报价"),
    "lead_days": _("交付周期"),
    "maturity": _("成熟度"),
    "description": _("说明"),
    "cases": _("案例"),
    "client": _("客户"),
    "sector": _("行业"),
    "year": _("年份"),
    "metric": _("效果"),
    "amount_yuan": _("金额"),
    "verified_by": _("证明方"),
}

BANDS = {"high": _("高"), "medium": _("中"), "low": _("低")}

BAND_MEANINGS = {
    "high": _("需求里说的，画像里大多也说到"),
    "medium": _("需求里说的，画像里说到一部分"),
    "low": _("共同的内容不多，请先细看"),
}

REMEDIES = {
    "budget": _("看预算能否提高，或先做其中一部分、分期做"),
    "deadline": _("看交付期限能否放宽，或提前启动"),
    "qualification": _("核对资质要求是否每一项都必需"),
    "delivery": _("看能否接受另一种交付方式"),
    "district": _("看能否远程完成，或请对方扩大服务区域"),
    "deployment": _("看能否接受另一种部署方式"),
    "registration": _("限定注册地须有法律依据；没有依据的，改为“不限”"),
    "maturity": _("看最低成熟度能否降低，或改为试点"),
    "clearance": _("看能否先脱敏，或换用敏感程度较低的数据"),
    "capacity": _("这些 OPC 目前没有余力；等它们更新画像后会重新匹配"),
    "exclusion": _("回避不能变通"),
    "open": _("需求有效期已过：延长有效期后重新提交"),
}
"""What somebody who posted a demand can do about a hard rule that stops many."""

CONTACT = {"name": _("联系人"), "phone": _("联系电话"), "email": _("电子邮箱")}

HINTS = {
    "metrics": _("例：识别准确率 ≥ 95 %。说不成数字的，把整句话写在“名称”里。"),
    "qualifications": _("有效期不填表示长期有效；不知道是否还有效，请写“不详”。"),
    "capabilities": _("一行一项能力。报价、周期、成熟度只在与整体不同时填写。"),
    "cases": _("写明由谁证明（验收单、盖章、感谢信）的案例更有说服力。"),
}

PURPOSES = {"plan": _("编排"), "replan": _("变动后重排"), "what_if": _("如果……")}
RUNS = {
    "waiting": _("等待中"),
    "running": _("求解中"),
    "done": _("已算完"),
    "failed": _("没有方案"),
    "stopped": _("已停止"),
}
FORMAT_NAMES = {"panel": _("多位场景方同听"), "reverse": _("一位场景方，多个项目答同一需求")}
OUTCOMES = {
    "intent": _("有合作意向"),
    "trial": _("先做试点"),
    "more_info": _("要补充资料再谈"),
    "no_fit": _("不合适"),
    "did_not_meet": _("没有谈成（有一方没来）"),
}
SIDES = {"opc": _("OPC"), "owner": _("场景方")}
LEVEL_NAMES = {"block": _("阻止"), "warn": _("提醒"), "ignore": _("忽略")}
