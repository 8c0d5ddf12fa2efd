"""Why a demand has no suitable supply: counted at the refresh, kept with it, read on the demand's page."""

from collections import Counter
from dataclasses import replace

import pytest

from matching.domain.policy import DEFAULT_POLICY
from matching.domain.vocabulary import load_vocabulary
from matching.engine.ground import Ground
from matching.engine.pipeline import recommend
from matching.services import matches
from matching.services.absences import absences
from matching.store import DbSession, write_transaction
from matching.store import matches as stored_matches
from matching.store.matches import Absence
from tests.engine.demonstration import demonstration
from tests.engine.make import TODAY
from tests.factories import ORGANISER, make_demand, make_profile, publish, refresh, stored

SCHOOL = make_demand("D-school")
ODD = make_demand("D-odd", title="Quantum xylophone", description="Zzyzx.", sectors=[], capabilities=[])
DEAR = make_profile("P-dear", price_min_yuan=130_000)
DEAR_AND_LATE = make_profile("P-late", name="慢工作室", price_min_yuan=500_000, lead_days=400)


def absence(session: DbSession, demand: object) -> Absence | None:
    return matches.demand_matches(session, stored(session, demand), actor=ORGANISER).absence


def test_a_refresh_counts_who_speaks_of_a_demand_and_which_rules_stop_them(session: DbSession):
    publish(
        session, SCHOOL, DEAR, DEAR_AND_LATE, make_profile("P-no", name="酒", summary="白酒配送。", capabilities=[])
    )

    refresh(session)

    assert absence(session, SCHOOL) == Absence(speaking=2, stopped={"budget": 2, "deadline": 1}, alone={"budget": 1})


def test_nobody_speaks_of_an_odd_demand_and_a_served_one_has_no_absence(session: DbSession):
    publish(session, SCHOOL, ODD, make_profile("P-writer"))

    refresh(session)

    assert absence(session, ODD) == Absence(speaking=0, stopped={}, alone={})
    assert absence(session, SCHOOL) is None


def test_a_refresh_of_an_earlier_release_has_no_absences(session: DbSession):
    publish(session, SCHOOL, DEAR)
    run, _ = refresh(session)
    with write_transaction(session):
        stored_matches.replace_matches(session, replace(run, absences={}), [])

    found = matches.demand_matches(session, stored(session, SCHOOL), actor=ORGANISER)

    assert (list(found.run.without_match), found.absence) == (["D-school"], None)


@pytest.fixture(scope="module")
def everything():
    """The demonstration's records with a policy under which many demands are left alone, and all stopped pairs."""
    demands, profiles = demonstration()
    given = {"policy": replace(DEFAULT_POLICY, minimum_relevance=0.3), "vocabulary": load_vocabulary(), "as_of": TODAY}
    lists = recommend(
        demands, profiles, top_per_demand=DEFAULT_POLICY.top, top_per_profile=0, include_ineligible=True, **given
    )
    return Ground(demands, profiles, **given), lists.for_demands


def test_on_the_demonstration_the_counts_are_those_of_the_explained_pairs(everything):
    ground, lists = everything
    lonely = [demand for demand, found in lists.items() if not any(match.eligible for match in found)]

    found = absences(ground, lonely)

    assert len(lonely) > 5
    assert found == {demand: _counted(lists[demand]) for demand in lonely}


def _counted(stopped):
    failing = [[f.code for f in match.findings if f.kind == "hard" and f.verdict == "fail"] for match in stopped]
    return Absence(
        speaking=len(stopped),
        stopped=dict(Counter(code for codes in failing for code in codes)),
        alone=dict(Counter(codes[0] for codes in failing if len(codes) == 1)),
    )
