"""The matching engine: pure, texts and records in, explained matches out. `pipeline.recommend` is the whole path."""

from matching.engine.similarity import TextSimilarity

__all__ = ["TextSimilarity"]
