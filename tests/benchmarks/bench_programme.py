"""The figures of the programme, target beside measured: `make bench-programme`.

    python -m tests.benchmarks.bench_programme [--sizes 50,200,500] [--seeds 2] [--first-seed 0] [--parts given,panels]

Parts: `given` (panels given: gap in seconds), `panels` (panels ours: the draft, the match score against what a person
with a spreadsheet plans, the proved gap), `meetings` (share of a bound, idle gaps), `replan` (5 % of the placed
pitches withdraw), `losses` (what forcing a left-out pitch in really costs), `odd` (shapes that no season has). Every
plan goes through the checker; `bad` is the number of violations. `wall` and `cpu` are seconds: under load the second is
the fairer one.
"""

from __future__ import annotations

import argparse
import copy
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from matching.programme import Progress, check_line_up, parse_problem, solve_line_up
from tests.programme.generator import ODD, add_hall, add_meetings, make_odd, make_season

Json = dict[str, Any]

GIVEN = {50: ((1, 0.001),), 200: ((10, 0.001),), 500: ((15, 0.01), (60, 0.001))}
DRAFT_SECONDS = {50: 2, 200: 5, 500: 10}
PANEL_SECONDS = {50: 15, 200: 40, 500: 60}
ABOVE_NAIVE = {50: 1.30, 200: 1.32, 500: 1.25}
PANEL_GAP = {50: 0.01, 200: 0.10, 500: float("inf")}
IDLE_GAPS = {50: 10, 200: 30, 500: 60}
MEETING_SHARE, MEETING_SECONDS = 0.995, 20
REPLAN_SECONDS, REPLAN_DRAFT, UNFORCED = 30, 3, 2
FORCED = 20
ODD_WITH = 50  # the size beside which odd shapes are run


def match_score(problem: Json, placements: list[tuple[str, str]], seats: list[tuple[str, str]]) -> int:
    """Σ score over (pitch, owner) in the same track."""
    track_of = dict(placements)
    seated = set(seats)
    return sum(score for pitch, owner, score in problem["scores"] if (owner, track_of.get(pitch)) in seated)


def naive_panels(problem: Json) -> dict[str, list[str]]:
    """Owners into tracks in turn, always the emptiest that they can attend."""
    panels: dict[str, list[str]] = {track["id"]: [] for track in problem["tracks"]}
    for owner in problem["owners"]:
        taken: set[str] = set()
        for track in sorted(problem["tracks"], key=lambda track: (len(panels[track["id"]]), track["id"])):
            free = len(panels[track["id"]]) < track["panel_seats"] and track["session"] not in taken
            if free and track["session"] in owner["sessions"] and len(taken) < owner["max_sessions"]:
                panels[track["id"]].append(owner["id"])
                taken.add(track["session"])
    return panels


