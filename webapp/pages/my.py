"""A person's own corner: their records in every stage, and their digests."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from matching.domain.errors import NotAllowed, problem
from matching.domain.records import RecordKind
from matching.services import batches, digests, overview, records, roadshows
from matching.services.access import Action, Role, allowed
from webapp.context import actor, db
from webapp.paging import page_number, pages_around
from webapp.show import card

bp = Blueprint("my", __name__, url_prefix="/my")

_KINDS = {Role.SCENARIO_OWNER: RecordKind.DEMANDS, Role.OPC: RecordKind.PROFILES}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Own records and digests; for organisers what waits for them."""
    me = actor()
    if me.role is Role.ANONYMOUS:
        raise NotAllowed(problem("not_allowed", action="my", role=me.role.value))
    if allowed(me, Action.REVIEW):
        return render_template(
            "desk.html",
            counts=overview.counts(db()),
            drafts=batches.draft_batches(db(), actor=me),
            line_ups=roadshows.draft_line_ups(db(), actor=me),
        )
    kind = _KINDS.get(me.role)
    if kind is None:
        return redirect(url_for("home.index"))
    page = records.own_records(db(), kind, actor=me, number=page_number())
    return render_template(
        "my.html",
        kind=kind,
        page=page,
        cards=[card(kind, line) for line in page.lines],
        around=pages_around(page),
        digests=digests.own_digests(db(), actor=me),
    )
