"""Tables of columns that grow: demands are replaced in place, profiles are added at the end."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.tables import DemandTable, Members, ProfileTable
from matching.engine.views import DemandView


def grown(array: NDArray[Any], size: int, fill: Any = 0) -> NDArray[Any]:
    """The array with room for at least `size` rows; what is new holds `fill`."""
    if len(array) >= size:
        return array
    larger = np.full((max(size, len(array) * 3 // 2, 16), *array.shape[1:]), fill, dtype=array.dtype)
    larger[: len(array)] = array
    return larger


class DemandRows:
    """A table of demands in which rows are added and replaced."""

    def __init__(self, table: DemandTable) -> None:
        self._room = table
        self._views = list(table.views)
        self._table: DemandTable | None = table

    def __len__(self) -> int:
        return len(self._views)

    def view(self, row: int) -> DemandView:
        """One demand."""
        return self._views[row]

    @property
    def table(self) -> DemandTable:
        """The whole table; it changes with the next `put`."""
        if self._table is None:
            self._table = replace(self._part(self._room, slice(0, len(self._views))), views=tuple(self._views))
        return self._table

    def put(self, row: int, table: DemandTable) -> None:
        """Replace a row by a table of one, or add it at the end."""
        if row == len(self._views):
            self._views.append(table.views[0])
            room: dict[str, Any] = {
                name: Members(*(grown(getattr(own, part), row + 1) for part in _PARTS))
                if isinstance(own, Members) else grown(own, row + 1)
                for name, own in _columns(self._room)
            }  # fmt: skip
            self._room = replace(self._room, **room)
        self._views[row] = table.views[0]
        for name, own in _columns(self._room):
            new = getattr(table, name)
            if isinstance(own, Members):
                for part in _PARTS:
                    getattr(own, part)[row] = getattr(new, part)[0]
            else:
                own[row] = new[0]
        self._table = None

    @staticmethod
    def _part(table: DemandTable, rows: slice) -> DemandTable:
        part: dict[str, Any] = {name: own[rows] for name, own in _columns(table)}
        return replace(table, **part)


_PARTS = ("has", "absent", "strange")


def _columns(table: DemandTable) -> list[tuple[str, Any]]:
    return [(f.name, getattr(table, f.name)) for f in fields(table) if f.name not in ("as_of", "views")]


def joined(tables: Sequence[ProfileTable]) -> ProfileTable:
    """Tables of profiles, one after the other. Whom they avoid, and their names, are not in it."""
    rows = np.cumsum([0, *map(len, tables)])
    offers = np.cumsum([0, *(len(table.offer_owner) for table in tables)])
    columns: dict[str, Any] = {}
    for f in fields(ProfileTable):
        own = [getattr(table, f.name) for table in tables]
        if f.name.startswith("by_"):
            columns[f.name] = {}
        elif isinstance(own[0], Members):
            columns[f.name] = Members(*(np.concatenate([getattr(one, part) for one in own]) for part in _PARTS))
        elif f.name == "usual_offer":
            columns[f.name] = np.concatenate([one + start for one, start in zip(own, offers[:-1], strict=True)])
        elif f.name == "offer_owner":
            columns[f.name] = np.concatenate([one + start for one, start in zip(own, rows[:-1], strict=True)])
        elif f.name == "offers_by_key":
            columns[f.name] = _by_key(own, rows, offers)
        else:
            columns[f.name] = np.concatenate(own)
    return ProfileTable(**columns)


def _by_key(tables: Sequence[Any], rows: NDArray[np.int64], offers: NDArray[np.int64]) -> dict[str, Any]:
    by_key: dict[str, list[Any]] = {}
    for own, row, offer in zip(tables, rows[:-1].tolist(), offers[:-1].tolist(), strict=True):
        for key, (owners, places, preference) in own.items():
            by_key.setdefault(key, []).append((owners + row, places + offer, preference))
    return {
        key: found[0] if len(found) == 1 else tuple(np.concatenate(column) for column in zip(*found, strict=True))
        for key, found in by_key.items()
    }
