"""Lists that are kept true edit by edit, compared with a full reading of the same records, to the last bit."""

import random
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.policy import DEFAULT_POLICY
from matching.engine import kernels
from matching.engine.explain import Explainer
from matching.engine.index import Reader, TextIndex
from matching.engine.live import Changed, LiveMatching
from matching.engine.pipeline import SIDES, recommend
from matching.engine.ranking import Sizes, rank
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

SMALL = Sizes(per_demand=1, per_profile=1, near_per_demand=1, near_per_profile=1)
READER = Reader(VOCABULARY)
KINDS = (False, True)


def start(demands, profiles, *, policy=EVERYTHING, sizes=SMALL, as_of=TODAY):
    return LiveMatching(demands, profiles, policy=policy, vocabulary=VOCABULARY, as_of=as_of, sizes=sizes)


class Full:
    """All records of a live engine read from the beginning, with given statistics or with their own."""

    def __init__(self, live, statistics=None):
        self.demands, self.profiles = live.demands, live.profiles
        self.live = live
        self.index = TextIndex(VOCABULARY)
        self.index.reader = READER
        if statistics is not None:  # terms that earn the same are shown in the order of their numbers
            self.index.words_.numbers_.update(statistics[0].numbers)
            self.index.characters_.numbers_.update(statistics[1].numbers)
        self.index.fit(self.demands, self.profiles, statistics=statistics)
        views = [view_demand(demand, VOCABULARY) for demand in self.demands]
        self.table = demand_table(views, VOCABULARY, live.as_of)

    def lists(self):
        """The four kinds of lists in the order of `SIDES`, by id, as ids and scores."""
        ranking = rank(
            self.index, self.table, self.profiles, policy=self.live.policy, vocabulary=VOCABULARY, sizes=self.live.sizes
        )
        lists = []
        for side in SIDES:
            ranked = side.ranked(ranking)
            owners, others = self.demands, self.profiles
            if side.by_profile:
                owners, others = others, owners
            lists.append(
                {
                    owner.id: [(others[other].id, float(ranked.scores[place][n]))
                               for n, other in enumerate(ranked.of(place).tolist())]
                    for place, owner in enumerate(owners)
                }
            )  # fmt: skip
        return lists

    def explained(self, demand, profiles):
        """The matches of a demand with profiles, by id."""
        explainer = Explainer(self.index, self.demands, self.table, self.profiles, self.live.policy, VOCABULARY)
        place_of = {profile.id: place for place, profile in enumerate(self.profiles)}
        place = [own.id for own in self.demands].index(demand)
        return list(explainer.explain(place, [place_of[own] for own in profiles]))


def lists_of(live):
    """The same of a live engine."""
    return [
        live.lists_for_profiles(near=side.near) if side.by_profile else live.lists_for_demands(near=side.near)
        for side in SIDES
    ]


def assert_like_a_full_reading(live):
    assert lists_of(live) == Full(live, live.statistics).lists()


def difference(before, after):
    """Which lists are not as before: (demands, profiles)."""
    changed = (set(), set())
    for side, old, new in zip(SIDES, before, after, strict=True):
        changed[side.by_profile].update(own for own, listed in new.items() if old.get(own, []) != listed)
    return Changed(*(tuple(sorted(own)) for own in changed))


@contextmanager
def texts_read():
    """Counts the records whose texts are read."""
    count = Counter()
    read = Reader.read

    def counted(self, fields):
        count["read"] += 1
        return read(self, fields)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "read", counted)
        yield count


def edit(live, what, *arguments):
    """Make one edit and check all that it says of itself: what was read, and which lists are another."""
    before = lists_of(live)
    asked = None
    if what == "put_demand":
        asked = [live.match_demand(*arguments, near=near) for near in KINDS]
    with texts_read() as count:
        changed = getattr(live, what)(*arguments)
    assert count["read"] == what.startswith("put")
    assert changed == difference(before, lists_of(live))
    if what == "put_demand":
        assert asked == [live.for_demand(arguments[0].id, near=near) for near in KINDS]
    return changed


DEMAND_IDS, PROFILE_IDS = [f"D{n}" for n in range(6)], [f"P{n}" for n in range(12)]
TITLES = ["门店货架拍照盘点", "旅游导览数字人讲解", "合同条款自动审查，审查合同", "缺货"]


