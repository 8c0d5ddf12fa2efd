"""The shapes of a rule's answer, so that every rule says "unknown" alike."""

from collections.abc import Iterable, Mapping

from matching.domain.match import Finding, Kind, Verdict
from matching.domain.vocabulary import Terms


def found(code: str, kind: Kind, passed: bool, facts: Mapping[str, object]) -> Finding:
    """A decided answer."""
    return Finding(code, kind, Verdict.PASS if passed else Verdict.FAIL, facts)


def missing(code: str, kind: Kind, values: Mapping[str, object], **facts: object) -> Finding:
    """Unknown, because of those of `values` (field name → value) that are None."""
    absent = [name for name, value in values.items() if value is None]
    return Finding(code, kind, Verdict.UNKNOWN, {"missing": absent, **facts})


def not_known(code: str, kind: Kind, words: Mapping[str, Iterable[str]], **facts: object) -> Finding:
    """Unknown, because of words (field name → words as written) that the vocabulary does not know."""
    strange = {name: list(given) for name, given in words.items()}
    return Finding(code, kind, Verdict.UNKNOWN, {"not_known": strange, **facts})


def graded(code: str, value: float, facts: Mapping[str, object], *, enough: float = 0.5) -> Finding:
    """A soft rule's answer for a value in 0..1; the value stands among the facts."""
    verdict = Verdict.PASS if value >= enough else Verdict.FAIL
    return Finding(code, Kind.SOFT, verdict, {**facts, "value": value})


def strangers(words: Iterable[str] | None, terms: Terms) -> list[str]:
    """Those of the words that the vocabulary does not know."""
    return [word for word in words or () if terms.code(word) is None]


def known(codes: Iterable[str | None] | None) -> list[str]:
    """The known codes of a resolved list, sorted: facts read the same on every run."""
    return sorted(code for code in codes or () if code is not None)
