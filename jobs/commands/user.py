"""`opcmatch user`: accounts."""

import json

import click

from jobs import utc_now
from jobs.commands.context import OPERATOR, opened
from matching.services.access import Role
from matching.services.accounts import account_of, add_account, answer_for, change_password, list_accounts

_ROLES = [role.value for role in (Role.SCENARIO_OWNER, Role.OPC, Role.ORGANISER, Role.ADMINISTRATOR)]
_PASSWORD = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="不写则询问。Asked for when left out."
)


@click.group(help="账号。Accounts.")
def command() -> None:
    """Add, list, bind, change a password."""


@command.command("add", help="建立账号。Add an account.")
@click.argument("email")
@click.option("--role", type=click.Choice(_ROLES), required=True)
@click.option("--name", required=True, help="显示名称。The name that is shown.")
@click.option("--organisation", help="单位名称；场景方的需求按它归属。Whose demands the account answers for.")
@_PASSWORD
def add(email: str, role: str, name: str, organisation: str | None, password: str) -> None:
    """A password on the command line is seen by others on the machine: leave it out and type it."""
    with opened() as context:
        account = add_account(
            context.session,
            actor=OPERATOR,
            now=utc_now(),
            email=email,
            password=password,
            role=Role(role),
            display_name=name,
            organisation=organisation,
        )
        bound = (
            answer_for(context.session, account, organisation, actor=OPERATOR, now=utc_now()) if organisation else []
        )
    click.echo(f"已建立账号 {account.email}（{role}），归属记录 {len(bound)} 条。")


@command.command("bind", help="把一个单位的记录归到账号名下。Bind an owner's unclaimed records to an account.")
@click.argument("email")
@click.argument("owner_name")
def bind(email: str, owner_name: str) -> None:
    """For records that were imported before the account was there."""
    with opened() as context:
        bound = answer_for(
            context.session, account_of(context.session, email), owner_name, actor=OPERATOR, now=utc_now()
        )
    click.echo(f"归属 {len(bound)} 条记录：{'、'.join(bound) or '没有未认领的记录'}")


@command.command("password", help="更换密码，并结束该账号的所有登录。Change a password and end every session.")
@click.argument("email")
@_PASSWORD
def password(email: str, password: str) -> None:
    """Every browser that is signed in with the account must sign in again."""
    with opened() as context:
        change_password(context.session, email, password, actor=OPERATOR, now=utc_now())
    click.echo("密码已更换。")


@command.command("list", help="列出账号。List the accounts, one JSON line each.")
def list_() -> None:
    """Never shows a hash."""
    with opened() as context:
        for account in list_accounts(context.session, actor=OPERATOR):
            shown = {k: getattr(account, k) for k in ("id", "email", "display_name", "role", "organisation", "active")}
            click.echo(json.dumps(shown, ensure_ascii=False))
