"""The whole product on the demonstration data: files in, lists, digests and a line-up out.

It has no way of its own: workbooks go through the import that every user has, the review is done by the
demonstration's organiser, and every step can be run again without doing anything twice.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.commands.context import OPERATOR, Context
from matching.domain.errors import InputError, NotFound, SettingsError, problem
from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.domain.vocabulary import load_vocabulary
from matching.services import batches, digests, imports, matches, policies, records, roadshows
from matching.services.access import Actor, Role
from matching.services.accounts import account_of, actor_of, add_account, answer_for
from matching.services.records import SHANGHAI
from matching.store.matches import MatchRun

FRESH_FOR = timedelta(days=14)
"""The workbooks, whose days count from the day they were made on, are made anew after this time."""

ACCOUNTS = (
    ("admin@demo.example", Role.ADMINISTRATOR, "演示管理员"),
    ("organiser@demo.example", Role.ORGANISER, "演示组织方"),
    ("owner@demo.example", Role.SCENARIO_OWNER, "演示场景方"),
    ("opc@demo.example", Role.OPC, "演示 OPC"),
)

Say = Callable[[str], None]


@dataclass(kw_only=True)
class Outcome:
    """What one run did; `published` counts what this run added."""

    imported: dict[str, int] = field(default_factory=lambda: {"demands": 0, "profiles": 0})
    matches: int = 0
    published: dict[str, int] = field(
        default_factory=lambda: {"digest": 0, "demand_list": 0, "supply_list": 0, "line_up": 0}
    )
    accounts: list[dict[str, str]] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)


def demonstrate(
    context: Context,
    clock: Callable[[], datetime],
    say: Say,
    files: Sequence[tuple[RecordKind, Path]],
    as_of: date | None,
) -> Outcome:
    """Run every step; `files` stand in place of the demonstration's workbooks where any are given.

    Raises:
        SettingsError: `not_in_production`.
    """
    if context.settings.production:
        raise SettingsError(problem("not_in_production", key="OPCMATCH_ENV"))
    outcome = Outcome()
    organiser = _accounts(context, clock, outcome)
    for kind, path in files or workbooks(context.settings.instance / "demo", as_of or _today(clock)):
        _import(context, clock, say, kind, path, organiser, outcome)
    for kind in RecordKind:
        approved = records.review_records(
            context.session, kind, None, Stage.PUBLISHED, actor=organiser, now=clock(), note=None
        )
        say(f"审核：组织方通过 {len(approved)} 条{_NAMES[kind]}" if approved else f"审核：没有待审的{_NAMES[kind]}")
    expired = records.expire_demands(context.session, actor=OPERATOR, now=clock())
    if expired:
        say(f"到期：{len(expired)} 条需求的征集期已过，不再公开")
    run = _refresh(context, clock, say, outcome)
    _publish(context, clock, say, organiser, outcome, run)
    _bind_sides(context, clock)
    _addresses(context, outcome)
    return outcome


_NAMES = {RecordKind.DEMANDS: "需求", RecordKind.PROFILES: "画像"}


def workbooks(folder: Path, as_of: date) -> Iterable[tuple[RecordKind, Path]]:
    """The demonstration's workbooks; those that are there are kept while their days are fresh."""
    from matching.intake.demonstration import write_demonstration

    made = folder / "as_of"
    if made.exists():
        day = date.fromisoformat(made.read_text().strip())
        if day <= as_of < day + FRESH_FOR:
            as_of = day
    folder.mkdir(parents=True, exist_ok=True)
    written = write_demonstration(folder, as_of)
    made.write_text(as_of.isoformat())
    return [(RecordKind(kind), path) for kind, path in written]


def _accounts(context: Context, clock: Callable[[], datetime], outcome: Outcome) -> Actor:
    """One account a role. The passwords are random and this installation's own, kept beside its database."""
    context.settings.instance.mkdir(parents=True, exist_ok=True)
    kept = context.settings.instance / "demo-accounts.json"
    passwords: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    for email, role, name in ACCOUNTS:
        try:
            account_of(context.session, email)
        except NotFound:
            passwords[email] = secrets.token_urlsafe(12)
            add_account(
                context.session, actor=OPERATOR, now=clock(), email=email, password=passwords[email], role=role,
                display_name=name,
            )  # fmt: skip
        outcome.accounts.append({"role": role.value, "email": email, "password": passwords.get(email, "")})
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(passwords, file)
    return actor_of(account_of(context.session, "organiser@demo.example"))


