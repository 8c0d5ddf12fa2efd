"""The explanation of a match, made ready for a template: sums that add up, verdicts in groups, words in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from matching.domain.bands import fit_of
from matching.domain.match import Verdict
from matching.domain.policy import HARD_RULES
from matching.domain.records import RecordKind
from matching.publishing.reasons import finding_sentence, near_miss_sentence, part_name, rule_name
from matching.store.matches import Absence, MatchLine, MatchRun
from webapp import labels
from webapp.addresses import record_path
from webapp.context import vocabulary
from webapp.languages import language, say
from webapp.show import Card, card_of, macro, word

SHOWN_TERMS = 6
MOST_KEPT = 2_000
"""Rendered pairs that a process keeps: some 12 MB."""


@dataclass(frozen=True, slots=True)
class Summand:
    """One part of a score, in hundredths of the scale: `contribution` = `weight` × `value`."""

    code: str
    label: str
    weight: str
    value: str | None
    contribution: str
    start: str  # where its bar begins
    width: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What one rule found."""

    label: str
    sentence: str
    hard: bool


@dataclass(frozen=True, slots=True)
class ShownBand:
    """How well a pair fits, in one word. `lacking` says which rules nobody can answer, where those are many."""

    code: str
    name: str
    meaning: str
    lacking: str


@dataclass(frozen=True, slots=True)
class MatchCard:
    """One pair for reading. `band` None: a hard rule stops it. `route`: how a demand's owner will buy, if it is one."""

    card: Card
    rank: int | None
    band: ShownBand | None
    route: str | None
    score: str
    summands: Sequence[Summand]
    shared: Sequence[str]
    failed: Sequence[Judged]
    unknown: Sequence[Judged]
    short: Sequence[Judged]  # soft rules that earn less than they could
    passed: Sequence[Judged]
    would_change: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a rendered pair depends on. A run's explanations never change, so its fingerprint stands for them."""

    run: tuple[str, str, datetime]
    pair: tuple[str, str]
    language: str
    rank: int | None
    is_open: bool
    card: Card
    route: str | None
    line: MatchLine = field(compare=False)


def match_pages(kind: RecordKind, lines: Sequence[MatchLine], run: MatchRun, *, open_first: bool) -> list[Markup]:
    """The pairs of a record of `kind` as HTML, each showing the record of the other kind; kept between requests."""
    other = RecordKind.PROFILES if kind is RecordKind.DEMANDS else RecordKind.DEMANDS
    return [
        _match_page(
            _Asked(
                (run.fingerprint, run.engine_version, run.at),
                (line.demand_id, line.profile_id),
                language(),
                line.rank,
                open_first and place == 0,
                card_of(
                    other,
                    line.profile_id if other is RecordKind.PROFILES else line.demand_id,
                    line.other_title,
                    line.other_record,
                ),
                procurement_route(line.other_record) if other is RecordKind.DEMANDS else None,
                line,
            )
        )
        for place, line in enumerate(lines)
    ]


@lru_cache(maxsize=MOST_KEPT)
def _match_page(asked: _Asked) -> Markup:
    return macro("match_card", _match_card(asked), asked.is_open)


def _match_card(asked: _Asked) -> MatchCard:
    said, words, line = asked.language, vocabulary(), asked.line
    explanation = line.explanation
    by_verdict: dict[str, list[Judged]] = {verdict.value: [] for verdict in Verdict}
    short: list[Judged] = []
    weightless = {part["code"] for part in explanation["parts"] if not part["weight"]}  # earns nothing, says nothing
    for finding in explanation["findings"]:
        if finding["code"] in weightless:
            continue
        judged = Judged(
            rule_name(finding["code"], said), finding_sentence(finding, said, words), finding["kind"] == "hard"
        )
        soft_fail = finding["verdict"] == Verdict.FAIL and not judged.hard  # earns less; stops nothing
        (short if soft_fail else by_verdict[finding["verdict"]]).append(judged)
    return MatchCard(
        card=asked.card,
        rank=line.rank,
        band=_band_of(explanation) if explanation["eligible"] else None,
        route=asked.route,
        score=f"{100 * line.score:.1f}",
        summands=_summands(explanation["parts"]),
        shared=_shared(explanation["parts"]),
        failed=by_verdict[Verdict.FAIL],
        unknown=by_verdict[Verdict.UNKNOWN],
        short=short,
        passed=by_verdict[Verdict.PASS],
        would_change=[near_miss_sentence(miss, said, words) for miss in explanation["near_miss"]],
    )


def procurement_route(demand: Mapping[str, Any]) -> str:
    """How a demand's owner has recorded that it will buy."""
    route = demand.get("procurement_route")
    if route is None:
        return say("场景方还没有记录采购方式。")
    return say("场景方记录的采购方式：%(route)s。", route=word("procurement_routes", route).text)


def _band_of(explanation: Mapping[str, Any]) -> ShownBand:
    fit = fit_of(explanation)
    return shown_band(fit.band, fit.by_text, fit.unknown if fit.lacks_much else ())


