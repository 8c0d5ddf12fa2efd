"""A digest as its recipient reads it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from matching.services import digests
from webapp import labels
from webapp.context import actor, db
from webapp.explanations import digest_items

bp = Blueprint("digests", __name__, url_prefix="/digests")


@bp.get("/<number:digest_id>")
def show(digest_id: int) -> ResponseReturnValue:
    """One digest, for its OPC and the organisers."""
    digest, profile = digests.view_digest(db(), digest_id, actor=actor())
    return render_template(
        "digest.html", digest=digest, profile=profile, items=digest_items(digest.body["items"]), NEWS=labels.NEWS
    )
