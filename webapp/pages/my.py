"""A person's own corner: their records in every stage, their digests, their part in the programmes."""

from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from matching.domain.errors import NotAllowed, NotFound, problem
from matching.domain.records import RecordKind
from matching.publishing.programme.words import day_words, from_to, names_of, place_words, summary_words
from matching.services import batches, digests, overview, programme_files, records, roadshows
from matching.services.access import Action, Role, allowed
from matching.services.programme_files import OwnProgramme
from webapp.context import actor, db
from webapp.languages import language
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
        programmes=[_own_programme(found) for found in programme_files.own_programmes(db(), actor=me)],
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


def _own_programme(found: OwnProgramme) -> dict[str, Any]:
    claims = programme_files.subscription(db(), found.subject, actor=actor())
    lines = [
        {
            "season": programme.season,
            "day": day_words(row.span, language()),
            "time": from_to(row.span),
            "what": summary_words(row, language()),
            "place": place_words(row, language()),
            "with": names_of(row.others, language()),
        }
        for programme, rows in found.seasons
        for row in rows
    ]
    return {"name": found.name, "lines": lines, "token": _subscriptions().dumps(claims)}


def _subscriptions() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="calendar")
