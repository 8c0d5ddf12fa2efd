"""A person's part in a season: when it can come, its answers, notes after meetings, notices."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matching.domain.errors import EditConflict, InputError, NotFound, problem
from matching.programme.season import minutes
from matching.publishing.programme import Side, Subject
from matching.services import appointments, availability, meeting_notes
from matching.services.availability import Presence
from matching.services.meeting_notes import OUTCOMES, NoteForm
from webapp.context import actor, db, utc_now, vocabulary
from webapp.errors import said
from webapp.forms import whole_number

bp = Blueprint("taking_part", __name__, url_prefix="/my")

WHOLE, PART, NOT_THERE = "whole", "part", "not"


@bp.get("/when/<side>/<path:person>")
def when(side: str, person: str) -> ResponseReturnValue:
    """The form of when somebody can come."""
    presence = availability.presence_of(
        db(), _subject(side, person), actor=actor(), vocabulary=vocabulary(), now=utc_now()
    )
    return _when_form(presence, _shown(presence))


@bp.post("/when/<side>/<path:person>")
def say_when(side: str, person: str) -> ResponseReturnValue:
    """Store it; with a mistake, the form comes back as it was filled."""
    subject = _subject(side, person)
    presence = availability.presence_of(db(), subject, actor=actor(), vocabulary=vocabulary(), now=utc_now())
    try:
        availability.save_presence(
            db(), subject, _windows(presence), expected_version=_version(), actor=actor(), vocabulary=vocabulary(),
            now=utc_now(),
        )  # fmt: skip
    except InputError as error:
        typed = {
            one.id: {
                "there": request.form.get(f"{one.id}.there", WHOLE),
                "start": request.form.get(f"{one.id}.start", ""),
                "end": request.form.get(f"{one.id}.end", ""),
            }
            for one in presence.sessions
        }
        return _when_form(presence, typed, [said(one) for one in error.problems]), 422
    return redirect(url_for("my.index"), 303)


@bp.post("/answers")
def answer() -> ResponseReturnValue:
    """Confirm an appointment, or withdraw from it."""
    form = request.form
    appointments.answer(
        db(), form.get("season", ""), _subject(form.get("side", ""), form.get("person", "")), form.get("item", ""),
        form.get("state", ""), reason=form.get("reason", "").strip()[:200] or None, actor=actor(), now=utc_now(),
    )  # fmt: skip
    return redirect(url_for("my.index"), 303)


@bp.post("/notices")
def read() -> ResponseReturnValue:
    """Notices that were read."""
    numbers = [whole_number(text) for text in request.form.getlist("id")]
    appointments.mark_read(db(), [one for one in numbers if one is not None], actor=actor(), now=utc_now())
    return redirect(url_for("my.index"), 303)


@bp.get("/meetings/<season>/<opc>/<path:owner>")
def note(season: str, opc: str, owner: str) -> ResponseReturnValue:
    """The one-minute form after a meeting."""
    form = meeting_notes.note_form(db(), season, opc, owner, actor=actor(), now=utc_now())
    shown = (
        {}
        if form.note is None
        else {
            "outcome": form.note.outcome,
            "minutes": form.note.minutes or "",
            "next_step": form.note.next_step or "",
            "next_on": form.note.next_on.isoformat() if form.note.next_on else "",
            "rating": str(form.note.rating or ""),
        }
    )
    return _note_form(form, shown)


@bp.post("/meetings/<season>/<opc>/<path:owner>")
def save_note(season: str, opc: str, owner: str) -> ResponseReturnValue:
    """Store it; with a mistake, the form comes back as it was filled."""
    given = {key: request.form.get(key, "").strip() for key in ("outcome", "minutes", "next_step", "next_on", "rating")}
    form = meeting_notes.note_form(db(), season, opc, owner, actor=actor(), now=utc_now())
    try:
        meeting_notes.save_note(
            db(), season, opc, owner, outcome=given["outcome"], minutes=given["minutes"] or None,
            next_step=given["next_step"] or None, next_on=_day(given["next_on"]),
            rating=whole_number(given["rating"]), expected_version=_version(), actor=actor(), now=utc_now(),
        )  # fmt: skip
    except InputError as error:
        return _note_form(form, given, [said(one) for one in error.problems]), 422
    return redirect(url_for("my.index"), 303)


def _when_form(
    presence: Presence, shown: dict[str, dict[str, str]], problems: list[tuple[str, str]] | None = None
) -> str:
    kept, open_ = presence.share(presence.windows)
    return render_template(
        "taking_part/when.html", presence=presence, shown=shown, problems=problems or [], kept=kept, open_=open_
    )


def _note_form(form: NoteForm, shown: dict[str, str], problems: list[tuple[str, str]] | None = None) -> str:
    return render_template("taking_part/note.html", form=form, shown=shown, problems=problems or [], outcomes=OUTCOMES)


def _shown(presence: Presence) -> dict[str, dict[str, str]]:
    found = {}
    for one in presence.sessions:
        spans = presence.windows.get(one.id)
        there = WHOLE if spans is None else PART if spans else NOT_THERE
        start, end = spans[0] if spans else ("", "")
        found[one.id] = {"there": there, "start": _clock(start), "end": _clock(end)}
    return found


def _windows(presence: Presence) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = {}
    problems = []
    for one in presence.sessions:
        there = request.form.get(f"{one.id}.there", WHOLE)
        if there == NOT_THERE:
            found[one.id] = []
        elif there == PART:
            try:
                span = [minutes(request.form.get(f"{one.id}.{key}", "")) for key in ("start", "end")]
            except ValueError:
                problems.append(problem("bad_window", key=one.title))
            else:
                found[one.id] = [span]
    if problems:
        raise InputError(*problems)
    return found


def _subject(side: str, person: str) -> Subject:
    if side not in (Side.OPC, Side.OWNER):
        raise NotFound(problem("not_found"))
    return Subject(Side(side), person)


def _version() -> int:
    found = whole_number(request.form.get("version", ""))
    if found is None:
        raise EditConflict(problem("edited_meanwhile"))
    return found


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(problem("season_not_a_day", key="next_on", value=text[:20])) from None


def _clock(minute: Any) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}" if isinstance(minute, int) else ""
