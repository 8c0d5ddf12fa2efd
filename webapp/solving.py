"""Starting the solver: a process of its own for each run, so that no page ever waits for it."""

import subprocess
import sys

from matching.settings import Settings, environment_of

_started: list[subprocess.Popen[bytes]] = []


def start_solver(settings: Settings, run_id: int) -> None:
    """Start `opcmatch roadshow solve` for a run; how it goes stands in the run's row."""
    _started[:] = [process for process in _started if process.poll() is None]  # those that have ended are let go
    _started.append(
        subprocess.Popen(  # noqa: S603 - our own program, and a number
            [sys.executable, "-m", "jobs", "roadshow", "solve", "--run", str(run_id)],
            env=environment_of(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # it outlives a restart of the site
        )
    )
