"""What the checker found, in people's words: for a plan that somebody edits by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .checker import Violation
from .messages import Language, say

BROKEN: dict[str, tuple[str, str]] = {
    "placed_twice": ("{a} 排了不止一次", "{a} is placed more than once"),
    "cannot_attend": ("{a} 没有报名该场次（{b}）", "{a} does not attend that session ({b})"),
    "theme": ("{a} 的主题不在该场次之列（{b}）", "the session of {b} does not take the theme of {a}"),
    "duration": ("{a} 的时长与登记的不符", "{a} has another length than it stated"),
    "outside_track": ("{a}超出会场“{b}”的时间（{detail}）", "{a} is outside the hours of {b} ({detail})"),
    "window": ("{a} 在该时间不能到场（{detail}）", "{a} cannot be there at that time ({detail})"),
    "after": ("{a} 应排在 {b} 之后", "{a} has to come after {b}"),
    "apart_from": ("{a} 与 {b} 不能同在一个会场", "{a} and {b} may not share a track"),
    "positions": ("会场 {a} 的次序有缺号", "the order in track {a} has gaps"),
    "overlap": ("{a} 与 {b} 在同一会场时间重叠", "{a} and {b} overlap in one track"),
    "track_full": ("会场“{a}”的时间不够：需要 {detail}", "track {a} is too short: {detail} are needed"),
    "district": ("会场 {a} 里来自同一区县（{b}）的项目过多", "too many pitches of one district ({b}) in track {a}"),
    "opc_limit": ("{a} 的项目数超过上限", "{a} has more pitches than allowed"),
    "opc_session_limit": ("{a} 在同一场次的项目数超过上限", "{a} has more pitches in one session than allowed"),
    "opc_twice": ("{a} 与 {b} 属于同一家 OPC，时间重叠", "{a} and {b} are one OPC's and overlap"),
    "seat_twice": ("{a} 在会场 {b} 坐了两次", "{a} sits in track {b} twice"),
    "panel_seats": ("会场 {a} 的席位不够", "track {a} has too few seats"),
    "owner_cannot_attend": ("{a} 没有报名会场 {b} 的场次", "{a} does not attend the session of {b}"),
    "owner_window": ("{a} 不能全程出席会场 {b}", "{a} cannot sit through track {b}"),
    "owner_two_tracks": ("{a} 在同一场次坐在两个会场", "{a} sits in two tracks of one session"),
    "max_sessions": ("{a} 出席的场次超过上限", "{a} sits in more sessions than allowed"),
    "owner_twice": ("{a} 同时坐在两个会场", "{a} sits in two tracks at once"),
    "lock": ("{a} 的锁定没有守住（{detail}）", "a lock of {a} is not kept ({detail})"),
    "must_place": ("{a} 必须排入议程", "{a} has to be on the programme"),
    "lock_position": ("{a} 的次序锁定没有守住（第 {detail} 位）", "{a} is not at its locked position ({detail})"),
    "panel_given": ("会场 {a} 的评委已定，多出：{detail}", "the panel of {a} is given; too many: {detail}"),
    "pair_twice": ("{a} 与 {b} 约了不止一次", "{a} and {b} meet more than once"),
    "meeting_not_placed": ("{a} 没有上台，不能约谈 {b}", "{a} is not on stage and cannot meet {b}"),
    "table": ("{a} 与 {b} 的桌号不存在（{detail}）", "the table of {a} and {b} does not exist ({detail})"),
    "table_twice": ("{a} 的 {b} 号桌排了两场", "table {b} is taken twice in {a}"),
    "max_per_opc": ("{a} 的约谈超过上限", "{a} has more meetings than allowed"),
    "max_meetings": ("{a} 的约谈超过上限", "{a} has more meetings than allowed"),
    "meeting_cannot_attend": ("{a} 在该约谈时段不能到场（{detail}）", "{a} cannot be there in slot {detail}"),
    "meeting_clash": ("{a} 的约谈与别的安排冲突（{detail}）", "a meeting of {a} clashes ({detail})"),
    "meeting_not_held": ("{a} 与 {b} 已开始的约谈不见了", "a meeting of {a} and {b} that has begun is gone"),
    "needs": ("{a} 需要“{detail}”，{b} 没有", "{a} needs “{detail}”, which {b} has not"),
    "avoids": ("{a} 不能在有“{detail}”的 {b}", "{a} cannot be in {b}, which has “{detail}”"),
    "audience": ("{a} 的观众在 {b} 坐不下（{detail}）", "the audience of {a} does not fit {b} ({detail})"),
    "meeting_apart": ("{a} 与 {b} 已说明不约谈", "{a} and {b} do not want to meet"),
    "slot_closed": ("{a} 与 {b} 约在已过去的时段", "{a} and {b} meet in a slot that has passed"),
}
OTHER = ("议程的记载与安排不符（{code}：{detail}）", "the plan says what is not so ({code}: {detail})")


_MINUTES = re.compile(r"(\d+)\.\.(\d+)")


def broken_words(violation: Violation, language: Language, names: Mapping[str, str] | None = None) -> str:
    """What is broken, with `names` in place of ids where they are known."""
    known = names or {}
    subjects = [known.get(subject, subject) for subject in violation.subjects]
    detail = _MINUTES.sub(lambda found: f"{_clock(found[1])}–{_clock(found[2])}", violation.detail)
    detail = known.get(detail, detail.replace(" min", " 分钟") if language == "zh" else detail)
    facts = {"a": "", "b": "", "detail": detail, "code": violation.code}
    facts |= dict(zip("ab", subjects, strict=False))
    return say({**BROKEN, violation.code: BROKEN.get(violation.code, OTHER)}, violation.code, language, facts)


def _clock(minute: str) -> str:
    return f"{int(minute) // 60:02}:{int(minute) % 60:02}"
