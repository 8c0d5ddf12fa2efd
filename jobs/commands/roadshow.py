"""`opcmatch roadshow`: plan a season's line-up from the matches, publish a revision."""

from pathlib import Path

import click

from jobs import utc_now
from jobs.commands.context import OPERATOR, as_option, json_option, opened, say
from matching.domain.errors import InputError, problem
from matching.domain.vocabulary import load_vocabulary
from matching.programme.season import read_season
from matching.services import roadshows


@click.group(help="路演阵容。Roadshow line-ups.")
def command() -> None:
    """Plan, then publish."""


@command.command("plan", help="按匹配结果排出本季阵容草案。Solve the quarter's line-up and keep it as a draft.")
@click.option("--season", "path", type=Path, help="路演季设置（TOML），默认用自带的。The season's file.")
@json_option
def plan(path: Path | None, as_json: bool) -> None:
    """The same matches and the same season give no second draft."""
    vocabulary = load_vocabulary()
    season = read_season(_read(path), vocabulary) if path else roadshows.default_season(vocabulary)
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


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise InputError(problem("not_utf8")).at(file=str(path)) from None
    except OSError as error:
        raise InputError(problem("cannot_read", value=path, reason=error.strerror)) from error
