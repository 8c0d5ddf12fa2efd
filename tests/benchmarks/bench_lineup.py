"""Line-ups of the sizes that were tried, against a naive greedy plan.

    python -m tests.benchmarks.bench_lineup --sizes 50,200 [--time-limit 20] [--given] [--seeds 2] [--meetings]

Prints one line an instance: objective, bound, gap, seconds, the match score (Σ over pitch and owner in the same
track) and its ratio to the naive plan's. `--given` locks the panels of a first plan, which leaves the pitch step.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from matching.programme import parse_problem, solve_line_up
from tests.programme.generator import make_season

Json = dict[str, Any]


def match_score(problem: Json, placements: list[tuple[str, str]], seats: list[tuple[str, str]]) -> int:
    track_of = dict(placements)
    seated = set(seats)
    return sum(score for pitch, owner, score in problem["scores"] if (owner, track_of.get(pitch)) in seated)


def naive_plan(problem: Json) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a person with a spreadsheet does: owners into tracks in turn, then the best score that still fits."""
    tracks = problem["tracks"]
    panels: dict[str, list[str]] = {track["id"]: [] for track in tracks}
    for owner in problem["owners"]:
        taken: set[str] = set()
        for track in sorted(tracks, key=lambda track: (len(panels[track["id"]]), track["id"])):
            free = len(panels[track["id"]]) < track["panel_seats"] and track["session"] not in taken
            if free and track["session"] in owner["sessions"] and len(taken) < owner["max_sessions"]:
                panels[track["id"]].append(owner["id"])
                taken.add(track["session"])
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


def add_meetings(problem: Json) -> None:
    """Twelve slots of ten minutes after the tracks of every session, ten tables each."""
    slots = [
        {"id": f"{s['id']}-{i}", "session": s["id"], "start_min": 680 + 10 * i, "end_min": 690 + 10 * i, "tables": 10}
        for s in problem["sessions"]
        for i in range(12)
    ]
    problem["meetings"] = {"slots": slots, "max_per_opc": 4}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="50,200")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=None)
    parser.add_argument("--given", action="store_true")
    parser.add_argument("--meetings", action="store_true")
    options = parser.parse_args()
    print("pitches seed objective     bound     gap seconds   score × naive")
    for size in map(int, options.sizes.split(",")):
        for seed in range(options.seeds):
            problem = make_season(size, seed)
            if options.given:
                first = solve_line_up(parse_problem(problem), time_limit=5)
                locks = [{"owner": s.owner, "track": s.track, "level": "exact"} for s in first.seats]
                problem["locks"] = locks
            if options.meetings:
                add_meetings(problem)
            since = time.perf_counter()
            plan = solve_line_up(parse_problem(problem), time_limit=options.time_limit)
            seconds = time.perf_counter() - since
            placed = [(row.pitch, row.track) for row in plan.placements]
            score = match_score(problem, placed, [(row.owner, row.track) for row in plan.seats])
            naive = match_score(problem, *naive_plan(problem))
            print(
                f"{size:>7} {seed:>4} {plan.objective:>9.0f} {plan.bound:>9.0f} {plan.gap:>7.4f} {seconds:>7.1f} "
                f"{score:>7} {score / max(1, naive):>7.3f}  {dict(plan.timings)}"
                + (f"  meetings {len(plan.meetings)} gaps {plan.idle_gaps}" if options.meetings else ""),
                flush=True,
            )


if __name__ == "__main__":
    main()
