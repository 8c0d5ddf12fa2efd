"""Who may do what: one table, one function, asked by every use case, page, list and export."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from matching.domain.errors import NotAllowed, NotFound, problem
from matching.domain.records import RecordKind
from matching.domain.stages import PUBLIC_STAGES
from matching.store.records import StoredRecord


class Role(StrEnum):
    """What an account is. `SYSTEM` is the worker: it drafts and computes, and never approves."""

    ANONYMOUS = "anonymous"
    SCENARIO_OWNER = "scenario_owner"
    OPC = "opc"
    ORGANISER = "organiser"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Action(StrEnum):
    """What can be asked for. The object is a record, a `Recipient`, or nothing."""

    POST_DEMAND = "post_demand"
    POST_PROFILE = "post_profile"
    VIEW_RECORD = "view_record"
    EDIT_RECORD = "edit_record"
    VIEW_MATCHES = "view_matches"
    VIEW_DIGEST = "view_digest"
    VIEW_DRAFTS = "view_drafts"
    REVIEW = "review"
    IMPORT = "import"
    EXPORT = "export"
    COMPUTE = "compute"
    APPROVE = "approve"
    REMIND = "remind"
    MANAGE_ACCOUNTS = "manage_accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: an account, the worker, or nobody known. `name` is what the audit log writes."""

    role: Role
    account_id: int | None = None
    name: str = ""
    organisation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whose digest something is: a record and the account that answers for it."""

    record_id: str
    account_id: int | None


ANONYMOUS = Actor(role=Role.ANONYMOUS, name="anonymous")
SYSTEM = Actor(role=Role.SYSTEM, name="worker")

_STAFF = {Role.ORGANISER, Role.ADMINISTRATOR}

_BY_ROLE: dict[Action, set[Role]] = {
    Action.POST_DEMAND: {Role.SCENARIO_OWNER, *_STAFF},
    Action.POST_PROFILE: {Role.OPC, *_STAFF},
    Action.VIEW_DRAFTS: _STAFF,
    Action.REVIEW: _STAFF,
    Action.IMPORT: _STAFF,
    Action.EXPORT: _STAFF,
    Action.COMPUTE: {Role.SYSTEM, *_STAFF},
    Action.APPROVE: _STAFF,
    Action.REMIND: {Role.SYSTEM, *_STAFF},
    Action.MANAGE_ACCOUNTS: {Role.ADMINISTRATOR},
}

_ROLE_OF_KIND = {RecordKind.DEMANDS: Role.SCENARIO_OWNER, RecordKind.PROFILES: Role.OPC}


def owns(actor: Actor, stored: StoredRecord) -> bool:
    """The record is bound to the actor's account, and the account has the record's side."""
    return (
        actor.account_id is not None
        and stored.account_id == actor.account_id
        and actor.role is _ROLE_OF_KIND[stored.kind]
    )


def _may_view(actor: Actor, stored: StoredRecord) -> bool:
    return stored.stage in PUBLIC_STAGES or _may_edit(actor, stored)


def _may_edit(actor: Actor, stored: StoredRecord) -> bool:
    return actor.role in _STAFF or owns(actor, stored)


_BY_RECORD: dict[Action, Callable[[Actor, StoredRecord], bool]] = {
    Action.VIEW_RECORD: _may_view,
    Action.EDIT_RECORD: _may_edit,
    Action.VIEW_MATCHES: _may_edit,
}


def allowed(actor: Actor, action: Action, subject: StoredRecord | Recipient | None = None) -> bool:
    """Whether the actor may; for hiding what would be refused. `authorize` is what protects."""
    if isinstance(subject, Recipient):
        own = actor.account_id is not None and subject.account_id == actor.account_id and actor.role is Role.OPC
        return action is Action.VIEW_DIGEST and (own or actor.role in _STAFF)
    if isinstance(subject, StoredRecord):
        return action in _BY_RECORD and _BY_RECORD[action](actor, subject)
    return actor.role in _BY_ROLE.get(action, set())


def authorize(actor: Actor, action: Action, subject: StoredRecord | Recipient | None = None) -> None:
    """Refuse what the table does not grant.

    Raises:
        NotFound: the actor may not even know that the object exists.
        NotAllowed: the object, or the action, is known to exist but not for this actor.
    """
    if allowed(actor, action, subject):
        return
    hidden = isinstance(subject, Recipient) or (isinstance(subject, StoredRecord) and not _may_view(actor, subject))
    if hidden:
        raise NotFound(problem("not_found"))
    raise NotAllowed(problem("not_allowed", action=action.value, role=actor.role.value))
