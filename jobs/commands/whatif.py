"""`opcmatch whatif`: what a changed term would open for one record, or make of one pair; file to file."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from jobs.commands.context import json_option
from jobs.commands.records_in import day_of, policy_of, read_side, warn_of_words
from jobs.commands.tables_out import print_table
from matching.domain.errors import InputError, problem
from matching.domain.records import RecordKind
from matching.domain.vocabulary import Vocabulary, load_vocabulary
from matching.publishing.insight import amount_words, change_words, insight_words
from matching.settings import language_of_errors

if TYPE_CHECKING:
    from matching.engine.ground import Ground

IDS_SHOWN = 6

WORDS = {
    "zh": {
        "outlook": "{record}：文本上合适 {suitable}，目前合格 {eligible}；另有 {out_of_reach} 受限于自己改不了的条件。",
        "nothing": "没有哪一项单独的改变会带来新的匹配。",
        "table": "每次只改一项（涉及钱和日期的，取最小的一步）",
        "eligible": "{demand} × {profile}：已经合格，什么都不用改。",
        "never": "{demand} × {profile}：改变任何一项都不会合格（回避、征集已截止等）。",
        "needs": "{demand} × {profile}：最少改 {number} 项就合格：",
        "unsuitable": "（注意：从文本看，这家与这条需求并不相关，合格也不会出现在清单上。）",
    },
    "en": {
        "outlook": "{record}: {suitable} suit it in text, {eligible} are eligible now; {out_of_reach} are out of reach "
        "for reasons that are not its own to change.",
        "nothing": "No single change would open anything.",
        "table": "One change at a time (of money and days the smallest step)",
        "eligible": "{demand} × {profile}: eligible as it is.",
        "never": "{demand} × {profile}: no change makes it eligible (an exclusion, a closed call …).",
        "needs": "{demand} × {profile}: eligible after {number} change(s) at the least:",
        "unsuitable": "(Their texts have too little in common: even if eligible, the pair would stand on no list.)",
    },
}


@click.command(help="如果改变某个条件：会多出哪些匹配。What a changed term would open, file to file.")
@click.option("--demands", "demands_path", required=True, metavar="D.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--profiles", "profiles_path", required=True, metavar="P.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--demand", "demand_id", metavar="ID", help="看这条需求。Ask for this demand.")
@click.option(
    "--profile", "profile_id", metavar="ID", help="看这个画像；两个都给则看这一对。For this profile; or the pair."
)
@click.option("--policy", "policy_path", metavar="POLICY.toml", help="匹配策略。Weights, rules and thresholds.")
@click.option("--as-of", metavar="DAY", help="按哪一天判断，默认为今天（上海）。The day judged for; today in Shanghai.")
@json_option
def command(
    demands_path: str,
    profiles_path: str,
    demand_id: str | None,
    profile_id: str | None,
    policy_path: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """One record's outlook, or the smallest change for a pair."""
    if demand_id is None and profile_id is None:
        raise InputError(problem("nothing_asked"))
    if demands_path == profiles_path == "-":
        raise InputError(problem("one_standard_input"))
    day, policy, vocabulary = day_of(as_of), policy_of(policy_path), load_vocabulary()
    demands = read_side(demands_path, RecordKind.DEMANDS)
    profiles = read_side(profiles_path, RecordKind.PROFILES)
    for wanted, known in ((demand_id, demands), (profile_id, profiles)):
        if wanted is not None and wanted not in {read.record.id for read in known}:
            raise InputError(problem("no_such_record", value=wanted))
    warn_of_words({RecordKind.DEMANDS: demands, RecordKind.PROFILES: profiles}, vocabulary)

    from matching.engine.ground import Ground
    from matching.engine.whatif import outlook_of_demand, outlook_of_profile

    ground = Ground(
        [read.record for read in demands], [read.record for read in profiles], policy=policy, vocabulary=vocabulary,
        as_of=day,
    )  # fmt: skip
    language = "en" if language_of_errors() == "en" else "zh"
    if demand_id is not None and profile_id is not None:
        told = _pair(ground, demand_id, profile_id)
        show = _show_pair
    else:
        found = (
            outlook_of_demand(ground, demand_id)
            if demand_id is not None
            else outlook_of_profile(ground, profile_id or "")
        )
        told = found.to_json()
        show = _show_outlook
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        show(told, vocabulary, language)


def _pair(ground: "Ground", demand_id: str, profile_id: str) -> dict[str, Any]:
    from matching.engine.whatif import smallest_change

    demand, profile = ground.place_of_demand(demand_id), ground.place_of_profile(profile_id)
    changes = smallest_change(ground, ground.demands[demand], ground.profiles[profile])
    return {
        "demand": demand_id,
        "profile": profile_id,
        "suitable": profile in ground.suits_demand(demand),
        "eligible": changes == (),
        "changes": None if changes is None else [change.to_json() for change in changes],
    }


def _show_pair(told: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> None:
    words, changes = WORDS[language], told["changes"]
    said = "never" if changes is None else "needs" if changes else "eligible"
    click.echo(words[said].format(demand=told["demand"], profile=told["profile"], number=len(changes or ())))
    for change in changes or ():
        click.echo("  " + change_words(change, language, vocabulary))
    if not told["suitable"]:
        click.echo(words["unsuitable"])


def _show_outlook(told: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> None:
    words = WORDS[language]
    click.echo(words["outlook"].format(**told))
    if not told["openings"]:
        click.echo(words["nothing"])
        return
    columns = ("change", "opens", "amounts", "unsaid", "closes", "with_one_more", "ids")
    headings = [insight_words("heading", code, language) for code in columns]
    between = "、" if language == "zh" else ", "
    rows: list[list[str | int]] = []
    for opening in told["openings"]:
        ids = opening["opens"]
        shown = between.join(ids[:IDS_SHOWN]) + (" …" if len(ids) > IDS_SHOWN else "")
        rows.append(
            [
                change_words(opening, language, vocabulary), len(ids), amount_words(opening["amounts"], language),
                opening["amounts"]["unsaid"], len(opening["closes"]), opening["with_one_more"], shown,
            ]
        )  # fmt: skip
    print_table(words["table"], headings, rows)
