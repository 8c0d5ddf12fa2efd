"""For supervisors and load balancers: is the process alive, can it work."""

from flask import Blueprint, Response

from matching.domain.errors import SettingsError
from matching.store.migration import check_revision
from webapp.context import database

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def ready() -> Response:
    """The database answers and has the schema that this program needs; 503 otherwise."""
    try:
        check_revision(database())
    except SettingsError:
        return Response("not migrated\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
