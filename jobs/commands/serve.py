"""`opcmatch serve`: the site, by waitress, in this process."""

import click

from jobs.commands.context import opened
from jobs.serving import serve_site


@click.command(help="启动网站。Serve the site.")
def command() -> None:
    """On the address of the settings; Ctrl-C stops it."""
    with opened() as context:
        settings = context.settings
    serve_site(settings)
