"""What is wrong with a half of the gold set, line by line, before anything is measured on it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from matching.domain.codec import read_demand, read_profile
from matching.domain.errors import InputError
from matching.domain.policy import HARD_RULES
from tests.quality.gold import FILES, NONE, RIGHT, STYLES, USABLE, load_gold

Lines = list[tuple[str, Any]]
"""(file and line number, what the line holds)."""


def faults(folder: Path) -> list[str]:
    """Readable faults, one a line of a file; none for a half that can be measured on."""
    missing = [f"{name}.jsonl is missing" for name in FILES if not (folder / f"{name}.jsonl").is_file()]
    if missing:
        return missing
    found: list[str] = []
    sheets = {name: _lines(folder / f"{name}.jsonl", found) for name in FILES}
    demands = _ids(sheets["demands"], read_demand, found)
    profiles = _ids(sheets["profiles"], read_profile, found)
    for check in (_judgements, _blocked, _styles):
        found += check(sheets, demands, profiles)
    return found or list(_meaning(folder))


def _lines(path: Path, found: list[str]) -> Lines:
    lines: Lines = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        place = f"{path.name} line {number}"
        try:
            value = json.loads(line)
        except ValueError as error:
            found.append(f"{place}: not JSON ({error})")
            continue
        if isinstance(value, dict):
            lines.append((place, value))
        else:
            found.append(f"{place}: not a JSON object")
    return lines


def _ids(lines: Lines, read: Callable[[Any], Any], found: list[str]) -> set[str]:
    ids: set[str] = set()
    for place, value in lines:
        try:
            record = read(value)
        except InputError as error:
            found.append(f"{place}: {error}")
            continue
        if record.id in ids:
            found.append(f"{place}: {record.id} is there twice")
        ids.add(record.id)
    return ids


def _pairs(lines: Lines, demands: set[str], profiles: set[str]) -> Iterator[str]:
    """Pairs of records that are not there, or that were named before (with the same rule, where there are rules)."""
    seen: set[tuple[object, ...]] = set()
    for place, value in lines:
        pair = (value.get("demand"), value.get("profile"), value.get("rule"))
        if pair[0] not in demands:
            yield f"{place}: there is no demand {pair[0]}"
        if pair[1] not in profiles:
            yield f"{place}: there is no profile {pair[1]}"
        if pair in seen:
            yield f"{place}: {pair[0]} and {pair[1]} are there twice"
        seen.add(pair)


def _judgements(sheets: dict[str, Lines], demands: set[str], profiles: set[str]) -> Iterator[str]:
    yield from _pairs(sheets["judgements"], demands, profiles)
    for place, value in sheets["judgements"]:
        if value.get("grade") not in (1, 2, 3):
            yield f"{place}: the grade is {value.get('grade')!r}, not 1, 2 or 3"


def _blocked(sheets: dict[str, Lines], demands: set[str], profiles: set[str]) -> Iterator[str]:
    yield from _pairs(sheets["blocked"], demands, profiles)
    for place, value in sheets["blocked"]:
        if value.get("rule") not in HARD_RULES:
            yield f"{place}: {value.get('rule')!r} is no hard rule"


def _styles(sheets: dict[str, Lines], demands: set[str], profiles: set[str]) -> Iterator[str]:
    told = Counter(value.get("demand") for _, value in sheets["styles"])
    yield from (f"styles.jsonl: {demand} has {told[demand]} lines" for demand in sorted(demands) if told[demand] != 1)
    for place, value in sheets["styles"]:
        if value.get("demand") not in demands:
            yield f"{place}: there is no demand {value.get('demand')}"
        if value.get("style") not in STYLES:
            yield f"{place}: {value.get('style')!r} is no style"
        for decoy in value.get("decoys", ["(no list of decoys)"]):
            if decoy not in profiles:
                yield f"{place}: there is no profile {decoy}"


def _meaning(folder: Path) -> Iterator[str]:
    """What only shows when everything is read together."""
    gold = load_gold(folder.name, folder.parent)
    for d, demand in enumerate(gold.demands):
        best = int(gold.usable[d].max(initial=0))
        if gold.styles[d] == NONE and gold.grades[d].max(initial=0) >= USABLE:
            yield f"{demand.id}: its style is none and a profile has grade {gold.grades[d].max()}"
        if gold.styles[d] != NONE and best < RIGHT:
            yield f"{demand.id}: no profile with grade {RIGHT} may be shown; the best has {best}"
        for decoy in gold.decoys[d]:
            if gold.grades[d, decoy] >= USABLE:
                yield f"{demand.id}: its decoy {gold.profiles[decoy].id} has grade {gold.grades[d, decoy]}"
        for p, profile in enumerate(gold.profiles):
            fails = gold.failing.get((d, p), [])
            rules = gold.blocked.get((d, p), [])
            for rule in rules:
                if rule not in fails:
                    yield f"{demand.id} and {profile.id}: blocked by {rule}, which does not fail (failing: {fails})"
            if not rules and fails and gold.grades[d, p]:
                yield f"{demand.id} and {profile.id}: graded, and stopped by {fails}, and not in blocked.jsonl"