def keyed(ids, keys, texts, name):
    """(id, keys) of records of a few texts, so that many are equal."""
    return st.tuples(st.sampled_from(ids), keys, st.sampled_from(texts)).map(
        lambda made: {**made[1], "id": made[0], name: made[2]}
    )


any_demand = keyed(DEMAND_IDS, random_demands | full_demands, TITLES, "title").map(lambda keys: make_demand(**keys))
any_profile = keyed(PROFILE_IDS, random_profiles | full_profiles, TITLES, "summary").map(
    lambda keys: make_profile(**keys)
)
any_edit = (
    st.tuples(st.just("put_demand"), any_demand)
    | st.tuples(st.just("put_profile"), any_profile)
    | st.tuples(st.just("remove_demand"), st.sampled_from(DEMAND_IDS))
    | st.tuples(st.just("remove_profile"), st.sampled_from(PROFILE_IDS))
    | st.tuples(st.just("rebuild"))
)


@settings(max_examples=30, deadline=None)
@given(
    demands=st.lists(any_demand, max_size=6, unique_by=lambda demand: demand.id),
    profiles=st.lists(any_profile, max_size=12, unique_by=lambda profile: profile.id),
    edits=st.lists(any_edit, max_size=12),
)
def test_any_edits_of_records_with_anything_missing_give_the_lists_of_a_full_reading(demands, profiles, edits):
    live = start(demands, profiles)

    for step, (what, *arguments) in enumerate(edits, start=1):
        own = arguments[0] if what.startswith("remove") else None
        if what == "rebuild":
            live.rebuild()
            assert lists_of(live) == Full(live).lists()
        elif own is not None and own not in {record.id for record in chain(live.demands, live.profiles)}:
            with pytest.raises(KeyError):
                getattr(live, what)(own)
        else:
            edit(live, what, *arguments)
        if step % 4 == 0 or step == len(edits):
            assert_like_a_full_reading(live)


SIZES = Sizes(per_demand=3, per_profile=2, near_per_demand=2, near_per_profile=1)


@pytest.mark.parametrize(
    ("policy", "compiled"), [(DEFAULT_POLICY, True), (EVERYTHING, False)], ids=["default compiled", "everything plain"]
)
def test_many_edits_of_the_demonstration_give_the_lists_of_a_full_reading(policy, compiled, monkeypatch):
    monkeypatch.setattr(kernels, "WORTH_COMPILING", 0 if compiled else 10**18)
    all_demands, all_profiles = demonstration()
    chance = random.Random(20261124)
    live = start(all_demands[:60], all_profiles[:120], policy=policy, sizes=SIZES)
    assert_like_a_full_reading(live)
    done = Counter()

    for step in range(1, 71):
        demand, profile = chance.choice(live.demands), chance.choice(live.profiles)
        what, argument = chance.choice(
            [
                ("put_demand", chance.choice(all_demands)),
                ("put_demand", replace(chance.choice(all_demands), id=demand.id)),
                ("remove_demand", demand.id),
                ("put_profile", chance.choice(all_profiles)),
                ("put_profile", replace(chance.choice(all_profiles), id=profile.id)),  # another one's text, twice
                ("put_profile", replace(profile, active_engagements=chance.randrange(3))),
                ("remove_profile", profile.id),
                # Those that stand on most lists go: lists run short.
                ("remove_profile", most_listed(live)),
            ]
        )
        changed = edit(live, what, argument)
        done[what, bool(changed.demands), bool(changed.profiles)] += 1
        if step % 10 == 0:
            assert_like_a_full_reading(live)
        if step == 40:
            live.rebuild()
            assert lists_of(live) == Full(live).lists()

    assert done["put_demand", True, True]
    assert done["put_profile", True, True]
    assert done["remove_demand", False, True]
    assert done["remove_profile", True, False]


def most_listed(live):
    found = Counter(own for listed in live.lists_for_demands().values() for own, _ in listed)
    return max(found, key=lambda own: (found[own], own))