def naive_plan(problem: Json) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a person with a spreadsheet does: owners into tracks in turn, then the best score that still fits."""
    tracks, panels = problem["tracks"], naive_panels(problem)
    themes = {session["id"]: session["themes"] for session in problem["sessions"]}
    score = {(pitch, owner): value for pitch, owner, value in problem["scores"]}
    room = {track["id"]: track["end_min"] - track["start_min"] for track in tracks}
    wishes = sorted(
        ((sum(score.get((p["id"], o), 0) for o in panels[t["id"]]), p["id"], t["id"], p, t)
         for p in problem["pitches"] for t in tracks
         if t["session"] in p["sessions"] and (not themes[t["session"]] or p["theme"] in themes[t["session"]])),
        key=lambda wish: (-wish[0], wish[1], wish[2]),
    )  # fmt: skip
    placed: dict[str, str] = {}
    in_session: dict[tuple[str, str], int] = {}
    in_all: dict[str, int] = {}
    districts: dict[tuple[str, str], int] = {}
    for _, _, _, pitch, track in wishes:
        opc, place, spot = pitch["opc"], track["id"], (track["id"], pitch["district"])
        limit = track["max_per_district"]
        if (
            pitch["id"] in placed
            or room[place] < pitch["duration_min"]
            or in_session.get((opc, track["session"]), 0) >= 1
            or in_all.get(opc, 0) >= 2
            or (limit is not None and districts.get(spot, 0) >= limit)
        ):
            continue
        placed[pitch["id"]] = place
        room[place] -= pitch["duration_min"]
        in_session[opc, track["session"]] = in_session.get((opc, track["session"]), 0) + 1
        in_all[opc] = in_all.get(opc, 0) + 1
        districts[spot] = districts.get(spot, 0) + 1
    return list(placed.items()), [(owner, track) for track, owners in panels.items() for owner in owners]


def solved(problem: Json, **options: Any) -> tuple[Json, Json]:
    """The plan as JSON, and what it took: wall, cpu, seconds of the first draft, violations."""
    drafts: list[float] = []

    def on_progress(progress: Progress) -> None:
        if progress.draft is not None and not drafts:
            drafts.append(time.perf_counter() - wall)

    parsed = parse_problem(problem)
    wall, cpu = time.perf_counter(), time.process_time()
    plan = solve_line_up(parsed, on_progress=on_progress, **options).to_json()
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    took |= {"draft": drafts[0] if drafts else float("inf"), "bad": len(check_line_up(problem, plan))}
    return plan, took


def row(*cells: tuple[str, object]) -> None:
    print("  ".join(f"{name} {value}" for name, value in cells), flush=True)


def against(measured: float, target: float, *, least: bool = False, shape: str = ".2f", unit: str = "") -> str:
    is_met = measured >= target if least else measured <= target
    sign = "≥" if least else "≤"
    return f"{measured:{shape}}{unit} ({sign} {target:{shape}}{unit} {'met' if is_met else 'MISSED'})"


def with_given_panels(problem: Json, panels: dict[str, list[str]]) -> Json:
    locks = [{"owner": o, "track": t, "level": "exact"} for t, owners in panels.items() for o in owners]
    empty = [track["id"] for track in problem["tracks"] if not panels.get(track["id"])]
    locks += [{"owner": owner["id"], "track": t, "level": "excluded"} for t in empty for owner in problem["owners"]]
    return problem | {"locks": locks}


def panels_of(plan: Json) -> dict[str, list[str]]:
    panels: dict[str, list[str]] = {}
    for seat in plan["seats"]:
        panels.setdefault(seat["track"], []).append(seat["owner"])
    return panels


def quick_plan(problem: Json) -> Json:
    """A plan of a second or two: where panels come from when they are to be given."""
    return solved(problem, work_limit=1, time_limit=2.0 + len(problem["pitches"]) / 100)[0]


def bench_given(size: int, seed: int) -> None:
    season = make_season(size, seed)
    for name, panels in (("naive", naive_panels(season)), ("good", panels_of(quick_plan(season)))):
        for seconds, gap in GIVEN.get(size, ((60, 0.001),)):
            plan, took = solved(with_given_panels(season, panels), time_limit=seconds)
            row(
                ("given", f"{name:<5}"), ("size", size), ("seed", seed),
                ("gap", against(plan["gap"], gap, shape=".3%")), ("wall", against(took["wall"], seconds + 1)),
                ("cpu", f"{took['cpu']:.1f}"), ("bad", took["bad"]),
            )  # fmt: skip


def bench_panels(size: int, seed: int) -> None:
    season = make_season(size, seed)
    seconds = PANEL_SECONDS.get(size, 60)
    plan, took = solved(season, time_limit=seconds)
    placed = [(r["pitch"], r["track"]) for r in plan["placements"]]
    ours = match_score(season, placed, [(r["owner"], r["track"]) for r in plan["seats"]])
    naive = match_score(season, *naive_plan(season))
    row(
        ("panels", ""), ("size", size), ("seed", seed), ("draft", against(took["draft"], DRAFT_SECONDS.get(size, 10))),
        ("× naive", against(ours / max(1, naive), ABOVE_NAIVE.get(size, 1.25), least=True, shape=".3f")),
        ("gap", against(plan["gap"], PANEL_GAP.get(size, float("inf")), shape=".2%")),
        ("objective", plan["objective"]), ("bound", plan["bound"]), ("wall", against(took["wall"], seconds + 1)),
        ("cpu", f"{took['cpu']:.1f}"), ("bad", took["bad"]),
    )  # fmt: skip
    print(f"    {plan['timings']}", flush=True)


def bench_meetings(size: int, seed: int) -> None:
    season = make_season(size, seed)
    first = quick_plan(season)
    locks = [{"owner": s["owner"], "track": s["track"], "level": "exact"} for s in first["seats"]]
    locks += [{"pitch": r["pitch"], "track": r["track"], "level": "exact"} for r in first["placements"]]
    for name, add in (("hall", add_hall), ("sessions", add_meetings)):
        problem = add(copy.deepcopy(season), seed) | {"locks": locks}
        plan, took = solved(problem, time_limit=60)
        top = meeting_bound(problem, plan)
        share = sum(m["score"] for m in plan["meetings"]) / max(1, top)
        row(
            ("meetings", f"{name:<8}"), ("size", size), ("seed", seed), ("held", len(plan["meetings"])),
            ("share", against(share, MEETING_SHARE, least=True, shape=".4f")),
            ("idle gaps", against(plan["idle_gaps"], IDLE_GAPS.get(size, 60), shape=".0f")),
            ("away too", idle_and_away(problem, plan)),
            ("seconds", against(plan["timings"].get("meetings", 0.0), MEETING_SECONDS)), ("bad", took["bad"]),
        )  # fmt: skip


def idle_and_away(problem: Json, plan: Json) -> int:
    """Idle gaps when a slot at which the person is not even there counts too."""
    slots = {slot["id"]: slot for slot in problem["meetings"]["slots"]}
    people: dict[tuple[str, str, str], list[int]] = {}
    for m in plan["meetings"]:
        slot = slots[m["slot"]]
        for side in ("opc", "owner"):
            people.setdefault((side, m[side], slot["session"]), []).append(slot["start_min"])
    total = 0
    for (_, _, session), starts in people.items():
        between = {s["start_min"] for s in slots.values() if s["session"] == session}
        total += sum(min(starts) < start < max(starts) for start in between - set(starts))
    return total


def meeting_bound(problem: Json, plan: Json) -> float:
    """An upper bound of Σ score: the LP of all (pair, slot), pitches as placed; whoever is there is free."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    opc_of = {p["id"]: p["opc"] for p in problem["pitches"]}
    on_stage = {opc_of[r["pitch"]] for r in plan["placements"]}
    best: dict[tuple[str, str], int] = {}
    for pitch, owner, score in problem["scores"]:
        if opc_of[pitch] in on_stage:
            best[opc_of[pitch], owner] = max(best.get((opc_of[pitch], owner), 0), score)
    slots = {slot["id"]: slot for slot in problem["meetings"]["slots"]}
    there: dict[str, set[str]] = {}
    for record in (*problem["pitches"], *problem["owners"]):
        windows = record["windows"]
        there.setdefault(record.get("opc", record["id"]), set()).update(
            id_
            for id_, s in slots.items()
            if s["session"] in record["sessions"]
            and any(
                w["session"] == s["session"] and w["start_min"] <= s["start_min"] and s["end_min"] <= w["end_min"]
                for w in windows
            )
        )
    most = problem["meetings"].get("max_per_opc")
    caps = dict.fromkeys(on_stage, most) | {o["id"]: o.get("max_meetings") for o in problem["owners"]}
    limits: dict[tuple[Any, ...], float] = {}
    cost, rows = list[float](), list[tuple[Any, ...]]()
    cols: list[int] = []
    for pair, score in sorted(best.items()):
        for slot in sorted(there[pair[0]] & there[pair[1]]):
            keys = [("pair", *pair), ("slot", slot), *(("at", p, slot) for p in pair), *(("cap", p) for p in pair)]
            for key in keys:
                person = key[1] if key[0] == "cap" else None
                cap = slots[slot]["tables"] if key[0] == "slot" else 1 if person is None else caps[person]
                limits[key] = float(len(slots) if cap is None else cap)
            rows += keys
            cols += [len(cost)] * len(keys)
            cost.append(-float(score))
    at = {key: i for i, key in enumerate(limits)}
    matrix = csr_array((np.ones(len(rows)), ([at[key] for key in rows], cols)), shape=(len(at), len(cost)))
    result = linprog(cost, A_ub=matrix, b_ub=np.array(list(limits.values())), bounds=(0, None))
    return -float(result.fun)


