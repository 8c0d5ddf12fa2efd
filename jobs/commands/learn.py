"""`opcmatch learn`: what responses teach about the score, file to file; no database is touched."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from jobs.commands.records_in import day_of, lines_of, opened_whole, policy_of, read_side, warn_of_words
from jobs.progress import progress_bar
from matching.domain.errors import InputError, problem
from matching.domain.policy import HARD_RULES, MatchPolicy
from matching.domain.records import RecordKind
from matching.domain.vocabulary import Vocabulary, load_vocabulary
from matching.intake.jsonl import ReadRecord, iter_objects
from matching.settings import language_of_errors

if TYPE_CHECKING:
    from matching.engine.learning.examples import PairScore
    from matching.engine.learning.responses import Response

PAIRS_PER_DEMAND, PAIRS_PER_PROFILE = 200, 20
"""Pairs whose scores are looked up; a response to a pair beyond both lists is counted as not scored."""

WORDS = {
    "zh": {
        "kept": "采用新的打分",
        "present": "保留现有打分",
        "better": "新的更好",
        "not_better": "没有可靠地变好",
        "too_few_labels": "反馈不足 {needed} 对",
        "too_few_of_one_outcome": "接受或谢绝的太少，无法判断",
        "too_few_demands": "检验部分涉及的需求太少，无法判断",
        "counts": "反馈 {responses} 条，得到 {labels} 对（接受 {accepted}）：较早的 {earlier} 对用来学习，"
        "较晚的 {later} 对用来检验；与合适度无关 {set_aside} 对，没有打分 {not_scored} 对。",
        "figure": "  {name}：{present:.4f} → {proposed:.4f}，改进 {gain:+.4f}（95% 区间 {low:+.4f} 到 {high:+.4f}）",
        "between": "：",
    },
    "en": {
        "kept": "the new score is taken",
        "present": "the present score is kept",
        "better": "the new one is better",
        "not_better": "the new one is not surely better",
        "too_few_labels": "fewer than {needed} pairs were answered",
        "too_few_of_one_outcome": "too few were accepted, or too few declined, to judge",
        "too_few_demands": "the later responses are about too few demands to judge",
        "counts": "{responses} responses to {labels} pairs ({accepted} accepted): the earlier {earlier} are learnt "
        "from, the later {later} judge; {set_aside} pairs not about fit, {not_scored} not scored.",
        "figure": "  {name}: {present:.4f} → {proposed:.4f}, gain {gain:+.4f} "
        "(95 % interval {low:+.4f} to {high:+.4f})",
        "between": ": ",
    },
}


@click.command(help="从反馈中学习：只有更好才采用（JSON Lines 进，JSON 出）。Learn from responses, file to file.")
@click.option("--demands", "demands_path", required=True, metavar="D.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--profiles", "profiles_path", required=True, metavar="P.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--responses", "responses_path", required=True, metavar="R.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--policy", "policy_path", metavar="POLICY.toml", help="现行策略。The policy that is to be bettered.")
@click.option("--as-of", metavar="DAY", help="按哪一天打分，默认为今天（上海）。The day scored for; today in Shanghai.")
@click.option("--json", "as_json", is_flag=True, help="给程序读的一行 JSON。One line of JSON.")
@click.option("--out", required=True, metavar="MODEL.json", help="只在采用时写入。Written only if it is better.")
def command(
    demands_path: str,
    profiles_path: str,
    responses_path: str,
    policy_path: str | None,
    as_of: str | None,
    as_json: bool,
    out: str,
) -> None:
    """Everything is read and checked first. Without something better, MODEL.json stays as it was.

    With `--out -` the model goes to standard output and the verdict to standard error.
    """
    paths = {"--demands": demands_path, "--profiles": profiles_path, "--responses": responses_path}
    if len(standard := [option for option, path in paths.items() if path == "-"]) > 1:
        raise InputError(problem("several_standard_inputs", options=standard))
    day, policy, vocabulary = day_of(as_of), policy_of(policy_path), load_vocabulary()
    demands = read_side(demands_path, RecordKind.DEMANDS)
    profiles = read_side(profiles_path, RecordKind.PROFILES)
    responses = _read_responses(responses_path)
    warn_of_words({RecordKind.DEMANDS: demands, RecordKind.PROFILES: profiles}, vocabulary)

    from matching.engine.learning.examples import examples_of
    from matching.engine.learning.responses import labels_of
    from matching.engine.learning.verdict import learn

    labels = labels_of(responses)
    examples = examples_of(labels, _scores(demands, profiles, policy, vocabulary, day), policy)
    verdict = learn(examples, policy)
    if verdict.model is not None:
        with opened_whole(out) as stream:
            stream.write(json.dumps(verdict.model.to_json(), ensure_ascii=False, indent=1).encode() + b"\n")
    told = {
        **verdict.to_json(),
        "responses": len(responses),
        "set_aside": len({(r.demand, r.profile) for r in responses}) - len(labels),
        "not_scored": len(labels) - len(examples),
    }
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _words(told), err=out == "-")


def _read_responses(path: str) -> "list[Response]":
    """Every response of the file; the first bad line is the error, with its number."""
    from matching.engine.learning.responses import read_response

    responses = []
    with lines_of(path) as (stream, name):
        for item in iter_objects(stream):
            try:
                if item.error is not None:
                    raise item.error
                responses.append(read_response(item.value))
            except InputError as error:
                raise error.at(file=name, line=item.line) from None
    return responses


def _scores(
    demands: Sequence[ReadRecord],
    profiles: Sequence[ReadRecord],
    policy: MatchPolicy,
    vocabulary: Vocabulary,
    day: date,
) -> "dict[tuple[str, str], PairScore]":
    """The scores of the pairs, eligible today or not: what was answered then may be over now."""
    from matching.engine.learning.examples import PairScore
    from matching.engine.pipeline import recommend

    with progress_bar("打分 scoring") as progress:
        found = recommend(
            [read.record for read in demands],
            [read.record for read in profiles],
            policy=replace(policy, hard=dict.fromkeys(HARD_RULES, False), minimum_relevance=0.0),
            vocabulary=vocabulary,
            as_of=day,
            top_per_demand=PAIRS_PER_DEMAND,
            top_per_profile=PAIRS_PER_PROFILE,
            progress=progress,
        )
    lists = [*found.for_demands.values(), *found.for_profiles.values()]
    return {(match.demand, match.profile): PairScore.of(match) for own in lists for match in own}


def _words(told: dict[str, Any]) -> str:
    from matching.engine.learning.calibration import LABELS_NEEDED

    words = WORDS["en" if language_of_errors() == "en" else "zh"]
    why = words[told["why"]].format(needed=LABELS_NEEDED)
    lines = [words["kept" if told["kept"] else "present"] + words["between"] + why, words["counts"].format(**told)]
    for code, name in (("log_loss", "log loss"), ("auc", "AUC"), ("ndcg", "nDCG@10")):
        if told["figures"] and told["figures"][code]:
            lines.append(words["figure"].format(name=name, **told["figures"][code]))
    return "\n".join(lines)
