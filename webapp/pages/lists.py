"""The numbered, frozen lists: read, download, approve."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from matching.domain.records import RecordKind
from matching.services import batches
from matching.services.access import Action, allowed
from webapp.context import actor, db, utc_now
from webapp.fields import INNER
from webapp.files import download
from webapp.show import card_of

bp = Blueprint("lists", __name__, url_prefix="/lists")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Every published list, newest first; drafts for organisers."""
    drafts = batches.draft_batches(db(), actor=actor()) if allowed(actor(), Action.VIEW_DRAFTS) else []
    published = batches.published_batches(db())
    return render_template(
        "lists/index.html", drafts=drafts, lists=[(batch, batches.batch_number(batch)) for batch in published]
    )


@bp.get("/<number:batch_id>")
def show(batch_id: int) -> ResponseReturnValue:
    """One list as it was frozen."""
    batch, items = batches.view_batch(db(), batch_id, actor=actor())
    lines = [
        (
            item.position,
            item.change,
            card_of(batch.kind, item.record_id, item.frozen.get("title") or item.frozen["name"], item.frozen),
        )
        for item in items
    ]
    return render_template("lists/show.html", batch=batch, number=batches.batch_number(batch), lines=lines)


@bp.post("/<number:batch_id>/approve")
def approve(batch_id: int) -> ResponseReturnValue:
    """Publish a draft: it gets its number and never changes again."""
    batches.publish_batch(db(), batch_id, actor=actor(), now=utc_now())
    return redirect(url_for("lists.show", batch_id=batch_id), 303)


@bp.get("/<number:batch_id>.json")
def as_json(batch_id: int) -> ResponseReturnValue:
    """The frozen records with the list's head, for machines."""
    batch, items = batches.view_batch(db(), batch_id, actor=actor())
    body = {
        "number": batches.batch_number(batch),
        "kind": batch.kind.value,
        "stage": batch.stage,
        "frozen_on": batch.frozen_on.isoformat(),
        "published_at": batch.published_at and batch.published_at.isoformat(),
        "sha256": batch.sha256,
        "policy_version": batch.policy_version,
        "engine_version": batch.engine_version,
        "items": [{"position": i.position, "change": i.change, "record": _public(i.frozen)} for i in items],
    }
    answer = make_response(json.dumps(body, ensure_ascii=False, indent=1))
    answer.mimetype = "application/json"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{_file_name(batch.kind, batch_id)}.json")
    return answer


@bp.get("/<number:batch_id>.xlsx")
def as_workbook(batch_id: int) -> ResponseReturnValue:
    """The frozen records as a workbook with the headings of the import."""
    from matching.publishing.formats import write_records

    batch, items = batches.view_batch(db(), batch_id, actor=actor())
    frozen = [batch.kind.read(_public(item.frozen)) for item in items]
    return download(f"{_file_name(batch.kind, batch_id)}.xlsx", lambda path: write_records(batch.kind, frozen, path))


def _public(frozen: Mapping[str, Any]) -> dict[str, Any]:
    """A frozen record without what is only for those who may edit it."""
    return {key: value for key, value in frozen.items() if key not in INNER}


def _file_name(kind: RecordKind, batch_id: int) -> str:
    return f"opcmatch-{kind.value}-list-{batch_id}"