def bench_replan(size: int, seed: int) -> None:
    season = make_season(size, seed)
    before = solved(season, time_limit=PANEL_SECONDS.get(size, 60))[0]
    rng = random.Random(seed)
    placed = sorted(r["pitch"] for r in before["placements"])
    gone = set(rng.sample(placed, max(1, round(0.05 * len(placed)))))
    after = season | {
        "pitches": [p for p in season["pitches"] if p["id"] not in gone],
        "scores": [s for s in season["scores"] if s[0] not in gone],
        "previous": before,
    }
    plan, took = solved(after, time_limit=REPLAN_SECONDS)
    unforced = sum(move["subject"] not in gone for move in plan["moves"])
    row(
        ("replan", ""), ("size", size), ("seed", seed), ("withdrawn", len(gone)),
        ("unforced", against(unforced, UNFORCED, shape=".0f")), ("draft", against(took["draft"], REPLAN_DRAFT)),
        ("wall", against(took["wall"], REPLAN_SECONDS + 1)), ("objective", plan["objective"]),
        ("of before", f"{plan['objective'] / before['objective']:.4f}"), ("gap", f"{plan['gap']:.2%}"),
        ("bad", took["bad"]),
    )  # fmt: skip
    print(f"    {plan['timings']}", flush=True)


