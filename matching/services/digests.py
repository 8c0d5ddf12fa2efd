"""Digests: composed once for each OPC and period, read by the OPC and the organisers."""

from datetime import datetime

from matching.domain.errors import InputError, NotFound, problem
from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.publishing.digest import Candidate, compose_digest
from matching.services.access import Action, Actor, Recipient, Role, authorize
from matching.services.matches import PER_PROFILE
from matching.services.records import SHANGHAI
from matching.store import DbSession, matches, publications, records, runs, write_transaction
from matching.store.audit import record_change
from matching.store.publications import StoredDigest
from matching.store.records import Filter, StoredRecord

OPC = "opc"


def week_of(now: datetime) -> str:
    """The ISO week in Shanghai, such as 2026-W48: the period of a digest."""
    year, week, _ = now.astimezone(SHANGHAI).isocalendar()
    return f"{year}-W{week:02d}"


def compose(session: DbSession, period: str, *, now: datetime) -> dict[str, dict[str, object]]:
    """profile id → digest body, for every published profile that has none for the period yet.

    Raises:
        InputError: `no_matches_yet` before the first refresh.
    """
    if matches.latest_run(session) is None:
        raise InputError(problem("no_matches_yet"))
    today = now.astimezone(SHANGHAI).date()
    done = publications.digests_of_period(session, OPC, period)
    waiting = [
        profile_id
        for profile_id, _ in records.contents_in(session, RecordKind.PROFILES, [Stage.PUBLISHED])
        if profile_id not in done
    ]
    if not waiting:
        return {}
    told = publications.told_before(session, OPC, period)
    ranked = matches.best_by_profile(session, PER_PROFILE)
    return {
        profile_id: compose_digest(
            (
                Candidate(
                    demand_id=line.demand_id, score=line.score, demand=line.other_record, explanation=line.explanation
                )
                for line in ranked.get(profile_id, ())
            ),
            told.get(profile_id, {}),
            today,
        )
        for profile_id in waiting
    }


def publish_digests(session: DbSession, period: str, *, actor: Actor, now: datetime) -> int:
    """Publish the period's digest for every OPC that has none; a rerun adds nothing. How many were added.

    A digest lies in the OPC's own pages at once; the message that tells of it waits in the outbox under a key
    that is made of recipient and period, so that it can be written only once.
    """
    authorize(actor, Action.COMPUTE)
    with write_transaction(session):
        composed = compose(session, period, now=now)
        for profile_id, body in composed.items():
            publications.add_digest(
                session, recipient_kind=OPC, recipient_id=profile_id, period=period, body=body, now=now
            )
            if body["items"]:
                runs.enqueue(
                    session,
                    key=f"digest:{period}:{profile_id}:inbox",
                    channel="inbox",
                    recipient=profile_id,
                    message={"kind": "digest", "period": period, "profile": profile_id},
                    now=now,
                )
        if composed:
            record_change(
                session, now=now, actor=actor.name, action="publish_digests", object_kind="digest", object_id=period,
                added=len(composed),
            )  # fmt: skip
    return len(composed)


def own_digests(session: DbSession, *, actor: Actor) -> list[StoredDigest]:
    """The digests of the profiles that the actor answers for, newest first."""
    if actor.role is not Role.OPC or actor.account_id is None:
        return []
    own = records.list_records(session, RecordKind.PROFILES, Filter(account_id=actor.account_id), size=100)
    return publications.digests_for(session, OPC, [line.id for line in own.lines])


def digests_of_profile(session: DbSession, stored: StoredRecord, *, actor: Actor) -> list[StoredDigest]:
    """The digests of one profile, for its OPC and the organisers."""
    authorize(actor, Action.VIEW_MATCHES, stored)
    return publications.digests_for(session, OPC, [stored.id])


def view_digest(session: DbSession, digest_id: int, *, actor: Actor) -> tuple[StoredDigest, StoredRecord]:
    """One digest and the profile it is for.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    digest = publications.find_digest(session, digest_id)
    if digest is None:
        raise NotFound(problem("not_found"))
    profile = records.find_record(session, RecordKind.PROFILES, digest.recipient_id)
    if profile is None:
        raise NotFound(problem("not_found"))
    authorize(actor, Action.VIEW_DIGEST, Recipient(record_id=profile.id, account_id=profile.account_id))
    return digest, profile
