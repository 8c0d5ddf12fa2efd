"""`opcmatch duplicates`: records of one file that say nearly the same; no database is touched."""

import json

import click

from jobs.commands.context import json_option, kind_choice
from jobs.commands.records_in import read_side
from matching.domain.errors import shorten
from matching.domain.records import RecordKind, title_of
from matching.settings import language_of_errors

MEMBERS_SHOWN = 10
LONGEST_TITLE = 24

WORDS = {
    "zh": {
        "group": "相似度 {similarity:.0%}，{count} 条：{members}",
        "more": "……另有 {count} 条",
        "total": "共 {records} 条记录，{groups} 组近似重复，涉及 {members} 条。",
        "member": "{id}（{title}）",
        "between": "、",
    },
    "en": {
        "group": "{similarity:.0%} alike, {count} records: {members}",
        "more": "… {count} more",
        "total": "{records} records, groups of near-duplicates: {groups} with {members} records.",
        "member": "{id} ({title})",
        "between": ", ",
    },
}


@click.command(help="找出近似重复的记录（JSON Lines，不用数据库）。Records of a file that say nearly the same.")
@click.argument("kind", type=kind_choice)
@click.argument("path", metavar="FILE.jsonl")
@json_option
def command(kind: str, path: str, as_json: bool) -> None:
    """A finding is no error: the exit code is 0 either way."""
    records = [read.record for read in read_side(path, RecordKind(kind))]

    from matching.engine.duplicates import near_duplicates  # brings scipy: not for --help or a bad line

    groups = near_duplicates(records)
    if as_json:
        told = {"records": len(records), "groups": [group.to_json() for group in groups]}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    words = WORDS["en" if language_of_errors() == "en" else "zh"]
    titles = {record.id: title_of(record) for record in records}
    for group in groups:
        first = group.members[:MEMBERS_SHOWN]
        shown = [words["member"].format(id=shorten(one), title=shorten(titles[one], LONGEST_TITLE)) for one in first]
        if len(group.members) > MEMBERS_SHOWN:
            shown.append(words["more"].format(count=len(group.members) - MEMBERS_SHOWN))
        members = words["between"].join(shown)
        click.echo(words["group"].format(similarity=group.similarity, count=len(group.members), members=members))
    in_groups = sum(len(group.members) for group in groups)
    click.echo(words["total"].format(records=len(records), groups=len(groups), members=in_groups))
