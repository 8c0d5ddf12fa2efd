"""The life of the match policy: the one in force, putting another in force, taking that back, and the history."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from matching.domain.errors import InputError, problem
from matching.domain.policy import DEFAULT_POLICY, MatchPolicy, read_policy
from matching.domain.text import check_text
from matching.services.access import Action, Actor, authorize
from matching.store import DbSession, policies, write_transaction
from matching.store.audit import record_change
from matching.store.database import canonical_json
from matching.store.policies import AppliedPolicy

LONGEST_NOTE = 2_000
LONGEST_POLICY = 20_000


def current_policy(session: DbSession) -> MatchPolicy:
    """The policy in force; the product's own until somebody puts another in force. Anybody may know it."""
    newest = policies.applied_policies(session, limit=1)
    return read_policy(newest[0].toml) if newest else DEFAULT_POLICY


def apply_policy(
    session: DbSession, toml_text: str, *, actor: Actor, now: datetime, note: str | None = None
) -> AppliedPolicy | None:
    """Put a policy in force for the next refresh; None where it says what the present one says.

    It is stored with every value spelt out, so that it means the same whatever the defaults are one day.

    Raises:
        NotAllowed: the actor does not organise.
        InputError: what `read_policy` says, `too_long`, or what `check_text` says of the note.
    """
    authorize(actor, Action.APPROVE)
    policy = read_proposal(toml_text)
    with write_transaction(session):
        present = current_policy(session)
        if policy == present:
            return None
        return _put_in_force(session, policy, present, "apply", actor=actor, now=now, note=note)


def revert_policy(session: DbSession, *, actor: Actor, now: datetime, note: str | None = None) -> AppliedPolicy:
    """Put the policy before the present one in force again, as a new entry; doing it twice is as doing nothing.

    Raises:
        NotAllowed: the actor does not organise.
        InputError: `no_former_policy`.
    """
    authorize(actor, Action.APPROVE)
    with write_transaction(session):
        latest = policies.applied_policies(session, limit=2)
        if not latest:
            raise InputError(problem("no_former_policy"))
        former = read_policy(latest[1].toml) if len(latest) > 1 else DEFAULT_POLICY
        present = current_policy(session)
        return _put_in_force(session, former, present, "revert", actor=actor, now=now, note=note)


def policy_history(session: DbSession, *, actor: Actor, limit: int = 100) -> Sequence[AppliedPolicy]:
    """The policies that were put in force, newest first, for those who organise."""
    authorize(actor, Action.VIEW_DRAFTS)
    return policies.applied_policies(session, limit)


def read_proposal(toml_text: str) -> MatchPolicy:
    """A policy as somebody hands it in.

    Raises:
        InputError: what `read_policy` says, or `too_long`.
    """
    if len(toml_text) > LONGEST_POLICY:
        raise InputError(problem("too_long", length=len(toml_text), longest=LONGEST_POLICY))
    policy = read_policy(toml_text)
    return policy if policy.learnt is None else with_model(policy, policy.learnt)


def spelt_out(policy: MatchPolicy) -> str:
    """The policy as TOML with every value; `read_policy` gives the same policy back."""
    lines = [f"minimum_relevance = {policy.minimum_relevance!r}", f"top = {policy.top}"]
    for name in ("weights", "hard", "soft"):
        lines += ["", f"[{name}]"]
        lines += [f"{code} = {json.dumps(value)}" for code, value in getattr(policy, name).items()]
    if policy.learnt is not None:
        lines += ["", "[learnt]", f"model = {json.dumps(policy.learnt)}"]
    return "\n".join(lines) + "\n"


def with_model(policy: MatchPolicy, model_json: str) -> MatchPolicy:
    """The policy with a learnt part beside its own parts.

    Raises:
        InputError: what `read_model` says; `other_policy` where the model corrects another policy than this.
    """
    from matching.engine.learning.model import read_model  # brings scipy: only where a model is read

    try:
        model = read_model(json.loads(model_json))
    except ValueError:
        raise InputError(problem("not_a_model", reason="JSON")) from None
    plain = replace(policy, learnt=None)
    if model.policy_version != plain.version:
        raise InputError(problem("other_policy", value=model.policy_version, present=plain.version))
    return replace(plain, learnt=canonical_json(model.to_json()))


def _put_in_force(
    session: DbSession,
    policy: MatchPolicy,
    present: MatchPolicy,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    note: str | None,
) -> AppliedPolicy:
    note = (note or "").strip() or None
    if note is not None:
        check_text(note, key="note", longest=LONGEST_NOTE)
    applied = policies.add_policy(
        session, version=policy.version, toml=spelt_out(policy), applied_at=now, applied_by=actor.name, note=note
    )
    record_change(
        session, now=now, actor=actor.name, action=action, object_kind="match_policy", object_id=policy.version,
        former=present.version, note=note,
    )  # fmt: skip
    return applied
