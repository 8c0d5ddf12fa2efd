"""Composing a match digest (对接简报): what is new, changed or closing for one OPC. Pure: lines in, JSON out."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from matching.domain.bands import fit_of

MOST_ITEMS = 5
CLOSING_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One ranked match as the digest needs it; `demand` and `explanation` are the contract's JSON objects."""

    demand_id: str
    score: float
    demand: Mapping[str, Any]
    explanation: Mapping[str, Any]


def compose_digest(candidates: Iterable[Candidate], told: Mapping[str, str], today: date) -> dict[str, Any]:
    """At most five items, best first, each with its band, two reasons, one obstacle and the deadline.

    `told` maps the demands of earlier digests to their fingerprints: an item without news is left out, unless
    its deadline is at hand and it was not told as closing. An empty digest says so (`items` is empty).
    """
    items: list[dict[str, Any]] = []
    for candidate in candidates:
        closing = _is_closing(candidate.demand, today)
        fingerprint = _fingerprint(candidate.demand, closing)
        if told.get(candidate.demand_id) == fingerprint:
            continue
        news = "new" if candidate.demand_id not in told else ("closing" if closing else "changed")
        items.append(
            {
                "id": candidate.demand_id,
                "news": news,
                "fingerprint": fingerprint,
                "title": candidate.demand["title"],
                "owner": (candidate.demand.get("owner") or {}).get("name"),
                "district": candidate.demand.get("district"),
                "budget_max_yuan": candidate.demand.get("budget_max_yuan"),
                "publish_until": candidate.demand.get("publish_until"),
                "deliver_by": candidate.demand.get("deliver_by"),
                "score": candidate.score,
                **_fit(candidate.explanation),
                "reasons": _reasons(candidate.explanation),
                "obstacle": _obstacle(candidate.explanation),
            }
        )
        if len(items) == MOST_ITEMS:
            break
    return {"items": items}


def _is_closing(demand: Mapping[str, Any], today: date) -> bool:
    until = demand.get("publish_until")
    return until is not None and today <= date.fromisoformat(until) <= today + timedelta(days=CLOSING_DAYS)


def _fingerprint(demand: Mapping[str, Any], closing: bool) -> str:
    """Changes with what a reader would call news: not with the day on which a record was touched."""
    told = {key: value for key, value in demand.items() if key != "updated_on"}
    return hashlib.sha256(repr((sorted(told.items(), key=lambda pair: pair[0]), closing)).encode()).hexdigest()[:16]


def _fit(explanation: Mapping[str, Any]) -> dict[str, object]:
    """The band, the band of the texts alone, and the hard rules that are not answered where those are many."""
    fit = fit_of(explanation)
    return {
        "band": fit.band.value,
        "band_by_text": fit.by_text.value,
        "unknown": list(fit.unknown) if fit.lacks_much else [],
    }


def _reasons(explanation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The two parts that add most to the score."""
    adding = [part for part in explanation["parts"] if part["contribution"] > 0]
    return sorted(adding, key=lambda part: (-part["contribution"], part["code"]))[:2]


def _obstacle(explanation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first hard rule that is not yet known to be met; nothing where all are."""
    return next((f for f in explanation["findings"] if f["kind"] == "hard" and f["verdict"] != "pass"), None)
