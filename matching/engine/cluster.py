"""Ray's workers for the blocks of the engine (the extra `cluster`): the same kernel, on many machines.

The kernel is put once into Ray's object store and taken from there once by every worker process; a block travels with
its task. A task whose worker or node is lost is run again elsewhere: a block's result depends on nothing but the
kernel and the block.
"""

import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any, TypeVar

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError

from matching.domain.errors import SettingsError, problem

RETRIES = 5
"""So often a block is given to another worker when its own is lost."""
SPARE = 4
"""One block for so many workers waits ready, and one at least; those on the way are all that is held."""

_Block = TypeVar("_Block")
_Result = TypeVar("_Result")


class RayWorkers:
    """All workers of the cluster that this process is connected to (`ray.init`); see `parallel.Workers`."""

    def __init__(self, patience: float) -> None:
        """Ask one worker who it is; `patience` are the seconds in which it must answer.

        Raises:
            SettingsError: `cluster_is_silent`, `cluster_cannot_import`, `cluster_has_other_version`.
        """
        asked = ray.remote(max_retries=RETRIES)(own_version).remote()
        try:
            _check_version(ray.get(asked, timeout=patience))
        except GetTimeoutError:
            raise SettingsError(problem("cluster_is_silent", seconds=round(patience))) from None
        except RayTaskError:
            raise SettingsError(problem("cluster_cannot_import", version=own_version())) from None
        except RayError as error:
            raise SettingsError(problem("cluster_lost", reason=type(error).__name__)) from None

    def map(self, kernel: Callable[[_Block], _Result], blocks: Sequence[_Block]) -> Iterator[_Result]:
        """The kernel's results in the order of the blocks.

        Raises:
            SettingsError: `cluster_lost` when a block's workers were lost again and again, or
                `cluster_has_other_version`. What the kernel raises is raised here.
        """
        run = ray.remote(max_retries=RETRIES)(scan_shipped)
        shipped = ray.put(_packed(kernel))
        workers = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
        on_the_way: deque[Any] = deque()
        for block in blocks:
            if len(on_the_way) == workers + max(1, workers // SPARE):
                yield _result(on_the_way.popleft())
            on_the_way.append(run.remote([shipped], _packed(block), own_version()))
        while on_the_way:
            yield _result(on_the_way.popleft())


def scan_shipped(kernel: list[Any], block: bytes, expected: str) -> tuple[str, bytes]:
    """What a worker does: this program's version there, and the packed result if it is the `expected` one.

    `kernel` holds the reference, so that Ray does not fetch what the worker may have already.
    """
    if own_version() != expected:
        return own_version(), b""
    return expected, _packed(_kernel(kernel[0])(pickle.loads(block)))  # noqa: S301 - packed by our own side


def own_version() -> str:
    """The version of this program, wherever it runs."""
    return version("opc-matchmaking")


@lru_cache(maxsize=1)
def _kernel(shipped: Any) -> Callable[[Any], Any]:
    kernel: Callable[[Any], Any] = pickle.loads(ray.get(shipped))  # noqa: S301 - packed by our own side
    return kernel


def _packed(value: object) -> bytes:
    """Pickled whole: Ray's shared arrays are read-only, for which the scan would have to be compiled once more, and
    the results would fill the object store as long as anybody holds them.
    """
    return pickle.dumps(value, protocol=5)


def _result(task: Any) -> Any:
    try:
        theirs, packed = ray.get(task)
    except RayTaskError:
        raise
    except RayError as error:
        raise SettingsError(problem("cluster_lost", reason=type(error).__name__)) from None
    _check_version(theirs)
    return pickle.loads(packed)  # noqa: S301 - packed by our own side


def _check_version(theirs: str) -> None:
    if theirs != own_version():
        raise SettingsError(problem("cluster_has_other_version", ours=own_version(), theirs=theirs))
