"""`opcmatch roadshow-export`: files of a season's programme."""

from pathlib import Path

import click

from jobs.commands.context import as_option, json_option, opened, say
from matching.domain.errors import InputError, problem
from matching.publishing.programme import CALENDAR, FORMATS, Side, Subject
from matching.settings import language_of_errors

CODES = [one.code for one in FORMATS] + [CALENDAR[0]]


@click.command(name="export", help="导出议程：流程单、签到表、桌牌、工作簿、日历。Files of a programme.")
@click.option("--id", "line_up_id", type=int, help="哪一版，默认最新发布的。Which revision; the latest published.")
@click.option("--format", "codes", type=click.Choice(CODES), multiple=True, help="可多次给出，默认全部。All by default.")
@click.option("--out", "folder", type=Path, default=Path(), help="写入哪个文件夹。The folder to write into.")
@click.option("--session", "only", metavar="ID", help="只要这一个场次（日历除外）。One session alone (not calendars).")
@click.option("--person", metavar="ID", help="只要此人的日历：OPC 编号或场景方名称。One person's calendar.")
@click.option("--room", metavar="NAME", help="只要这个场地的日历。One room's calendar.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="文件的语言，默认同命令行。The files' language.")
@as_option
@json_option
def command(
    line_up_id: int | None,
    codes: tuple[str, ...],
    folder: Path,
    only: str | None,
    person: str | None,
    room: str | None,
    language: str | None,
    email: str | None,
    as_json: bool,
) -> None:
    """Each file appears whole or not at all."""
    from matching.publishing.formats.files import replacing
    from matching.services import programme_files, roadshows

    words = language or ("en" if language_of_errors() == "en" else "zh")
    wanted = codes or (CALENDAR[0],) if person or room else codes or tuple(CODES)
    with opened() as context:
        actor = context.actor(email)
        if line_up_id is None:
            published = roadshows.published_line_ups(context.session)
            if not published:
                raise InputError(problem("no_programme"))
            line_up_id = published[0].id
        made = []
        for code in wanted:
            if code != CALENDAR[0]:
                made.append(
                    programme_files.programme_file(
                        context.session, line_up_id, code, actor=actor, language=words, only=only
                    )
                )
            elif person or room:
                made.append
