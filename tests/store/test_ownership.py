"""The worker's lock: one holder, whatever becomes of it."""

import signal
import subprocess
import sys
from pathlib import Path

from matching.store import Database
from matching.store.ownership import worker_lock

HOLDER = """
import sys
from pathlib import Path
from matching.store import Database
from matching.store.ownership import worker_lock
with worker_lock(Database(sys.argv[1]), Path(sys.argv[2])) as held:
    print(held, flush=True)
    sys.stdin.read()
"""


def hold(url: str, folder: Path) -> subprocess.Popen[str]:
    """Another process that asks for the lock, tells whether it has it, and keeps it until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def is_free(database: Database, folder: Path) -> bool:
    """Whether the lock can be had; a server takes a moment to notice that its client was killed."""
    for _ in range(1_000):
        with worker_lock(database, folder) as held:
            if held:
                return True
    return False


def test_a_second_process_is_refused_until_the_first_is_killed(database: Database, database_url: str, tmp_path: Path):
    with hold(database_url, tmp_path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"

        with worker_lock(database, tmp_path) as held_meanwhile:
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()

    assert held_meanwhile is False
    assert is_free(database, tmp_path)


def test_the_lock_is_free_again_when_its_holder_leaves(database: Database, database_url: str, tmp_path: Path):
    other = Database(database_url)
    with worker_lock(database, tmp_path) as held, worker_lock(other, tmp_path) as refused:
        pass

    with worker_lock(other, tmp_path) as taken:
        pass

    assert (held, refused, taken) == (True, False, True)
    other.dispose()
