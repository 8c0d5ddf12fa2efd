"""The match policy: what a file may say, and how a wrong one is told."""

import pytest

from matching.domain.errors import InputError
from matching.domain.policy import DEFAULT_POLICY, HARD_RULES, PARTS, SOFT_RULES, read_policy
from matching.publishing.wording import error_line


def refused(text):
    with pytest.raises(InputError) as caught:
        read_policy(text)
    assert all(error_line(caught.value, language) for language in ("zh", "en"))
    (problem,) = caught.value.problems
    return problem.code, problem.key


def test_an_empty_policy_is_the_default():
    assert read_policy("") == DEFAULT_POLICY


def test_the_default_weights_add_up_to_one_and_locality_earns_nothing():
    assert tuple(DEFAULT_POLICY.weights) == PARTS
    assert sum(DEFAULT_POLICY.weights.values()) == pytest.approx(1, abs=1e-9)
    assert DEFAULT_POLICY.weights["locality"] == 0


def test_a_table_of_weights_stands_in_place_of_the_default_one():
    policy = read_policy("top = 5\nminimum_relevance = 0.5\n[weights]\nwords = 0.6\ncharacters = 0.4\n")

    assert dict(policy.weights) == {**dict.fromkeys(PARTS, 0.0), "words": 0.6, "characters": 0.4}
    assert (policy.top, policy.minimum_relevance) == (5, 0.5)


def test_a_rule_that_is_named_changes_and_the_others_stay():
    policy = read_policy("[hard]\nregistration = false\n[soft]\nlocality = false\n")

    assert dict(policy.hard) == {**dict.fromkeys(HARD_RULES, True), "registration": False}
    assert dict(policy.soft) == {**dict.fromkeys(SOFT_RULES, True), "locality": False}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("top = ", ("not_toml", None)),
        ("top = 1\ntop = 2", ("not_toml", None)),
        ("x = " + "[" * 5_000, ("not_toml", None)),
        ("top = " + "9" * 5_000, ("not_toml", None)),
        ("tpo = 5", ("unknown_key", "tpo")),
        ("[weight]\nwords = 1", ("unknown_key", "weight")),
        ("[weights]\nwrods = 1", ("unknown_key", "weights.wrods")),
        ("[weights]\nbudget = 1", ("unknown_key", "weights.budget")),
        ("[hard]\nsector = false", ("unknown_key", "hard.sector")),
        ("[soft]\nbudget = false", ("unknown_key", "soft.budget")),
        ("weights = 1", ("not_a_table", "weights")),
        ("hard = ['budget']", ("not_a_table", "hard")),
        ("[hard]\nbudget = 0", ("not_a_switch", "hard.budget")),
        ("[hard]\nbudget = 'false'", ("not_a_switch", "hard.budget")),
        ("[weights]\nwords = '1'", ("not_a_number", "weights.words")),
        ("[weights]\nwords = true", ("not_a_number", "weights.words")),
        ("[weights]\nwords = nan", ("not_a_number", "weights.words")),
        ("[weights]\nwords = inf", ("out_of_range", "weights.words")),
        ("[weights]\nwords = " + "9" * 400, ("out_of_range", "weights.words")),
        ("[weights]\nwords = 1.5\ncharacters = -0.5", ("out_of_range", "weights.words")),
        ("[weights]\nwords = -0.1", ("out_of_range", "weights.words")),
        ("[weights]\nwords = 0.6\ncharacters = 0.3", ("weights_sum", "weights")),
        ("[weights]", ("weights_sum", "weights")),
        ("minimum_relevance = 2", ("out_of_range", "minimum_relevance")),
        ("minimum_relevance = 'low'", ("not_a_number", "minimum_relevance")),
        ("top = 0", ("out_of_range", "top")),
        ("top = 2.0", ("not_whole", "top")),
        ("top = true", ("not_whole", "top")),
    ],
)
def test_a_wrong_policy_is_refused_with_the_key(text, problem):
    assert refused(text) == problem


def test_an_unknown_part_is_told_with_the_known_ones():
    with pytest.raises(InputError) as caught:
        read_policy("[weights]\nwrods = 1")

    assert error_line(caught.value, "zh") == f"weights.wrods：不认识的键；可用的键：{'、'.join(PARTS)}"


def test_weights_that_add_up_wrongly_are_told_with_their_sum():
    with pytest.raises(InputError) as caught:
        read_policy("[weights]\nwords = 0.5\n")

    assert error_line(caught.value, "zh").startswith("weights：各项权重之和是“0.5”，不是 1；")


def test_the_version_changes_with_what_the_policy_says_and_only_then():
    longer = "[weights]\ncharacters = 0.4\nwords = 0.6\n"

    assert read_policy("top = 20").version == DEFAULT_POLICY.version
    assert read_policy(longer).version == read_policy("[weights]\nwords = 0.60\ncharacters = 0.40").version
    assert read_policy(longer).version != DEFAULT_POLICY.version
