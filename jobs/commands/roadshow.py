"""`opcmatch roadshow`: plan a season's line-up from the matches, publish a revision, plan it anew, account for it."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from jobs import utc_now
from jobs.commands.context import OPERATOR, as_option, json_option, opened, say
from matching.domain.errors import InputError, problem
from matching.domain.vocabulary import load_vocabulary
from matching.programme.season import read_season
from matching.publishing.programme.changes import Names, change_words
from matching.services import planning, revisions, roadshows
from matching.services.revisions import Difference
from matching.services.seasons import GUARANTEE_AFTER_SEASONS
from matching.settings import language_of_errors
from matching.store.publications import StoredLineUp


@click.group(help="路演阵容。Roadshow line-ups.")
def command() -> None:
    """Plan, then publish."""


@command.command("plan", help="按匹配结果排出本季阵容草案。Solve the quarter's line-up and keep it as a draft.")
@click.option("--season", "path", type=Path, help="路演季设置（TOML），默认用自带的。The season's file.")
@json_option
def plan(path: Path | None, as_json: bool) -> None:
    """The same matches and the same season give no second draft."""
    vocabulary = load_vocabulary()
    season = read_season(_read(path), vocabulary) if path else None
    with opened() as context:
        stored, new = roadshows.plan_line_up(
            context.session, season, actor=OPERATOR, vocabulary=vocabulary, now=utc_now()
        )
    answer = stored.plan
    figures = {
        "id": stored.id,
        "season": stored.season,
        "revision": stored.revision,
        "stage": stored.stage,
        "new": new,
        **{key: answer[key] for key in ("status", "objective", "bound", "gap")},
        "placed": len(answer["placements"]),
        "left_out": len(answer["left_out"]),
    }
    words = (
        f"{stored.season} 第 {stored.revision} 版{'草案' if stored.stage == 'draft' else ''}："
        f"{len(answer['placements'])} 个路演项目入选，{len(answer['left_out'])} 个未入选；"
        f"目标值 {answer['objective']}，上界 {answer['bound']}。"
    )
    say(as_json, figures, words if new else "匹配和设置都没有变化，沿用已有的一版。" + words)


@command.command("publish", help="批准并发布一版阵容。Approve a draft and publish it.")
@click.option("--id", "line_up_id", type=int, help="哪一版，默认最新草案。Which draft; the newest by default.")
@as_option
@json_option
def publish(line_up_id: int | None, email: str | None, as_json: bool) -> None:
    """The season's former revision is superseded."""
    with opened() as context:
        actor = context.actor(email)
        if line_up_id is None:
            drafts = roadshows.draft_line_ups(context.session, actor=actor)
            if not drafts:
                raise InputError(problem("no_draft"))
            line_up_id = drafts[0].id
        stored = roadshows.publish_line_up(context.session, line_up_id, actor=actor, now=utc_now())
    say(
        as_json,
        {"id": stored.id, "season": stored.season, "revision": stored.revision},
        f"{stored.season} 第 {stored.revision} 版阵容已发布。",
    )


_NAMED = {
    "withdrawn": ("opc_withdrawn", ("opc",), "OPC"),
    "pitch-withdrawn": ("pitch_withdrawn", ("pitch",), "PITCH"),
    "owner-cancelled": ("owner_cancelled", ("owner", "session"), "OWNER[@SESSION]"),
    "room-lost": ("room_lost", ("track", "from_min"), "TRACK[@HH:MM]"),
    "no-show": ("no_show", ("opc", "session"), "OPC@SESSION"),
}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@command.command("replan", help="有人退出、场地没了、没到场：以最少变动重排，存为新草案。Plan anew after events.")
@click.option(
    "--id", "line_up_id", type=int, help="以哪一版为准，默认最新发布的。Which revision; the latest published."
)
@click.option("--withdrawn", multiple=True, metavar="OPC", help="OPC 退出。An OPC withdraws.")
@click.option("--pitch-withdrawn", multiple=True, metavar="PITCH", help="撤回一个项目。A pitch is withdrawn.")
@click.option("--owner-cancelled", multiple=True, metavar="OWNER[@SESSION]", help="场景方不来了。An owner cancels.")
@click.option("--room-lost", multiple=True, metavar="TRACK[@HH:MM]", help="会场（从几点起）不能用。A room is lost.")
@click.option("--no-show", multiple=True, metavar="OPC@SESSION", help="没有到场。An OPC did not come.")
@click.option("--at", metavar='"2026-12-15 13:40"', help="此刻（上海）：之前的一律不动。What began before it stays.")
@as_option
@json_option
def replan(line_up_id: int | None, at: str | None, email: str | None, as_json: bool, **named: tuple[str, ...]) -> None:
    """The published programme is not touched; the draft's changes are listed."""
    events = [_event(key.replace("_", "-"), value) for key, values in named.items() for value in values]
    on, minute = _moment(at)
    with opened() as context:
        actor = context.actor(email)
        stored = revisions.replan(
            context.session, events, actor=actor, now=utc_now(), on=on, minute=minute, line_up_id=line_up_id
        )
        found = revisions.difference(context.session, stored.id, actor=actor)
    _tell(stored, found, as_json)


