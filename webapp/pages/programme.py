"""Roadshow programmes: sessions, tracks, pitches; approval by organisers."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from matching.services import roadshows
from matching.services.access import Action, allowed
from webapp.context import actor, db, utc_now
from webapp.languages import language, say
from webapp.programme_words import why_placed

bp = Blueprint("programme", __name__, url_prefix="/programme")


@bp.get("/")
def index() -> ResponseReturnValue:
    """The published programmes, newest first; drafts for organisers."""
    drafts = roadshows.draft_line_ups(db(), actor=actor()) if allowed(actor(), Action.VIEW_DRAFTS) else []
    return render_template("programme/index.html", drafts=drafts, line_ups=roadshows.published_line_ups(db()))


@bp.get("/<number:line_up_id>")
def show(line_up_id: int) -> ResponseReturnValue:
    """One revision, session by session."""
    view = roadshows.view_line_up(db(), line_up_id, actor=actor())
    names = view.stored.problem["names"]["pitches"]
    return render_template(
        "programme/show.html",
        view=view,
        stored=view.stored,
        left_out=[(item["name"], _why_left_out(item["reason"], names)) for item in view.left_out],
        why_placed=why_placed,
        broken=[rule.en if language() == "en" else rule.zh for rule in view.broken],
    )


@bp.post("/<number:line_up_id>/approve")
def approve(line_up_id: int) -> ResponseReturnValue:
    """Publish a draft: it is the season's programme from now on."""
    roadshows.publish_line_up(db(), line_up_id, actor=actor(), now=utc_now())
    return redirect(url_for("programme.show", line_up_id=line_up_id), 303)


def _why_left_out(reason: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Why a pitch is not, and what would put it there; the remedies carry their words."""
    kinds = {
        "outscored": say("会场已满，入选项目的匹配分更高"),
        "no_common_time": say("没有合适的共同时间"),
        "no_capacity": say("会场时长不够"),
        "rule": say("不符合场次的规则"),
        "withdrawn": say("已撤回"),
    }
    said = [kinds.get(reason["kind"], say("未能排入"))]
    if rival := reason.get("rival"):
        said.append(say("最接近的入选项目：%(name)s", name=names.get(rival, rival)))
    said += [fix[language()] for fix in reason.get("fix", ())]
    return say("；").join(said)
