"""The profiles that stand, asked by one demand after the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from matching.domain.policy import MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.index import TextIndex
from matching.engine.kernels import ChunkArrays, Lists, Scan, Weights
from matching.engine.kernels.shapes import Found as SearchFound
from matching.engine.ranking import make_block
from matching.engine.standing.block import BlockOfAll, Demanded
from matching.engine.standing.both import Found
from matching.engine.standing.late import LateProfiles
from matching.engine.standing.lists import Border, Floats, Places, surely_best
from matching.engine.standing.pairs import Binding
from matching.engine.standing.texts import Answer, answer_of, only
from matching.engine.tables import ProfileTable
from matching.engine.views import ProfileView

_NO_LISTS = (np.zeros((0, 0)), np.zeros((0, 0), dtype=np.int32))


class StandingProfiles:
    """All profiles, by row: those of the full reading first. A profile that changes gets a new row.

    Attributes
    ----------
    ids, records : list
        By row; those that are gone stay.
    row_of : dict of str to int
        Where each profile stands.
    """

    def __init__(
        self,
        index: TextIndex,
        profiles: Sequence[CapabilityProfile],
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        as_of: float,
        weights: Weights,
        scan: Scan,
    ) -> None:
        self.records = list(profiles)
        self.ids = [profile.id for profile in profiles]
        self.row_of = {own: row for row, own in enumerate(self.ids)}
        self._index = index
        self._weights = weights
        self._scan = scan
        self.at_first = len(self.records)
        self.late = LateProfiles(policy, vocabulary, weights)
        self.block: BlockOfAll | None = None
        if profiles:
            part = index.part(slice(0, self.at_first))
            self.block = BlockOfAll(make_block(part, profiles, 0, policy, vocabulary, as_of), policy, vocabulary)

    def put(
        self, profile: CapabilityProfile, view: ProfileView, table: ProfileTable, answer: Answer
    ) -> tuple[int, int | None]:
        """Add a profile, or let it stand in place of another: its row, and the row that it had."""
        old = self.remove(profile.id)
        row = self.row_of[profile.id] = len(self.ids)
        self.ids.append(profile.id)
        self.records.append(profile)
        self.late.put(row, view, table, answer)
        return row, old

    def remove(self, own: str) -> int | None:
        """A profile is gone; the row that it had, if there was one."""
        row = self.row_of.pop(own, None)
        if row is not None and row >= self.at_first:
            self.late.remove(row)
        elif row is not None and self.block is not None:
            self.block.remove(row)
        return row

    def answer(self, row: int) -> Answer:
        """What one profile holds."""
        if row >= self.at_first:
            return self.late.answer(row)
        words, characters, concepts = self._index.texts(slice(row, row + 1))
        return answer_of(self._index.words_, self._index.characters_, (words, characters), only(concepts))

    @contextmanager
    def asked(self, demanded: Demanded) -> Iterator["Asking"]:
        """Ask all of them for one demand."""
        if self.block is None:
            yield Asking(self, demanded, None)
        else:
            with self.block.asked(demanded) as chunk:
                yield Asking(self, demanded, chunk)

    def scan_all(self, chunk: ChunkArrays, lists: Lists, near: bool) -> SearchFound:
        """Scan the profiles of the full reading for a chunk of demands."""
        assert self.block is not None
        return self._scan(chunk, self.block.block.arrays, self._weights, lists, near)

    def scan(self, chunk: ChunkArrays, lists: Lists, near: bool) -> tuple[Places, Floats]:
        """Rows and scores of the best of the full reading for the only demand of a chunk."""
        found = self.scan_all(chunk, lists, near)
        number = int(np.isfinite(found.scores[0]).sum())
        return found.rows[0, :number].astype(np.int64), found.scores[0, :number]


class Asking:
    """One demand while it is asked."""

    def __init__(self, profiles: StandingProfiles, demanded: Demanded, chunk: ChunkArrays | None) -> None:
        self._profiles = profiles
        self._demanded = demanded
        self._chunk = chunk

    def best(self, near: bool, shown: int, longest: int, gate: Lists | None = None) -> Found:
        """The best profiles, at least as many as are shown if there are as many, about `longest` of them.

        The scan marks at the `gate` which lists of the full reading's profiles the demand may enter.
        """
        late, late_scores = self._profiles.late.totals(self._demanded, near=near)
        if self._chunk is None:
            return Found(late, late_scores, Border(), late, late_scores)
        k = longest + 1
        rows, scores = self._profiles.scan(self._chunk, gate._replace(per_demand=k) if gate else self._lists(k), near)
        while (sure := surely_best(scores, k, shown)) is None:
            k *= 2
            rows, scores = self._profiles.scan(self._chunk, self._lists(k), near)
        number, border = sure
        ahead = late_scores > border.score
        rows = np.concatenate([rows[:number], late[ahead]])
        scores = np.concatenate([scores[:number], late_scores[ahead]])
        return Found(rows, scores, border, late, late_scores)

    def _lists(self, k: int) -> Lists:
        return Lists(k, *_NO_LISTS)


def rows_together(profiles: Sequence[CapabilityProfile], policy: MatchPolicy) -> Places:
    """An order in which profiles that the same rules stop stand together, so that a scan reads neighbours."""
    binding = Binding(policy)
    columns: list[tuple[int, list[int]]] = []
    for rule in (*binding.masked, *binding.limited):
        keys = [key for key in rule.PROFILE_KEYS if key != "capabilities"]  # which differ nearly everywhere
        numbers: dict[object, int] = {}
        column = [numbers.setdefault(tuple(getattr(own, key) for key in keys), len(numbers)) for own in profiles]
        columns.append((len(numbers), column))
    by_number = sorted(columns, key=lambda column: column[0], reverse=True)
    return np.lexsort([column for _, column in by_number]) if by_number else np.arange(len(profiles))
