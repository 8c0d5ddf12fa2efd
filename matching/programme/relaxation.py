"""An upper bound of the whole problem by Lagrangian relaxation (Held & Karp 1971; Fisher 1981).

What ties the tracks together is given prices instead of rows: a pitch stands once (λ), an owner sits in one track of a
session (μ) and in at most `max_sessions` (ν), an owner's minimum is met or paid for (π ≤ penalty), the bonus of a
fresh OPC needs a pitch of it on stage (φ ≤ bonus), an OPC's limit in a session (ω). What is left falls apart into one
problem a track, which `panel_choice` solves exactly. For every choice of prices within their limits

    L = Σ_t best(t) + Σ λ + Σ μ + Σ ν·max_sessions + Σ ω·limit - Σ π·min_candidates + Σ max(0, bonus - φ)

is an upper bound of the objective: each row enters with a price of the right sign, and every rule that is not
mentioned (districts, windows, order, parallel tracks) is left out, which only raises L. Subgradient steps (Polyak's
length towards the best objective known) lower it. Starts, steps and their number are fixed: deterministic.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .linear import Budget, Program
from .locking import Locked
from .panel_choice import Choice, PanelChoice
from .panel_master import Panels
from .tables import Floats, Ints, Tables

STALL = 8  # steps without gain after which the length is cut
CUT = 0.6
SHORTEST = 0.01
MEMORY, LITTLE_MEMORY = 0.7, 0.3  # of the last direction: more of it turns corners, but needs the steps to do so,
FEW_PITCHES = 80  # for which there is time up to this size
ENOUGH = 1e-9
RECENT = 20  # prices that are remembered for `all_above`,
RECENT_SHARE = 0.2  # if their bound is this near the best, as a share of the gap


@dataclass(slots=True)
class Prices:
    """One array a kind of row, all ≥ 0; see the module."""

    pitch: Floats  # λ (n_pitches,)
    session: Floats  # μ (n_owners, n_sessions)
    owner: Floats  # ν (n_owners,)
    minimum: Floats  # π (n_owners,)
    fresh: Floats  # φ (n_opcs,)
    opc: Floats  # ω (n_opcs, n_sessions)

    def all(self) -> tuple[Floats, ...]:
        return self.pitch, self.session, self.owner, self.minimum, self.fresh, self.opc

    def moved(self, direction: Prices, step: float, limits: tuple[float, ...]) -> Prices:
        pairs = zip(self.all(), direction.all(), limits, strict=True)
        return Prices(*(np.clip(old - step * towards, 0, limit) for old, towards, limit in pairs))


class Relaxation:
    """The bound of a problem under its locks; `lower` can be called again to go on."""

    def __init__(self, tables: Tables, locked: Locked) -> None:
        self.tables = tables
        self.memory = MEMORY if len(tables.pitches) <= FEW_PITCHES else LITTLE_MEMORY
        self.tracks = [
            PanelChoice(tables, locked, t) for t in range(len(tables.tracks)) if locked.pitch_open[:, t].any()
        ]
        sessions = {session: s for s, session in enumerate(tables.in_session)}
        self.session_of = [sessions[track.session] for track in tables.tracks]
        counts = np.array([len(tracks) for tracks in tables.in_session.values()])
        shape = (len(tables.owners), len(sessions))
        self.once: Floats = np.broadcast_to(counts > 1, shape).astype(float)
        self.sessions_most: Floats = np.array(
            [0 if o.max_sessions is None else o.max_sessions for o in tables.owners], dtype=float
        )
        self.is_limited: Floats = np.array([o.max_sessions is not None for o in tables.owners], dtype=float)
        rules = tables.rules
        many = np.array([len(ids) > rules.max_pitches_per_opc_per_session for ids in tables.opcs.values()], dtype=float)
        self.opc_most: Floats = np.outer(many, np.full(len(sessions), float(rules.max_pitches_per_opc_per_session)))
        self.opc_many: Floats = np.outer(many, np.ones(len(sessions)))
        self.bonus = max(0.0, float(rules.fresh_bonus))
        self.limits = (np.inf, np.inf, np.inf, float(rules.short_candidate_penalty), self.bonus, np.inf)
        self.best = np.inf
        self.prices: Prices | None = None
        self.choices: list[Choice] = []  # of the best prices
        self.recent: deque[tuple[float, Prices, list[Choice]]] = deque(maxlen=RECENT)

    def lower(self, target: float, steps: int, budget: Budget, until: float, start: Floats | None = None) -> float:
        """Lower the bound in at most `steps` steps or until `until` seconds are spent; `target`: a plan's objective.

        `start`: first prices of the pitches, shape (n_pitches,), used when there are none yet (None: zeros).
        """
        prices = self.prices or self._start(np.zeros(len(self.tables.pitches)) if start is None else start)
        length, stalled, last = 1.0, 0, None
        for _ in range(steps):
            if budget.spent() >= until:
                break
            value, slope, choices = self.evaluate(prices)
            stalled = 0 if value < self.best - 1e-4 * abs(self.best) else stalled + 1
            if value < self.best or self.prices is None:
                self.best, self.prices, self.choices = value, prices, choices
                budget.tell("bound", None, self.best)
            if value - self.best < RECENT_SHARE * max(value - target, 0.0):
                self.recent.append((value, prices, choices))
            if self.best <= target + ENOUGH:
                break
            if stalled >= STALL:
                length, stalled, last, prices = length * CUT, 0, None, self.prices
                if length < SHORTEST:
                    break
            direction = self._towards(prices, slope, last)
            last = direction
            norm = sum(float((part**2).sum()) for part in direction.all())
            if norm <= ENOUGH:
                break
            prices = prices.moved(direction, length * max(value - target, 1.0) / norm, self.limits)
        return self.best

    def _start(self, start: Floats) -> Prices:
        n_owners, n_sessions = self.once.shape
        n_opcs = len(self.tables.opcs)
        zeros = np.zeros
        return Prices(
            start.astype(float),
            zeros((n_owners, n_sessions)),
            zeros(n_owners),
            zeros(n_owners),
            zeros(n_opcs),
            zeros((n_opcs, n_sessions)),
        )

    def evaluate(self, prices: Prices) -> tuple[float, Prices, list[Choice]]:
        """L at `prices`, a subgradient, and what each track chose."""
        tables = self.tables
        room = np.where(tables.is_fresh, self.bonus - prices.fresh, 0.0)
        total = float(
            prices.pitch.sum()
            + (prices.session * self.once).sum()
            + (prices.owner * self.sessions_most).sum()
            - (prices.minimum * tables.minimum).sum()
            + np.maximum(room, 0).sum()
            + (prices.opc * self.opc_most).sum()
        )
        slope = Prices(
            np.ones(len(tables.pitches)),
            self.once.copy(),
            self.sessions_most.copy(),
            -tables.minimum.astype(float),
            np.where(room > 0, -1.0, 0.0),
            self.opc_most.copy(),
        )
        choices = []
        for track in self.tracks:
            s = self.session_of[track.track]
            choice = track.solve(*self._offers(track, prices))
            total += choice.value
            slope.pitch[choice.pitches] -= choice.placed
            slope.session[choice.owners, s] -= self.once[choice.owners, s]
            slope.owner[choice.owners] -= self.is_limited[choice.owners]
            slope.minimum[choice.owners] += choice.heard
            on = tables.opc_of[choice.pitches]
            np.add.at(slope.fresh, on, np.where(tables.is_fresh[on], choice.placed, 0.0))
            np.add.at(slope.opc, (on, np.full(len(on), s)), -choice.placed * self.opc_many[on, s])
            choices.append(choice)
        slope.minimum[tables.minimum == 0] = 0.0
        return total, slope, choices

    def near_best(self, objective: float, most: int, budget: Budget, until: float) -> Panels:
        """By track, up to `most` panels that a plan worth more than `objective` could have, the best first.

        Nothing when `until` seconds are spent before all tracks are done.
        """
        found: dict[int, Mapping[tuple[int, ...], frozenset[int] | None]] = {}
        if self.prices is None:
            return found
        slack = self.best - objective
        for track, choice in zip(self.tracks, self.choices, strict=True):
            if budget.spent() >= until:
                return {}
            sets, _ = track.near_best(*self._offers(track, self.prices), choice.value - slack)
            found[track.track] = {track.named(panel): None for panel in sets[:most]}
        return found

    def all_above(self, objective: float, most: int) -> Panels | None:
        """By track, every panel that a plan worth more than `objective` can have, and the pitches that can stand there.

        With all else as good as can be, a plan with panel S is worth at most L - best(t) + worth of S, at any prices:
        the best ones and the last ones that were tried. None when there are more than `most` in a track or they
        cannot be told.
        """
        if self.prices is None:
            return None
        found: dict[int, Mapping[tuple[int, ...], frozenset[int] | None]] = {}
        for i, track in enumerate(self.tracks):
            offers = self._offers(track, self.prices)
            floor = self.choices[i].value - (self.best - objective)
            sets, is_all = track.near_best(*offers, floor)
            if not is_all:
                return None
            stands = track.can_stand(*offers, floor, sets)
            for value, prices, choices in self.recent:
                offers, floor = self._offers(track, prices), choices[i].value - (value - objective)
                kept = track.still_above(*offers, floor, sets)
                sets, stands = sets[kept], stands[:, kept]
                stands &= track.can_stand(*offers, floor, sets)
            if len(sets) > most:
                return None
            found[track.track] = {
                track.named(panel): frozenset(track.fits[stands[:, j]].tolist()) for j, panel in enumerate(sets)
            }
        return found

    def _offers(self, track: PanelChoice, prices: Prices) -> tuple[Floats, Floats, Floats]:
        """What `PanelChoice.solve` is asked with: a hearing by owner, a place by pitch, a seat by owner."""
        s = self.session_of[track.track]
        opcs = self.tables.opc_of[track.fits]
        place = prices.pitch[track.fits] - prices.fresh[opcs] + prices.opc[opcs, s]
        seat = prices.session[track.owners, s] + prices.owner[track.owners]
        return prices.minimum[track.owners], place, seat

    def _towards(self, prices: Prices, slope: Prices, last: Prices | None) -> Prices:
        """The slope without what would leave the limits, smoothed by the last direction."""
        parts = []
        olds = slope.all() if last is None else last.all()
        for price, part, old, limit in zip(prices.all(), slope.all(), olds, self.limits, strict=True):
            stuck = ((price <= 0) & (part > 0)) | ((price >= limit) & (part < 0))
            kept = np.where(stuck, 0.0, part)
            parts.append(kept if last is None else (1 - self.memory) * kept + self.memory * old)
        return Prices(*parts)


def pitch_prices(tables: Tables, locked: Locked, panel: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    """What it is worth to have each pitch once more before these panels: the duals of the pitch LP, (n_pitches,)."""
    program, pairs = Program(), np.argwhere(locked.pitch_open)
    value = tables.score @ panel.astype(np.int64)
    by_track: dict[int, list[int]] = {}
    by_pitch: dict[int, list[int]] = {}
    for k, (p, t) in enumerate(pairs.tolist()):
        program.column(float(value[p, t]))
        by_track.setdefault(t, []).append(k)
        by_pitch.setdefault(p, []).append(k)
    for cols in by_pitch.values():
        program.row(cols, high=1)
    for t, cols in by_track.items():
        program.row(cols, [float(tables.needs[pairs[k][0]]) for k in cols], high=float(tables.room[t]))
    prices = np.zeros(len(tables.pitches))
    rows: Ints = np.array(list(by_pitch), dtype=np.int64)
    prices[rows] = program.duals()[: len(rows)]
    return prices
