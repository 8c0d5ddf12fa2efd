"""An independent check of a line-up: plain JSON of the problem and of the plan in, violations out.

Shares no code with the solver and reads nothing but the two dicts, so a mistake made there is not repeated here.
`time_limit_no_plan` and `infeasible` answers have nothing to check and pass when they are empty.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule: its code, the ids it concerns, and the numbers."""

    code: str
    subjects: tuple[str, ...]
    detail: str


def check_line_up(problem: Row, line_up: Row) -> list[Violation]:
    """Every violation of the contract in a line-up; an empty list means that it holds."""
    return list(_Check(problem, line_up).run())


def objective_of(problem: Row, line_up: Row) -> float:
    """The contract's objective, recomputed from placements and seats alone."""
    return _Check(problem, line_up).objective()


def _list(data: Row, key: str) -> list[Any]:
    return list(data.get(key) or [])


class _Check:
    def __init__(self, problem: Row, line_up: Row) -> None:
        self.plan = line_up
        self.sessions = {s["id"]: s for s in _list(problem, "sessions")}
        self.tracks = {t["id"]: t for t in _list(problem, "tracks")}
        self.pitches = {p["id"]: p for p in _list(problem, "pitches")}
        self.owners = {o["id"]: o for o in _list(problem, "owners")}
        self.scores = {(p, o): s for p, o, s in _list(problem, "scores")}
        self.locks = _list(problem, "locks")
        self.levels: Row = problem.get("constraints") or {}
        self.meetings = problem.get("meetings") or {}
        self.slots = {s["id"]: s for s in _list(self.meetings, "slots")}
        given = {key: value for key, value in (problem.get("rules") or {}).items() if value is not None}
        self.rules: dict[str, Any] = {
            "max_pitches_per_opc": 2,
            "max_pitches_per_opc_per_session": 1,
            "fresh_bonus": 15,
            "short_candidate_penalty": 400,
            "buffer_min": 0,
        } | given
        self.placements = _list(line_up, "placements")
        self.seats = _list(line_up, "seats")
        self.at = {row["pitch"]: row for row in self.placements}
        self.panels: dict[str, set[str]] = defaultdict(set)
        for seat in self.seats:
            self.panels[seat["track"]].add(seat["owner"])

    def run(self) -> Iterator[Violation]:
        if self.plan.get("status") in ("infeasible", "time_limit_no_plan"):
            if self.placements or self.seats or _list(self.plan, "meetings"):
                yield Violation(code="plan_without_status", subjects=(), detail=str(self.plan.get("status")))
            return
        unknown = list(self.unknown())
        yield from unknown
        if unknown:
            return  # the rest would stumble over what does not exist
        yield from self.pitch_rules()
        yield from self.track_rules()
        yield from self.opc_rules()
        yield from self.seat_rules()
        yield from self.lock_rules()
        yield from self.meeting_rules()
        yield from self.tags()
        yield from self.statements()

    def unknown(self) -> Iterator[Violation]:
        for rows, keys in (
            (self.placements, {"pitch": self.pitches, "track": self.tracks}),
            (self.seats, {"owner": self.owners, "track": self.tracks}),
            (_list(self.plan, "meetings"), {"owner": self.owners, "slot": self.slots}),
        ):
            for row in rows:
                for key, known in keys.items():
                    if row.get(key) not in known:
                        yield Violation(code=f"unknown_{key}", subjects=(str(row.get(key)),), detail="not in problem")

    def pitch_rules(self) -> Iterator[Violation]:
        for pitch, count in Counter(row["pitch"] for row in self.placements).items():
            if count > 1:
                yield Violation(code="placed_twice", subjects=(pitch,), detail=f"{count} placements")
        for row in self.placements:
            pitch, track = self.pitches[row["pitch"]], self.tracks[row["track"]]
            session = self.sessions[track["session"]]
            who = (pitch["id"], track["id"])
            if session["id"] not in _list(pitch, "sessions"):
                yield Violation(code="cannot_attend", subjects=who, detail=session["id"])
            if _list(session, "themes") and pitch.get("theme") not in session["themes"]:
                yield Violation(code="theme", subjects=who, detail=str(pitch.get("theme")))
            if row["end_min"] - row["start_min"] != pitch["duration_min"]:
                yield Violation(code="duration", subjects=who, detail=f"{row['start_min']}..{row['end_min']}")
            if row["start_min"] < track["start_min"] or row["end_min"] > track["end_min"]:
                yield Violation(code="outside_track", subjects=who, detail=f"{row['start_min']}..{row['end_min']}")
            if not self.is_within(pitch, session["id"], row["start_min"], row["end_min"]):
                yield Violation(code="window", subjects=who, detail=f"{row['start_min']}..{row['end_min']}")
            before = self.at.get(pitch.get("after"))
            if before is not None and self.comes_before(row, before):
                yield Violation(code="after", subjects=(pitch["id"], before["pitch"]), detail="order")
            for other in _list(pitch, "apart_from"):
                if other in self.at and self.at[other]["track"] == track["id"]:
                    yield Violation(code="apart_from", subjects=(pitch["id"], other), detail=track["id"])

    def is_within(self, person: Row, session: str, start: int, end: int) -> bool:
        minutes: set[int] = set()
        named = [w for w in _list(person, "windows") if w["session"] == session]
        for window in named:
            minutes.update(range(window["start_min"], window["end_min"]))
        return not named or minutes.issuperset(range(start, end))

    def day_of(self, track: str) -> str | None:
        day = self.sessions[self.tracks[track]["session"]].get("on")
        return None if day is None else str(day)

    def same_day(self, track: str, other: str) -> bool:
        if self.tracks[track]["session"] == self.tracks[other]["session"]:
            return True
        return self.day_of(track) is not None and self.day_of(track) == self.day_of(other)

    def comes_before(self, row: Row, before: Row) -> bool:
        """True when `row` starts before `before` has ended, as far as their days are known."""
        if self.same_day(row["track"], before["track"]):
            return bool(row["start_min"] < before["end_min"])
        day, other = self.day_of(row["track"]), self.day_of(before["track"])
        return day is not None and other is not None and day < other

    def track_rules(self) -> Iterator[Violation]:
        buffer = self.rules["buffer_min"]
        for track_id, track in self.tracks.items():
            rows = sorted((r for r in self.placements if r["track"] == track_id), key=lambda r: r["position"])
            if [r["position"] for r in rows] != list(range(1, len(rows) + 1)):
                yield Violation(code="positions", subjects=(track_id,), detail=str([r["position"] for r in rows]))
            for row, following in pairwise(rows):
                if following["start_min"] < row["end_min"] + buffer:
                    yield Violation(code="overlap", subjects=(row["pitch"], following["pitch"]), detail=track_id)
            need = sum(self.pitches[r["pitch"]]["duration_min"] + buffer for r in rows)
            if need > track["end_min"] - track["start_min"]:
                yield Violation(code="track_full", subjects=(track_id,), detail=f"{need} min")
            limit = track.get("max_per_district")
            districts = Counter(self.pitches[r["pitch"]].get("district") for r in rows)
            for district, count in districts.items():
                if limit is not None and district is not None and count > limit:
                    yield Violation(code="district", subjects=(track_id, district), detail=f"{count} > {limit}")

    def opc_rules(self) -> Iterator[Violation]:
        by_opc: dict[str, list[Row]] = defaultdict(list)
        for row in self.placements:
            by_opc[self.pitches[row["pitch"]]["opc"]].append(row)
        for opc, rows in by_opc.items():
            if len(rows) > self.rules["max_pitches_per_opc"]:
                yield Violation(code="opc_limit", subjects=(opc,), detail=str(len(rows)))
            for session, count in Counter(self.tracks[r["track"]]["session"] for r in rows).items():
                if count > self.rules["max_pitches_per_opc_per_session"]:
                    yield Violation(code="opc_session_limit", subjects=(opc, session), detail=str(count))
            for i, row in enumerate(rows):
                for other in rows[i + 1 :]:
                    together = row["start_min"] < other["end_min"] and other["start_min"] < row["end_min"]
                    if together and self.same_day(row["track"], other["track"]):
                        yield Violation(code="opc_twice", subjects=(row["pitch"], other["pitch"]), detail=opc)

    def seat_rules(self) -> Iterator[Violation]:
        for (owner, track), count in Counter((s["owner"], s["track"]) for s in self.seats).items():
            if count > 1:
                yield Violation(code="seat_twice", subjects=(owner, track), detail=str(count))
        for track, owners in self.panels.items():
            if len(owners) > self.tracks[track]["panel_seats"]:
                yield Violation(code="panel_seats", subjects=(track,), detail=str(len(owners)))
        for owner_id, owner in self.owners.items():
            mine = [self.tracks[t] for t in sorted(self.panels) if owner_id in self.panels[t]]
            for track in mine:
                if track["session"] not in _list(owner, "sessions"):
                    yield Violation(code="owner_cannot_attend", subjects=(owner_id, track["id"]), detail="session")
                if not self.is_within(owner, track["session"], track["start_min"], track["end_min"]):
                    yield Violation(code="owner_window", subjects=(owner_id, track["id"]), detail="window")
            for session, count in Counter(t["session"] for t in mine).items():
                if count > 1:
                    yield Violation(code="owner_two_tracks", subjects=(owner_id, session), detail=str(count))
            limit = owner.get("max_sessions")
            if limit is not None and len({t["session"] for t in mine}) > limit:
                yield Violation(code="max_sessions", subjects=(owner_id,), detail=f"{len(mine)} > {limit}")
            for i, track in enumerate(mine):
                for other in mine[i + 1 :]:
                    together = track["start_min"] < other["end_min"] and other["start_min"] < track["end_min"]
                    if together and self.same_day(track["id"], other["id"]):
                        yield Violation(code="owner_twice", subjects=(owner_id, track["id"], other["id"]), detail="")

    def lock_rules(self) -> Iterator[Violation]:
        for pitch in self.pitches.values():
            if pitch.get("must_place") and not any(r["pitch"] == pitch["id"] for r in self.placements):
                yield Violation(code="must_place", subjects=(pitch["id"],), detail="")
        for lock in self.locks:
            subject, level = lock.get("pitch") or lock.get("owner"), lock["level"]
            if lock.get("pitch") is not None:
                places = [r["track"] for r in self.placements if r["pitch"] == subject]
            else:
                places = [t for t in self.panels if subject in self.panels[t]]
            track, session = lock.get("track"), lock.get("session")
            if level in ("exact", "track"):
                held = track in places
            elif level == "session":
                held = any(self.tracks[t]["session"] == session for t in places)
            else:
                held = not any(track in (None, t) and session in (None, self.tracks[t]["session"]) for t in places)
            if not held:
                yield Violation(code="lock", subjects=(str(subject),), detail=f"{level} {track or session}")
            position = lock.get("position")
            if held and position is not None and self.at[subject]["position"] != position:
                yield Violation(code="lock_position", subjects=(str(subject),), detail=str(position))
        for track in {lock["track"] for lock in self.locks if lock.get("owner") and lock["level"] == "exact"}:
            given = {
                lock["owner"]
                for lock in self.locks
                if lock.get("owner") and lock["level"] in ("exact", "track") and lock.get("track") == track
            }
            if self.panels[track] - given:
                yield Violation(code="panel_given", subjects=(track,), detail=str(sorted(self.panels[track] - given)))

    def meeting_rules(self) -> Iterator[Violation]:
        meetings = _list(self.plan, "meetings")
        placed = {self.pitches[r["pitch"]]["opc"] for r in self.placements}
        best: dict[tuple[str, str], int] = {}
        for (pitch, owner), score in self.scores.items():
            pair = (self.pitches[pitch]["opc"], owner)
            best[pair] = max(best.get(pair, 0), score)
        for (opc, owner), count in Counter((m["opc"], m["owner"]) for m in meetings).items():
            if count > 1:
                yield Violation(code="pair_twice", subjects=(opc, owner), detail=str(count))
        there = {(m["opc"], m["owner"], m["slot"], m["table"]) for m in meetings}
        held = {(m["opc"], m["owner"], m["slot"], m["table"]) for m in _list(self.meetings, "held")}
        for opc, owner, slot, _ in sorted(held - there):
            yield Violation(code="meeting_not_held", subjects=(opc, owner), detail=slot)
        for opc, owner, slot, _ in sorted(there - held):
            if self.slots[slot].get("closed"):
                yield Violation(code="slot_closed", subjects=(opc, owner), detail=slot)
        past = {(opc, owner) for opc, owner, _, _ in held}
        apart = {(pair["opc"], pair["owner"]) for pair in _list(self.meetings, "apart")}
        for m in meetings:
            who = (m["opc"], m["owner"])
            if who in apart - past:
                yield Violation(code="meeting_apart", subjects=who, detail=m["slot"])
            if m["opc"] not in placed and who not in past:
                yield Violation(code="meeting_not_placed", subjects=who, detail=m["slot"])
            if m["score"] != best.get(who, 0 if who in past else None):
                yield Violation(code="meeting_score", subjects=who, detail=str(m["score"]))
            if not 1 <= m["table"] <= self.slots[m["slot"]]["tables"]:
                yield Violation(code="table", subjects=who, detail=str(m["table"]))
        for (slot, table), count in Counter((m["slot"], m["table"]) for m in meetings).items():
            if count > 1:
                yield Violation(code="table_twice", subjects=(slot, str(table)), detail=str(count))
        for opc, count in Counter(m["opc"] for m in meetings).items():
            limit = self.meetings.get("max_per_opc")
            if limit is not None and count > limit:
                yield Violation(code="max_per_opc", subjects=(opc,), detail=str(count))
        for owner, count in Counter(m["owner"] for m in meetings).items():
            limit = self.owners[owner].get("max_meetings")
            if limit is not None and count > limit:
                yield Violation(code="max_meetings", subjects=(owner,), detail=str(count))
        yield from self.meeting_times(meetings, past)

    def meeting_times(self, meetings: list[Row], past: set[tuple[str, str]]) -> Iterator[Violation]:
        """No person in two places: meetings against meetings, pitches and panels, and within their windows."""
        busy: dict[str, list[tuple[str, int, int, str]]] = defaultdict(list)
        for row in self.placements:
            session = self.tracks[row["track"]]["session"]
            busy[self.pitches[row["pitch"]]["opc"]].append((session, row["start_min"], row["end_min"], "pitch"))
        for seat in self.seats:
            track = self.tracks[seat["track"]]
            busy[seat["owner"]].append((track["session"], track["start_min"], track["end_min"], "panel"))
        for m in meetings:
            slot = self.slots[m["slot"]]
            people: tuple[list[Row], ...] = (
                [self.owners[m["owner"]]],
                [p for p in self.pitches.values() if p["opc"] == m["opc"]],
            )
            for name, records in zip((m["owner"], m["opc"]), people, strict=True):
                span = (slot["start_min"], slot["end_min"])
                if (m["opc"], m["owner"]) not in past and not any(
                    slot["session"] in _list(r, "sessions") and self.is_within(r, slot["session"], *span)
                    for r in records
                ):
                    yield Violation(code="meeting_cannot_attend", subjects=(name,), detail=m["slot"])
                for session, start, end, what in busy[name]:
                    days = {self.sessions[s].get("on") or f"?{s}" for s in (session, slot["session"])}
                    if len(days) == 1 and start < span[1] and span[0] < end:
                        yield Violation(code="meeting_clash", subjects=(name,), detail=f"{m['slot']} and {what}")
                busy[name].append((slot["session"], *span, f"meeting {m['slot']}"))

    def tags(self) -> Iterator[Violation]:
        """What somebody needs of a room or a slot, or may not have, and seats for the audience, where these block."""
        level = {"required_tags": "block", "prohibited_tags": "block", "audience_fits": "warn"}
        level |= {key: row["level"] for key, row in self.levels.items() if key in level and row.get("level")}
        stands = [(self.pitches[row["pitch"]], self.tracks[row["track"]]) for row in self.placements]
        stands += [(self.owners[seat["owner"]], self.tracks[seat["track"]]) for seat in self.seats]
        for person, place in list(stands):
            crowd, seats = person.get("audience"), place.get("capacity")
            if level["audience_fits"] == "block" and crowd is not None and seats is not None and crowd > seats:
                yield Violation(code="audience", subjects=(person["id"], place["id"]), detail=f"{crowd} > {seats}")
        for m in _list(self.plan, "meetings"):
            slot = self.slots[m["slot"]]
            if slot.get("tags") is not None:
                stands.append((self.owners[m["owner"]], slot))
                stands += [(pitch, slot) for pitch in self.pitches.values() if pitch["opc"] == m["opc"]]
        for person, place in stands:
            there = set(_list(place, "tags"))
            lacks, has = set(_list(person, "needs")) - there, set(_list(person, "avoids")) & there
            if lacks and level["required_tags"] == "block":
                yield Violation(code="needs", subjects=(person["id"], place["id"]), detail=", ".join(sorted(lacks)))
            if has and level["prohibited_tags"] == "block":
                yield Violation(code="avoids", subjects=(person["id"], place["id"]), detail=", ".join(sorted(has)))

    def objective(self) -> float:
        total: float = 0.0
        heard: Counter[str] = Counter()
        for row in self.placements:
            for owner in self.panels.get(row["track"], ()):
                if (row["pitch"], owner) in self.scores:
                    total += self.scores[row["pitch"], owner]
                    heard[owner] += 1
        fresh = {p["opc"] for p in self.pitches.values() if p.get("fresh")}
        placed = {self.pitches[row["pitch"]]["opc"] for row in self.placements}
        total += self.rules["fresh_bonus"] * len(fresh & placed)
        for owner_id, owner in self.owners.items():
            short = max(0, (owner.get("min_candidates") or 0) - heard[owner_id])
            total -= self.rules["short_candidate_penalty"] * short
        self.heard = heard
        return float(total)

    def statements(self) -> Iterator[Violation]:
        """What the plan says about itself: objective, bound, gap, left_out, unmet."""
        total, said = self.objective(), self.plan.get("objective")
        if said is None or abs(said - total) > 1e-6:
            yield Violation(code="objective", subjects=(), detail=f"says {said}, is {total}")
        bound, gap = self.plan.get("bound"), self.plan.get("gap")
        if bound is not None:
            if bound < total - 1e-6:
                yield Violation(code="bound", subjects=(), detail=f"{bound} < {total}")
            if gap is None or abs(gap - max(0.0, (bound - total) / max(1.0, abs(total)))) > 1e-6:
                yield Violation(code="gap", subjects=(), detail=str(gap))
        if self.plan.get("status") == "optimal" and (gap is None or gap > 1e-6):
            yield Violation(code="not_optimal", subjects=(), detail=str(gap))
        left = [row["pitch"] for row in _list(self.plan, "left_out")]
        if sorted(left) != sorted(set(self.pitches) - set(self.at)):
            yield Violation(code="left_out", subjects=tuple(left), detail="is not what is not placed")
        unmet = sorted((row["owner"], row["have"], row["need"]) for row in _list(self.plan, "unmet"))
        needs = {owner_id: owner.get("min_candidates") or 0 for owner_id, owner in self.owners.items()}
        if unmet != sorted((o, self.heard[o], need) for o, need in needs.items() if self.heard[o] < need):
            yield Violation(code="unmet", subjects=tuple(row[0] for row in unmet), detail="is not what is short")
