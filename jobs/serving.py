"""The site in this process: waitress around the application."""

import socket

import click

from matching.domain.errors import InputError, problem
from matching.settings import Settings

THREADS = 4


def serve_site(settings: Settings) -> None:
    """Serve until interrupted.

    Raises:
        InputError: `address_in_use`, where the address cannot be listened on.
    """
    from waitress import create_server

    from webapp import create_app

    app = create_app(settings)
    check_address(settings)
    server = create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident=None)
    click.echo(f"网站：{settings.site_url} （Ctrl-C 停止）")
    try:
        server.run()
    finally:
        server.close()


def check_address(settings: Settings) -> None:
    """Find out that the port is taken before the long part of a start, not after it."""
    try:
        with socket.create_server((settings.host, settings.port)):
            return
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        raise InputError(problem("address_in_use", value=address, reason=error.strerror or str(error))) from error
