"""Many records as columns: what the rules read of a whole block at once.

Numbers and days are float64 with NaN for "not said" (exact: money stays below 2**53); words are indices into
the vocabulary's lists, sets of words are rows of a truth table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.domain.vocabulary import Terms, Vocabulary
from matching.engine.views import Codes, DemandView, Offer, ProfileView

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int8]
"""1 pass, 0 unknown, -1 fail. `minimum` is Kleene's "and", `maximum` his "or"."""

OFFER_COLUMNS = ("price_min_yuan", "lead_days", "maturity")
"""The columns of `ProfileTable` with one row for each offer."""

ABSENT, STRANGE = -1, -2
"""A choice that was not made, and one made in a word that nobody knows."""


@dataclass(frozen=True, slots=True)
class Members:
    """A set of words for each record: `has` (n, n_codes); (n,) `absent`: nothing said, `strange`: an unknown word."""

    has: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    strange: NDArray[np.bool_]

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> "Members":
        return Members(self.has[rows], self.absent[rows], self.strange[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandTable:
    """Columns of demands, one row each; `as_of` is the day for which verdicts are asked."""

    as_of: float
    budget_max_yuan: Floats
    deliver_by: Floats
    publish_until: Floats
    min_maturity: Floats
    district: NDArray[np.int64]
    delivery: NDArray[np.int64]
    deployment: NDArray[np.int64]
    require_registered_in: NDArray[np.int64]
    data_sensitivity: NDArray[np.int64]
    sectors: Members
    required_qualifications: Members
    views: tuple[DemandView, ...]

    def __len__(self) -> int:
        return len(self.views)

    def rows(self, rows: slice) -> "DemandTable":
        """A part of the table."""
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "as_of"}
        return DemandTable(as_of=self.as_of, **{name: column[rows] for name, column in columns.items()})

    def take(self, rows: Sequence[int]) -> "DemandTable":
        """Some rows of the table, in the order given."""
        places = np.asarray(rows, dtype=np.int64)
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("as_of", "views")}
        return DemandTable(
            as_of=self.as_of,
            views=tuple(self.views[row] for row in rows),
            **{name: column[places] for name, column in columns.items()},
        )


@dataclass(frozen=True, kw_only=True)
class ProfileTable:
    """Columns of profiles.

    `price_min_yuan`, `lead_days` and `maturity` have one row for each offer: first the profiles' own terms in
    the order of the profiles, then those of all capabilities (see `Block.offers`).
    """

    price_min_yuan: Floats
    lead_days: Floats
    maturity: Floats
    usual_offer: NDArray[np.int64]  # (n_profiles,) row of the offer that counts unless a capability is asked for
    offers_by_key: dict[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]  # profile, row, preference
    offer_owner: NDArray[np.int64]  # (n_offers,) the profile of each offer
    available_from: Floats
    max_concurrent: Floats
    active_engagements: Floats
    updated_on: Floats
    verified_cases: Floats
    district: NDArray[np.int64]
    registered_city: NDArray[np.int64]
    sectors: Members
    delivery_modes: Members
    deployments: Members
    service_districts: Members
    data_clearances: Members
    valid_until: Floats  # (n, n_qualifications) last day; +inf no end stated, -inf not held
    undated: NDArray[np.bool_]  # (n, n_qualifications) held, and nobody knows until when
    no_qualifications_said: NDArray[np.bool_]
    strange_qualification: NDArray[np.bool_]
    says_excluded: NDArray[np.bool_]  # whether anything was said of whom to avoid
    avoids_nobody: NDArray[np.bool_]
    by_name: dict[str, list[int]]  # folded name → profiles
    by_id_or_name: dict[str, list[int]]  # folded id or name → profiles
    by_excluded: dict[str, list[int]]  # folded word of `excluded` → profiles

    def __len__(self) -> int:
        return len(self.usual_offer)

    @cached_property
    def ends(self) -> list[float]:
        """The days on which qualifications end, each once, in order."""
        until = np.unique(self.valid_until)
        return list(until[np.isfinite(until)].tolist())

    def of_offers(self, offers: NDArray[np.int64]) -> "ProfileTable":
        """A table with one row for each of some offers, as if each were a profile that offers nothing else.

        It answers what soft rules ask; whom a row avoids is not in it.
        """
        owners = self.offer_owner[offers]
        rows = np.arange(len(offers))
        by_offer = {name: getattr(self, name)[offers] for name in OFFER_COLUMNS}
        by_profile = {
            f.name: getattr(self, f.name)[owners]
            for f in fields(self)
            if f.name not in (*OFFER_COLUMNS, "usual_offer", "offer_owner")
            and not f.name.startswith(("by_", "offers_"))
        }
        nobody: dict[str, list[int]] = {}
        return ProfileTable(
            usual_offer=rows, offer_owner=rows, offers_by_key={}, by_name=nobody, by_id_or_name=nobody,
            by_excluded=nobody, **by_offer, **by_profile,
        )  # fmt: skip


