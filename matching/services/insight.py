"""What the engine can tell beside the lists, for the records of this installation: gaps, what-ifs, rehearsals.

Nothing is stored. The texts are read once and kept in the process until a record, the policy or the day changes.
"""

import hashlib
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from matching.domain.match import NearMiss
from matching.domain.records import RecordKind
from matching.domain.stages import OPEN_STAGES, Stage
from matching.domain.vocabulary import Vocabulary
from matching.services.access import Action, Actor, allowed, authorize
from matching.services.policies import current_policy, read_proposal
from matching.services.records import SHANGHAI
from matching.store import DbSession, records
from matching.store.database import canonical_json
from matching.store.records import StoredRecord

if TYPE_CHECKING:  # these bring scipy: only where something is computed
    from matching.engine.gaps import GapBoard
    from matching.engine.ground import Ground
    from matching.engine.rehearsal import Rehearsal
    from matching.engine.whatif import Outlook

_kept: "WeakKeyDictionary[Any, tuple[str, Ground]]" = WeakKeyDictionary()
"""The ground of each database of this process (one, but in tests) and the fingerprint of what went into it."""
_one_reader = Lock()


def gap_board(session: DbSession, *, actor: Actor, vocabulary: Vocabulary, now: datetime) -> "GapBoard":
    """The gap board of the open demands and the published profiles, for those who organise."""
    authorize(actor, Action.VIEW_DRAFTS)
    from matching.engine import gaps

    return gaps.gap_board(_ground(session, vocabulary, now))


def outlook(
    session: DbSession, stored: StoredRecord, *, actor: Actor, vocabulary: Vocabulary, now: datetime
) -> "Outlook | None":
    """What each change of a record's own terms would open, for its side and the organisers.

    None while the record takes no part in matching.
    """
    authorize(actor, Action.VIEW_MATCHES, stored)
    if not _takes_part(stored):
        return None
    from matching.engine.whatif import outlook_of_demand, outlook_of_profile

    ground = _ground(session, vocabulary, now)
    return (outlook_of_demand if stored.kind is RecordKind.DEMANDS else outlook_of_profile)(ground, stored.id)


def smallest_change(
    session: DbSession,
    demand: StoredRecord,
    profile: StoredRecord,
    *,
    actor: Actor,
    vocabulary: Vocabulary,
    now: datetime,
) -> tuple[NearMiss, ...] | None:
    """The fewest changes that would make a pair eligible, for either of its sides and the organisers.

    Empty where it is eligible; None where no change would help.

    Raises:
        NotAllowed, NotFound: the actor is of neither side.
    """
    if not allowed(actor, Action.VIEW_MATCHES, demand):
        authorize(actor, Action.VIEW_MATCHES, profile)
    from matching.engine import whatif

    return whatif.smallest_change(_ground(session, vocabulary, now), demand.record, profile.record)


def rehearse_policy(
    session: DbSession, toml_text: str, *, actor: Actor, vocabulary: Vocabulary, now: datetime
) -> "Rehearsal":
    """What another policy would show, beside the one in force, on today's records; nothing is stored.

    Raises:
        NotAllowed: the actor does not organise.
        InputError: see `policies.read_proposal`.
    """
    authorize(actor, Action.VIEW_DRAFTS)
    proposed = read_proposal(toml_text)
    from matching.engine.rehearsal import demand_lists, rehearse, sectors_of_demands

    ground = _ground(session, vocabulary, now)
    before, after = (demand_lists(ground, policy) for policy in (ground.policy, proposed))
    return rehearse(before, after, sectors_of_demands(ground))


def _takes_part(stored: StoredRecord) -> bool:
    return stored.stage in (OPEN_STAGES if stored.kind is RecordKind.DEMANDS else (Stage.PUBLISHED,))


def _ground(session: DbSession, vocabulary: Vocabulary, now: datetime) -> "Ground":
    """What takes part in matching today, under the policy in force; read again only when something changed."""
    from matching.engine.ground import Ground

    policy, as_of = current_policy(session), now.astimezone(SHANGHAI).date()
    taking_part = ((RecordKind.DEMANDS, OPEN_STAGES), (RecordKind.PROFILES, (Stage.PUBLISHED,)))
    contents = [records.contents_in(session, kind, stages) for kind, stages in taking_part]
    inputs = [contents, policy.version, as_of.isoformat(), repr(vocabulary)]
    fingerprint = hashlib.sha256(canonical_json(inputs).encode()).hexdigest()
    database = session.get_bind()
    with _one_reader:  # of several who ask at once, one reads for all
        kept = _kept.get(database)
        if kept is not None and kept[0] == fingerprint:
            return kept[1]
        demands, profiles = (
            [stored.record for stored in records.records_in(session, kind, stages)] for kind, stages in taking_part
        )
        session.rollback()  # nothing more is read: let go of the snapshot before the long part
        ground = Ground(demands, profiles, policy=policy, vocabulary=vocabulary, as_of=as_of)
        _kept[database] = fingerprint, ground
        return ground
