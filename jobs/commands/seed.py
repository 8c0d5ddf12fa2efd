"""`opcmatch seed`: what a new installation begins with."""

import secrets

import click

from jobs import utc_now
from jobs.commands.context import OPERATOR, opened
from matching.domain.errors import SettingsError, problem
from matching.domain.vocabulary import load_vocabulary
from matching.services.access import Role
from matching.services.accounts import add_account, list_accounts
from matching.services.imports import import_file
from matching.services.records import SHANGHAI


@click.command(
    help="初始化：建立管理员账号；--demo 另外导入演示表。Add an administrator; with --demo also the demo records."
)
@click.option("--demo", is_flag=True, help="导入演示数据（仅限开发环境）。Import the demonstration workbooks.")
def command(demo: bool) -> None:
    """Does nothing that was done before."""
    with opened() as context:
        if demo and context.settings.production:
            raise SettingsError(problem("not_in_production", key="OPCMATCH_ENV"))
        if any(account.role == Role.ADMINISTRATOR for account in list_accounts(context.session, actor=OPERATOR)):
            click.echo("已有管理员账号，不再新建。")
        else:
            password = secrets.token_urlsafe(12)
            account = add_account(
                context.session, actor=OPERATOR, now=utc_now(), email="admin@localhost", password=password,
                role=Role.ADMINISTRATOR, display_name="管理员",
            )  # fmt: skip
            click.echo(f"管理员：{account.email}  密码（只显示这一次）：{password}")
        if demo:
            from jobs.demo import workbooks

            now = utc_now()
            for kind, path in workbooks(context.settings.instance / "demo", now.astimezone(SHANGHAI).date()):
                done = import_file(context.session, kind, path, actor=OPERATOR, vocabulary=load_vocabulary(), now=now)
                click.echo(f"{path.name}：新增 {done.added}，未变 {done.unchanged}，待更正 {len(done.waiting)}")