def test_twins_stand_in_the_order_of_their_ids_whenever_they_come():
    live = start([make_demand(id="D5")], [make_profile(id="P5")], sizes=Sizes(per_demand=3, per_profile=3))

    for own in ("P9", "P1", "P3", "P7"):
        edit(live, "put_profile", make_profile(id=own))
    for own in ("D9", "D1", "D3", "D7"):
        edit(live, "put_demand", make_demand(id=own))

    assert [own for own, _ in live.for_demand("D5")] == ["P1", "P3", "P5"]
    assert [own for own, _ in live.for_profile("P5")] == ["D1", "D3", "D5"]
    assert_like_a_full_reading(live)

    edit(live, "remove_profile", "P1")
    edit(live, "remove_demand", "D1")

    assert [own for own, _ in live.for_demand("D5")] == ["P3", "P5", "P7"]
    assert [own for own, _ in live.for_profile("P5")] == ["D3", "D5", "D7"]


@pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])
def test_a_list_is_filled_from_behind_when_all_that_it_held_are_gone(compiled, monkeypatch):
    monkeypatch.setattr(kernels, "WORTH_COMPILING", 0 if compiled else 10**18)
    # Twins of one score reach far beyond what a list holds, on both sides.
    demands = [make_demand(id=f"D{n:02}") for n in range(30)]
    profiles = [make_profile(id=f"P{n:02}") for n in range(30)]
    live = start(demands, profiles)

    for n in range(29):
        edit(live, "remove_profile", f"P{n:02}")
        edit(live, "remove_demand", f"D{n:02}")
        if n % 4 == 0:
            assert_like_a_full_reading(live)

    assert [own for own, _ in live.for_demand("D29")] == ["P29"]


def test_a_demand_that_is_not_kept_is_answered_as_if_it_were_and_leaves_no_trace():
    demands, profiles = demonstration()
    live = start(demands[:40], profiles[:120], policy=DEFAULT_POLICY, sizes=SIZES)
    before, terms = lists_of(live), [len(own.numbers) for own in live.statistics]

    found = {demand.id: live.match_demand(demand) for demand in demands[40:80]}

    assert lists_of(live) == before
    assert [len(own.numbers) for own in live.statistics] == terms
    assert sum(map(len, found.values())) > 40
    for demand in demands[40:80]:
        live.put_demand(demand)
    assert {own: live.for_demand(own) for own in found} == found


def test_more_can_be_asked_of_a_demand_than_lists_hold():
    demands, profiles = demonstration()
    live = start(demands[:20], profiles[:120], policy=DEFAULT_POLICY, sizes=SIZES)
    longer = start(demands[:20], profiles[:120], policy=DEFAULT_POLICY, sizes=replace(SIZES, per_demand=50))

    assert [live.match_demand(demand, 50) for demand in live.demands] == list(longer.lists_for_demands().values())
    assert live.match_demand(live.demands[0], 0) == []


def test_explanations_are_those_of_a_full_reading():
    demands, profiles = demonstration()
    live = start(demands[:60], profiles[:120], policy=DEFAULT_POLICY, sizes=SIZES)
    for demand in demands[60:75]:
        live.put_demand(demand)
    for profile, place in zip(profiles[120:140], profiles[::4], strict=False):
        live.put_profile(replace(profile, id=place.id))
    full = Full(live, live.statistics)

    pairs = 0
    for own, listed in live.lists_for_demands().items():
        others = [other for other, _ in listed]
        pairs += len(others)
        matches = live.explain(own, others)
        assert matches == full.explained(own, others)
        assert [match.score for match in matches] == [score for _, score in listed]

    assert pairs > 60


def test_a_demand_that_is_not_kept_is_explained_too():
    demands, profiles = demonstration()
    live = start(demands[:30], profiles[:120], policy=DEFAULT_POLICY, sizes=SIZES)
    asked = next(demand for demand in demands[30:] if live.match_demand(demand))
    others = [own for own, _ in live.match_demand(asked)]

    alone = live.explain(asked, others)

    live.put_demand(asked)
    assert alone == live.explain(asked.id, others)


