"""A system's figures on one half of the gold set, demand by demand, and plain tables of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.quality import measures
from tests.quality.gold import Gold
from tests.quality.measures import Statement

Floats = NDArray[np.float64]
Lists = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Figures:
    """`ndcg`, `recall` and `reciprocal_rank` (n_demands,); means are over the demands with suitable supply."""

    gold: Gold
    ndcg: Floats
    recall: Floats
    reciprocal_rank: Floats
    usefulness: Floats  # see `measures.usefulness`
    violations: int  # pairs among the first ten that a hard rule stops, over all demands
    decoy_wins: float  # share of the demands with decoys
    none: Statement

    @classmethod
    def of(cls, gold: Gold, lists: Lists) -> "Figures":
        """Measure one list a demand."""
        forbidden = ~gold.allowed
        for pair in gold.blocked:
            forbidden[pair] = True
        rows = list(zip(lists, gold.usable, strict=True))
        decoys = [measures.decoy_wins(*row, own) for row, own in zip(rows, gold.decoys, strict=True)]
        answers = [won for won in decoys if won is not None]
        return cls(
            gold=gold,
            ndcg=np.array([measures.ndcg(*row) for row in rows]),
            recall=np.array([measures.recall(*row) for row in rows]),
            reciprocal_rank=np.array([measures.reciprocal_rank(*row) for row in rows]),
            usefulness=np.array([measures.usefulness(*row) for row in rows]),
            violations=sum(measures.forbidden(shown, row) for shown, row in zip(lists, forbidden, strict=True)),
            decoy_wins=sum(answers) / len(answers) if answers else np.nan,
            none=measures.none_statement(lists, gold.answerable),
        )

    def mean(self, values: Floats) -> float:
        """Over the demands with suitable supply."""
        return float(values[self.gold.answerable].mean())

    def of_style(self, style: str) -> Floats:
        """The nDCG of the demands of one style."""
        return self.ndcg[[own == style for own in self.gold.styles]]


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lines of columns: the first one left, the others right; floats with three decimals, NaN as a dash."""
    cells = [list(heading), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for first, *others in cells:
        columns = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *columns]).rstrip())
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if np.isnan(value) else f"{value:.3f}"
    return str(value)
