"""Who stands beside whom: themes, districts and maturities in a track, and what runs at the same time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

from .facts import Check, Found, View

ENTRIES: tuple[dict[str, Any], ...] = (
    {"id": "theme_purity", "name_zh": "一个会场主题集中", "name_en": "few themes in a track",
     "told_zh": "{0} 有 {themes} 个主题，超过 {wanted} 个", "told_en": "{0} holds {themes} themes, more than {wanted}",
     "level": "ignore", "weight": 1.0, "value": 4},
    {"id": "theme_spread", "name_zh": "一个主题不分散在太多场次", "name_en": "a theme in few sessions",
     "told_zh": "主题 {theme} 分散在 {sessions} 个场次，超过 {wanted} 个",
     "told_en": "theme {theme} is spread over {sessions} sessions, more than {wanted}", "level": "warn", "weight": 1.0,
     "value": 2},
    {"id": "similar_in_parallel", "name_zh": "同主题项目不同时上台", "name_en": "similar pitches not in parallel",
     "told_zh": "{0} 与 {1} 同是主题 {theme}，却同时在两个会场",
     "told_en": "{0} and {1}, both of theme {theme}, are on stage at the same time", "level": "ignore", "weight": 0.5},
    {"id": "district_mix", "name_zh": "一个会场不全是一个区县", "name_en": "a track is not one district's",
     "told_zh": "{0} 有 {share}% 来自 {district}，超过 {wanted}%",
     "told_en": "{share}% of {0} come from {district}, more than {wanted}%", "level": "warn", "weight": 1.0,
     "value": 60},
    {"id": "district_neighbours", "name_zh": "同区县不相邻", "name_en": "no neighbours of one district",
     "told_zh": "{0} 与 {1} 同区县，前后相邻", "told_en": "{0} and {1} come from one district and follow each other",
     "level": "warn", "weight": 0.5, "solved_by": "lowered"},
    {"id": "sector_mix", "name_zh": "不限行业的会场行业多样", "name_en": "a track for all sectors holds several",
     "told_zh": "{0} 不限行业，却全是主题 {theme}", "told_en": "{0} takes every sector but holds {theme} only",
     "level": "warn", "weight": 1.0},
    {"id": "maturity_mix", "name_zh": "成熟度有高有低", "name_en": "maturities are mixed",
     "told_zh": "{0} 的项目成熟度全是“{maturity}”", "told_en": "every pitch of {0} is of maturity “{maturity}”",
     "level": "warn", "weight": 1.0},
)  # fmt: skip


def _theme_purity(view: View, value: Any) -> Iterator[Found]:
    for track, rows in sorted(view.by_track.items()):
        themes = {view.pitches[row["pitch"]].get("theme") for row in rows} - {None}
        if len(themes) > value:
            yield Found((track,), {"themes": len(themes), "wanted": value})


def _theme_spread(view: View, value: Any) -> Iterator[Found]:
    sessions: dict[str, set[str]] = defaultdict(set)
    for row in view.placements:
        if (theme := view.pitches[row["pitch"]].get("theme")) is not None:
            sessions[theme].add(view.tracks[row["track"]]["session"])
    for theme, found in sorted(sessions.items()):
        if len(found) > value:
            yield Found((), {"theme": theme, "sessions": len(found), "wanted": value})


def _similar_in_parallel(view: View, _value: Any) -> Iterator[Found]:
    by_theme: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in view.placements:
        if (theme := view.pitches[row["pitch"]].get("theme")) is not None:
            by_theme[theme, view.day_of_track(row["track"])].append(row)
    for (theme, _), rows in sorted(by_theme.items()):
        for one, two in combinations(sorted(rows, key=lambda row: row["pitch"]), 2):
            apart = one["track"] != two["track"]
            if apart and one["start_min"] < two["end_min"] and two["start_min"] < one["end_min"]:
                yield Found((one["pitch"], two["pitch"]), {"theme": theme})


def _district_mix(view: View, value: Any) -> Iterator[Found]:
    for track, rows in sorted(view.by_track.items()):
        known = Counter(view.pitches[row["pitch"]].get("district") for row in rows)
        del known[None]
        if known and len(rows) >= 3:
            district, count = known.most_common(1)[0]
            share = 100 * count / len(rows)
            if share > value:
                yield Found((track,), {"district": district, "share": round(share), "wanted": value})


def _district_neighbours(view: View, _value: Any) -> Iterator[Found]:
    for _, rows in sorted(view.by_track.items()):
        for one, two in pairwise(rows):
            a, b = (view.pitches[row["pitch"]].get("district") for row in (one, two))
            if a is not None and a == b:
                yield Found((one["pitch"], two["pitch"]))


def _sector_mix(view: View, _value: Any) -> Iterator[Found]:
    for track, rows in sorted(view.by_track.items()):
        themes = {view.pitches[row["pitch"]].get("theme") for row in rows}
        is_open = not view.sessions[view.tracks[track]["session"]].get("themes")
        if is_open and len(rows) >= 3 and len(themes) == 1 and None not in themes:
            yield Found((track,), {"theme": next(iter(themes))})


def _maturity_mix(view: View, _value: Any) -> Iterator[Found]:
    for track, rows in sorted(view.by_track.items()):
        known = {view.pitches[row["pitch"]].get("maturity") for row in rows}
        if len(rows) >= 3 and len(known) == 1 and None not in known:
            yield Found((track,), {"maturity": next(iter(known))})


CHECKS: dict[str, Check] = {
    "theme_purity": _theme_purity,
    "theme_spread": _theme_spread,
    "similar_in_parallel": _similar_in_parallel,
    "district_mix": _district_mix,
    "district_neighbours": _district_neighbours,
    "sector_mix": _sector_mix,
    "maturity_mix": _maturity_mix,
}
