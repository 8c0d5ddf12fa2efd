"""The organiser's board: a revision as columns of pitches that can be moved, with what that breaks and changes."""

from pathlib import Path

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matching.publishing.programme import FORMATS
from matching.publishing.programme.changes import Names, change_words
from matching.publishing.programme.programme import people_of
from matching.services import programme_files, revisions, roadshows
from matching.services.access import Action, authorize
from webapp.context import actor, db, utc_now
from webapp.files import download
from webapp.forms import whole_number
from webapp.languages import language, say
from webapp.pages.attendance import check_in_links

bp = Blueprint("board", __name__, url_prefix="/programme")

OUT = ""
"""The track of a pitch that is left out, in forms."""


@bp.get("/<number:line_up_id>/board")
def show(line_up_id: int) -> ResponseReturnValue:
    """Every track with its pitches in order, those left out, what is broken, and whom a publication would concern."""
    authorize(actor(), Action.VIEW_DRAFTS)
    view = roadshows.view_line_up(db(), line_up_id, actor=actor())
    found = revisions.difference(db(), line_up_id, actor=actor())
    base = [] if found.published is None else [found.published.problem]
    names = Names.of(view.stored.problem, *base)
    warned = roadshows.warned_of(view.stored, found.published)
    tracks = [(session, track) for session in view.sessions for track in session.tracks]
    return render_template(
        "programme/board.html",
        view=view,
        stored=view.stored,
        broken=[rule.en if language() == "en" else rule.zh for rule in roadshows.broken_rules(view.stored)],
        warned=[rule.en if language() == "en" else rule.zh for rule in warned],
        weight=sum(rule.weight for rule in warned),
        changes=[change_words(change, names, language()) for change in found.comparison.changes],
        people=len(found.comparison.people),
        published=found.published,
        places=[(OUT, say("不安排"))]
        + [(track.id, f"{session.title} · {track.room or track.id}") for session, track in tracks],
        formats=[one.code for one in FORMATS],
    )


@bp.post("/<number:line_up_id>/move")
def move(line_up_id: int) -> ResponseReturnValue:
    """Put one pitch elsewhere; of a published programme a new draft is made."""
    version = whole_number(request.form.get("version", ""))
    stored = revisions.move(
        db(), line_up_id, request.form.get("pitch", ""), request.form.get("track") or None,
        whole_number(request.form.get("position", "")), expected_version=version, actor=actor(), now=utc_now(),
    )  # fmt: skip
    return redirect(url_for("board.show", line_up_id=stored.id), 303)


@bp.get("/<number:line_up_id>/preview")
def preview(line_up_id: int) -> ResponseReturnValue:
    """What a move would break, for the page to show while a pitch is dragged."""
    found = revisions.preview(
        db(), line_up_id, request.args.get("pitch", ""), request.args.get("track") or None,
        whole_number(request.args.get("position", "")), actor=actor(),
    )  # fmt: skip
    lines = [rule.en if language() == "en" else rule.zh for rule in found.broken]
    warned = [rule.en if language() == "en" else rule.zh for rule in found.warned]
    before = found.before or 0
    return jsonify(
        broken=lines,
        warned=warned,
        said=say("目标值 %(before)s → %(after)s", before=f"{before:g}", after=f"{found.after:g}"),
        fine=say("不违反任何规则"),
    )


@bp.get("/<number:line_up_id>/files/<code>")
def as_file(line_up_id: int, code: str) -> ResponseReturnValue:
    """A document of the revision: workbook, run of show, sign-in sheet, table cards, JSON."""
    links = None
    if code == "table-cards":
        programme = programme_files.view_programme(db(), line_up_id, actor=actor())
        people = [(one.id, person.subject) for one in programme.sessions for person in people_of(one)]
        links = check_in_links(programme.season, people)
    made = programme_files.programme_file(db(), line_up_id, code, actor=actor(), language=language(), links=links)
    return download(made.name, lambda path: _written(path, made.content))


def _written(path: Path, content: bytes) -> None:
    path.write_bytes(content)
