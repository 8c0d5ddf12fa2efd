"""The front page, and the switch of languages."""

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from matching.domain.records import RecordKind
from matching.services import batches, overview, roadshows
from webapp.addresses import same_site
from webapp.context import db, settings, today, vocabulary
from webapp.languages import COOKIE, LANGUAGES, language

bp = Blueprint("home", __name__)

NEWEST = 4
A_YEAR = 365 * 24 * 3600


@bp.get("/")
def index() -> ResponseReturnValue:
    """What this is, what there is, and where to go from here."""
    counts = overview.counts(db())
    published = batches.published_batches(db())
    sectors = [
        (term, counts.demands_by_sector.get(term.code, 0), counts.profiles_by_sector.get(term.code, 0))
        for term in vocabulary().sectors
    ]
    return render_template(
        "home.html",
        counts=counts,
        sectors=[(term.code, term.name(language()), *numbers) for term, *numbers in sectors if any(numbers)],
        lists=[(batch, batches.batch_number(batch)) for batch in published[:NEWEST]],
        sessions=_coming_sessions(),
        demands=RecordKind.DEMANDS,
    )


def _coming_sessions() -> list[tuple[int, roadshows.SessionView]]:
    """(line-up id, session) of the newest programme, from today on."""
    from matching.services.access import ANONYMOUS

    for stored in roadshows.published_line_ups(db())[:1]:
        view = roadshows.view_line_up(db(), stored.id, actor=ANONYMOUS)
        return [(stored.id, session) for session in view.sessions if session.on >= today()][:3]
    return []


@bp.get("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Remember the reader's language and go back to where they were."""
    if code not in LANGUAGES:
        abort(404)
    answer = redirect(same_site(request.args.get("next")) or "/")
    answer.set_cookie(COOKIE, code, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings().production)
    return answer