def bench_losses(size: int, seed: int) -> None:
    """Each of 20 left-out pitches forced in by a lock, panels given: the objective falls by the stated loss."""
    if size > 200:
        return
    season = make_season(size, seed)
    problem = with_given_panels(season, panels_of(quick_plan(season)))
    plan, took = solved(problem, explain=True)
    stated = {
        r["pitch"]: r["reason"]["loss"]
        for r in plan["left_out"]
        if r["reason"]["kind"] == "outscored"
    }  # fmt: skip
    some = sorted(stated)[:FORCED]
    exact = [p for p in some if isinstance(stated[p], (int, float))]
    same, worst = 0, 0.0
    for pitch in exact:
        pitches = [p | {"must_place": True} if p["id"] == pitch else p for p in problem["pitches"]]
        forced, _ = solved(problem | {"pitches": pitches})
        off = abs((plan["objective"] - forced["objective"]) - stated[pitch])
        same += off < 1e-6
        worst = max(worst, off)
    row(
        ("losses", ""), ("size", size), ("seed", seed), ("left out", len(plan["left_out"])),
        ("forced", len(some)), ("exact", len(exact)), ("reproduced", against(same, len(some), least=True, shape=".0f")),
        ("worst", worst), ("explain", f"{plan['timings'].get('explain', 0):.1f} s"), ("bad", took["bad"]),
    )  # fmt: skip


def bench_odd(size: int, seed: int) -> None:
    """Shapes that no season has, four seconds each; `size` counts for nothing."""
    for shape in ODD if size == ODD_WITH else ():
        problem = make_odd(shape, seed)
        plan, took = solved(problem, time_limit=4, explain=True)
        row(
            ("odd", f"{shape:<8}"), ("seed", seed), ("pitches", len(problem["pitches"])),
            ("tracks", len(problem["tracks"])), ("owners", len(problem["owners"])), ("status", plan["status"]),
            ("gap", "-" if plan["gap"] is None else f"{plan['gap']:.1%}"), ("wall", against(took["wall"], 5)),
            ("bad", took["bad"]),
        )  # fmt: skip


PARTS: dict[str, Callable[[int, int], None]] = {
    "given": bench_given,
    "panels": bench_panels,
    "meetings": bench_meetings,
    "replan": bench_replan,
    "losses": bench_losses,
    "odd": bench_odd,
}


def instances(sizes: str, seeds: int, first: int) -> Iterator[tuple[int, int]]:
    for size in map(int, sizes.split(",")):
        for seed in range(first, first + seeds):
            yield size, seed


def main(arguments: list[str] | None = None) -> None:
    """Print every figure asked for; nothing is asserted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="50,200,500")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--parts", default=",".join(PARTS))
    options = parser.parse_args(arguments)
    for part in options.parts.split(","):
        for size, seed in instances(options.sizes, options.seeds, options.first_seed):
            PARTS[part](size, seed)


if __name__ == "__main__":
    main()
