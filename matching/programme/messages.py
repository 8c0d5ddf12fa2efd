"""Every sentence of the programme, zh and en, by code. Code elsewhere makes facts only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["zh", "en"]

FAULTS: dict[str, tuple[str, str]] = {
    "not_object": ("应为 JSON 对象，请改为 {{…}}", "must be a JSON object; write {{…}}"),
    "not_list": ("应为数组，请改为 […]", "must be a list; write […]"),
    "not_text": ("应为非空字符串，请加引号填写", "must be a non-empty string; put it in quotes"),
    "not_whole": (
        "应为整数，请去掉小数、引号或 true/false",
        "must be a whole number; no fraction, quotes or true/false",
    ),
    "not_number": ("应为数字，请去掉引号或 true/false", "must be a number; no quotes or true/false"),
    "not_bool": ("应为 true 或 false", "must be true or false"),
    "missing": ("缺少此项，请补上", "is missing; add it"),
    "too_small": ("不得小于 {least}，请改大", "must be at least {least}; raise it"),
    "score_range": (
        "匹配分须为 0 至 100 的整数，请改正",
        "a score is a whole number from 0 to 100; correct it",
    ),
    "score_shape": ("应为 [项目, 场景方, 分数] 三项", "must be [pitch, owner, score]"),
    "reversed": (
        "结束须晚于开始（{start_min}），请对调或改正",
        "must be later than the start ({start_min}); swap or correct",
    ),
    "not_a_choice": ("只能是 {known} 之一，请改选", "must be one of {known}; choose one of them"),
    "not_a_day": ("应为 2026-12-05 这样的日期", "must be a day such as 2026-12-05"),
    "unknown_id": (
        "在 {list} 中找不到，请改正编号或先登记",
        "is not in {list}; correct the id or add the record",
    ),
    "unknown_key": ("不认识此项，可用的有：{known}", "is not a known key; known keys: {known}"),
    "duplicate_id": (
        "编号重复，已见于 {first}，请改用不同编号",
        "repeats the id of {first}; give each its own",
    ),
    "duplicate_score": ("同一对已在 {first} 打分，请只留一条", "scores the same pair as {first}; keep one"),
    "both_sides": (
        "同一人不能既是场景方又是路演方，请拆分身份",
        "is both an owner and a pitching OPC; use one side only",
    ),
    "self_reference": ("不能指向自己，请删去或改正", "points at itself; remove or correct it"),
    "after_cycle": ("先后次序成环（{cycle}），请去掉一条", "the order runs in a circle ({cycle}); drop one"),
    "lock_subject": (
        "每条锁定须写 pitch 或 owner 中的一个",
        "a lock names either a pitch or an owner, and just one",
    ),
    "lock_place": ("{level} 级锁定须写 {needed}，请补上", "a lock of level {level} needs {needed}; add it"),
    "lock_mismatch": (
        "该会场属于场次 {session}，与锁定中的场次不符，请改正",
        "this track belongs to session {session}, not to the lock's; correct one",
    ),
    "lock_position": (
        "只有锁到会场的项目才能定出场次序，请删去",
        "only a pitch locked to a track has a position; remove it",
    ),
}

WARNINGS: dict[str, tuple[str, str]] = {
    "no_owners": ("没有场景方，方案没有匹配分", "there are no owners, so the plan has no match score"),
    "no_tracks": ("没有会场，无法安排任何项目", "there are no tracks, so nothing can be placed"),
    "no_pitches": ("没有路演项目，方案为空", "there are no pitches, so the plan is empty"),
    "no_day": (
        "场次 {sessions} 没有日期，按各在不同日子处理，未检查跨场次的撞期",
        "sessions {sessions} have no day and count as different days: clashes between them are not checked",
    ),
    "panel_given": (
        "会场 {track} 的评委席由精确锁定给出（{locked}/{seats} 席）；如要补满，请改用 track 级锁定",
        "the panel of track {track} is given by exact locks ({locked} of {seats} seats); "
        "use level track to leave the other seats open",
    ),
    "reverse_panel": (
        "反向路演的会场 {track} 锁定了 {locked} 位场景方，通常只有一位",
        "reverse track {track} has {locked} owners locked to it; one is usual",
    ),
    "room_twice": (
        "会场 {first} 与 {second} 同时使用房间 {room}，请核对",
        "tracks {first} and {second} use room {room} at the same time; check them",
    ),
    "greedy_plan": (
        "时间用尽，给出的是快速方案，仍可改进",
        "time ran out: this is the quick plan and can be improved",
    ),
    "loss_not_exact": (
        "有 {count} 个落选项目的代价只给出区间或未算，可放宽时间或提高 explain",
        "the loss of {count} pitches is an interval or not computed; allow more time or raise explain",
    ),
    "loss_under_panels": (
        "落选代价按本方案的评委席计算",
        "losses are what forcing a pitch in costs under the panels of this plan",
    ),
    "moves_not_proved": (
        "尚未证明变动已最少",
        "it is not proved that fewer placed pitches could move",
    ),
    "guarantee_not_kept": (
        "轮到上台的项目放不下，本季没有保证：{pitches}",
        "there is no room for all whose turn it is, so none is guaranteed: {pitches}",
    ),
    "unmet": (
        "场景方 {owner} 只听到 {have} 个候选项目，少于 {need} 个",
        "owner {owner} hears {have} candidates of {need}",
    ),
}

LOCKS: dict[str, tuple[str, str]] = {
    "pitch_exact": (
        "项目 {pitch} 锁定在会场 {track}{position}",
        "pitch {pitch} is locked to track {track}{position}",
    ),
    "pitch_track": (
        "项目 {pitch} 锁定在会场 {track}{position}",
        "pitch {pitch} is locked to track {track}{position}",
    ),
    "pitch_session": ("项目 {pitch} 锁定在场次 {session}", "pitch {pitch} is locked to session {session}"),
    "pitch_excluded": ("项目 {pitch} 不得安排在{place}", "pitch {pitch} is kept out of {place}"),
    "must_place": ("项目 {pitch} 必须排入某个会场", "pitch {pitch} has to be placed in some track"),
    "owner_exact": (
        "场景方 {owner} 锁定为会场 {track} 的评委",
        "owner {owner} is locked to the panel of track {track}",
    ),
    "owner_track": ("场景方 {owner} 锁定在会场 {track}", "owner {owner} is locked to track {track}"),
    "owner_session": ("场景方 {owner} 锁定在场次 {session}", "owner {owner} is locked to session {session}"),
    "owner_excluded": ("场景方 {owner} 不得安排在{place}", "owner {owner} is kept out of {place}"),
}

FACTS: dict[str, tuple[str, str]] = {
    "opc_limit": ("每家 OPC 最多 {limit} 个项目", "an OPC has {limit} pitches at most"),
    "opc_session_limit": (
        "每家 OPC 在一个场次最多 {limit} 个项目",
        "an OPC has {limit} pitches in one session at most",
    ),
    "one_place": ("同一个人不能同时在两处", "nobody can be in two places at once"),
    "track_minutes": ("会场 {track} 只有 {minutes} 分钟", "track {track} has {minutes} minutes"),
    "seats": ("会场 {track} 只有 {seats} 个场景方席", "track {track} has {seats} panel seats"),
    "district_limit": (
        "会场 {track} 里同一区县最多 {limit} 个项目",
        "track {track} takes {limit} pitches of one district at most",
    ),
    "theme": ("场次 {session} 只收主题 {themes}", "session {session} takes themes {themes} only"),
    "apart": ("项目 {pitch} 与 {other} 不能同在一个会场", "pitches {pitch} and {other} may not share a track"),
    "after": ("项目 {pitch} 要排在 {other} 之后", "pitch {pitch} has to come after {other}"),
    "tags": ("{who} 对会场有条件", "{who} needs or avoids something in a room"),
    "audience": ("项目 {pitch} 的观众坐不下", "the audience of pitch {pitch} does not fit"),
    "attendance": ("项目 {pitch} 不参加场次 {session}", "pitch {pitch} does not attend session {session}"),
    "pitch_windows": (
        "项目 {pitch} 在场次 {session} 只有部分时间到场",
        "pitch {pitch} is there for a part of session {session} only",
    ),
    "max_sessions": ("场景方 {owner} 最多参加 {limit} 场", "owner {owner} attends {limit} sessions at most"),
    "owner_attendance": ("场景方 {owner} 不参加场次 {session}", "owner {owner} does not attend session {session}"),
    "owner_windows": (
        "场景方 {owner} 不能全程参加场次 {session}",
        "owner {owner} is not there for the whole of session {session}",
    ),
}

WAYS: dict[str, tuple[str, str]] = {
    "release": ("放开这条锁定：{lock}", "release this lock: {lock}"),
    "longer": ("把会场 {track} 延长 {minutes} 分钟", "make track {track} {minutes} minutes longer"),
    "wider": (
        "请 {who} 在场次 {session} 前后多留 {minutes} 分钟",
        "let {who} be there {minutes} minutes more on both sides in session {session}",
    ),
    "be_there": ("请 {who} 全程参加场次 {session}", "let {who} be there throughout session {session}"),
    "seats": ("给会场 {track} 加 {seats} 个场景方席", "add {seats} panel seats to track {track}"),
    "limit": ("把 {what} 的上限放宽到 {limit}", "raise the limit of {what} to {limit}"),
    "opc_limit": ("把每家 OPC 的上限（{rule}）放宽到 {limit}", "raise {rule} to {limit}"),
    "attend": ("请 {who} 也参加场次 {session}", "let {who} attend session {session} too"),
    "theme": ("让场次 {session} 不限主题", "let session {session} take every theme"),
    "let_go": ("放弃这一条：{what}", "let go of this: {what}"),
}

FIXES: dict[str, tuple[str, str]] = {
    "attend": ("请该项目改报有会场的场次：{sessions}", "let it attend a session that has tracks: {sessions}"),
    "theme": ("主题 {theme} 不在其场次之列，可改主题或增报：{sessions}",
              "no session it attends takes theme {theme}; change the theme or attend: {sessions}"),
    "no_session_of_theme": (
        "没有场次收主题 {theme}：请给某个场次加上这个主题",
        "no session takes theme {theme}: let one of them take it",
    ),
    "duration": ("时长由 {from} 分钟减到 {to} 分钟以内即可排入", "cut it from {from} to {to} minutes to fit a track"),
    "windows": ("放宽其可到场时段", "widen the times at which it can be there"),
    "lock": ("放开对它的排除锁定", "lift the locks that keep it out"),
    "tags": ("给会场补上它需要的条件，或放宽这一条", "give a track what it needs, or let go of that need"),
    "room": ("加一个会场或延长会场 {minutes} 分钟", "add a track, or {minutes} minutes to one"),
    "opc_limit": ("把每家 OPC 的项目数上限放宽到 {limit}", "raise the limit of pitches of an OPC to {limit}"),
    "wider": (
        "在场次 {session} 前后各多留 {minutes} 分钟即可排入",
        "be there {minutes} minutes more on both sides in session {session}",
    ),
    "district": (
        "把会场 {track} 的同区县上限放宽到 {limit}",
        "raise the district limit of track {track} to {limit}",
    ),
    "score": (
        "与 {owner} 的匹配分再高 {points} 分（到 {to}）即可入选",
        "a match score with {owner} higher by {points} (to {to}) would put it in",
    ),
    "force": ("如确需安排，锁定到会场 {track}", "if it must be in, lock it to track {track}"),
    "more_owners": ("增加与其匹配的场景方", "bring owners that match it"),
}  # fmt: skip


def say(table: Mapping[str, tuple[str, str]], code: str, language: Language, facts: Mapping[str, object]) -> str:
    """The sentence of a code with its facts filled in."""
    return table[code][0 if language == "zh" else 1].format(**facts)


def told(table: Mapping[str, tuple[str, str]], code: str, **facts: object) -> dict[str, object]:
    """A warning, fix or the like as JSON: code, facts, and the sentence in both languages."""
    return {"code": code, **facts, "zh": say(table, code, "zh", facts), "en": say(table, code, "en", facts)}
