"""Writing a file whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from matching.domain.errors import InputError, problem


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`; what is written there takes its place when the block ends well.

    Raises:
        InputError: `cannot_write`: the folder is missing or closed, the disk is full. `path` is as it was.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _cannot_write(path, error) from None
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _cannot_write(path: Path, error: OSError) -> InputError:
    return InputError(problem("cannot_write", value=path, reason=error.strerror or type(error).__name__))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