def shown_band(band: str, by_text: str, unknown: Sequence[str]) -> ShownBand:
    """A band in words; `unknown` are the rules that could not be answered, where they were too many."""
    lacking = ""
    if unknown:
        said = {"number": len(unknown), "rules": say("、").join(rule_name(code, language()) for code in unknown)}
        if band == by_text:
            lacking = say("%(number)s 条硬条件缺信息，还不能判断：%(rules)s。", **said)
        else:
            lacking = say(
                "只看双方文字是“%(text)s”；因为 %(number)s 条硬条件缺信息，降为“%(band)s”。补上就能判断：%(rules)s。",
                text=labels.BANDS[by_text], band=labels.BANDS[band], **said,
            )  # fmt: skip
    return ShownBand(band, str(labels.BANDS[band]), str(labels.BAND_MEANINGS[band]), lacking)


@dataclass(frozen=True, slots=True)
class Stop:
    """One hard rule that stops profiles which speak of a demand. `alone`: how many nothing else stops."""

    label: str
    number: int
    alone: int
    remedy: str


def stops(absence: Absence | None) -> list[Stop]:
    """The rules that leave a demand without supply, most first, each with what can be done about it."""
    if absence is None:
        return []
    return [
        Stop(rule_name(code, language()), number, absence.alone.get(code, 0), str(labels.REMEDIES[code]))
        for code, number in sorted(absence.stopped.items(), key=lambda stop: (-stop[1], HARD_RULES.index(stop[0])))
    ]


def _summands(parts: Sequence[Mapping[str, Any]]) -> list[Summand]:
    """The parts that weigh something; contributions are rounded so that they add up to the rounded score."""
    weighing = [part for part in parts if part["weight"] > 0]
    tenths = _rounded([1000 * part["contribution"] for part in weighing])
    found, start = [], 0.0
    for part, contribution in zip(weighing, tenths, strict=True):
        width = 100 * part["contribution"]
        found.append(
            Summand(
                code=part["code"],
                label=part_name(part["code"], language()),
                weight=f"{100 * part['weight']:g}%",
                value=None if part["value"] is None else f"{100 * part['value']:.1f}",
                contribution=f"{contribution / 10:.1f}",
                start=f"{start:.2f}",
                width=f"{width:.2f}",
                evidence=_evidence(part["evidence"]),
            )
        )
        start += width
    return found


def _rounded(values: Sequence[float]) -> list[int]:
    """Whole numbers next to the values whose sum is the rounded sum (largest remainders go up)."""
    floors = [int(value) for value in values]
    missing = round(sum(values)) - sum(floors)
    for place in sorted(range(len(values)), key=lambda i: floors[i] - values[i])[: max(0, missing)]:
        floors[place] += 1
    return floors


def _evidence(items: Sequence[Mapping[str, Any]]) -> str:
    """The words that earned a part its value."""
    capabilities = vocabulary().capabilities
    said = []
    for item in items[:SHOWN_TERMS]:
        if "concept" in item:
            said.append(capabilities.name(item["concept"], language()) + _sayings(item))
        elif "best_capability" in item:
            said.append(capabilities.name(item["best_capability"], language()))
        elif "term" in item:
            said.append(str(item["term"]))
    if any("copied" in item for item in items):
        said.append(say("（画像中有大段文字与需求原文相同）"))
    return say("、").join(said)


def _sayings(item: Mapping[str, Any]) -> str:
    """How the two sides say a concept, where they say it differently: （“点数” ↔ “盘点”）."""
    sides = [item[side]["words"][0] for side in ("demand", "profile") if item.get(side, {}).get("words")]
    return f"（“{sides[0]}” ↔ “{sides[1]}”）" if len(sides) == 2 and sides[0] != sides[1] else ""


def _shared(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The concepts and words that both records speak of, most telling first."""
    capabilities = vocabulary().capabilities
    found: dict[str, None] = {}
    for key, code in (("concept", "capability"), ("term", "words")):
        for part in parts:
            if part["code"] == code:
                for item in part["evidence"]:
                    if key in item:
                        found[capabilities.name(item[key], language()) if key == "concept" else item[key]] = None
    longest = [term for term in found if not any(term != other and term in other for other in found)]
    return longest[:SHOWN_TERMS]


def digest_items(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The demands of a digest with their reasons in words."""
    words, said = vocabulary(), language()
    return [
        {
            **item,
            "path": record_path(RecordKind.DEMANDS, item["id"]),
            "score": f"{100 * item['score']:.1f}",
            "band": shown_band(item["band"], item["band_by_text"], item["unknown"]) if "band" in item else None,
            "district": words.districts.name(item["district"], said) if item.get("district") else None,
            "reasons": [(part_name(r["code"], said), _evidence(r["evidence"])) for r in item["reasons"]],
            "obstacle": finding_sentence(item["obstacle"], said, words) if item.get("obstacle") else None,
        }
        for item in items
    ]
