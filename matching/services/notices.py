"""Notices: exactly those whose appointments a publication changes are told, in the transaction that publishes."""

from datetime import datetime

from matching.programme.compare import compare
from matching.publishing.programme.changes import Names, change_words
from matching.store import DbSession, participation, runs
from matching.store.publications import StoredLineUp


def tell_changes(session: DbSession, former: StoredLineUp | None, stored: StoredLineUp, *, now: datetime) -> int:
    """Write one notice for each changed appointment, and one message a person for the outbox; how many people.

    Keys are made of season, revision, side, person and item: whatever is run twice, each is told once. For the caller's
    transaction.
    """
    before = None if former is None else former.problem["problem"]
    found = compare(before, None if former is None else former.plan, stored.problem["problem"], stored.plan)
    names = Names.of(stored.problem, *([] if former is None else [former.problem]))
    lines: dict[tuple[str, str], list[str]] = {}
    for change in found.changes:
        words = {language: change_words(change, names, language) for language in ("zh", "en")}
        participation.add_notice(
            session,
            key=f"programme:{stored.season}:{stored.revision}:{change.side}:{change.person}:{change.item}",
            side=change.side,
            person=change.person,
            season=stored.season,
            kind="programme_changed",
            facts={**words, "line_up": stored.id, "revision": stored.revision, "change": change.to_json()},
            now=now,
        )
        lines.setdefault((change.side, change.person), []).append(words["zh"])
    for (side, person), said in lines.items():
        runs.enqueue(
            session,
            key=f"programme:{stored.season}:{stored.revision}:{side}:{person}",
            channel="inbox",
            recipient=f"{side}:{person}",
            message={"kind": "programme_changed", "season": stored.season, "revision": stored.revision, "lines": said},
            now=now,
        )
    return len(lines)
