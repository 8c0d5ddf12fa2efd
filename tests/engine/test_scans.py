"""The two scans, NumPy's and the compiled one, against each other and against an obvious reference."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.match import Kind, Verdict
from matching.domain.policy import DEFAULT_POLICY
from matching.engine import kernels, ranking
from matching.engine.index import TextIndex
from matching.engine.pipeline import FOR_DEMANDS, Matching
from matching.engine.ranking import Sizes, rank
from matching.engine.scoring import CHANGEABLE, MOST_CHANGES
from matching.engine.tables import demand_table
from matching.engine.views import view_demand
from tests.engine.demonstration import demonstration
from tests.engine.make import (
    EVERYTHING,
    TODAY,
    VOCABULARY,
    full_demands,
    full_profiles,
    make_demand,
    make_profile,
    random_demands,
    random_profiles,
)

ALL_LISTS = Sizes(per_demand=4, per_profile=3, near_per_demand=2, near_per_profile=2)


def ranked(demands, profiles, policy, sizes, monkeypatch, *, compiled):
    """The four lists as (scores, others), with the places behind the ends blanked."""
    monkeypatch.setattr(kernels, "WORTH_COMPILING", 0 if compiled else 10**18)
    table = demand_table([view_demand(d, VOCABULARY) for d in demands], VOCABULARY, TODAY)
    index = TextIndex(VOCABULARY).fit(demands, profiles)
    found = rank(index, table, profiles, policy=policy, vocabulary=VOCABULARY, sizes=sizes)
    lists = (found.for_demands, found.for_profiles, found.near_for_demands, found.near_for_profiles)
    return [(own.scores.tolist(), np.where(np.isfinite(own.scores), own.others, -1).tolist()) for own in lists]


@pytest.mark.parametrize("policy", [DEFAULT_POLICY, EVERYTHING], ids=["default", "everything"])
@pytest.mark.parametrize("rows", [64, 100_000])
def test_both_scans_find_the_same_pairs_with_the_same_scores(policy, rows, monkeypatch):
    demands, profiles = demonstration()
    monkeypatch.setattr(ranking, "ROWS_A_BLOCK", rows)

    plain, compiled = (
        ranked(demands[::2], profiles, policy, ALL_LISTS, monkeypatch, compiled=compiled) for compiled in (False, True)
    )

    assert compiled == plain
    assert all(np.isfinite(scores).any() for scores, _ in plain)


@settings(max_examples=40, deadline=None)
@given(
    demand_keys=st.lists(random_demands | full_demands, min_size=1, max_size=5),
    profile_keys=st.lists(random_profiles | full_profiles, min_size=1, max_size=8),
)
def test_both_scans_agree_on_records_with_anything_missing(demand_keys, profile_keys):
    demands = [make_demand(**{**keys, "id": f"D{n}"}) for n, keys in enumerate(demand_keys)]
    profiles = [make_profile(**{**keys, "id": f"P{n}"}) for n, keys in enumerate(profile_keys)]

    with pytest.MonkeyPatch.context() as patch:
        plain, compiled = (
            ranked(demands, profiles, EVERYTHING, ALL_LISTS, patch, compiled=compiled) for compiled in (False, True)
        )

    assert compiled == plain


def test_the_lists_are_those_of_judging_every_pair_by_hand(monkeypatch):
    demands, profiles = demonstration()
    demands, profiles = sorted(demands[::8], key=lambda d: d.id), sorted(profiles[::4], key=lambda p: p.id)
    policy = replace(DEFAULT_POLICY, minimum_relevance=0.1)
    # Every pair, eligible or not, explained one by one: no list, no bound, no block decides anything here.
    sizes = Sizes(per_demand=1, per_profile=0)
    matching = Matching(demands, profiles, policy=policy, vocabulary=VOCABULARY, as_of=TODAY, sizes=sizes)
    everything = matching.explain([(d, p) for d in range(len(demands)) for p in range(len(profiles))])
    weight = sum(policy.weights[code] for code in ("words", "characters", "capability"))

    def fails(match):
        return {f.code for f in match.findings if f.kind is Kind.HARD and f.verdict is Verdict.FAIL}

    def suitable(match):
        text = sum(part.contribution for part in match.parts[:3])
        return text / weight >= policy.minimum_relevance and any(part.value for part in match.parts[:3])

    def best(owners, pair, wanted, k):
        for owner, others in owners:
            scored = [(-everything[pair(owner, o)].score, o) for o in others if wanted(everything[pair(owner, o)])]
            yield [(-score, other) for score, other in sorted(scored)[:k]]

    by_demand = [(d, range(len(profiles))) for d in range(len(demands))]
    by_profile = [(p, range(len(demands))) for p in range(len(profiles))]
    near = lambda m: suitable(m) and 0 < len(fails(m)) <= MOST_CHANGES and fails(m) <= CHANGEABLE  # noqa: E731
    expected = [
        list(best(by_demand, lambda d, p: (d, p), lambda m: suitable(m) and m.eligible, ALL_LISTS.per_demand)),
        list(best(by_profile, lambda p, d: (d, p), lambda m: suitable(m) and m.eligible, ALL_LISTS.per_profile)),
        list(best(by_demand, lambda d, p: (d, p), near, ALL_LISTS.near_per_demand)),
        list(best(by_profile, lambda p, d: (d, p), near, ALL_LISTS.near_per_profile)),
    ]

    for compiled in (False, True):
        found = ranked(demands, profiles, policy, ALL_LISTS, monkeypatch, compiled=compiled)
        told = [
            [[(s, o) for s, o in zip(*rows, strict=True) if o >= 0] for rows in zip(scores, others, strict=True)]
            for scores, others in found
        ]
        assert told == expected


def test_lists_taken_one_by_one_are_those_explained_at_once():
    demands, profiles = demonstration()
    sizes = Sizes(per_demand=5, per_profile=0)
    options = {"policy": DEFAULT_POLICY, "vocabulary": VOCABULARY, "as_of": TODAY, "sizes": sizes}
    matching = Matching(demands[:20], profiles[:60], **options)

    one_by_one = dict(matching.lists(FOR_DEMANDS))

    assert one_by_one == dict(matching.lists(FOR_DEMANDS, matching.explain(matching.pairs())))
    assert sum(map(len, one_by_one.values())) > 20
