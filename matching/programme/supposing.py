"""What if (如果……会怎样): the same problem with more room in it. What is taken away is an event of `replan`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .model import Json
from .parsing import Fault, ProblemError

Row = Mapping[str, Any]
SUPPOSITIONS: Mapping[str, tuple[str, ...]] = {
    "longer_track": ("track", "minutes"),
    "more_seats": ("track", "seats"),
    "another_track": ("track",),
}
"""What can be supposed, and what each names; `another_track` is one more beside the named one, just like it."""


def supposed(problem: Row, changes: Iterable[Row]) -> Json:
    """The problem with `changes` ({"kind": …} with the keys in `SUPPOSITIONS`); the given one stays as it is.

    Raises:
        ProblemError: an unknown kind, a track that is not there, a number below 1.
    """
    tracks = {track["id"]: dict(track) for track in problem["tracks"]}
    faults: list[Fault] = []
    for i, change in enumerate(changes):
        where, kind = f"changes[{i}]", str(change.get("kind"))
        track, number = tracks.get(str(change.get("track"))), change.get("minutes") or change.get("seats") or 1
        if kind not in SUPPOSITIONS:
            known = ", ".join(SUPPOSITIONS)
            faults.append(Fault(code="not_a_choice", where=f"{where}.kind", value=kind, facts={"known": known}))
        elif track is None:
            facts = {"list": "tracks"}
            faults.append(Fault(code="unknown_id", where=f"{where}.track", value=change.get("track"), facts=facts))
        elif not isinstance(number, int) or number < 1:
            faults.append(Fault(code="too_small", where=f"{where}", value=number, facts={"least": 1}))
        elif kind == "longer_track":
            track["end_min"] += number
        elif kind == "more_seats":
            track["panel_seats"] += number
        else:
            more = 2
            while f"{track['id']}+{more}" in tracks:
                more += 1
            tracks[f"{track['id']}+{more}"] = {**track, "id": f"{track['id']}+{more}", "room": None}
    if faults:
        raise ProblemError(faults)
    return {**problem, "tracks": list(tracks.values())}
