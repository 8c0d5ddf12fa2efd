"""Why: the reason of every pitch that is left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .fixes import FEW_POINTS, limit_fixes, room_fix, score_fix, windows_fix
from .greedy import PlacementState
from .linear import Budget
from .locking import Locked
from .messages import FIXES, told
from .model import Level, Problem, Reason
from .order import Failure, arrange
from .pitches import Cut, PitchStep
from .tables import Bools, Ints, Tables

EXACT_PITCHES = 200  # losses are exact up to here
EXCHANGES = 3  # tracks that are tried for an estimate


class Explainer:
    """Reasons of left-out pitches under the plan's panels."""

    def __init__(self, tables: Tables, problem: Problem, locked: Locked, placed: Ints, panel: Bools) -> None:
        self.tables, self.problem, self.locked = tables, problem, locked
        self.placed, self.panel = placed, panel
        self.base = tables.evaluate(placed, panel).total
        self.values = tables.score @ panel.astype(np.int64)

    def reason(self, p: int, budget: Budget, cuts: Sequence[Cut], *, is_asked: bool) -> Reason:
        """Why pitch p is left out; `is_asked`: its loss is computed by forcing it in."""
        known = self.static(p)
        if known is not None:
            return known
        if budget.left() <= 0:
            return self.outscored(p, None, None)
        if not is_asked:
            return self.estimated(p)
        plan = PitchStep(self.tables, self.locked, self.panel, cuts).solve(budget, forced=p)
        if plan.is_infeasible:
            return self.no_capacity(p)
        if plan.placed is None:
            return self.estimated(p)
        low, high = max(0.0, self.base - plan.bound), max(0.0, self.base - plan.value)
        is_exact = plan.is_optimal and not isinstance(
            arrange(self.tables, self.locked, plan.placed, self.panel), Failure
        )
        return self.outscored(p, plan.placed, high if is_exact or high - low < 1e-6 else (low, high))

    def static(self, p: int) -> Reason | None:
        """Reasons that no choice of other pitches could mend; the fix is the smallest change that does."""
        tables, pitch = self.tables, self.tables.pitches[p]
        mine = [lock for lock in self.problem.locks if lock.pitch == pitch.id and lock.level is Level.EXCLUDED]
        if any(lock.track is None and lock.session is None for lock in mine):
            return Reason(kind="withdrawn", rules=("lock",), fix=(told(FIXES, "lock"),))
        attends = tables.attends[p]
        with_tracks = ", ".join(sorted({track.session for track in tables.tracks}))
        if not attends.any():
            return Reason(
                kind="no_common_time",
                rules=("attendance",),
                fix=(told(FIXES, "attend", sessions=with_tracks),),
            )
        if not (attends & tables.themed[p]).any():
            taking = sorted({tables.tracks[t].session for t in np.flatnonzero(tables.themed[p]).tolist()})
            code = "theme" if taking else "no_session_of_theme"
            fix = told(FIXES, code, theme=pitch.theme, sessions=", ".join(taking))
            return Reason(kind="rule", rules=("theme",), fix=(fix,))
        open_ = attends & tables.themed[p]
        if not (open_ & tables.suited[p]).any():
            return Reason(kind="rule", rules=("tags",), fix=(told(FIXES, "tags"),))
        open_ = open_ & tables.suited[p]
        if not (open_ & tables.short_enough[p]).any():
            longest = int(tables.room[open_].max()) - tables.rules.buffer_min
            fix = told(FIXES, "duration", **{"from": pitch.duration_min, "to": longest})
            return Reason(kind="rule", rules=("duration",), fix=(fix,))
        if not (open_ & tables.short_enough[p] & tables.in_time[p]).any():
            fix = windows_fix(tables, p, open_ & tables.short_enough[p])
            return Reason(kind="no_common_time", rules=("windows",), fix=(fix,))
        if not self.locked.pitch_open[p].any():
            return Reason(kind="rule", rules=("lock",), fix=(told(FIXES, "lock"),))
        return None

    def no_capacity(self, p: int) -> Reason:
        """The locked pitches leave no room; if they use up the OPC's own limit, that is a rule."""
        tables, pitch = self.tables, self.tables.pitches[p]
        held = {q for q, _ in self.locked.pitch_in}
        if len(held & set(tables.opcs[pitch.opc])) >= tables.rules.max_pitches_per_opc:
            fix = told(FIXES, "opc_limit", limit=tables.rules.max_pitches_per_opc + 1)
            return Reason(kind="rule", rules=("max_pitches_per_opc",), fix=(fix,))
        return Reason(kind="no_capacity", fix=(room_fix(tables, p),))

    def estimated(self, p: int) -> Reason:
        """Without a solver: the loss lies between nothing and the best exchange that was found, or is not known."""
        best: tuple[float, Ints] | None = None
        tracks = np.flatnonzero(self.locked.pitch_open[p])
        tries = EXCHANGES if len(self.tables.pitches) <= EXACT_PITCHES else 1
        for t in tracks[np.argsort(-self.values[p, tracks], kind="stable")][:tries].tolist():
            placed = self.exchange(p, t)
            if placed is None or isinstance(arrange(self.tables, self.locked, placed, self.panel), Failure):
                continue
            loss = max(0.0, self.base - self.tables.evaluate(placed, self.panel).total)
            if best is None or loss < best[0]:
                best = (loss, placed)
        if best is None:
            return self.outscored(p, None, None)
        return self.outscored(p, best[1], (0.0, best[0]))

    def exchange(self, p: int, t: int) -> Ints | None:
        """Pitch p on track t for the cheapest one that can make way for it, else for as many as it takes."""
        held = {q for q, _ in self.locked.pitch_in}
        tables, placed = self.tables, self.placed.copy()
        state = PlacementState(tables, placed)
        family = set(tables.opcs[tables.pitches[p].opc])
        ways = [q for q, u in enumerate(placed.tolist()) if u >= 0 and q not in held and (u == t or q in family)]
        ways.sort(key=lambda q: (self.values[q, placed[q]], q))
        for q in ways:
            u = int(placed[q])
            state.remove(q)
            if state.admits(p, t):
                state.place(p, t)
                return placed
            state.place(q, u)
        for q in ways:
            state.remove(q)
            if state.admits(p, t):
                state.place(p, t)
                return placed
        return None

    def outscored(self, p: int, forced: Ints | None, loss: float | tuple[float, float] | None) -> Reason:
        open_tracks = np.flatnonzero(self.locked.pitch_open[p])
        track = int(forced[p]) if forced is not None else int(open_tracks[np.argmax(self.values[p, open_tracks])])
        gone = [q for q, t in enumerate(self.placed) if t >= 0 and forced is not None and forced[q] < 0]
        here = [q for q in range(len(self.placed)) if self.placed[q] == track]
        among = [q for q in gone if q in here] or gone or ([] if forced is not None else here)
        rival = min(among, key=lambda q: (self.values[q, self.placed[q]], q)) if among else None
        fix = limit_fixes(self.tables, self.placed, p, self.locked.pitch_open[p])
        higher = None if loss is None or isinstance(loss, tuple) else score_fix(self.tables, self.panel, p, track, loss)
        near = higher is not None and higher["points"] <= FEW_POINTS
        fix += [one for one in (higher if near else None, room_fix(self.tables, p), None if near else higher) if one]
        if not self.tables.scored[p].any():
            fix.append(told(FIXES, "more_owners"))
        fix.append(told(FIXES, "force", track=self.tables.tracks[track].id))
        rival_id = None if rival is None else self.tables.pitches[rival].id
        return Reason(kind="outscored", rival=rival_id, loss=loss, fix=tuple(fix))
