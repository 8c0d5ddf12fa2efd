"""`opcmatch match --cluster`: Ray's workers do what threads do, to the byte, and may be lost on the way."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jobs import cluster as command_side
from jobs.cluster import opened_cluster
from matching.domain.errors import SettingsError
from matching.engine import ranking
from matching.publishing.wording import error_line
from tests.commands.test_match import DAY, folder, opcmatch, write  # noqa: F401 - fixtures
from tests.engine.demonstration import demonstration, demonstration_json
from tests.engine.errands import OnceDeadly, deadly, failing, process_id, squared
from tests.engine.make import match

pytestmark = pytest.mark.xdist_group("ray")

LOOPBACK = "0100007F"  # 127.0.0.1 in /proc/net/tcp, and at the end of a line of tcp6
ALL_LISTS = {"top": 5, "near_per_demand": 3, "near_per_profile": 2, "include_ineligible": True}


@pytest.fixture(scope="module")
def workers():
    """A cluster of this machine, started for the first test that asks and stopped after the last."""
    with opened_cluster("ray:local") as found:
        yield found


@pytest.fixture
def cluster(workers):
    """The module of the workers; it imports Ray, which must not happen before a cluster is started."""
    from matching.engine import cluster

    return cluster


@pytest.fixture
def some(monkeypatch):
    """Records of the demonstration, in a dozen blocks."""
    monkeypatch.setattr(ranking, "ROWS_A_BLOCK", 20)
    demands, profiles = demonstration()
    return demands[::6], profiles[::5]


def lines(found):
    lists = (found.for_demands, found.for_profiles, found.near_for_demands, found.near_for_profiles)
    return [json.dumps(m.to_json(), ensure_ascii=False) for side in lists for own in side.values() for m in own]


def test_workers_find_what_threads_find(workers, some):
    expected = lines(match(*some, **ALL_LISTS))

    assert len(expected) > 200
    assert lines(match(*some, **ALL_LISTS, workers=workers)) == expected


def test_an_empty_side_needs_no_worker(workers, some):
    demands, _ = some

    assert set(map(tuple, match(demands, [], workers=workers).for_demands.values())) == {()}


def test_workers_killed_in_the_middle_change_nothing(workers, some):
    expected = lines(match(*some, **ALL_LISTS))
    killed = []

    def kill(done, total):
        if done > sum(map(len, some)) and not killed:  # everything is read: the first block came back
            killed.extend(set(workers.map(process_id, range(8))))
            for process in killed:
                os.kill(process, signal.SIGKILL)

    found = match(*some, **ALL_LISTS, workers=workers, progress=kill)

    assert killed
    assert lines(found) == expected


def test_a_block_whose_worker_dies_is_done_again(workers, tmp_path):
    kernel = OnceDeadly(tmp_path, blocks=(0, 3, 4))

    assert list(workers.map(kernel, range(8))) == [n * n for n in range(8)]
    assert sorted(int(path.name) for path in tmp_path.iterdir()) == [0, 3, 4]


def test_a_block_that_kills_every_worker_is_an_error_of_one_line(workers, cluster, monkeypatch):
    monkeypatch.setattr(cluster, "RETRIES", 1)

    with pytest.raises(SettingsError) as error:
        list(workers.map(deadly, range(1)))

    assert error_line(error.value).startswith("集群的工作进程反复丢失（")


def test_what_the_kernel_raises_is_raised(workers):
    with pytest.raises(ArithmeticError, match="block 0"):
        list(workers.map(failing, range(3)))


def test_results_keep_the_order_of_the_blocks_and_few_blocks_are_on_the_way(workers, cluster):
    given = []

    def blocks():
        for number in range(30):
            given.append(number)
            yield number

    ahead = [len(given) - place for place, _ in enumerate(workers.map(squared, blocks()))]

    slots = int(cluster.ray.cluster_resources()["CPU"])
    assert max(ahead) <= slots + 2
    assert list(workers.map(squared, range(30))) == [n * n for n in range(30)]


def test_workers_of_another_version_are_told(workers, cluster, monkeypatch):
    monkeypatch.setattr(cluster, "own_version", lambda: "0.0.1")

    with pytest.raises(SettingsError) as error:
        list(workers.map(squared, range(1)))

    assert "这里是 0.0.1" in error_line(error.value)


def test_all_of_a_local_cluster_listens_on_the_loopback_address_only(workers):
    listening = [address for process in _with_descendants(os.getpid()) for address in _listening(process)]

    assert len(listening) > 2
    assert {address[-8:] for address in listening} == {LOOPBACK}


def test_the_command_writes_the_same_bytes_on_a_cluster_that_is_running(cluster, opcmatch):  # noqa: F811
    demands, profiles = demonstration_json()
    write("D.jsonl", *demands[::8])
    write("P.jsonl", *profiles[::4])
    opcmatch("--include-ineligible")
    address = cluster.ray.get_runtime_context().gcs_address

    code, said = _run("ray:" + address, "--include-ineligible", "--out", "R.jsonl")

    assert (code, len(said)) == (0, 1), said
    assert Path("R.jsonl").read_bytes() == Path("M.jsonl").read_bytes()
    assert Path("M.jsonl").read_bytes().count(b"\n") > 100


def test_the_command_starts_a_cluster_of_its_own_and_leaves_nothing_behind(opcmatch, monkeypatch):  # noqa: F811
    opcmatch()
    short = tempfile.mkdtemp()  # the names of sockets are bounded
    monkeypatch.setenv("TMPDIR", short)

    code, said = _run("ray:local", "--out", "R.jsonl")

    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if short.encode() in _bytes_of(p)]
    files = list(Path(short).iterdir())
    shutil.rmtree(short)
    assert (code, len(said)) == (0, 1), said
    assert Path("R.jsonl").read_bytes() == Path("M.jsonl").read_bytes()
    assert (left, files) == ([], [])


@pytest.mark.parametrize(
    "spelling", ["ray", "ray:", "local", "dask:local", "ray:host", "ray:host:", "ray:ho st:1", "RAY:local", "ray:a:1:2"]
)
def test_another_spelling_is_no_cluster(opcmatch, spelling):  # noqa: F811
    code, _, err = opcmatch("--cluster", spelling)

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith(f"错误：--cluster：“{spelling}”不是集群；请写成 ray:local 或 ray:主机:端口")
    assert not Path("M.jsonl").exists()


def test_threads_and_a_cluster_exclude_each_other(opcmatch):  # noqa: F811
    code, _, err = opcmatch("--cluster", "ray:local", "--jobs", "2")

    assert (code, err) == (
        2, ["错误：--jobs 和 --cluster 不能同时使用；请只留一个：本机的线程用 --jobs，Ray 集群用 --cluster"]
    )  # fmt: skip


def test_without_the_extra_the_error_says_how_to_install_it(opcmatch, monkeypatch):  # noqa: F811
    monkeypatch.setattr(command_side, "find_spec", lambda name: None)

    code, _, err = opcmatch("--cluster", "ray:local")

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("错误：--cluster：没有安装 Ray；请运行 pip install 'opc-matchmaking[cluster]'")


def test_a_local_cluster_that_does_not_start_is_one_line_of_error(cluster, opcmatch, monkeypatch):  # noqa: F811
    def fail(**_options):
        raise Exception("The current node timed out.\n  Overloaded.")

    monkeypatch.setattr(cluster.ray, "init", fail)
    monkeypatch.setattr(cluster.ray, "shutdown", lambda: None)  # of the other tests' cluster

    code, _, err = opcmatch("--cluster", "ray:local")

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("错误：--cluster：本机的 Ray 没有启动起来（The current node timed out. Overloaded.）")


@pytest.mark.parametrize("port", [1, 99_999])
def test_an_address_where_nobody_listens_is_told(opcmatch, port):  # noqa: F811
    code, _, err = opcmatch("--cluster", f"ray:127.0.0.1:{port}")

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith(f"错误：--cluster：连接不到 Ray 集群“127.0.0.1:{port}”（")


def test_an_address_where_something_else_listens_is_given_up(opcmatch, monkeypatch):  # noqa: F811
    monkeypatch.setattr(command_side, "REACHED_WITHIN", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, _, err = opcmatch("--cluster", f"ray:127.0.0.1:{silent.getsockname()[1]}")

    assert (code, len(err)) == (2, 1)
    assert "连接不到 Ray 集群" in err[0]


def _run(where, *arguments):
    """The command in a process of its own: exit code, lines on standard error."""
    words = [sys.executable, "-c", "from jobs.cli import main; main()", "match", "--as-of", DAY, "--cluster", where]
    words += ["--demands", "D.jsonl", "--profiles", "P.jsonl", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stderr.splitlines()


def _bytes_of(path):
    try:
        return path.read_bytes()
    except OSError:  # the process is gone
        return b""


def _with_descendants(root):
    """The process and all that it started, and that they started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _bytes_of(path).rpartition(b")")[2].split()
        if fields:
            parents[int(path.parent.name)] = int(fields[1])
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _listening(process):
    """The addresses on which a process listens, as /proc/net writes them."""
    by_socket = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            by_socket[f"socket:[{columns[9]}]"] = (columns[1].partition(":")[0], columns[3])
    for descriptor in Path(f"/proc/{process}/fd").glob("*"):
        try:
            address, state = by_socket.get(os.readlink(descriptor), ("", ""))
        except OSError:  # closed meanwhile
            continue
        if state == "0A":
            yield address
