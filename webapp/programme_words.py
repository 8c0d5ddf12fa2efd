"""A season in words for its pages: locks, events, stages of a solve, and a plan laid out by track."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.services.seasons import CurrentSeason
from matching.store.publications import StoredLineUp
from matching.store.solving import SolveRun
from webapp.languages import say

_ID = re.compile(r"(?<!\S)[\w.+-]+(?!\S)")
"""A word between spaces: the solver's sentences set ids off like that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """What ids are called: pitches (an OPC has its pitch's name here), owners, tracks, sessions."""

    pitches: Mapping[str, str]
    owners: frozenset[str]
    places: Mapping[str, str]

    def of(self, name: object) -> str:
        """The name of a pitch, an OPC, a track or a session; an owner is its own name."""
        key = str(name)
        return self.pitches.get(key) or self.places.get(key) or key


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPicture:
    """One track of a plan: its heading, owners, and the pitches as (hour in minutes, name)."""

    title: str
    owners: Sequence[str]
    pitches: Sequence[tuple[int, str]]


def names_of(current: CurrentSeason, *plans: StoredLineUp | SolveRun | None) -> KnownNames:
    """Every name of the season's setup and of these revisions and solves."""
    places = {one["id"]: one["title"] for one in current.season.sessions}
    places |= {row["id"]: f"{one['title']} · {row['room']}" for one in current.season.sessions for row in one["track"]}
    pitches: dict[str, str] = {}
    owners: set[str] = set()
    for plan in plans:
        if plan is None:
            continue
        stored = plan.problem if isinstance(plan, StoredLineUp) else plan.inputs
        pitches |= stored["names"]["pitches"]
        owners |= {owner["id"] for owner in stored["problem"]["owners"]}
    return KnownNames(pitches=pitches, owners=frozenset(owners), places=places)


def with_names(text: str, names: KnownNames) -> str:
    """A sentence of the solver's with names in place of the ids that it speaks of."""
    return _ID.sub(lambda found: names.of(found[0]), text)


def lock_words(lock: Mapping[str, Any], names: KnownNames) -> str:
    """「作文批改 → 主场 · 主会场」"""
    who = names.of(lock.get("pitch") or lock.get("owner"))
    place = lock.get("track") or lock.get("session")
    if lock["level"] == "excluded":
        return (
            say("%(who)s：不安排在 %(place)s", who=who, place=names.of(place))
            if place
            else say("%(who)s：不安排", who=who)
        )
    return say("%(who)s → %(place)s", who=who, place=names.of(place))


def event_words(event: Mapping[str, Any], names: KnownNames) -> str:
    """What happened, or is supposed to, in one line."""
    facts = {key: names.of(value) for key, value in event.items()}
    kind = event["kind"]
    if kind == "owner_cancelled" and not event.get("session"):
        return say("%(owner)s 不再参加本季", **facts)
    if kind == "room_lost" and event.get("from_min") is not None:
        hour = f"{event['from_min'] // 60:02d}:{event['from_min'] % 60:02d}"
        return say("%(track)s 从 %(hour)s 起不能用", hour=hour, **facts)
    words = {
        "pitch_withdrawn": lambda: say("项目 %(pitch)s 撤回", **facts),
        "opc_withdrawn": lambda: say("%(opc)s 退出本季", **facts),
        "owner_cancelled": lambda: say("%(owner)s 不参加 %(session)s", **facts),
        "room_lost": lambda: say("%(track)s 不能用", **facts),
        "no_show": lambda: say("%(opc)s 没有到 %(session)s", **facts),
        "meeting_cancelled": lambda: say("%(opc)s 与 %(owner)s 不约谈", **facts),
        "longer_track": lambda: say("%(track)s 延长 %(minutes)s 分钟", **facts),
        "more_seats": lambda: say("%(track)s 加 %(seats)s 个场景方席", **facts),
        "another_track": lambda: say("与 %(track)s 同时再开一个会场", **facts),
    }
    return words[kind]()


def stage_words(run: SolveRun) -> str:
    """Where a solve is."""
    if run.state == "waiting":
        return say("正在启动")
    if run.state == "done":
        return say("已算完")
    if run.state == "stopped":
        return say("已停止")
    if run.state == "failed":
        return {
            "infeasible": say("没有满足所有锁定和限制的方案"),
            "overdue": say("超过时限，已强制停止"),
            "silent": say("求解进程已中断"),
        }.get(run.error or "", say("求解进程意外结束"))
    stages = {
        "locks": say("核对锁定"),
        "greedy": say("草案已出，继续改进"),
        "panels": say("选场景方席"),
        "pitches": say("选项目"),
        "bound": say("证明上界"),
        "previous": say("减少变动"),
        "meetings": say("排会谈"),
        "explain": say("写明理由"),
    }
    return stages.get((run.progress or {}).get("stage", ""), say("正在读入"))


def why_placed(reason: Mapping[str, Any]) -> str:
    """Why a pitch, a meeting or a panel is in the programme; "" where a placement was given and not chosen."""
    if reason.get("kind") == "meeting":
        return say("匹配分 %(score)s", score=reason["score"])
    if reason.get("kind") == "panel":
        return say("听到 %(number)s 个与您的需求匹配的项目", number=reason["candidates"])
    said = [say("在座场景方中与%(owner)s最匹配", owner=reason["best_owner"])] if reason.get("best_owner") else []
    if reason.get("fresh"):
        said.append(say("首次上台"))
    return say("，").join(said)


def picture(run: SolveRun) -> dict[str, Any]:
    """What a solve has by now: tracks with their pitches, and figures. Only for a run that has something."""
    plan = run.best or {}
    inputs = run.inputs
    titles, names = inputs["names"]["sessions"], inputs["names"]["pitches"]
    placed: dict[str, list[Mapping[str, Any]]] = {}
    for row in plan["placements"]:
        placed.setdefault(row["track"], []).append(row)
    seats: dict[str, list[str]] = {}
    for seat in plan["seats"]:
        seats.setdefault(seat["track"], []).append(seat["owner"])
    return {
        "is_draft": run.plan is None,
        "objective": plan["objective"],
        "bound": plan["bound"],
        "gap": plan["gap"],
        "placed": len(plan["placements"]),
        "left_out": [names.get(row["pitch"], row["pitch"]) for row in plan["left_out"]],
        "meetings": len(plan["meetings"]),
        "unmet": plan["unmet"],
        "tracks": [
            TrackPicture(
                title=f"{titles.get(track['session'], track['session'])} · {track['room'] or track['id']}",
                owners=sorted(seats.get(track["id"], [])),
                pitches=[
                    (row["start_min"], names.get(row["pitch"], row["pitch"]))
                    for row in sorted(placed.get(track["id"], []), key=lambda row: row["position"])
                ],
            )
            for track in inputs["problem"]["tracks"]
        ],
    }