@command.command("move", help="把一个项目移到别处，或不安排。Put one pitch elsewhere, or leave it out.")
@click.argument("pitch")
@click.option("--id", "line_up_id", type=int, required=True, help="哪一版。Which revision.")
@click.option("--track", help="移到哪个会场；不写就是不安排。The track; left out without it.")
@click.option("--position", type=click.IntRange(1), help="第几个，默认最后。The place in its order; the last.")
@as_option
@json_option
def move(
    pitch: str, line_up_id: int, track: str | None, position: int | None, email: str | None, as_json: bool
) -> None:
    """A draft is changed; of a published programme a new draft is made."""
    with opened() as context:
        actor = context.actor(email)
        stored = revisions.move(context.session, line_up_id, pitch, track, position, actor=actor, now=utc_now())
        found = revisions.difference(context.session, stored.id, actor=actor)
    _tell(stored, found, as_json)


@command.command("compare", help="发布这一版会改变谁的什么。What publishing a revision would change for whom.")
@click.option("--id", "line_up_id", type=int, required=True, help="哪一版。Which revision.")
@as_option
@json_option
def compare(line_up_id: int, email: str | None, as_json: bool) -> None:
    """Beside the published revision of the season."""
    with opened() as context:
        actor = context.actor(email)
        found = revisions.difference(context.session, line_up_id, actor=actor)
        stored = roadshows.view_line_up(context.session, line_up_id, actor=actor).stored
    _tell(stored, found, as_json)


@command.command("ledger", help="公平台账：各季谁上过台、谁该轮到。Exposure across the published seasons.")
@click.option(
    "--seasons",
    "k",
    type=click.IntRange(2, 20),
    default=GUARANTEE_AFTER_SEASONS,
    show_default=True,
    help="连续报名几季至少上台一次。On stage once in so many seasons.",
)
@as_option
@json_option
def ledger(k: int, email: str | None, as_json: bool) -> None:
    """By OPC, district and sector."""
    with opened() as context:
        found, names = revisions.ledger_of(context.session, actor=context.actor(email), k=k)
    lines = [f"{len(found.seasons)} 季：{'、'.join(found.seasons) or '还没有发布过'}"]
    lines += [
        f"{names.get(one.opc, one.opc)}（{one.opc}）：报名 {one.applied} 季，上台 {one.placed} 季、{one.minutes} 分钟，"
        f"{one.heard_by} 位场景方在座，会谈 {one.meetings} 次；连续落选 {one.left_out_in_a_row} 季"
        f"{'；下一季保证上台' if one.opc in found.guaranteed else ''}"
        for one in found.opcs
    ]
    for title, shares in (("区县", found.districts), ("行业", found.sectors)):
        lines += [
            f"{title} {share.name or '未填'}：{share.pitches} 个项目（占 {share.share_applied:.0%}），"
            f"上台 {share.placed} 个、{share.minutes} 分钟（占 {share.share_minutes:.0%}）"
            for share in shares
        ]
    say(as_json, found.to_json(), "\n".join(lines))


@command.command("solve", help="执行页面交来的一次求解。Do a solve that a page asked for.")
@click.option("--run", "run_id", type=int, required=True, help="求解的编号。Its number.")
@json_option
def solve(run_id: int, as_json: bool) -> None:
    """A process of its own: how far it is stands in the database, where the page reads it."""
    with opened() as context:
        run = planning.perform(context.database, run_id, utc_now)
    figures = {"run": run.id, "state": run.state, "error": run.error, "progress": run.progress}
    say(as_json, figures, f"求解 {run.id}：{run.state}")


def _tell(stored: StoredLineUp, found: Difference, as_json: bool) -> None:
    broken = roadshows.broken_rules(stored)
    base = [] if found.published is None else [found.published.problem]
    names, language = Names.of(stored.problem, *base), language_of_errors()
    words = [change_words(change, names, language) for change in found.comparison.changes]
    figures = {
        "id": stored.id,
        "season": stored.season,
        "revision": stored.revision,
        "stage": stored.stage,
        "objective": stored.plan["objective"],
        "gap": stored.plan["gap"],
        "broken": [{"code": rule.code, "zh": rule.zh, "en": rule.en} for rule in broken],
        **found.comparison.to_json(),
    }
    lines = [
        f"{stored.season} 第 {stored.revision} 版：目标值 {stored.plan['objective']}；"
        f"与已发布的一版相比有 {len(words)} 处变化，涉及 {len(found.comparison.people)} 人。",
        *words,
        *(f"违反规则：{rule.zh}" for rule in broken),
    ]
    say(as_json, figures, "\n".join(lines))


def _event(name: str, value: str) -> Mapping[str, Any]:
    kind, keys, form = _NAMED[name]
    first, _, second = value.rpartition("@") if "@" in value and len(keys) > 1 else (value, "", "")
    event: dict[str, Any] = {"kind": kind, keys[0]: first}
    if second and keys[1] == "from_min":
        found = _CLOCK.fullmatch(second)
        if found is None:
            raise InputError(problem("bad_event_form", key=f"--{name}", value=value, form=form))
        event["from_min"] = 60 * int(found[1]) + int(found[2])
    elif second:
        event[keys[1]] = second
    elif form.endswith("@SESSION"):
        raise InputError(problem("bad_event_form", key=f"--{name}", value=value, form=form))
    return event


def _moment(at: str | None) -> tuple[str | None, int | None]:
    """The day and the minute of "2026-12-15 13:40"; (None, None) where nothing has begun."""
    if at is None:
        return None, None
    try:
        found = datetime.strptime(at, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - a wall clock's day and minute
    except ValueError:
        raise InputError(problem("bad_event_form", key="--at", value=at, form="2026-12-15 13:40")) from None
    return found.date().isoformat(), 60 * found.hour + found.minute


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise InputError(problem("not_utf8")).at(file=str(path)) from None
    except OSError as error:
        raise InputError(problem("cannot_read", value=path, reason=error.strerror)) from error
