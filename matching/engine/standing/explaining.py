"""Explanations of a few pairs of the live engine."""

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from matching.domain.match import Match
from matching.domain.policy import MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.explain import Explainer
from matching.engine.index import TextIndex
from matching.engine.scorers.lexical import LexicalScorer, Queries, Rows
from matching.engine.standing.block import Demanded
from matching.engine.standing.relearning import joined_documents, row_of, stacked
from matching.engine.standing.texts import Answer, Weighted


def explain(
    index: TextIndex,
    names: tuple[Sequence[str], Sequence[str]],
    demanded: Demanded,
    profiles: Sequence[CapabilityProfile],
    answers: Sequence[Answer],
    policy: MatchPolicy,
    vocabulary: Vocabulary,
) -> list[Match]:
    """The matches (rank None) of one demand with some profiles; `names` are the terms by number."""
    table, question = demanded
    own = copy(index)
    own.words_ = _of_few(index.words_, 0, question.words, answers, names[0])
    own.characters_ = _of_few(index.characters_, 1, question.characters, answers, names[1])
    own.word_queries_, own.character_queries_ = _alone(question.words), _alone(question.characters)
    own.concept_queries_ = Queries(row_of(question.concepts))
    own.concepts_ = stacked([row_of(answer.concepts) for answer in answers])
    explainer = Explainer(own, [view.record for view in table.views], table, profiles, policy, vocabulary)
    return list(explainer.explain(0, range(len(profiles))))


def _of_few(
    scorer: LexicalScorer, part: int, asked: Weighted, answers: Sequence[Answer], names: Sequence[str]
) -> LexicalScorer:
    """The scorer with these documents, where only the terms that are asked for have names, in their old order."""
    order = np.argsort(asked.terms)
    known = asked.terms[order]
    documents = joined_documents([answer.said[part] for answer in answers])
    few = copy(scorer)
    few.numbers_ = {names[term]: number for number, term in enumerate(known.tolist())} | {"": len(known)}
    few.whole_, few.units_ = (_renumbered(rows, known) for rows in (documents.whole, documents.units))
    few.unit_starts_ = documents.unit_starts
    return few


def _renumbered(rows: Rows, known: NDArray[np.int32]) -> Rows:
    """Rows under the places of the known terms; all others share the number behind them."""
    places = np.searchsorted(known, rows.terms)
    found = np.append(known, -1)[places] == rows.terms
    return Rows(rows.starts, np.where(found, places, len(known)).astype(np.int32), rows.values)


def _alone(asked: Weighted) -> Queries:
    """A question under the places of its terms."""
    places = np.arange(len(asked.terms), dtype=np.int32)
    return Queries(row_of(Weighted(places, asked.values[np.argsort(asked.terms)])))
