"""The day itself: check-in by a code on a person's own phone, the sheet at the door, what came of the meetings."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from matching.domain.errors import NotFound, problem
from matching.publishing.programme import Side, Subject
from matching.publishing.programme.words import from_to, place_words, summary_words
from matching.services import attendance, meeting_notes, seasons
from webapp.context import actor, db, settings, utc_now, vocabulary
from webapp.languages import language

bp = Blueprint("attendance", __name__)


@bp.get("/check-in/<token>")
def arrive(token: str) -> ResponseReturnValue:
    """What a code opens: who it is for, and the button. Looking changes nothing: phones open links in advance."""
    found = attendance.arrival(db(), _claims(token), now=utc_now())
    rows = [
        (from_to(row.span), summary_words(row, language()), place_words(row, language())) for row in found.appointments
    ]
    return render_template("taking_part/check_in.html", found=found, rows=rows, token_=token)


@bp.post("/check-in/<token>")
def check_in(token: str) -> ResponseReturnValue:
    """Check in; again is once."""
    attendance.check_in(db(), _claims(token), now=utc_now())
    return redirect(url_for("attendance.arrive", token=token), 303)


@bp.get("/programme/<number:line_up_id>/attendance/<session>")
def sheet(line_up_id: int, session: str) -> ResponseReturnValue:
    """Everybody of a session: answers, arrivals, and what to do about those who are missing."""
    found = attendance.sheet_of(db(), line_up_id, session, actor=actor())
    lines = [
        {
            "line": line,
            "first": from_to(line.appointments[0].span),
            "what": [f"{from_to(row.span)} {summary_words(row, language())}" for row in line.appointments],
            "confirmed": sum(one.state == "confirmed" for one in line.answers),
            "withdrawn": any(one.state == "withdrawn" for one in line.answers),
        }
        for line in found.lines
    ]
    there = sum(line.checked_in is not None for line in found.lines)
    return render_template("taking_part/sheet.html", found=found, lines=lines, there=there)


@bp.post("/programme/<number:line_up_id>/attendance/<session>")
def by_staff(line_up_id: int, session: str) -> ResponseReturnValue:
    """Check somebody in at the door."""
    side = request.form.get("side", "")
    if side not in (Side.OPC, Side.OWNER):
        raise NotFound(problem("not_found"))
    subject = Subject(Side(side), request.form.get("person", ""))
    attendance.check_in_by_staff(db(), line_up_id, session, subject, actor=actor(), now=utc_now())
    return redirect(url_for("attendance.sheet", line_up_id=line_up_id, session=session), 303)


@bp.get("/season/outcomes")
def outcomes() -> ResponseReturnValue:
    """What came of every meeting of the season, as both sides wrote it."""
    code = seasons.view_season(db(), actor=actor(), vocabulary=vocabulary(), now=utc_now()).code
    found = meeting_notes.outcomes(db(), code, actor=actor())
    return render_template("season/outcomes.html", code=code, found=found)


def check_in_links(season: str, people: list[tuple[str, Subject]]) -> dict[tuple[str, Subject], str]:
    """(session id, who) → the address that checks this person in, for printed codes."""
    base = settings().site_url
    return {
        (session, who): base
        + url_for("attendance.arrive", token=_codes().dumps(attendance.claims(season, session, who)))
        for session, who in people
    }


def _claims(token: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = _codes().loads(token)
    except BadSignature:
        raise NotFound(problem("not_found")) from None
    return found


def _codes() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="check-in")
