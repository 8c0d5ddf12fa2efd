"""Bands: how well a pair fits in one word, lowered where most hard rules cannot be answered."""

import pytest

from matching.domain.bands import Band, band_of, fit_of, relevance
from matching.domain.policy import HIGH_RELEVANCE, MANY_UNKNOWN, MEDIUM_RELEVANCE


def part(code, weight, value):
    return {"code": code, "weight": weight, "value": value, "contribution": weight * (value or 0)}


def explained(*values, unknown=0, known=4, soft_unknown=0):
    """An explanation whose three text parts of equal weight have these values."""
    texts = [part(code, 0.25, v) for code, v in zip(("words", "characters", "capability"), values, strict=True)]
    hard = [("unknown", f"u{n}") for n in range(unknown)] + [("pass", f"k{n}") for n in range(known)]
    findings = [{"code": code, "kind": "hard", "verdict": verdict, "facts": {}} for verdict, code in hard]
    soft = [{"code": f"s{n}", "kind": "soft", "verdict": "unknown", "facts": {}} for n in range(soft_unknown)]
    return {"parts": [*texts, part("sector", 0.25, 1.0)], "findings": findings + soft}


@pytest.mark.parametrize(
    ("share", "band"),
    [
        (1.0, Band.HIGH),
        (HIGH_RELEVANCE, Band.HIGH),
        (HIGH_RELEVANCE - 1e-9, Band.MEDIUM),
        (MEDIUM_RELEVANCE, Band.MEDIUM),
        (MEDIUM_RELEVANCE - 1e-9, Band.LOW),
        (0.0, Band.LOW),
    ],
)
def test_a_bound_belongs_to_the_band_above_it(share, band):
    assert band_of(share) is band


def test_relevance_is_what_the_text_parts_earn_of_what_they_weigh():
    parts = explained(0.9, 0.3, None)["parts"]

    assert relevance(parts) == pytest.approx(0.4)
    assert relevance([part("sector", 1.0, 1.0)]) == 0


def test_soft_rules_lift_no_band():
    assert fit_of(explained(0.2, 0.2, 0.2)).band is Band.LOW


@pytest.mark.parametrize(
    ("values", "band", "lowered"),
    [((0.9, 0.9, 0.9), "high", "medium"), ((0.3, 0.3, 0.3), "medium", "low"), ((0.1, 0.1, 0.1), "low", "low")],
)
def test_many_unknown_hard_rules_lower_the_band_by_one_and_are_named(values, band, lowered):
    few, many = fit_of(explained(*values, unknown=4, known=4)), fit_of(explained(*values, unknown=5, known=4))

    assert MANY_UNKNOWN == 0.5
    assert (few.band, few.lacks_much, few.unknown) == (band, False, ("u0", "u1", "u2", "u3"))
    assert (many.band, many.by_text, many.lacks_much, len(many.unknown)) == (lowered, band, True, 5)


def test_unknown_soft_rules_count_for_nothing():
    fit = fit_of(explained(0.9, 0.9, 0.9, soft_unknown=12))

    assert (fit.band, fit.unknown) == ("high", ())
