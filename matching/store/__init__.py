"""The store: the only place that knows SQLAlchemy. Rows stay inside; records and view records come out."""

from matching.store.database import Database, DbSession, write_transaction

__all__ = ["Database", "DbSession", "write_transaction"]
