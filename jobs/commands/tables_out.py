"""Tables for a person at a terminal; as wide as they need to be where nobody is watching."""

import shutil
import sys
from collections.abc import Iterable, Sequence
from io import StringIO

import click

WIDE = 200


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    """Print rows under headings; numbers stand at the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = [list(row) for row in rows]
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(headings):
        is_number = bool(lines) and all(isinstance(line[place], int) for line in lines)
        table.add_column(Text(heading), justify="right" if is_number else "left")
    for line in lines:
        table.add_row(*(Text(str(cell)) for cell in line))
    page = StringIO()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
    Console(file=page, width=width, highlight=False).print(table)
    for printed in page.getvalue().splitlines():
        click.echo(printed.rstrip())
