"""Accounts: adding them, checking a password, binding an account to the records that it answers for."""

import re
import secrets
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from matching.domain.errors import InputError, NotFound, problem
from matching.domain.records import RecordKind
from matching.domain.text import check_text
from matching.services.access import Action, Actor, Role, authorize
from matching.store import DbSession, accounts, records, write_transaction
from matching.store.accounts import Account
from matching.store.audit import record_change

SHORTEST_PASSWORD = 10
PASSWORDS = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane): 0.2 s here, so that log-ins cannot stop the site."""

_EMAIL = re.compile(r"[^@\s<>\"',;:()\[\]\\]+@[^@\s<>\"',;:()\[\]\\]+")


def actor_of(account: Account) -> Actor:
    """The account as somebody who acts."""
    return Actor(role=Role(account.role), account_id=account.id, name=account.email, organisation=account.organisation)


def add_account(
    session: DbSession,
    *,
    actor: Actor,
    now: datetime,
    email: str,
    password: str,
    role: Role,
    display_name: str,
    organisation: str | None = None,
) -> Account:
    """Add an account.

    Raises:
        InputError: `bad_email`, `email_taken`, `short_password`, `bad_role`.
        NotAllowed: the actor is no administrator.
    """
    authorize(actor, Action.MANAGE_ACCOUNTS)
    address = check_text(email.strip().casefold(), key="email", longest=254)
    if not _EMAIL.fullmatch(address):
        raise InputError(problem("bad_email", key="email", value=email))
    if len(password) < SHORTEST_PASSWORD:
        raise InputError(problem("short_password", key="password", shortest=SHORTEST_PASSWORD))
    if role in (Role.ANONYMOUS, Role.SYSTEM):
        raise InputError(problem("bad_role", key="role", value=role))
    with write_transaction(session):
        if accounts.find_account(session, email=address):
            raise InputError(problem("email_taken", key="email", value=address))
        account = accounts.add_account(
            session,
            email=address,
            password_hash=PASSWORDS.hash(password),
            display_name=check_text(display_name, key="display_name", longest=200),
            role=role,
            organisation=organisation and check_text(organisation, key="organisation", longest=200),
            session_token=secrets.token_urlsafe(24),
            now=now,
        )
        record_change(
            session, now=now, actor=actor.name, action="add_account", object_kind="account", object_id=account.id,
            role=role.value,
        )  # fmt: skip
    return account


def account_of(session: DbSession, email: str) -> Account:
    """The account with this address.

    Raises:
        NotFound: `no_such_account`.
    """
    account = accounts.find_account(session, email=email.strip().casefold())
    if account is None:
        raise NotFound(problem("no_such_account", value=email))
    return account


def list_accounts(session: DbSession, *, actor: Actor) -> list[Account]:
    """Every account, by id."""
    authorize(actor, Action.MANAGE_ACCOUNTS)
    return accounts.list_accounts(session)


def check_password(account: Account | None, password: str) -> bool:
    """Whether the password is the account's. An unknown account takes as long as a known one."""
    stored = account.password_hash if account and account.active else _NOBODY
    try:
        return PASSWORDS.verify(stored, password) and stored is not _NOBODY
    except (VerificationError, InvalidHashError):
        return False


def change_password(session: DbSession, email: str, password: str, *, actor: Actor, now: datetime) -> None:
    """Set a new password; every session that is open with the old one ends.

    Raises:
        InputError: `short_password`.
        NotFound: no such account.
    """
    authorize(actor, Action.MANAGE_ACCOUNTS)
    if len(password) < SHORTEST_PASSWORD:
        raise InputError(problem("short_password", key="password", shortest=SHORTEST_PASSWORD))
    with write_transaction(session):
        account = account_of(session, email)
        accounts.set_password(session, account.id, PASSWORDS.hash(password), secrets.token_urlsafe(24))
        record_change(
            session, now=now, actor=actor.name, action="change_password", object_kind="account", object_id=account.id
        )


def answer_for(session: DbSession, account: Account, owner_name: str, *, actor: Actor, now: datetime) -> list[str]:
    """Bind every unclaimed record of an owner (or of the OPC of that name) to the account; their ids.

    An owner's account without an organisation answers for this one from then on: its part in programmes is its own.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    authorize(actor, Action.MANAGE_ACCOUNTS)
    kind = RecordKind.PROFILES if account.role == Role.OPC else RecordKind.DEMANDS
    with write_transaction(session):
        bound = records.bind_account(session, kind, account.id, owner_name=owner_name)
        if bound and account.role == Role.SCENARIO_OWNER and account.organisation is None:
            accounts.set_organisation(session, account.id, owner_name)
        for record_id in bound:
            record_change(
                session, now=now, actor=actor.name, action="bind_account", object_kind=kind, object_id=record_id,
                account=account.id,
            )  # fmt: skip
    return bound


_NOBODY = PASSWORDS.hash(secrets.token_urlsafe(24))
