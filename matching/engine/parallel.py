"""The one seam for spreading work: the same kernel over blocks, on the threads of one machine or on many machines."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

_Block = TypeVar("_Block")
_Result = TypeVar("_Result")


class Workers(Protocol):
    """Other processes, here or elsewhere. Kernel, blocks and results are pickled on their way."""

    def map(self, kernel: Callable[[_Block], _Result], blocks: Sequence[_Block]) -> Iterator[_Result]:
        """The kernel's results in the order of the blocks."""
        ...


def map_blocks(
    kernel: Callable[[_Block], _Result], blocks: Sequence[_Block], jobs: int = 1, workers: Workers | None = None
) -> Iterator[_Result]:
    """The kernel's results in the order of the blocks, whoever works on them: `workers`, or so many threads."""
    if workers is not None:
        yield from workers.map(kernel, blocks)
    elif jobs == 1 or len(blocks) < 2:
        yield from map(kernel, blocks)
    else:
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            yield from pool.map(kernel, blocks)
