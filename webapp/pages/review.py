"""The organisers' queue: read, approve one or many, send back with a note."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matching.domain.codec import to_json
from matching.domain.errors import InputError, problem
from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.services import records
from webapp import labels
from webapp.context import actor, db, utc_now
from webapp.errors import said
from webapp.fields import GROUPS
from webapp.paging import page_number, pages_around
from webapp.show import card, remarks_on, shown_fields

bp = Blueprint("review", __name__, url_prefix="/review")

_DECISIONS = {"approve": Stage.PUBLISHED, "return": Stage.RETURNED}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Both queues: one page of the chosen kind, and how many wait in the other."""
    return _queue(_kind())


@bp.post("/")
def decide() -> ResponseReturnValue:
    """Approve or send back what was ticked; all of them move, or none."""
    kind = _kind()
    decision = _DECISIONS.get(request.form.get("decision", ""))
    ids = request.form.getlist("id")
    note = request.form.get("note", "").strip() or None
    try:
        if decision is None or not ids:
            raise InputError(problem("nothing_chosen"))
        moved = records.review_records(db(), kind, ids, decision, actor=actor(), now=utc_now(), note=note)
    except InputError as error:
        return _queue(kind, error, frozenset(ids), note or ""), 422
    return redirect(url_for("review.index", kind=kind.value, done=len(moved), decision=decision.value), 303)


def _kind() -> RecordKind:
    asked = request.values.get("kind")
    return RecordKind.PROFILES if asked == RecordKind.PROFILES.value else RecordKind.DEMANDS


def _queue(
    kind: RecordKind, error: InputError | None = None, chosen: frozenset[str] = frozenset(), note: str = ""
) -> str:
    page = records.review_queue(db(), kind, actor=actor(), number=page_number())
    other = RecordKind.DEMANDS if kind is RecordKind.PROFILES else RecordKind.PROFILES
    waiting = {kind: page.total, other: records.review_queue(db(), other, actor=actor(), size=1).total}
    entries = []
    for line in page.lines:
        record = kind.read(line.record)
        data = to_json(record)
        groups = [(labels.GROUPS[code], shown_fields(kind, data, names, inner=True)) for code, names in GROUPS[kind]]
        entries.append((card(kind, line), groups, remarks_on(kind, record)))
    return render_template(
        "review.html",
        kind=kind,
        page=page,
        entries=entries,
        waiting=waiting,
        around=pages_around(page),
        problems=[said(one) for one in error.problems] if error else [],
        chosen=chosen,
        note=note,
        done=request.args.get("done", ""),
        decision=request.args.get("decision", ""),
    )
