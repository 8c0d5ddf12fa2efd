"""The problem as arrays: who fits where, before any lock. Everything is in the order of ids.

Because records are sorted by id first, the order in the JSON never changes a plan, and ties go by id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from .model import Owner, Pitch, Problem, Track, Window

Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Score:
    """An assignment's worth: `total` is the contract's objective."""

    total: float
    heard: Ints  # scored pitches each owner hears, shape (n_owners,)


class Tables:
    """Arrays of shape (n_pitches, n_tracks), (n_owners, n_tracks), (n_pitches, n_owners); see each."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rules = problem.rules
        self.sessions = {session.id: session for session in problem.sessions}
        self.pitches = sorted(problem.pitches, key=lambda pitch: pitch.id)
        self.tracks = sorted(problem.tracks, key=lambda track: track.id)
        self.owners = sorted(problem.owners, key=lambda owner: owner.id)
        self.pitch_at = {pitch.id: i for i, pitch in enumerate(self.pitches)}
        self.track_at = {track.id: i for i, track in enumerate(self.tracks)}
        self.owner_at = {owner.id: i for i, owner in enumerate(self.owners)}
        shape = (len(self.pitches), len(self.owners))
        self.score: Ints = np.zeros(shape, dtype=np.int64)
        self.scored: Bools = np.zeros(shape, dtype=bool)  # a score of 0 counts as scored: somebody looked
        for (pitch_id, owner_id), score in problem.scores.items():
            self.score[self.pitch_at[pitch_id], self.owner_at[owner_id]] = score
            self.scored[self.pitch_at[pitch_id], self.owner_at[owner_id]] = True
        self.minimum = np.array([owner.min_candidates for owner in self.owners], dtype=np.int64)
        self.needs = np.array([p.duration_min + self.rules.buffer_min for p in self.pitches], dtype=np.int64)
        self.room = np.array([t.end_min - t.start_min for t in self.tracks], dtype=np.int64)
        self._masks()
        self.opcs: dict[str, list[int]] = {}
        for i, pitch in enumerate(self.pitches):
            self.opcs.setdefault(pitch.opc, []).append(i)
        self.fresh = {opc: ids for opc, ids in self.opcs.items() if any(self.pitches[i].fresh for i in ids)}
        names = {opc: i for i, opc in enumerate(self.opcs)}
        self.opc_of: Ints = np.array([names[pitch.opc] for pitch in self.pitches], dtype=np.int64)
        self.is_fresh: Bools = np.array([opc in self.fresh for opc in self.opcs], dtype=bool)
        self.in_session: dict[str, list[int]] = {session.id: [] for session in problem.sessions}
        for t, track in enumerate(self.tracks):
            self.in_session[track.session].append(t)
        self.seats = np.array([self._seats(track) for track in self.tracks], dtype=np.int64)

    def _seats(self, track: Track) -> int:
        """Seats we fill ourselves: in a reverse session one owner hears N pitches."""
        one = self.sessions[track.session].format == "reverse"
        return min(track.panel_seats, 1) if one else track.panel_seats

    def _masks(self) -> None:
        """`attends`, `themed`, `short_enough`, `in_time`, shape (n_pitches, n_tracks), and their product `fits`."""
        shape = (len(self.pitches), len(self.tracks))
        self.attends, self.themed = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self.in_time = np.zeros(shape, dtype=bool)
        self.spans: dict[tuple[int, int], tuple[Span, ...]] = {}
        for p, pitch in enumerate(self.pitches):
            for t, track in enumerate(self.tracks):
                themes = self.sessions[track.session].themes
                self.attends[p, t] = track.session in pitch.sessions
                self.themed[p, t] = not themes or pitch.theme in themes
                if self.attends[p, t] and pitch.windows:
                    self.spans[p, t] = self._spans(pitch, track)
                    self.in_time[p, t] = bool(self.spans[p, t])
                else:
                    self.in_time[p, t] = True
        self.short_enough: Bools = self.needs[:, None] <= self.room[None, :]
        self.suited = np.array([[self._suits(p, t) for t in self.tracks] for p in self.pitches], dtype=bool)
        self.suited = self.suited.reshape(shape)  # tags and audience, as far as they block
        self.fits: Bools = self.attends & self.themed & self.short_enough & self.in_time & self.suited
        self.may_sit = np.zeros((len(self.owners), len(self.tracks)), dtype=bool)
        for o, owner in enumerate(self.owners):
            for t, track in enumerate(self.tracks):
                whole = (track.start_min, track.end_min)
                held = _open(owner.windows, track.session, whole)
                there = track.session in owner.sessions and whole in held
                self.may_sit[o, t] = there and self.agree(owner, track.tags)

    def _suits(self, pitch: Pitch, track: Track) -> bool:
        too_many = pitch.audience is not None and track.capacity is not None and pitch.audience > track.capacity
        return self.agree(pitch, track.tags) and not (too_many and "audience_fits" in self.problem.blocking)

    def agree(self, person: Pitch | Owner, tags: frozenset[str] | None) -> bool:
        """Whether the tags of a place are those that somebody needs, and none that it avoids, where that blocks."""
        if tags is None:
            return True
        lacks = "required_tags" in self.problem.blocking and not person.needs <= tags
        return not lacks and not ("prohibited_tags" in self.problem.blocking and person.avoids & tags)

    def _spans(self, pitch: Pitch, track: Track) -> tuple[Span, ...]:
        stage = (track.start_min, track.end_min - self.rules.buffer_min)
        return tuple(s for s in _open(pitch.windows, track.session, stage) if s[1] - s[0] >= pitch.duration_min)

    def stage(self, p: int, t: int) -> tuple[Span, ...]:
        """Stretches in which pitch p may stand on track t, minutes; each is long enough for it."""
        track = self.tracks[t]
        return self.spans.get((p, t), ((track.start_min, track.end_min - self.rules.buffer_min),))

    def day(self, t: int) -> str:
        """The day of a track; a session without a day has one of its own."""
        session = self.sessions[self.tracks[t].session]
        return session.on or f"?{session.id}"

    @cached_property
    def parallel(self) -> Bools:
        """Tracks that overlap in time on the same day, shape (n_tracks, n_tracks); False on the diagonal."""
        n = len(self.tracks)
        found = np.zeros((n, n), dtype=bool)
        for a in range(n):
            for b in range(a + 1, n):
                x, y = self.tracks[a], self.tracks[b]
                together = x.start_min < y.end_min and y.start_min < x.end_min and self.day(a) == self.day(b)
                found[a, b] = found[b, a] = together
        return found

    @cached_property
    def apart(self) -> list[tuple[int, int]]:
        """Pairs of pitches that may not share a track; `apart_from` is read both ways."""
        pairs = {
            (min(p, q), max(p, q))
            for p, pitch in enumerate(self.pitches)
            for q in (self.pitch_at[other] for other in pitch.apart_from)
        }
        return sorted(pairs)

    def cannot_follow(self, p: int, t: int, q: int, u: int) -> bool:
        """True when pitch p on track t can never start after pitch q on track u has ended.

        Only days that are known are compared; within the same track see `order`.
        """
        if t == u:
            return False
        day, other = self.day(t), self.day(u)
        if day != other:
            known = not day.startswith("?") and not other.startswith("?")
            return known and day < other
        latest_start = max(end for _, end in self.stage(p, t)) - self.pitches[p].duration_min
        earliest_end = min(start for start, _ in self.stage(q, u)) + self.pitches[q].duration_min
        return latest_start < earliest_end

    def clash(self, p: int, t: int, q: int, u: int) -> bool:
        """True when one person cannot give pitch p on t and pitch q on u, however the tracks are ordered."""
        if t == u or not self.parallel[t, u]:
            return False
        return self.cannot_follow(p, t, q, u) and self.cannot_follow(q, u, p, t)

    def evaluate(self, placed: Ints, panel: Bools) -> Score:
        """The objective of pitches `placed` (track index or -1, shape (n_pitches,)) under `panel` (owners × tracks)."""
        on = np.flatnonzero(placed >= 0)
        heard_by = panel[:, placed[on]].T  # (n_placed, n_owners)
        heard = (self.scored[on] & heard_by).sum(axis=0)
        total = float((self.score[on] * heard_by).sum())
        total += self.rules.fresh_bonus * int((self.is_fresh & self.is_placed(placed)).sum())
        total -= self.rules.short_candidate_penalty * float(np.maximum(self.minimum - heard, 0).sum())
        return Score(total, heard)

    def is_placed(self, placed: Ints) -> Bools:
        """Which OPCs have a pitch on stage, shape (n_opcs,), in the order of `opcs`."""
        found = np.zeros(len(self.opcs), dtype=bool)
        found[self.opc_of[placed >= 0]] = True
        return found

    def missed(self, placed: Ints, panel: Bools) -> Floats:
        """Candidates each owner still misses, shape (n_owners,)."""
        on = np.flatnonzero(placed >= 0)
        heard = (self.scored[on] & panel[:, placed[on]].T).sum(axis=0)
        missed: Floats = np.maximum(self.minimum - heard, 0).astype(np.float64)
        return missed

    @property
    def is_whole(self) -> bool:
        """True when every objective is a whole number, so a bound may be rounded down."""
        weights: tuple[Any, ...] = (self.rules.fresh_bonus, self.rules.short_candidate_penalty)
        return all(float(weight).is_integer() for weight in weights)


def _open(windows: tuple[Window, ...], session: str, whole: Span) -> list[Span]:
    """`windows` of a session within `whole`, joined where they touch; all of `whole` when none names the session."""
    named = sorted((w.start_min, w.end_min) for w in windows if w.session == session)
    if not named:
        return [whole]
    joined = [named[0]]
    for _, (start, end) in pairwise([named[0], *named]):
        if start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    cut = [(max(start, whole[0]), min(end, whole[1])) for start, end in joined]
    return [(start, end) for start, end in cut if end > start]
