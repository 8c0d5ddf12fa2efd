"""How good the matches are, beside other systems: python -m tests.benchmarks.bench_quality [--half tune|test|both].

Everything is deterministic. All systems are given the same filter: no pair that a hard rule stops. Weights and
thresholds are chosen by the figures of the tuning half (`python -m tests.quality.tune`); the test half is there to be
believed, so nothing is chosen by it.
"""

import argparse
import time

import numpy as np

from matching.domain.policy import DEFAULT_POLICY, PARTS, TEXT_PARTS
from tests.quality.figures import Figures, table
from tests.quality.gold import HALVES, NONE, STYLES, Gold, GoldError, load_gold
from tests.quality.measures import Interval, mean_difference
from tests.quality.ours import PartValues, lists_by_similarity, lists_by_texts, only, our_lists, without
from tests.quality.peers import STRONGER, USUAL, peer_lists

OURS = "ours"
PARAPHRASE = "paraphrase"
THRESHOLDS = np.arange(0, 51, 2) / 100

GAIN, PARAPHRASE_GAIN = 0.04, 0.08
"""What ours shall have above the best peer in nDCG@10 on the test half."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="How good the matches are, beside other systems.")
    parser.add_argument("--half", choices=(*HALVES, "both"), default="both")
    asked = parser.parse_args().half
    for half in HALVES if asked == "both" else (asked,):
        try:
            report(load_gold(half))
        except GoldError as error:
            raise SystemExit(str(error)) from None


def report(gold: Gold) -> None:
    """Print everything about one half."""
    began = time.perf_counter()
    print(f"== {gold.half} half: {len(gold.demands)} demands, {gold.answerable.sum()} with suitable supply; ", end="")
    print(f"{len(gold.profiles)} profiles; the rules allow {gold.allowed.mean():.0%} of the pairs")
    found = _figures_of_all(gold)
    values = PartValues.of(gold)
    for part in (
        _systems(found),
        _styles(found),
        _differences(found),
        _ablation(gold, values),
        _statement(gold, values),
        _thresholds(gold, values),
        _goals(gold.half, found),
    ):
        print(f"\n{part}", flush=True)
    print(f"({time.perf_counter() - began:.0f} s)\n")


def _figures_of_all(gold: Gold) -> dict[str, Figures]:
    lists = {
        OURS: our_lists(gold),
        "ours, texts only": lists_by_texts(gold),
        "ours, TextSimilarity": lists_by_similarity(gold),
        **{name: peer_lists(peer, gold) for name, peer in (USUAL | STRONGER).items()},
    }
    return {name: Figures.of(gold, shown) for name, shown in lists.items()}


def _systems(found: dict[str, Figures]) -> str:
    heading = ["same filter for all", "nDCG@10", "recall@10", "MRR", "violations@10", "decoy wins"]
    rows = [
        [name, f.mean(f.ndcg), f.mean(f.recall), f.mean(f.reciprocal_rank), f.violations, f.decoy_wins]
        for name, f in found.items()
    ]
    return table(heading, rows)


def _styles(found: dict[str, Figures]) -> str:
    sizes = {style: len(found[OURS].of_style(style)) for style in STYLES if style != NONE}
    styles = [style for style, size in sizes.items() if size]
    heading = ["nDCG@10 by style (demands)", *(f"{style} ({sizes[style]})" for style in styles)]
    return table(heading, [[name, *(float(f.of_style(s).mean()) for s in styles)] for name, f in found.items()])


def _differences(found: dict[str, Figures]) -> str:
    heading = ["ours minus, nDCG@10 [95 %]", "all", PARAPHRASE]
    rows = [[name, _gain(found, name), _gain(found, name, PARAPHRASE)] for name in found if name != OURS]
    return table(heading, rows)


def _gain(found: dict[str, Figures], name: str, style: str | None = None) -> Interval:
    """Ours minus another system, over the demands with suitable supply or those of one style."""
    ours, theirs = found[OURS], found[name]
    if style is not None:
        return mean_difference(ours.of_style(style), theirs.of_style(style))
    kept = ours.gold.answerable
    return mean_difference(ours.ndcg[kept], theirs.ndcg[kept])


def _ablation(gold: Gold, values: PartValues) -> str:
    """Each part without weight, the others scaled to 1; the minimum hides pairs, so the order is also judged alone."""
    minimum = DEFAULT_POLICY.minimum_relevance
    weighted = [code for code in PARTS if DEFAULT_POLICY.weights[code]]
    ways = {
        "all parts": DEFAULT_POLICY.weights,
        **{f"no {'concepts' if code == 'capability' else code}": without(code) for code in weighted},
        "text parts alone": only(*TEXT_PARTS),
        "words and characters alone": only("words", "characters"),
        "concepts alone": only("capability"),
        "characters alone": only("characters"),
    }
    rows = []
    every = None
    for name, weights in ways.items():
        shown, ordered = (Figures.of(gold, values.lists(weights, least)) for least in (minimum, 0.0))
        every = every or ordered
        change = mean_difference(ordered.ndcg[gold.answerable], every.ndcg[gold.answerable])
        rows.append([name, shown.mean(shown.ndcg), ordered.mean(ordered.ndcg), change if ordered is not every else ""])
    return table(["ablation, nDCG@10", f"minimum {minimum:g}", "no minimum", "change of the latter [95 %]"], rows)


def _statement(gold: Gold, values: PartValues) -> str:
    shown = our_lists(gold)
    same = "yes" if values.lists(DEFAULT_POLICY.weights, DEFAULT_POLICY.minimum_relevance) == shown else "NO"
    precision, recall = Figures.of(gold, shown).none
    rows = [[f"{sum(not row for row in shown)} of {(~gold.answerable).sum()}", precision, recall, same]]
    heading = ['ours says "none" (policy as it is)', "precision", "recall", "lists as rebuilt from parts"]
    return table(heading, rows)


def _thresholds(gold: Gold, values: PartValues) -> str:
    """One line a minimum, until nothing is shown at all."""
    rows = []
    for minimum in sorted({*THRESHOLDS.tolist(), DEFAULT_POLICY.minimum_relevance}):
        lists = values.lists(DEFAULT_POLICY.weights, minimum)
        f = Figures.of(gold, lists)
        mark = " *" if minimum == DEFAULT_POLICY.minimum_relevance else ""
        said = sum(not row for row in lists)
        means = (f.mean(f.ndcg), f.mean(f.recall), float(f.usefulness.mean()), sum(map(len, lists)) / len(lists))
        rows.append([f"{minimum:.2f}{mark}", said, *f.none, *means])
        if said == len(lists):
            break
    heading = ["minimum_relevance", '"none" said', "precision", "recall", "nDCG@10", "recall@10", "useful", "a list"]
    key = "useful: nDCG@10, and for demands without supply 1 if nothing is shown; a list: pairs in one; *: the policy's"
    return f"{table(heading, rows)}\n{key}"


def _goals(half: str, found: dict[str, Figures]) -> str:
    lines = [
        "goals" if half == "test" else f"goals (they are set for the test half; these figures are the {half} half's)"
    ]
    for kind, names in (("usual peer", list(USUAL)), ("peer, stronger ones too", [*USUAL, *STRONGER])):
        for style, least in ((None, GAIN), (PARAPHRASE, PARAPHRASE_GAIN)):
            lines.append(_goal(found, kind, names, style, least))
    violations = found[OURS].violations
    lines.append(f"{_word(violations == 0)}: no violation among the first ten; {violations} found")
    return "\n".join(lines)


def _goal(found: dict[str, Figures], kind: str, names: list[str], style: str | None, least: float) -> str:
    def level(name: str) -> float:
        figures = found[name]
        return float(figures.of_style(style).mean()) if style else figures.mean(figures.ndcg)

    best = max(names, key=level)
    gain = _gain(found, best, style)
    reached = gain.mean >= least and (style is not None or gain.low > 0)
    wanted = f"at least {least:.2f} above the best {kind}" + (f" on {style}" if style else ", lower end above 0")
    return f"{_word(reached)}: {wanted}; {gain} above {best}"


def _word(reached: bool) -> str:
    return "reached    " if reached else "not reached"


if __name__ == "__main__":
    main()
