"""The gold set: demands and profiles written by hand, in two halves, with a grade for every pair that is any use.

A grade judges the need against the offer, regardless of price, date and place: 3 exactly what is needed, 2 would do
with adaptation, 1 the same field and of weak use, 0 everything else. Weights and thresholds are chosen on the half
`tune`; the half `test` is only measured.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.domain.codec import read_demand, read_profile
from matching.domain.demand import Demand
from matching.domain.errors import InputError
from matching.domain.match import Verdict
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import load_vocabulary
from matching.engine.rules import HARD
from matching.engine.views import Pair, view_demand, view_profile

FOLDER = Path(__file__).parent / "gold"
HALVES = ("tune", "test")
AS_OF = date(2026, 11, 1)
VOCABULARY = load_vocabulary()

RIGHT, USABLE = 3, 2
NONE = "none"
STYLES = ("paraphrase", "colloquial", "official", "plain", "english", "traditional", NONE)
FILES = ("demands", "profiles", "judgements", "blocked", "styles")


class GoldError(Exception):
    """The gold set is not there, or says something impossible."""


@dataclass(frozen=True)
class Gold:
    """One half; demands and profiles by id, and everything else by their places."""

    half: str
    demands: list[Demand]
    profiles: list[CapabilityProfile]
    grades: NDArray[np.int8]  # (n_demands, n_profiles), 0..3
    blocked: Mapping[tuple[int, int], list[str]]  # the hard rules that must stop the pair
    styles: list[str]
    decoys: list[list[int]]  # profiles that share conspicuous words with the demand and do not solve it

    @cached_property
    def usable(self) -> NDArray[np.int8]:
        """The grades with 0 for every blocked pair, which nobody may show."""
        grades = self.grades.copy()
        for pair in self.blocked:
            grades[pair] = 0
        return grades

    @cached_property
    def answerable(self) -> NDArray[np.bool_]:
        """(n_demands,) whether there is suitable supply."""
        return np.array([style != NONE for style in self.styles], dtype=np.bool_)

    @cached_property
    def failing(self) -> dict[tuple[int, int], list[str]]:
        """The hard rules that fail, as their readable checks say, for each pair that any of them stops."""
        demands = [view_demand(demand, VOCABULARY) for demand in self.demands]
        profiles = [view_profile(profile, VOCABULARY) for profile in self.profiles]
        found = {}
        for d, demand in enumerate(demands):
            for p, profile in enumerate(profiles):
                pair = Pair(demand, profile, AS_OF, VOCABULARY)
                codes = [rule.CODE for rule in HARD if rule.check(pair).verdict is Verdict.FAIL]
                if codes:
                    found[d, p] = codes
        return found

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """(n_demands, n_profiles) whether no hard rule fails: the filter that every system is given."""
        mask = np.ones(self.grades.shape, dtype=np.bool_)
        for pair in self.failing:
            mask[pair] = False
        return mask


def load_gold(half: str, folder: Path = FOLDER) -> Gold:
    """One half of the gold set.

    Raises:
        GoldError: a file is missing, or a line names a record that is not there; `tests.quality.faults` tells more.
    """
    try:
        return _read(half, folder)
    except FileNotFoundError as error:
        raise GoldError(f"the {half} half is not complete: there is no {error.filename}") from None
    except (InputError, KeyError, ValueError) as error:
        raise GoldError(f"the {half} half cannot be read ({error!r}): run pytest tests/quality/test_gold.py") from None


def _read(half: str, folder: Path) -> Gold:
    lines = {name: [line for _, line in read_lines(folder / half / f"{name}.jsonl")] for name in FILES}
    demands = sorted(map(read_demand, lines["demands"]), key=lambda record: record.id)
    profiles = sorted(map(read_profile, lines["profiles"]), key=lambda record: record.id)
    of_demand = {record.id: place for place, record in enumerate(demands)}
    of_profile = {record.id: place for place, record in enumerate(profiles)}
    grades = np.zeros((len(demands), len(profiles)), dtype=np.int8)
    for line in lines["judgements"]:
        grades[of_demand[line["demand"]], of_profile[line["profile"]]] = line["grade"]
    blocked: dict[tuple[int, int], list[str]] = {}
    for line in lines["blocked"]:
        blocked.setdefault((of_demand[line["demand"]], of_profile[line["profile"]]), []).append(line["rule"])
    said = {line["demand"]: line for line in lines["styles"]}
    return Gold(
        half=half,
        demands=demands,
        profiles=profiles,
        grades=grades,
        blocked=blocked,
        styles=[said[record.id]["style"] for record in demands],
        decoys=[[of_profile[decoy] for decoy in said[record.id]["decoys"]] for record in demands],
    )


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file with the numbers of their lines; blank lines are passed over."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.strip():
            yield number, json.loads(line)


def demand_text(demand: Demand) -> str:
    """Every text of a demand that the engine reads, for systems that take one text."""
    metrics = [metric.name for metric in demand.metrics or ()]
    return _text(demand.text, *(demand.capabilities or ()), *(demand.data_provided or ()), *metrics)


def profile_parts(profile: CapabilityProfile) -> list[str]:
    """Every text of a profile that the engine reads: what it says of itself, each capability, each job done."""
    capabilities = [_text(c.name, c.description, *(c.cases or ())) for c in profile.capabilities or ()]
    cases = [_text(case.metric, case.client) for case in profile.cases or ()]
    return [part for part in (_text(profile.name, profile.summary), *capabilities, *cases) if part]


def profile_text(profile: CapabilityProfile) -> str:
    """The same as one text."""
    return "\n".join(profile_parts(profile))


def sector_words(record: Demand | CapabilityProfile) -> str:
    """The names of the sectors as written."""
    return "、".join(record.sectors or ())


def _text(*pieces: str | None) -> str:
    return "\n".join(piece for piece in pieces if piece)
