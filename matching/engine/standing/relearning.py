"""Learn the statistics anew from texts that are counted already: nothing is read a second time."""

from collections.abc import Sequence
from copy import copy

import numpy as np

from matching.engine.index import TextIndex
from matching.engine.scorers.lexical import Documents, Integers, LexicalScorer, Queries, Rows
from matching.engine.standing.texts import Answer, Question, Weighted


def relearnt(index: TextIndex, rows: Integers, answers: Sequence[Answer], questions: Sequence[Question]) -> TextIndex:
    """The index of some of its profiles, and behind them of others, with these demands as the background."""
    fresh = index.picked(rows)
    for place, name in enumerate(("words_", "characters_")):
        scorer: LexicalScorer = getattr(fresh, name)
        held = [Documents(scorer.whole_, scorer.units_, scorer.unit_starts_), *(own.said[place] for own in answers)]
        asked = [row_of(question.said[place]) for question in questions]
        setattr(fresh, name, copy(scorer).learn(joined_documents(held), stacked(asked)))
    fresh.word_queries_, fresh.character_queries_ = fresh.words_.background_, fresh.characters_.background_
    fresh.concepts_ = stacked([fresh.concepts_, *(row_of(own.concepts) for own in answers)])
    fresh.concept_queries_ = Queries(stacked([row_of(question.concepts) for question in questions]))
    return fresh


def joined_documents(documents: Sequence[Documents]) -> Documents:
    """Counted documents, one after the other."""
    starts = [0]
    for own in documents:
        starts.extend((own.unit_starts[1:] + starts[-1]).tolist())
    whole, units = stacked([own.whole for own in documents]), stacked([own.units for own in documents])
    return Documents(whole, units, np.array(starts, dtype=np.int64))


def row_of(text: Weighted) -> Rows:
    """One text as the only row."""
    return Rows(np.array([0, len(text.terms)], dtype=np.int64), *text)


def stacked(parts: Sequence[Rows]) -> Rows:
    """Rows one after the other."""
    sizes = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.starts) for part in parts)])
    terms = np.concatenate([np.zeros(0, np.int32), *(part.terms for part in parts)])
    values = np.concatenate([np.zeros(0, np.uint8), *(part.values for part in parts)])
    return Rows(np.cumsum(sizes), terms, values)
