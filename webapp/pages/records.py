"""Demands and profiles: lists, pages, forms, withdrawal. One set of views serves both kinds of record."""

import secrets
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, Signer

from matching.domain.codec import to_json
from matching.domain.errors import EditConflict, NotFound, problem
from matching.domain.records import Record, RecordKind
from matching.domain.stages import OPEN_STAGES, Stage
from matching.services import digests, records
from matching.services import matches as match_service
from matching.services.access import Action, allowed, authorize
from matching.store.records import Filter, StoredRecord
from webapp import labels
from webapp.context import actor, db, today, utc_now, vocabulary
from webapp.explanations import match_pages, procurement_route, stops
from webapp.fields import GROUPS, fields_of
from webapp.forms import RecordForm, form_of, new_form, read_form
from webapp.paging import page_number, pages_around
from webapp.show import card, remarks_on, shown_fields, word

_POST = {RecordKind.DEMANDS: Action.POST_DEMAND, RecordKind.PROFILES: Action.POST_PROFILE}
_PREFIX = {RecordKind.DEMANDS: "D", RecordKind.PROFILES: "P"}


def _views(kind: RecordKind) -> Blueprint:
    bp = Blueprint(kind.value, __name__, url_prefix=f"/{kind.value}")

    @bp.get("/")
    def index() -> ResponseReturnValue:
        """The public list: search, filters, pages."""
        wanted = Filter(
            words=request.args.get("q", "").strip(),
            sector=vocabulary().sectors.code(request.args.get("sector") or None),
            district=vocabulary().districts.code(request.args.get("district") or None),
        )
        page = records.public_page(db(), kind, wanted, page_number())
        return render_template(
            "records/list.html",
            kind=kind,
            wanted=wanted,
            page=page,
            cards=[card(kind, line) for line in page.lines],
            around=pages_around(page),
        )

    @bp.get("/new")
    def new() -> ResponseReturnValue:
        """An empty form; its id is chosen now, so that a form that is sent twice posts once."""
        authorize(actor(), _POST[kind])
        given = {"owner.name": [actor().organisation or ""]} if kind is RecordKind.DEMANDS else {}
        return _form_page(kind, new_form(kind, given), signed_id=_new_id(kind))

    @bp.post("/new")
    def post() -> ResponseReturnValue:
        """Post the record, or show the form again with what is wrong."""
        authorize(actor(), _POST[kind])
        record_id = _own_id(request.form.get("id", ""))
        form = read_form(kind, request.form.to_dict(flat=False), record_id, None, vocabulary(), today())
        if form.record is None or "more" in request.form:
            return _form_page(kind, form, signed_id=request.form["id"], blank="more" in request.form)
        stored = records.post_record(
            db(), kind, form.record, actor=actor(), vocabulary=vocabulary(), now=utc_now(), contact=form.contact
        )
        if _content(stored.record) != _content(form.record):  # sent before, and changed since: nothing gets lost
            return _conflict_page(kind, form, stored)
        return redirect(url_for(f"{kind}.show", record_id=record_id, posted=1), 303)

    @bp.get("/<record:record_id>")
    def show(record_id: str) -> ResponseReturnValue:
        """The record laid out for reading; with its matches for those who may."""
        stored = records.view_record(db(), kind, record_id, actor=actor())
        inner = allowed(actor(), Action.EDIT_RECORD, stored)
        data = to_json(stored.record)
        view = None
        if allowed(actor(), Action.VIEW_MATCHES, stored):
            ask = match_service.demand_matches if kind is RecordKind.DEMANDS else match_service.profile_matches
            view = ask(db(), stored, actor=actor())
        return render_template(
            "records/show.html",
            kind=kind,
            stored=stored,
            title=_title(stored.record),
            groups=[
                (labels.GROUPS[code], shown_fields(kind, data, _told_apart(names), inner=inner))
                for code, names in GROUPS[kind]
            ],
            facts=_facts(kind, data),
            data=data,
            remarks=remarks_on(kind, stored.record) if inner else [],
            inner=inner,
            view=view,
            ranked=match_pages(kind, view.ranked, view.run, open_first=True) if view and view.run else [],
            stops=stops(view.absence) if view else [],
            route=procurement_route(data),
            takes_part=stored.stage in (OPEN_STAGES if kind is RecordKind.DEMANDS else (Stage.PUBLISHED,)),
            near=match_pages(kind, view.near, view.run, open_first=False) if view and view.run else [],
            history=records.view_history(db(), stored, actor=actor()) if inner else [],
            digests=digests.digests_of_profile(db(), stored, actor=actor())
            if inner and kind is RecordKind.PROFILES
            else [],
            may_withdraw=inner and Stage.WITHDRAWN in kind.moves.get(stored.stage, ()),
            may_edit=inner and _editable(stored),
        )

    @bp.get("/<record:record_id>/edit")
    def edit(record_id: str) -> ResponseReturnValue:
        """The form with what is stored."""
        stored = _editable_record(kind, record_id)
        return _form_page(kind, form_of(kind, stored.record, stored.contact, vocabulary()), stored=stored)

    @bp.post("/<record:record_id>/edit")
    def save(record_id: str) -> ResponseReturnValue:
        """Save the edit, show the form again, or show both versions where somebody was faster."""
        stored = _editable_record(kind, record_id)
        version = request.form.get("version", "")
        if not version.isdecimal() or len(version) > 9:
            abort(400)
        # Against a version that is gone, "nobody touched it" cannot be told: all is read as typed.
        base = stored.record if int(version) == stored.version else None
        form = read_form(kind, request.form.to_dict(flat=False), record_id, base, vocabulary(), today())
        if form.record is None or "more" in request.form:
            return _form_page(kind, form, stored=stored, version=int(version), blank="more" in request.form)
        try:
            records.edit_record(
                db(), kind, form.record, expected_version=int(version), actor=actor(), vocabulary=vocabulary(),
                now=utc_now(), contact=form.contact,
            )  # fmt: skip
        except EditConflict:
            return _conflict_page(kind, form, records.view_record(db(), kind, record_id, actor=actor()))
        return redirect(url_for(f"{kind}.show", record_id=record_id, posted=1), 303)

    @bp.post("/<record:record_id>/withdraw")
    def withdraw(record_id: str) -> ResponseReturnValue:
        """Take the record back."""
        version = request.form.get("version", "")
        if not version.isdecimal() or len(version) > 9:
            abort(400)
        records.withdraw_record(db(), kind, record_id, expected_version=int(version), actor=actor(), now=utc_now())
        return redirect(url_for(f"{kind}.show", record_id=record_id), 303)

    @bp.get("/<path:written>")
    def written(written: str) -> ResponseReturnValue:
        """An id as somebody typed or percent-encoded it: on to the address of its page."""
        records.view_record(db(), kind, written, actor=actor())
        return redirect(url_for(f"{kind}.show", record_id=written))

    return bp


