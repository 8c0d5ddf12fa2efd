"""`opcmatch refresh`: match the open demands with the published profiles."""

import click

from jobs import utc_now
from jobs.commands.context import OPERATOR, json_option, opened, say
from jobs.progress import progress_bar
from matching.domain.vocabulary import load_vocabulary
from matching.services import matches, policies


@click.command(help="重新计算匹配（没有变化时不重复计算）。Compute the matches again if anything changed.")
@json_option
def command(as_json: bool) -> None:
    """Reads what is published, computes, stores, in one step."""
    with opened() as context, progress_bar("匹配") as progress:
        run, changed = matches.refresh_matches(
            context.session,
            policy=policies.current_policy(context.session),
            vocabulary=load_vocabulary(),
            actor=OPERATOR,
            now=utc_now(),
            progress=progress,
        )
    figures = {
        "changed": changed,
        "demands": run.demands,
        "profiles": run.profiles,
        "matches": run.matches,
        "without_match": list(run.without_match),
    }
    words = (
        f"{run.demands} 条需求 × {run.profiles} 个画像：{run.matches} 个匹配，"
        f"{len(run.without_match)} 条需求暂无合适的供给。"
    )
    say(as_json, figures, words if changed else "没有变化，沿用上次的结果。" + words)
