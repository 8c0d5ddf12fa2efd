"""A person's own corner: their records in every stage, their digests, their part in the programmes."""

from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from matching.domain.errors import NotAllowed, NotFound, problem
from matching.domain.records import RecordKind
from matching.publishing.programme.words import day_words, from_to, names_of, place_words, summary_words
from matching.services import (
    appointments,
    availability,
    batches,
    digests,
    overview,
    programme_files,
    records,
    roadshows,
)
from matching.services.access import Action, Role, allowed
from matching.services.appointments import Mine
from matching.services.programme_files import OwnProgramme
from matching.store.participation import Notice
from webapp.context import actor, db, utc_now, vocabulary
from webapp.languages import language, say
from webapp.paging import page_number, pages_around
from webapp.programme_words import why_placed
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
        programmes=_programmes(),
        notices=[(one, _notice(one)) for one in appointments.own_notices(db(), actor=me)],
        presences=availability.presences(db(), actor=me, vocabulary=vocabulary(), now=utc_now()),
    )


@bp.get("/calendar/<token>.ics")
def calendar(token: str) -> ResponseReturnValue:
    """The calendar of a subscription: the signed address is the key, for a phone's calendar does not sign in."""
    try:
        claims = _subscriptions().loads(token)
    except BadSignature:
        raise NotFound(problem("not_found")) from None
    made = programme_files.subscribed_calendar(db(), claims, language=language())
    answer = make_response(made.content)
    answer.mimetype = "text/calendar"
    answer.headers.set("Content-Disposition", "attachment", filename="opcmatch.ics")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _programmes() -> list[dict[str, Any]]:
    """Each of the actor's people with its appointments and the address of its calendar."""
    mine = appointments.own_appointments(db(), actor=actor(), now=utc_now())
    return [
        _own_programme(found, [one for one in mine if one.subject == found.subject])
        for found in programme_files.own_programmes(db(), actor=actor())
    ]


def _own_programme(found: OwnProgramme, mine: list[Mine]) -> dict[str, Any]:
    claims = programme_files.subscription(db(), found.subject, actor=actor())
    lines = [
        {
            "one": one,
            "day": day_words(one.appointment.span, language()),
            "time": from_to(one.appointment.span),
            "what": summary_words(one.appointment, language()),
            "place": place_words(one.appointment, language()),
            "with": names_of(one.appointment.others, language()),
            "why": why_placed(one.why) if one.why else "",
        }
        for one in mine
    ]
    return {"name": found.name, "lines": lines, "token": _subscriptions().dumps(claims)}


def _notice(notice: Notice) -> str:
    if notice.kind == "note_due":
        return say("与%(other)s的会谈结束了，请用一分钟填写结果", other=notice.facts["other"])
    return str(notice.facts[language()])


def _subscriptions() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="calendar")