class Block:
    """Some demands against all profiles: what a rule's fast twin is given."""

    def __init__(self, demands: DemandTable, profiles: ProfileTable, vocabulary: Vocabulary) -> None:
        self.demands = demands
        self.profiles = profiles
        self.vocabulary = vocabulary

    @property
    def shape(self) -> tuple[int, int]:
        """(n_demands, n_profiles)"""
        return len(self.demands), len(self.profiles)

    @cached_property
    def offers(self) -> NDArray[np.int64]:
        """The row of the offer that counts for each pair (see `Pair.offer`), (n_demands or 1, n_profiles)."""
        usual = self.profiles.usual_offer[np.newaxis, :]
        if len(self.profiles.price_min_yuan) == len(self.profiles):
            return usual  # no capability has terms of its own
        offers = np.repeat(usual, len(self.demands), axis=0)
        for row, view in enumerate(self.demands.views):
            profiles, places = asked_offers(view, self.profiles)
            offers[row, profiles] = places
        return offers


def asked_offers(demand: DemandView, profiles: ProfileTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Profiles with a capability that the demand asks for by name, and the rows of the offers that count then."""
    asked = [profiles.offers_by_key[key] for key in demand.capabilities if key in profiles.offers_by_key]
    if not asked:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    owners, places, preference = (np.concatenate(column) for column in zip(*asked, strict=True))
    best_first = np.lexsort((preference, owners))
    first = np.flatnonzero(np.diff(owners[best_first], prepend=-1))
    return owners[best_first][first], places[best_first][first]


def compare(low: Floats, high: Floats) -> Verdicts:
    """low ≤ high for each pair: 1 or -1, and 0 where either is NaN. Broadcasts as numpy does."""
    return np.less_equal(low, high).astype(np.int8) - np.greater(low, high).astype(np.int8)


def whole_block(verdicts: NDArray[Any], block: Block) -> NDArray[Any]:
    """A column or row of answers spread over the block."""
    return np.broadcast_to(verdicts, block.shape)


def place_of(terms: Terms, code: str) -> int | None:
    """The index of a code in its list, or None."""
    return next((place for place, known in enumerate(terms.by_code) if known == code), None)


def demand_table(views: Sequence[DemandView], vocabulary: Vocabulary, as_of: date) -> DemandTable:
    """Columns of demands."""
    records = [view.record for view in views]
    return DemandTable(
        as_of=float(as_of.toordinal()),
        budget_max_yuan=_numbers(r.budget_max_yuan for r in records),
        deliver_by=_days(r.deliver_by for r in records),
        publish_until=_days(r.publish_until for r in records),
        min_maturity=_numbers(r.min_maturity for r in records),
        district=_choices(((v.record.district, v.district) for v in views), vocabulary.districts),
        delivery=_choices(((v.record.delivery, v.delivery) for v in views), vocabulary.delivery),
        deployment=_choices(((v.record.deployment, v.deployment) for v in views), vocabulary.deployment),
        require_registered_in=_choices(
            ((v.record.require_registered_in, v.require_registered_in) for v in views), vocabulary.cities
        ),
        data_sensitivity=_choices(
            ((v.record.data_sensitivity, v.data_sensitivity) for v in views), vocabulary.sensitivity
        ),
        sectors=_members((v.sectors for v in views), vocabulary.sectors),
        required_qualifications=_members((v.required_qualifications for v in views), vocabulary.qualifications),
        views=tuple(views),
    )


def profile_table(views: Sequence[ProfileView], vocabulary: Vocabulary) -> ProfileTable:
    """Columns of profiles."""
    records = [view.record for view in views]
    offers, usual, by_key, owners = _offer_rows(views)
    places = {code: place for place, code in enumerate(vocabulary.qualifications.by_code)}
    valid_until = np.full((len(views), len(places)), -np.inf)
    undated = np.zeros((len(views), len(places)), dtype=np.bool_)
    for row, view in enumerate(views):
        for held in view.qualifications or ():
            columns = [places[code] for code in held.grants]
            if held.dated and held.valid_until is None:
                undated[row, columns] = True
            else:
                until = np.inf if held.valid_until is None else float(held.valid_until.toordinal())
                valid_until[row, columns] = np.maximum(valid_until[row, columns], until)
    return ProfileTable(
        price_min_yuan=_numbers(offer.price_min_yuan for offer in offers),
        lead_days=_numbers(offer.lead_days for offer in offers),
        maturity=_numbers(offer.maturity for offer in offers),
        usual_offer=usual,
        offers_by_key=by_key,
        offer_owner=owners,
        available_from=_days(r.available_from for r in records),
        max_concurrent=_numbers(r.max_concurrent for r in records),
        active_engagements=_numbers(r.active_engagements for r in records),
        updated_on=_days(r.updated_on for r in records),
        verified_cases=_numbers(
            None if r.cases is None else sum(bool((c.verified_by or "").strip()) for c in r.cases) for r in records
        ),
        district=_choices(((v.record.district, v.district) for v in views), vocabulary.districts),
        registered_city=_choices(((v.record.registered_city, v.registered_city) for v in views), vocabulary.cities),
        sectors=_members((v.sectors for v in views), vocabulary.sectors),
        delivery_modes=_members((v.delivery_modes for v in views), vocabulary.delivery),
        deployments=_members((v.deployments for v in views), vocabulary.deployment),
        service_districts=_members((v.service_districts for v in views), vocabulary.districts),
        data_clearances=_members((v.data_clearances for v in views), vocabulary.sensitivity),
        valid_until=valid_until,
        undated=undated,
        no_qualifications_said=np.array([v.qualifications is None for v in views], dtype=np.bool_),
        strange_qualification=np.array([v.has_unknown_qualification for v in views], dtype=np.bool_),
        says_excluded=np.array([v.excluded is not None for v in views], dtype=np.bool_),
        avoids_nobody=np.array([v.excluded is not None and not v.excluded for v in views], dtype=np.bool_),
        by_name=_rows_of((v.name,) for v in views),
        by_id_or_name=_rows_of((v.id, v.name) for v in views),
        by_excluded=_rows_of(v.excluded or () for v in views),
    )


def _offer_rows(
    views: Sequence[ProfileView],
) -> tuple[
    list[Offer],
    NDArray[np.int64],
    dict[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]],
    NDArray[np.int64],
]:
    offers = [view.offers[0] for view in views]
    owners = list(range(len(views)))
    usual = list(range(len(views)))
    by_key: dict[str, list[tuple[int, int, int]]] = {}
    if any(offer.own for view in views for offer in view.offers):
        for row, view in enumerate(views):
            first = len(offers)
            offers.extend(view.offers[1:])
            owners.extend([row] * (len(view.offers) - 1))
            if len(view.offers) == 2:
                usual[row] = first
            ranked = sorted(range(1, len(view.offers)), key=lambda n: view.offers[n].preference)
            for rank, number in enumerate(ranked):
                by_key.setdefault(view.offers[number].key or "", []).append((row, first + number - 1, rank))
    columns = {key: tuple(np.array(entries, dtype=np.int64).T) for key, entries in by_key.items()}
    return offers, np.array(usual, dtype=np.int64), columns, np.array(owners, dtype=np.int64)


def _numbers(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _days(values: Iterable[date | None]) -> Floats:
    return _numbers(None if day is None else day.toordinal() for day in values)


def _choices(words: Iterable[tuple[str | None, str | None]], terms: Terms) -> NDArray[np.int64]:
    places = {code: place for place, code in enumerate(terms.by_code)}
    chosen = [ABSENT if word is None else STRANGE if code is None else places[code] for word, code in words]
    return np.array(chosen, dtype=np.int64)


def _members(sets: Iterable[Codes], terms: Terms) -> Members:
    rows = list(sets)
    places = {code: place for place, code in enumerate(terms.by_code)}
    has = np.zeros((len(rows), len(places)), dtype=np.bool_)
    for row, codes in enumerate(rows):
        for code in codes or ():
            if code is not None:
                has[row, places[code]] = True
    absent = np.array([codes is None for codes in rows], dtype=np.bool_)
    strange = np.array([codes is not None and None in codes for codes in rows], dtype=np.bool_)
    return Members(has, absent, strange)


def _rows_of(words: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, own in enumerate(words):
        for word in own:
            rows.setdefault(word, []).append(row)
    return rows
