"""`opcmatch match-policy`: the match policy in force, its rehearsal, and its history."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs import SHANGHAI, utc_now
from jobs.commands.context import OPERATOR, as_option, json_option, opened, say
from jobs.commands.records_in import cannot_read
from jobs.commands.tables_out import print_table
from matching.domain.errors import InputError, problem
from matching.domain.vocabulary import load_vocabulary
from matching.publishing.insight import code_name, insight_words
from matching.services import insight, policies
from matching.settings import language_of_errors

if TYPE_CHECKING:
    from matching.store.policies import AppliedPolicy

WORDS = {
    "zh": {
        "own": "# 产品自带的策略，版本 {version}",
        "in_force": "# 版本 {version}，{at} 由 {by} 启用",
        "applied": "已启用策略 {version}；下次 opcmatch refresh 时生效。",
        "same": "与现行策略相同，没有变化。",
        "reverted": "已恢复上一个策略 {version}；下次 opcmatch refresh 时生效。",
        "none": "还没有启用过别的策略，现用产品自带的策略。",
        "rehearsal": "{changed} / {demands} 条需求的清单有变：出现 {appears}，消失 {vanishes}，换位 {moves}"
        "（清单上的匹配 {pairs_before} → {pairs_after}）。",
        "loses": "清单变空的需求 {count} 条：{ids}",
        "gains": "首次有匹配的需求 {count} 条：{ids}",
        "profiles": "不再出现的画像 {lost} 个，新出现的画像 {gained} 个。尚未启用，什么都没有保存。",
    },
    "en": {
        "own": "# the product's own policy, version {version}",
        "in_force": "# version {version}, in force since {at}, by {by}",
        "applied": "Policy {version} is in force from the next opcmatch refresh on.",
        "same": "It says what the policy in force says; nothing changed.",
        "reverted": "The former policy {version} is in force again from the next opcmatch refresh on.",
        "none": "No other policy was ever put in force; the product's own one is.",
        "rehearsal": "{changed} of {demands} lists change: {appears} pairs appear, {vanishes} vanish, {moves} move "
        "({pairs_before} → {pairs_after} pairs on lists).",
        "loses": "{count} demands are left with none: {ids}",
        "gains": "{count} demands get their first: {ids}",
        "profiles": "{lost} profiles stand on no list any more, {gained} appear. Nothing is in force yet, or stored.",
    },
}
IDS_SHOWN = 20


@click.group(
    help="匹配策略：show、rehearse、apply、revert、history。The match policy in force, rehearsed, put in force."
)
def command() -> None:
    """The subcommands work on the database."""


note_option = click.option("--note", metavar="TEXT", help="为什么，写入历史。Why; kept in the history.")
file_argument = click.argument("path", metavar="POLICY.toml")


@command.command(help="现行策略，每个值都写出（TOML）。The policy in force, every value spelt out.")
@json_option
def show(as_json: bool) -> None:
    """What is printed can be edited and applied."""
    with opened() as context:
        policy = policies.current_policy(context.session)
        latest = policies.policy_history(context.session, actor=OPERATOR, limit=1)
    data = {"version": policy.version, "policy": policy.to_json(), **_when(latest[0] if latest else None)}
    words = _words()
    heading = words["in_force"] if latest else words["own"]
    said = heading.format(version=policy.version, at=data["applied_at"], by=data["applied_by"])
    say(as_json, data, f"{said}\n{policies.spelt_out(policy)}".rstrip())


@command.command(help="试演：启用前先看谁出现、谁消失、谁换位。What another policy would show; nothing is stored.")
@file_argument
@json_option
def rehearse(path: str, as_json: bool) -> None:
    """Both policies on the records of today."""
    text = _text(path)
    with opened() as context:
        try:
            found = insight.rehearse_policy(
                context.session, text, actor=OPERATOR, vocabulary=load_vocabulary(), now=utc_now()
            )
        except InputError as error:
            raise error.at(file=path) from None
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _show_rehearsal(found.to_json())


@command.command(help="启用一个策略，下次 refresh 生效。Put a policy in force, from the next refresh on.")
@file_argument
@note_option
@as_option
@json_option
def apply(path: str, note: str | None, email: str | None, as_json: bool) -> None:
    """One that says the same as the present one changes nothing."""
    text = _text(path)
    with opened() as context:
        try:
            applied = policies.apply_policy(context.session, text, actor=context.actor(email), now=utc_now(), note=note)
        except InputError as error:
            raise error.at(file=path) from None
        version = policies.current_policy(context.session).version
    data = {"changed": applied is not None, "version": version}
    say(as_json, data, _words()["applied" if applied else "same"].format(version=version))


@command.command(help="把 opcmatch learn 的模型加进现行策略。Put a learnt model into the policy in force.")
@click.argument("path", metavar="MODEL.json")
@note_option
@as_option
@json_option
def learnt(path: str, note: str | None, email: str | None, as_json: bool) -> None:
    """Its part takes a tenth of the score at most; `revert` takes it out again."""
    text = _text(path)
    with opened() as context:
        try:
            policy = policies.with_model(policies.current_policy(context.session), text)
        except InputError as error:
            raise error.at(file=path) from None
        applied = policies.apply_policy(
            context.session, policies.spelt_out(policy), actor=context.actor(email), now=utc_now(), note=note
        )
    data = {"changed": applied is not None, "version": policy.version}
    say(as_json, data, _words()["applied" if applied else "same"].format(version=policy.version))


@command.command(help="恢复上一个策略（记为新的一条）。Put the former policy in force again, as a new entry.")
@note_option
@as_option
@json_option
def revert(note: str | None, email: str | None, as_json: bool) -> None:
    """Twice is as not at all."""
    with opened() as context:
        applied = policies.revert_policy(context.session, actor=context.actor(email), now=utc_now(), note=note)
    say(as_json, {"version": applied.version}, _words()["reverted"].format(version=applied.version))


@command.command(help="启用过的策略，新的在前。The policies that were put in force, newest first.")
@json_option
def history(as_json: bool) -> None:
    """Each with its TOML, in JSON."""
    with opened() as context:
        found = policies.policy_history(context.session, actor=OPERATOR)
    if as_json:
        entries = [{"id": one.id, "version": one.version, "toml": one.toml, **_when(one)} for one in found]
        click.echo(json.dumps({"policies": entries}, ensure_ascii=False))
    elif not found:
        click.echo(_words()["none"])
    else:
        columns = ("version", "applied_at", "applied_by", "note")
        rows = ((one.version, _when(one)["applied_at"] or "", one.applied_by, one.note or "") for one in found)
        print_table("", [insight_words("heading", code, _language()) for code in columns], rows)


def _show_rehearsal(told: Mapping[str, Any]) -> None:
    words, language, vocabulary = _words(), _language(), load_vocabulary()
    click.echo(words["rehearsal"].format(**told["total"]))
    between = "、" if language == "zh" else ", "
    for said, key in (("loses", "loses_all"), ("gains", "gains_first")):
        if ids := told[key]:
            shown = between.join(ids[:IDS_SHOWN]) + (" …" if len(ids) > IDS_SHOWN else "")
            click.echo(words[said].format(count=len(ids), ids=shown))
    click.echo(words["profiles"].format(lost=len(told["profiles_lost"]), gained=len(told["profiles_gained"])))
    columns = ("demands", "changed", "appears", "vanishes", "moves", "loses_all", "gains_first")
    headings = [insight_words("heading", code, language) for code in ("sector", *columns, "pairs")]
    rows = (
        [
            code_name("sector", row["sector"], language, vocabulary),
            *(row[column] for column in columns),
            f"{row['pairs_before']} → {row['pairs_after']}",
        ]
        for row in told["by_sector"]
    )
    print_table(insight_words("sheet", "rehearsal", language), headings, rows)


def _when(applied: "AppliedPolicy | None") -> dict[str, str | None]:
    if applied is None:
        return {"applied_at": None, "applied_by": None, "note": None}
    at = applied.applied_at.astimezone(SHANGHAI).isoformat(timespec="minutes")
    return {"applied_at": at, "applied_by": applied.applied_by, "note": applied.note}


def _text(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(problem("not_utf8")).at(file=path) from None
    except OSError as error:
        raise cannot_read(path, error) from None


def _language() -> str:
    return "en" if language_of_errors() == "en" else "zh"


def _words() -> dict[str, str]:
    return WORDS[_language()]
