"""`opcmatch roadshow-export`: files of a season's programme."""

from pathlib import Path

import click

from jobs.commands.context import as_option, json_option, opened, say
from matching.domain.errors import InputError, problem
from matching.publishing.programme import CALENDAR, FORMATS, Side, Subject
from matching.settings import language_of_errors

CALENDARS = CALENDAR[0]
CODES = [*(one.code for one in FORMATS), CALENDARS]


@click.command(name="export", help="导出议程：工作簿、流程单、签到表、桌牌、JSON、日历。Files of a programme.")
@click.option("--id", "line_up_id", type=int, help="哪一版，默认最新发布的。Which revision; the latest published.")
@click.option("--format", "codes", type=click.Choice(CODES), multiple=True, required=True, help="可多次。Repeatable.")
@click.option("--out", "folder", type=Path, default=Path(), help="写入的文件夹，默认当前。The folder to write into.")
@click.option("--session", "only", metavar="ID", help="只要这一场（日历除外）。One session alone; not for calendars.")
@click.option("--opc", metavar="ID", help="只要此 OPC 的日历。This OPC's calendar alone.")
@click.option("--owner", metavar="NAME", help="只要此场景方的日历。This owner's calendar alone.")
@click.option("--room", metavar="NAME", help="只要此场地的日历。This room's calendar alone.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="文件的语言。The language of the files.")
@as_option
@json_option
def command(
    line_up_id: int | None,
    codes: tuple[str, ...],
    folder: Path,
    only: str | None,
    opc: str | None,
    owner: str | None,
    room: str | None,
    language: str | None,
    email: str | None,
    as_json: bool,
) -> None:
    """Everything is made before anything is written; calendars are of all people and rooms unless one is named."""
    from matching.publishing.formats.files import replacing
    from matching.services import programme_files, roadshows

    words = language or language_of_errors()
    named = [Subject(side, name) for side, name in zip(Side, (opc, owner, room), strict=True) if name]
    made = []
    with opened() as context:
        actor = context.actor(email)
        if line_up_id is None:
            published = roadshows.published_line_ups(context.session)
            if not published:
                raise InputError(problem("no_programme"))
            line_up_id = published[0].id
        for code in dict.fromkeys(codes):
            if code != CALENDARS:
                made.append(
                    programme_files.programme_file(
                        context.session, line_up_id, code, actor=actor, only=only, language=words
                    )
                )
            elif named:
                made += [programme_files.calendar(context.session, one, actor=actor, language=words) for one in named]
            else:
                made += programme_files.calendars(context.session, line_up_id, actor=actor, language=words)
    for file in made:
        with replacing(folder / file.name) as part:
            part.write_bytes(file.content)
    names = [file.name for file in made]
    shown = "、".join(names[:8]) + (f"……共 {len(names)} 个文件" if len(names) > 8 else "")
    say(as_json, {"folder": str(folder), "files": names}, f"已写入 {folder}：{shown}。")