demands = _views(RecordKind.DEMANDS)
profiles = _views(RecordKind.PROFILES)


def _title(record: Any) -> str:
    title: str = getattr(record, "title", None) or record.name
    return title


def _told_apart(names: Any) -> list[str]:
    """The fields of a group without those that head the page."""
    return [name for name in names if name not in ("title", "name", "description", "summary")]


def _facts(kind: RecordKind, data: dict[str, Any]) -> dict[str, Any]:
    """What heads the page: the text, the sectors, the words that matter most."""
    return {
        "text": data.get("description") or data.get("summary") or "",
        "sectors": [word("sectors", one) for one in data.get("sectors") or ()],
        "kind": word("demand_kinds", data["kind"]) if data.get("kind") else None,
        "owner": (data.get("owner") or {}).get("name") if kind is RecordKind.DEMANDS else data.get("community"),
    }


def _editable(stored: StoredRecord) -> bool:
    return stored.stage is Stage.SUBMITTED or Stage.SUBMITTED in stored.kind.moves.get(stored.stage, ())


def _editable_record(kind: RecordKind, record_id: str) -> StoredRecord:
    stored = records.view_record(db(), kind, record_id, actor=actor())
    authorize(actor(), Action.EDIT_RECORD, stored)
    return stored


def _content(record: Record) -> dict[str, Any]:
    return {key: value for key, value in to_json(record).items() if key != "updated_on"}


def _signer() -> Signer:
    return Signer(current_app.secret_key or "", salt="record-id")


def _new_id(kind: RecordKind) -> str:
    """A free id, signed: nobody may choose one."""
    record_id = f"{_PREFIX[kind]}{today():%Y%m%d}-{secrets.token_hex(3)}"
    return _signer().sign(f"{actor().account_id}:{record_id}").decode()


def _own_id(signed: str) -> str:
    try:
        account_id, record_id = _signer().unsign(signed).decode().split(":", 1)
    except (BadSignature, UnicodeDecodeError, ValueError):
        abort(400)
    if account_id != str(actor().account_id):
        raise NotFound(problem("not_found"))
    return record_id


def _form_page(
    kind: RecordKind,
    form: RecordForm,
    *,
    signed_id: str | None = None,
    stored: StoredRecord | None = None,
    version: int | None = None,
    blank: bool = False,
) -> ResponseReturnValue:
    page = render_template(
        "records/form.html",
        kind=kind,
        form=form,
        fields=fields_of(kind),
        groups=[(labels.GROUPS[code], names) for code, names in GROUPS[kind]],
        vocabulary=vocabulary(),
        signed_id=signed_id,
        stored=stored,
        version=version if version is not None else stored.version if stored else None,
        problems={} if blank else form.problems,
        labels=labels,
    )
    return page, 422 if form.problems and not blank else 200


def _conflict_page(kind: RecordKind, form: RecordForm, stored: StoredRecord) -> ResponseReturnValue:
    """Both versions side by side, and the person's own in the form below, ready to be saved over the other."""
    theirs, mine = to_json(stored.record), to_json(form.record)
    names = [name for _, group in GROUPS[kind] for name in group]
    pairs = zip(shown_fields(kind, theirs, names, inner=True), shown_fields(kind, mine, names, inner=True), strict=True)
    page = render_template(
        "records/form.html",
        kind=kind,
        form=form,
        fields=fields_of(kind),
        groups=[(labels.GROUPS[code], group) for code, group in GROUPS[kind]],
        vocabulary=vocabulary(),
        signed_id=None,
        stored=stored,
        version=stored.version,
        problems={},
        labels=labels,
        differences=[(one, other) for one, other in pairs if one != other],
    )
    return page, 409
