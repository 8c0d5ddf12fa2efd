"""The solver in a process of its own: it tells how far it is, and it is ended when its time is over."""

import multiprocessing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Literal

GRACE_S = 10.0
"""How much longer than its time limit the solver may take before it is ended."""
BEAT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What comes from the solver: `beat` (nothing new), `progress`, `draft`, `plan`, or how it ended without one."""

    kind: Literal["beat", "progress", "draft", "plan", "overdue", "died"]
    facts: Mapping[str, Any]


def solving(inputs: Mapping[str, Any], time_limit_s: float) -> Iterator[Word]:
    """Solve in a child process; a word at least every second, the last one is `plan`, `overdue` or `died`.

    `inputs` hold `problem`, `previous`, `sure` (see `seasons.Prepared`). A caller that stops listening (closes the
    iterator) ends the child.
    """
    context = multiprocessing.get_context("spawn")  # a fork would share the parent's database connections
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_solve, args=(there, dict(inputs), time_limit_s), daemon=True)
    child.start()
    there.close()
    until = monotonic() + time_limit_s + GRACE_S
    try:
        while True:
            if monotonic() > until:
                yield Word(kind="overdue", facts={"seconds": time_limit_s + GRACE_S})
                return
            if not here.poll(BEAT_S):
                yield Word(kind="beat", facts={})
                continue
            try:
                kind, facts = here.recv()
            except EOFError:
                child.join(BEAT_S)
                yield Word(kind="died", facts={"exit_code": child.exitcode})
                return
            yield Word(kind=kind, facts=facts)
            if kind == "plan":
                return
    finally:
        here.close()
        child.kill()
        child.join()


def _solve(there: Connection, inputs: dict[str, Any], time_limit_s: float) -> None:
    from matching.programme.progress import Progress
    from matching.services.roadshows import solved
    from matching.services.seasons import Prepared

    told = -BEAT_S

    def tell(progress: Progress) -> None:
        nonlocal told
        if progress.draft is not None:
            there.send(("draft", progress.draft.to_json()))
        if progress.draft is None and progress.seconds - told < BEAT_S:
            return  # a page does not read faster than that
        told = progress.seconds
        keys = ("stage", "objective", "bound", "gap", "seconds")
        there.send(("progress", {key: getattr(progress, key) for key in keys}))

    prepared = Prepared(stored=inputs, previous=inputs.get("previous"), sure=inputs.get("sure") or ())
    stored, plan = solved(prepared, time_limit_s=time_limit_s, on_progress=tell)
    there.send(("plan", {"plan": plan, "problem": stored["problem"]}))
    there.close()
