"""Workbooks in and out: templates for everybody; upload with a preview, reports and exports for organisers."""

import re
import secrets
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from matching.domain.errors import InputError, NotFound, Problem, problem
from matching.domain.records import RecordKind
from matching.publishing import wording
from matching.services import imports, records
from matching.services.access import Action, authorize
from webapp.context import actor, db, settings, utc_now, vocabulary
from webapp.errors import said
from webapp.files import download
from webapp.languages import language, say

bp = Blueprint("imports", __name__)

SUFFIXES = (".xlsx", ".xls", ".csv", ".jsonl")
KEEP_SECONDS = 24 * 3600
SHOWN_ROWS = 50
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


@bp.get("/templates/<any('demands','profiles'):kind>.xlsx")
def template(kind: str) -> ResponseReturnValue:
    """An empty workbook to fill in, for everybody."""
    from matching.publishing.formats.template import write_template

    return download(f"opcmatch-{kind}-template.xlsx", lambda path: write_template(RecordKind(kind), path, vocabulary()))


@bp.get("/export/<any('demands','profiles'):kind>.<any('xlsx','csv','jsonl'):form>")
def export(kind: str, form: str) -> ResponseReturnValue:
    """Every published record of a kind, as a file that the import reads back."""
    from matching.publishing.formats import write_records

    found = records.export_records(db(), RecordKind(kind), actor=actor())
    return download(f"opcmatch-{kind}.{form}", lambda path: write_records(RecordKind(kind), found, path))


@bp.get("/import/")
def index() -> ResponseReturnValue:
    """The upload form."""
    authorize(actor(), Action.IMPORT)
    return render_template("import/upload.html", problems=[], kind=request.args.get("kind", "demands"))


@bp.post("/import/")
def preview() -> ResponseReturnValue:
    """Read the file without storing a record, and show what would happen."""
    authorize(actor(), Action.IMPORT)
    kind = _kind(request.form.get("kind", ""))
    try:
        path, name = _keep_upload()
        try:
            found = imports.import_file(
                db(), kind, path, actor=actor(), vocabulary=vocabulary(), now=utc_now(), file_name=name, dry_run=True
            )
        except InputError:
            path.unlink()
            raise
    except InputError as error:
        page = render_template("import/upload.html", problems=[_told(p) for p in error.problems], kind=kind.value)
        return page, 422
    ticket = _tickets().dumps([actor().account_id, kind.value, path.name, name])
    return render_template("import/preview.html", found=found, kind=kind, name=name, ticket=ticket, **_rows(found))


@bp.post("/import/confirm")
def confirm() -> ResponseReturnValue:
    """Store what the preview showed; the rows that wait come back as a workbook to correct."""
    authorize(actor(), Action.IMPORT)
    try:
        account_id, kind_name, token, name = _tickets().loads(request.form.get("ticket", ""))
    except (BadSignature, ValueError):
        abort(400)
    path = _folder() / token
    if account_id != actor().account_id or not path.exists():
        raise NotFound(problem("not_found"))  # another account's, or taken in already, or a day old
    kind = RecordKind(kind_name)
    found = imports.import_file(db(), kind, path, actor=actor(), vocabulary=vocabulary(), now=utc_now(), file_name=name)
    path.unlink(missing_ok=True)
    return render_template(
        "import/done.html", found=found, kind=kind, name=name, report=_write_report(found), **_rows(found)
    )


@bp.get("/import/reports/<token>.xlsx")
def report(token: str) -> ResponseReturnValue:
    """The rows of an import that wait for a correction."""
    authorize(actor(), Action.IMPORT)
    path = _folder() / f"{token}.report.xlsx"
    if _TOKEN.fullmatch(token) is None or not path.exists():
        abort(404)
    answer: Response = send_file(path, as_attachment=True, download_name="opcmatch-import-report.xlsx", max_age=0)
    return answer


def _kind(asked: str) -> RecordKind:
    if asked not in list(RecordKind):
        abort(400)
    return RecordKind(asked)


def _keep_upload() -> tuple[Path, str]:
    """The uploaded file under a random name in the instance's folder, and the name that it came with."""
    upload = request.files.get("file")
    name = Path((upload.filename or "") if upload else "").name[-120:]
    if upload is None or not name:
        raise InputError(problem("no_file_chosen"))
    suffix = Path(name).suffix.casefold()
    if suffix not in SUFFIXES:
        raise InputError(problem("unknown_format", value=name, known=list(SUFFIXES)))
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEEP_SECONDS:
            old.unlink(missing_ok=True)
    path = folder / f"{secrets.token_urlsafe(24)}{suffix}"
    upload.save(path)
    path.chmod(0o600)
    return path, name


def _folder() -> Path:
    return settings().instance / "uploads"


def _tickets() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="import")


def _told(problem: Problem) -> tuple[str, str]:
    """What is wrong with a whole file, led by its name, and how to mend it."""
    what, mend = said(problem)
    place = wording.place(problem, language())
    return (f"{place}{say('：')}{what}" if place else what), mend


def _rows(found: imports.ImportOutcome) -> dict[str, Any]:
    """What is wrong and what is only remarked, as far as a page shows it."""
    problems = [p for row in found.waiting for p in row.problems]
    return {
        "problems": [(wording.place(p, language()), *said(p)) for p in problems[:SHOWN_ROWS]],
        "more": max(0, len(problems) - SHOWN_ROWS),
        "remarks": [(wording.place(p, language()), *said(p)) for p in found.warnings[:SHOWN_ROWS]],
    }


def _write_report(found: imports.ImportOutcome) -> str | None:
    """The token of the report workbook; None where no row waits."""
    from matching.publishing.formats.report import write_report

    if not found.waiting:
        return None
    token = secrets.token_urlsafe(24)
    path = _folder() / f"{token}.report.xlsx"
    write_report(path, found.waiting, found.warnings, summary=found.summary(), language=language())
    return token
