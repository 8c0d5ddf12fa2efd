"""What a problem's records say about each other: ids that exist, no circle, no lock on what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .model import Level, Lock, Owner, Pitch, Problem


class Faults(Protocol):
    """Where faults are collected (`parsing._Reader`)."""

    def fault(self, code: str, where: str, value: object = None, **facts: object) -> None: ...


def check_references(read: Faults, problem: Problem) -> None:
    """Add a fault for every reference that leads nowhere and every contradiction between records."""
    lists = {
        "sessions": _unique(read, [s.id for s in problem.sessions], "sessions"),
        "tracks": _unique(read, [t.id for t in problem.tracks], "tracks"),
        "pitches": _unique(read, [p.id for p in problem.pitches], "pitches"),
        "owners": _unique(read, [o.id for o in problem.owners], "owners"),
    }

    def known(name: str | None, source: str, where: str) -> None:
        if name is not None and name not in lists[source]:
            read.fault("unknown_id", where, name, list=source)

    for i, track in enumerate(problem.tracks):
        known(track.session, "sessions", f"tracks[{i}].session")
    sides: tuple[tuple[str, Sequence[Pitch | Owner]], ...] = (
        ("pitches", problem.pitches),
        ("owners", problem.owners),
    )
    for kind, people in sides:
        for i, person in enumerate(people):
            for session in sorted(person.sessions):
                known(session, "sessions", f"{kind}[{i}].sessions")
            for w, window in enumerate(person.windows):
                known(window.session, "sessions", f"{kind}[{i}].windows[{w}].session")
    for i, pitch in enumerate(problem.pitches):
        known(pitch.after, "pitches", f"pitches[{i}].after")
        for other in sorted(pitch.apart_from):
            known(other, "pitches", f"pitches[{i}].apart_from")
        if pitch.id == pitch.after or pitch.id in pitch.apart_from:
            read.fault(
                "self_reference",
                f"pitches[{i}].{'after' if pitch.id == pitch.after else 'apart_from'}",
                pitch.id,
            )
        if pitch.opc in lists["owners"]:
            read.fault("both_sides", f"pitches[{i}].opc", pitch.opc)
    _check_circles(read, problem)
    for n, (pitch_id, owner_id) in enumerate(problem.scores):
        known(pitch_id, "pitches", f"scores[{n}][0]")
        known(owner_id, "owners", f"scores[{n}][1]")
    if problem.meetings is not None:
        _unique(read, [s.id for s in problem.meetings.slots], "meetings.slots")
        for i, slot in enumerate(problem.meetings.slots):
            known(slot.session, "sessions", f"meetings.slots[{i}].session")
        lists["meetings.slots"] = {slot.id for slot in problem.meetings.slots}
        lists["pitches[].opc"] = {pitch.opc for pitch in problem.pitches}
        for i, held in enumerate(problem.meetings.held):
            for key, source in (("opc", "pitches[].opc"), ("owner", "owners"), ("slot", "meetings.slots")):
                known(getattr(held, key), source, f"meetings.held[{i}].{key}")
    sessions = {track.id: track.session for track in problem.tracks}
    for i, lock in enumerate(problem.locks):
        for key, source in (
            ("pitch", "pitches"),
            ("owner", "owners"),
            ("track", "tracks"),
            ("session", "sessions"),
        ):
            known(getattr(lock, key), source, f"locks[{i}].{key}")
        _check_lock(read, lock, f"locks[{i}]", sessions)


def _unique(read: Faults, ids: list[str], where: str) -> set[str]:
    seen: dict[str, str] = {}
    for i, name in enumerate(ids):
        if name in seen:
            read.fault("duplicate_id", f"{where}[{i}].id", name, first=seen[name])
        seen.setdefault(name, f"{where}[{i}]")
    return set(seen)


def _check_circles(read: Faults, problem: Problem) -> None:
    """Each circle of `after` is told once, at its first pitch."""
    after = {pitch.id: pitch.after for pitch in problem.pitches if pitch.after not in (None, pitch.id)}
    done: set[str] = set()
    for i, pitch in enumerate(problem.pitches):
        path: list[str] = []
        at: str | None = pitch.id
        while at is not None and at not in done and at not in path:
            path.append(at)
            at = after.get(at)
        if at is not None and at in path:
            circle = path[path.index(at) :]
            read.fault("after_cycle", f"pitches[{i}].after", pitch.after, cycle=" → ".join([*circle, at]))
        done.update(path)


def _check_lock(read: Faults, lock: Lock, where: str, sessions: dict[str, str]) -> None:
    if (lock.pitch is None) == (lock.owner is None):
        read.fault("lock_subject", where)
    if lock.level in (Level.EXACT, Level.TRACK) and lock.track is None:
        read.fault("lock_place", where, level=lock.level.value, needed="track")
    if lock.level is Level.SESSION and lock.session is None:
        read.fault("lock_place", where, level=lock.level.value, needed="session")
    if lock.track in sessions and lock.session is not None and sessions[lock.track] != lock.session:
        read.fault("lock_mismatch", f"{where}.session", lock.session, session=sessions[lock.track])
    if lock.position is not None and (lock.pitch is None or lock.level not in (Level.EXACT, Level.TRACK)):
        read.fault("lock_position", f"{where}.position", lock.position)
