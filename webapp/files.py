"""Files made for one download: written to a folder of their own, sent, and gone."""

import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Response, send_file


def download(name: str, write: Callable[[Path], None]) -> Response:
    """Let `write` make the file, and send it under `name`."""
    with TemporaryDirectory(prefix="opcmatch-") as folder:
        path = Path(folder) / name
        write(path)
        content = path.read_bytes()
    answer: Response = send_file(io.BytesIO(content), as_attachment=True, download_name=name, max_age=0)
    return answer
