"""The one seam for spreading work: the same kernel over blocks, here on the threads of one machine."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Block = TypeVar("_Block")
_Result = TypeVar("_Result")


def map_blocks(kernel: Callable[[_Block], _Result], blocks: Sequence[_Block], jobs: int = 1) -> Iterator[_Result]:
    """The kernel's results in the order of the blocks, whatever the number of threads."""
    if jobs == 1 or len(blocks) < 2:
        yield from map(kernel, blocks)
        return
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(kernel, blocks)
