"""Accounts: who may sign in, as which role, for which organisation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from matching.store.database import DbSession
from matching.store.schema import AccountRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as the services and pages see it; the hash is for checking a password only."""

    id: int
    email: str
    display_name: str
    role: str
    organisation: str | None
    active: bool
    password_hash: str
    session_token: str

    def __repr__(self) -> str:
        return f"Account(id={self.id}, role={self.role!r})"


def find_account(session: DbSession, *, account_id: int | None = None, email: str | None = None) -> Account | None:
    """The account with this id or this e-mail address (compared without case)."""
    named = AccountRow.id == account_id if email is None else AccountRow.email == email
    row = session.execute(_COLUMNS.where(named)).one_or_none()
    return None if row is None else _account(row)


def account_of_token(session: DbSession, token: str) -> Account | None:
    """The account whose sessions carry this token."""
    row = session.execute(_OF_TOKEN, {"token": token}).one_or_none()
    return None if row is None else _account(row)


def add_account(
    session: DbSession,
    *,
    email: str,
    password_hash: str,
    display_name: str,
    role: str,
    organisation: str | None,
    session_token: str,
    now: datetime,
) -> Account:
    """Add an account; the address must be free (a constraint of the database)."""
    row = AccountRow(
        email=email,
        password_hash=password_hash,
        display_name=display_name,
        role=role,
        organisation=organisation,
        session_token=session_token,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _account(row)


def set_password(session: DbSession, account_id: int, password_hash: str, session_token: str) -> None:
    """A new password; the new token ends every session that the old one opened."""
    row = session.get_one(AccountRow, account_id)
    row.password_hash, row.session_token = password_hash, session_token


def set_organisation(session: DbSession, account_id: int, organisation: str) -> None:
    """The organisation that an account answers for."""
    session.get_one(AccountRow, account_id).organisation = organisation


def list_accounts(session: DbSession) -> list[Account]:
    """Every account, by id."""
    return [_account(row) for row in session.execute(select(AccountRow).order_by(AccountRow.id)).scalars()]


_COLUMNS = select(*AccountRow.__table__.columns)
"""A plain row: asked for with every page of somebody who is signed in, so without the weight of an object."""


_OF_TOKEN = _COLUMNS.where(AccountRow.session_token == bindparam("token"))


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        display_name=row.display_name,
        role=row.role,
        organisation=row.organisation,
        active=row.active,
        password_hash=row.password_hash,
        session_token=row.session_token,
    )