def test_no_text_is_read_again():
    demands, profiles = demonstration()
    with texts_read() as count:
        live = start(demands[:30], profiles[:60], policy=DEFAULT_POLICY, sizes=SIZES)
    assert count["read"] == 90

    with texts_read() as count:
        live.put_demand(demands[30])
        live.put_profile(profiles[60])
    assert count["read"] == 2

    with texts_read() as count:
        for own in [profile.id for profile in live.profiles[:20]]:
            live.remove_profile(own)  # lists of both sides run short
        live.remove_demand(demands[30].id)
        live.rebuild()
        lists_of(live)
    assert count["read"] == 0


def test_a_rebuild_learns_what_a_new_engine_would_and_may_be_for_another_day():
    demands, profiles = demonstration()
    live = start(demands[:30], profiles[:60], policy=DEFAULT_POLICY, sizes=SIZES)
    for demand in demands[20:50]:
        live.put_demand(demand)
    for own in [profile.id for profile in live.profiles[:30]]:
        live.remove_profile(own)
    for profile in profiles[50:100]:
        live.put_profile(profile)
    day = TODAY + timedelta(days=45)

    live.rebuild(day)

    new = start(live.demands, live.profiles, policy=DEFAULT_POLICY, sizes=SIZES, as_of=day)
    assert (live.as_of, lists_of(live)) == (day, lists_of(new))
    for ours, theirs in zip(live.statistics, new.statistics, strict=True):
        assert ours.rarity_of(theirs.numbers).tolist() == theirs.rarity.tolist()
        assert (ours.usual_length, ours.usual_unit) == (theirs.usual_length, theirs.usual_unit)


def test_the_first_lists_are_those_that_are_recommended():
    demands, profiles = demonstration()
    live = start(demands[:40], profiles[:80], policy=DEFAULT_POLICY, sizes=SIZES)

    found = recommend(
        demands[:40], profiles[:80], policy=DEFAULT_POLICY, vocabulary=VOCABULARY, as_of=TODAY,
        top_per_demand=3, top_per_profile=2, near_per_demand=2, near_per_profile=1,
    )  # fmt: skip

    told = (found.for_demands, found.for_profiles, found.near_for_demands, found.near_for_profiles)
    for side, ours, theirs in zip(SIDES, lists_of(live), told, strict=True):
        assert ours == {
            own: [(match.demand if side.by_profile else match.profile, match.score) for match in matches]
            for own, matches in theirs.items()
        }


def test_an_engine_may_start_empty_and_be_emptied():
    live = start([], [])

    assert edit(live, "put_demand", make_demand(id="D1")) == ((), ())
    assert edit(live, "put_profile", make_profile(id="P1")) == (("D1",), ("P1",))
    live.rebuild()
    assert_like_a_full_reading(live)
    assert edit(live, "remove_demand", "D1") == ((), ("P1",))
    assert edit(live, "remove_profile", "P1") == ((), ())
    live.rebuild()
    assert lists_of(live) == [{}, {}, {}, {}]


def test_lists_that_are_not_wanted_stay_empty():
    live = start([make_demand(id="D1")], [make_profile(id="P1")], sizes=Sizes(per_demand=0, per_profile=2))

    assert edit(
        live,
        "put_demand",
        make_demand(id="D2"),
    )[1] == ("P1",)
    assert live.lists_for_demands() == {"D1": [], "D2": []}
    assert live.for_profile("P1", near=True) == []


def test_who_is_not_there_is_told_by_a_key_error():
    live = start([make_demand(id="D1")], [make_profile(id="P1")])
    live.put_demand(make_demand(id="D2"))
    live.remove_demand("D2")

    for ask, own in (
        (live.remove_demand, "D2"),
        (live.remove_demand, "P1"),
        (live.remove_profile, "D1"),
        (live.for_demand, "D2"),
        (live.for_profile, "P2"),
        (lambda demand: live.explain(demand, ["P1"]), "D2"),
        (lambda profile: live.explain("D1", [profile]), "P2"),
    ):
        with pytest.raises(KeyError):
            ask(own)
    assert_like_a_full_reading(live)


def test_what_cannot_be_kept_true_is_refused():
    with pytest.raises(ValueError, match="stops"):
        start([], [], sizes=replace(SMALL, stopped=True))
    with pytest.raises(ValueError, match="learnt"):
        start([], [], policy=replace(DEFAULT_POLICY, learnt="{}"))
