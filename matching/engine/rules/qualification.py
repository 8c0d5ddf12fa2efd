"""Qualification: everything that the demand requires is held, and still valid on the day of delivery."""

from bisect import bisect_left
from datetime import date

import numpy as np

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.engine.rules.answers import found, known, missing, not_known, strangers
from matching.engine.tables import Block, ProfileTable, Verdicts
from matching.engine.views import DemandView, HeldQualification, Pair

CODE = "qualification"
KIND = Kind.HARD
DEMAND_KEYS = ("required_qualifications", "deliver_by")
PROFILE_KEYS = ("qualifications",)

_ORDER = {Verdict.FAIL: -1, Verdict.UNKNOWN: 0, Verdict.PASS: 1}


def check(pair: Pair) -> Finding:
    """Each required one is held, itself or by one that implies it, and valid on `deliver_by`.

    A plain name held has no stated end and counts as valid. An entry whose end nobody knows is unknown, and so
    is a required or held word that the vocabulary does not know, where it could decide.
    """
    required, held = pair.demand.required_qualifications, pair.profile.qualifications
    if required is None:
        return missing(CODE, KIND, {"demand.required_qualifications": None})
    if not required:
        return found(CODE, KIND, True, {"required": []})
    if held is None:
        return missing(CODE, KIND, {"profile.qualifications": None}, required=known(required))
    answers = {code: _answer(pair, held, code) for code in known(required)}
    lacking = [code for code, answer in answers.items() if answer is Verdict.FAIL]
    undecided = [code for code, answer in answers.items() if answer is Verdict.UNKNOWN]
    facts = {
        "required": known(required),
        "held": sorted(set().union(*(item.grants for item in held))),
        "lacking": lacking,
        "expired": _expired(held, lacking),
    }
    if lacking:
        return found(CODE, KIND, False, facts)
    terms = pair.vocabulary.qualifications
    strange = {
        "demand.required_qualifications": strangers(pair.demand.record.required_qualifications, terms),
        "profile.qualifications": strangers([q.name for q in pair.profile.record.qualifications or ()], terms)
        if undecided
        else [],
    }
    strange = {name: words for name, words in strange.items() if words}
    if strange:
        return not_known(CODE, KIND, strange, undecided=undecided, **facts)
    if undecided:
        return Finding(CODE, KIND, Verdict.UNKNOWN, {"missing": _open_ends(pair), "undecided": undecided, **facts})
    return found(CODE, KIND, True, facts)


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    demands, profiles = block.demands, block.profiles
    required = demands.required_qualifications
    answer = np.ones(block.shape, dtype=np.int8)
    strange = profiles.strange_qualification
    for column in np.flatnonzero(required.has.any(axis=0)):
        rows = np.flatnonzero(required.has[:, column])
        until, undated = profiles.valid_until[:, column], profiles.undated[:, column]
        by = demands.deliver_by[rows, np.newaxis]
        valid = (until >= by) | np.isposinf(until)
        open_end = np.isnan(by) & (until >= demands.as_of)
        one = np.where(valid, 1, np.where(open_end | undated | strange, 0, -1)).astype(np.int8)
        answer[rows] = np.minimum(answer[rows], one)
    answer[required.strange] = np.minimum(answer[required.strange], 0)
    asked = required.has.any(axis=1) | required.strange
    answer[np.ix_(asked, profiles.no_qualifications_said)] = 0
    answer[required.absent] = 0
    return answer


def mask_key(demand: DemandView, profiles: ProfileTable) -> tuple[object, ...] | None:
    """What is required, and how many of the ends that profiles state lie before the day of delivery."""
    if not demand.required_qualifications:
        return None
    by = demand.record.deliver_by
    return (demand.required_qualifications, -1 if by is None else bisect_left(profiles.ends, by.toordinal()))


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile obtains what it lacks, and renews what runs out too early."""
    terms = pair.vocabulary.qualifications
    lacking: list[str] = list(finding.facts["lacking"])  # type: ignore[call-overload]
    held = pair.profile.record.qualifications or ()
    before = [
        {"name": item.name, "valid_until": item.valid_until and item.valid_until.isoformat()}
        if item.dated
        else item.name
        for item in held
    ]
    kept = [entry for entry, item in zip(before, held, strict=True) if terms.code(item.name) not in lacking]
    return [NearMiss(rule=CODE, field="profile.qualifications", from_value=before, to_value=[*kept, *lacking])]


def _answer(pair: Pair, held: tuple[HeldQualification, ...], code: str) -> Verdict:
    answers = [_valid(item, pair.demand.record.deliver_by, pair.as_of) for item in held if code in item.grants]
    if pair.profile.has_unknown_qualification:
        answers.append(Verdict.UNKNOWN)  # the word that nobody knows may be the one
    return max(answers, key=_ORDER.__getitem__, default=Verdict.FAIL)


def _valid(item: HeldQualification, deliver_by: date | None, as_of: date) -> Verdict:
    if not item.dated:
        return Verdict.PASS
    if item.valid_until is None:
        return Verdict.UNKNOWN
    if deliver_by is None:
        return Verdict.FAIL if item.valid_until < as_of else Verdict.UNKNOWN
    return Verdict.PASS if item.valid_until >= deliver_by else Verdict.FAIL


def _expired(held: tuple[HeldQualification, ...], lacking: list[str]) -> dict[str, str]:
    ends: dict[str, str] = {}
    for code in lacking:
        known_ends = [item.valid_until for item in held if code in item.grants and item.valid_until is not None]
        if known_ends:
            ends[code] = max(known_ends).isoformat()
    return ends


def _open_ends(pair: Pair) -> list[str]:
    undated = any(item.dated and item.valid_until is None for item in pair.profile.qualifications or ())
    fields = ["profile.qualifications.valid_until"] if undated else []
    return [*fields, "demand.deliver_by"] if pair.demand.record.deliver_by is None else fields
