"""`--cluster ray:local` and `--cluster ray:HOST:PORT`: Ray started, or joined, and left again."""

import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from matching.domain.errors import InputError, SettingsError, problem
from matching.settings import environment_with

if TYPE_CHECKING:
    from matching.engine.cluster import RayWorkers

REACHED_WITHIN = 30.0
"""Seconds in which a cluster must answer."""
WORKS_WITHIN = 120.0
"""Seconds in which one of its workers must be free and ready."""
LOCAL_WORKERS = 4
LOCAL_STORE_BYTES = 512 << 20
"""A machine alone is served better by threads (`--jobs`): `ray:local` is small, and there to try a cluster out."""

_SPELLING = re.compile(r"ray:(?:local|(?P<address>(?P<host>\[[0-9a-fA-F:]+\]|[\w.-]+):(?P<port>\d{1,5})))", re.ASCII)
_QUIET: Mapping[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
_JOIN = f"import sys, ray; ray.init(address=sys.argv[1], **{dict(_QUIET)!r})"
_SILENT = {"RAY_USAGE_STATS_ENABLED": "0"}


@contextmanager
def opened_cluster(spelling: str | None) -> Iterator["RayWorkers | None"]:
    """The workers that `--cluster` names, None where it names none; everything started here is stopped at the end.

    Raises:
        InputError: `bad_cluster`.
        SettingsError: `no_cluster_extra`, `cluster_not_reached`, `cluster_not_started`, or what `RayWorkers` says.
    """
    if spelling is None:
        yield None
        return
    named = _SPELLING.fullmatch(spelling)
    if named is None:
        raise InputError(problem("bad_cluster", key="--cluster", value=spelling))
    if find_spec("ray") is None:
        raise SettingsError(problem("no_cluster_extra", key="--cluster"))
    with _joined(named) if named["address"] else _started():
        from matching.engine.cluster import RayWorkers

        yield RayWorkers(WORKS_WITHIN)


@contextmanager
def _started() -> Iterator[None]:
    """A cluster of this machine's own, on its loopback address and closed to its other users.

    Ray reads some of these settings once, when it is imported: nothing else may import it before.
    """
    settings = {
        **_SILENT,
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # so Ray calls it everywhere: all services on 127.0.0.1
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": _token(),
    }
    with environment_with(settings), TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        import ray

        try:
            try:
                ray.init(
                    address="local", num_cpus=min(LOCAL_WORKERS, os.cpu_count() or 1), include_dashboard=False,
                    object_store_memory=LOCAL_STORE_BYTES, _node_ip_address="127.0.0.1", _temp_dir=folder, **_QUIET,
                )  # fmt: skip
            except Exception as error:  # Ray has no narrower one for a node that is not up in time
                reason = " ".join(str(error).split()) or type(error).__name__
                raise SettingsError(problem("cluster_not_started", key="--cluster", reason=reason)) from error
            yield
        finally:
            ray.shutdown()


@cache
def _token() -> str:
    """A secret of this process, which is never written down."""
    return secrets.token_hex(32)


@contextmanager
def _joined(named: re.Match[str]) -> Iterator[None]:
    """A cluster that others started."""
    address = named["address"]
    with environment_with(_SILENT):
        try:
            socket.create_connection((named["host"].strip("[]"), int(named["port"])), REACHED_WITHIN).close()
            # Ray itself tries for minutes and cannot be interrupted: another process tries first.
            words = [sys.executable, "-c", _JOIN, address]
            tried = subprocess.run(words, capture_output=True, text=True, timeout=REACHED_WITHIN, check=False)  # noqa: S603
        except (OSError, OverflowError, subprocess.TimeoutExpired) as error:
            raise _not_reached(address, str(error) or type(error).__name__) from None
        if tried.returncode:
            raise _not_reached(address, tried.stderr.strip().rpartition("\n")[2])
        import ray

        try:
            ray.init(address=address, **_QUIET)
            yield
        finally:
            ray.shutdown()


def _not_reached(address: str, reason: str) -> SettingsError:
    return SettingsError(problem("cluster_not_reached", key="--cluster", value=address, reason=reason))
