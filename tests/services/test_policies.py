"""The policy in force: put there, taken back, kept in a history; and what the next refresh makes of it."""

from datetime import timedelta

import pytest

from matching.domain.errors import InputError, NotAllowed
from matching.domain.policy import DEFAULT_POLICY, read_policy
from matching.domain.vocabulary import load_vocabulary
from matching.services import matches, policies
from matching.services.access import ANONYMOUS, SYSTEM, Role
from matching.store import DbSession
from matching.store.audit import changes_of
from tests.factories import NOW, ORGANISER, make_actor, make_demand, make_profile, publish

SHORT, STRICT = "top = 5", "minimum_relevance = 0.9"


def apply(session: DbSession, text: str, **given: object) -> object:
    return policies.apply_policy(session, text, **{"actor": ORGANISER, "now": NOW, **given})


def history(session: DbSession) -> list[str]:
    return [found.version for found in policies.policy_history(session, actor=ORGANISER)]


def test_the_products_own_policy_is_in_force_until_another_one_is(session: DbSession):
    before = policies.current_policy(session)
    applied = apply(session, SHORT, note="清单太长")

    after = policies.current_policy(session)

    assert (before, after) == (DEFAULT_POLICY, read_policy(SHORT))
    assert (applied.version, applied.applied_by, applied.note) == (after.version, "organiser", "清单太长")
    (entry,) = changes_of(session, "match_policy", after.version)
    assert (entry.action, entry.actor) == ("apply", "organiser")
    assert entry.detail == {"former": DEFAULT_POLICY.version, "note": "清单太长"}


def test_a_policy_is_kept_with_every_value_spelt_out(session: DbSession):
    apply(session, "[hard]\nbudget = false")

    (kept,) = policies.policy_history(session, actor=ORGANISER)

    assert "minimum_relevance = " in kept.toml
    assert "budget = false\n" in kept.toml
    assert f"words = {DEFAULT_POLICY.weights['words']}\n" in kept.toml
    assert read_policy(kept.toml).version == kept.version


@pytest.mark.parametrize("text", ["", SHORT, "minimum_relevance = 0.00001", "[weights]\nwords = 0.1\nsector = 0.9"])
def test_a_policy_spelt_out_is_the_same_policy(text: str):
    policy = read_policy(text)

    assert read_policy(policies.spelt_out(policy)) == policy
    assert policies.spelt_out(read_policy(policies.spelt_out(policy))) == policies.spelt_out(policy)


def test_what_says_the_same_as_the_present_one_changes_nothing(session: DbSession):
    nothing = apply(session, "")
    apply(session, SHORT)
    again = apply(session, "top = 5 # in other words\n[hard]\nopen = true")

    assert (nothing, again) == (None, None)
    assert len(history(session)) == 1


def test_a_revert_puts_the_former_one_in_force_as_a_new_entry_and_twice_is_not_at_all(session: DbSession):
    first, second = (apply(session, text).version for text in (SHORT, STRICT))

    reverted = policies.revert_policy(session, actor=ORGANISER, now=NOW + timedelta(hours=1), note="太严")
    after_one = policies.current_policy(session)
    policies.revert_policy(session, actor=ORGANISER, now=NOW + timedelta(hours=2))

    assert (reverted.version, reverted.note, after_one) == (first, "太严", read_policy(SHORT))
    assert policies.current_policy(session) == read_policy(STRICT)
    assert history(session) == [second, first, second, first]
    assert [entry.action for entry in changes_of(session, "match_policy", first)] == ["revert", "apply"]


def test_the_first_policy_is_reverted_to_the_products_own(session: DbSession):
    apply(session, SHORT)

    policies.revert_policy(session, actor=ORGANISER, now=NOW)

    assert policies.current_policy(session) == DEFAULT_POLICY
    assert len(history(session)) == 2


def test_there_is_nothing_to_revert_to_before_anything_was_applied(session: DbSession):
    with pytest.raises(InputError) as refused:
        policies.revert_policy(session, actor=ORGANISER, now=NOW)

    assert [p.code for p in refused.value.problems] == ["no_former_policy"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("top = ", "not_toml"),
        ("tops = 3", "unknown_key"),
        ("[weights]\nwords = 0.5", "weights_sum"),
        ("minimum_relevance = 2", "out_of_range"),
        ("#" * 30_000, "too_long"),
    ],
)
def test_a_policy_that_cannot_be_read_is_refused_and_the_present_one_stays(session: DbSession, text: str, code: str):
    with pytest.raises(InputError) as refused:
        apply(session, text)

    assert [p.code for p in refused.value.problems] == [code]
    assert (policies.current_policy(session), history(session)) == (DEFAULT_POLICY, [])


def test_a_note_that_no_page_can_carry_is_refused_with_its_policy(session: DbSession):
    with pytest.raises(InputError):
        apply(session, SHORT, note="\x00")

    assert history(session) == []


def test_only_those_who_organise_put_policies_in_force_or_read_the_history(session: DbSession):
    strangers = [ANONYMOUS, SYSTEM, make_actor(session, Role.OPC), make_actor(session, Role.SCENARIO_OWNER)]

    for actor in strangers:
        with pytest.raises(NotAllowed):
            apply(session, SHORT, actor=actor)
        with pytest.raises(NotAllowed):
            policies.revert_policy(session, actor=actor, now=NOW)
        with pytest.raises(NotAllowed):
            policies.policy_history(session, actor=actor)

    assert policies.current_policy(session) == DEFAULT_POLICY


def test_a_refresh_under_another_policy_is_computed_and_says_which(session: DbSession):
    publish(session, make_demand(), make_profile())

    def refresh() -> tuple[object, bool]:
        policy = policies.current_policy(session)
        return matches.refresh_matches(session, policy=policy, vocabulary=load_vocabulary(), actor=ORGANISER, now=NOW)

    (first, _), (_, idle) = refresh(), refresh()
    apply(session, "minimum_relevance = 1")
    second, computed = refresh()

    assert (idle, computed) == (False, True)
    assert (first.matches, second.matches) == (1, 0)
    assert second.policy_version == policies.current_policy(session).version