def _import(
    context: Context,
    clock: Callable[[], datetime],
    say: Say,
    kind: RecordKind,
    path: Path,
    organiser: Actor,
    outcome: Outcome,
) -> None:
    done = imports.import_file(context.session, kind, path, actor=organiser, vocabulary=load_vocabulary(), now=clock())
    outcome.imported[kind.value] += done.added + done.changed
    if done.added + done.changed + len(done.waiting) == 0:
        say(f"导入 {path.name}：没有变化")
        return
    say(f"导入 {path.name}：新增 {done.added}，更新 {done.changed}，未变 {done.unchanged}，待更正 {len(done.waiting)}")


def _refresh(context: Context, clock: Callable[[], datetime], say: Say, outcome: Outcome) -> MatchRun:
    policy = policies.current_policy(context.session)
    run, changed = matches.refresh_matches(
        context.session, policy=policy, vocabulary=load_vocabulary(), actor=OPERATOR, now=clock()
    )
    outcome.matches = run.matches
    size = f"{run.demands} 条需求 × {run.profiles} 个画像，{run.matches} 个匹配"
    none = f"{len(run.without_match)} 条需求暂无合适的供给"
    say(f"匹配：{size}，{none}" if changed else f"匹配：没有变化，沿用上次结果（{size}，{none}）")
    return run


def _bind_sides(context: Context, clock: Callable[[], datetime]) -> None:
    """Give the two demonstration sides something of their own: two who match, and meet if any two do."""
    meetings = {
        (meeting["owner"], meeting["opc"])
        for line_up in roadshows.published_line_ups(context.session)
        for meeting in line_up.plan["meetings"]
    }
    best = matches.best_pair(context.session, actor=OPERATOR, among=meetings)
    if best is None:
        return
    demand_owner, profile_owner = best
    for email, owner in (("owner@demo.example", demand_owner), ("opc@demo.example", profile_owner)):
        account = account_of(context.session, email)
        kind = RecordKind.PROFILES if account.role == Role.OPC else RecordKind.DEMANDS
        if owner and not records.own_records(context.session, kind, actor=actor_of(account)).total:
            answer_for(context.session, account, owner, actor=OPERATOR, now=clock())


def _publish(
    context: Context, clock: Callable[[], datetime], say: Say, organiser: Actor, outcome: Outcome, run: MatchRun
) -> None:
    for kind, key, name in (
        (RecordKind.DEMANDS, "demand_list", "需求清单"),
        (RecordKind.PROFILES, "supply_list", "供给清单"),
    ):
        try:
            batch = batches.draft_and_publish(context.session, kind, actor=organiser, now=clock())
        except InputError as error:
            if error.problems[0].code != "nothing_reviewed":
                raise
            say(f"{name}：没有新审核的记录，不重复发布")
        else:
            outcome.published[key] = 1
            say(f"{name}：{batches.batch_number(batch)}，{batch.size} 条，组织方批准发布")
    week = digests.week_of(clock())
    added = outcome.published["digest"] = digests.publish_digests(context.session, week, actor=organiser, now=clock())
    if added:
        say(f"对接简报：{week}，{added} 份")
    elif run.profiles:
        say(f"对接简报：{week} 已发布过，不重复发布")
    else:
        say("对接简报：还没有已发布的画像，没有可发的简报")
    _line_up(context, clock, say, organiser, outcome)


def _line_up(context: Context, clock: Callable[[], datetime], say: Say, organiser: Actor, outcome: Outcome) -> None:
    vocabulary = load_vocabulary()
    try:
        stored, _ = roadshows.plan_line_up(
            context.session,
            None,
            actor=organiser,
            vocabulary=vocabulary,
            now=clock(),
        )
    except InputError as error:
        if error.problems[0].code != "no_matches_yet":
            raise
        say("路演阵容：还没有匹配，暂不编排")
        return
    if stored.stage != "draft":
        say(f"路演阵容：{stored.season} 第 {stored.revision} 版已发布过，不重复发布")
        return
    roadshows.publish_line_up(context.session, stored.id, actor=organiser, now=clock())
    outcome.published["line_up"] = 1
    plan: dict[str, Any] = dict(stored.plan)
    say(
        f"路演阵容：{stored.season} 第 {stored.revision} 版，入选 {len(plan['placements'])}，"
        f"未入选 {len(plan['left_out'])}，目标值 {plan['objective']}（上界 {plan['bound']}），组织方批准发布"
    )


def _addresses(context: Context, outcome: Outcome) -> None:
    base = context.settings.site_url
    outcome.urls["home"] = f"{base}/"
    for name in ("demands", "profiles", "lists", "programme"):
        outcome.urls[name] = f"{base}/{name}/"
    outcome.urls["log-in"] = f"{base}/log-in"


def _today(clock: Callable[[], datetime]) -> date:
    return clock().astimezone(SHANGHAI).date()
