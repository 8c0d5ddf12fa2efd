"""Records with their words resolved once: what the rules read of one pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.domain.text import fold
from matching.domain.vocabulary import Terms, Vocabulary

Codes = frozenset[str | None] | None
"""The entries that a list of words means; None inside: a word nobody knows. None instead: nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandView:
    """A demand and what its words mean. A code is None when the word is absent or unknown; the record tells which."""

    record: Demand
    sectors: Codes
    capabilities: frozenset[str]  # see `capability_key`
    district: str | None
    delivery: str | None
    deployment: str | None
    required_qualifications: Codes
    require_registered_in: str | None
    data_sensitivity: str | None
    excluded: frozenset[str] | None  # folded
    owner_name: str | None  # folded
    id: str  # folded


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldQualification:
    """One qualification as held, under every code that it grants."""

    grants: frozenset[str]
    valid_until: date | None
    dated: bool  # see `matching.domain.profile.Qualification`


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The terms at which a profile would do a job: those of one capability, or the profile's own (`place` None)."""

    place: int | None
    key: str | None
    price_min_yuan: int | None
    lead_days: int | None
    maturity: int | None
    own: frozenset[str]  # which of these the capability states itself

    def field(self, name: str) -> str:
        """Where the value stands in the record: `profile.price_min_yuan`, `profile.capabilities[2].price_min_yuan`."""
        return f"profile.capabilities[{self.place}].{name}" if name in self.own else f"profile.{name}"

    @property
    def preference(self) -> tuple[bool, int, int]:
        """Which of several fitting capabilities counts: the lowest known price, then the order of the record."""
        return (self.price_min_yuan is None, self.price_min_yuan or 0, self.place or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """A profile and what its words mean; see `DemandView`."""

    record: CapabilityProfile
    offers: tuple[Offer, ...]  # the profile's own terms, then one offer for each capability
    usual: Offer  # counts for a demand that asks for none of the capabilities by name
    sectors: Codes
    district: str | None
    registered_city: str | None
    delivery_modes: Codes
    deployments: Codes
    service_districts: Codes
    qualifications: tuple[HeldQualification, ...] | None
    has_unknown_qualification: bool
    data_clearances: Codes
    excluded: frozenset[str] | None  # folded
    id: str  # folded
    name: str  # folded


class Pair:
    """One demand and one profile, seen on a day."""

    def __init__(self, demand: DemandView, profile: ProfileView, as_of: date, vocabulary: Vocabulary) -> None:
        self.demand = demand
        self.profile = profile
        self.as_of = as_of
        self.vocabulary = vocabulary

    @cached_property
    def offer(self) -> Offer:
        """The terms that count for this demand.

        A capability that the demand asks for by name counts before the profile's own terms; of several, the one
        with the lowest known price, then the first. If it asks for none of them, a profile's only capability
        counts, and otherwise the profile's own terms.
        """
        asked = self.demand.capabilities
        fitting = [offer for offer in self.profile.offers if offer.key in asked] if asked else []
        return min(fitting, key=lambda offer: offer.preference) if fitting else self.profile.usual


def capability_key(word: str, capabilities: Terms) -> str:
    """What two capability names must share to mean the same: the code, or the folded word if it has none."""
    return capabilities.code(word) or f"={fold(word)}"


def view_demand(demand: Demand, vocabulary: Vocabulary) -> DemandView:
    """Resolve a demand's words."""
    owner = demand.owner.name if demand.owner else None
    return DemandView(
        record=demand,
        sectors=vocabulary.sectors.codes(demand.sectors),
        capabilities=frozenset(capability_key(word, vocabulary.capabilities) for word in demand.capabilities or ()),
        district=vocabulary.districts.code(demand.district),
        delivery=vocabulary.delivery.code(demand.delivery),
        deployment=vocabulary.deployment.code(demand.deployment),
        required_qualifications=vocabulary.qualifications.codes(demand.required_qualifications),
        require_registered_in=vocabulary.cities.code(demand.require_registered_in),
        data_sensitivity=vocabulary.sensitivity.code(demand.data_sensitivity),
        excluded=_folded(demand.excluded),
        owner_name=(fold(owner) or None) if owner else None,
        id=fold(demand.id),
    )


def view_profile(profile: CapabilityProfile, vocabulary: Vocabulary) -> ProfileView:
    """Resolve a profile's words and work out the terms of each capability."""
    offers = _offers(profile, vocabulary)
    held = None
    unknown_qualification = False
    if profile.qualifications is not None:
        terms = vocabulary.qualifications
        codes = [terms.code(item.name) for item in profile.qualifications]
        unknown_qualification = None in codes
        held = tuple(
            HeldQualification(grants=terms.with_implied(code), valid_until=item.valid_until, dated=item.dated)
            for code, item in zip(codes, profile.qualifications, strict=True)
            if code is not None
        )
    return ProfileView(
        record=profile,
        offers=offers,
        usual=offers[1] if len(offers) == 2 else offers[0],
        sectors=vocabulary.sectors.codes(profile.sectors),
        district=vocabulary.districts.code(profile.district),
        registered_city=vocabulary.cities.code(profile.registered_city),
        delivery_modes=vocabulary.delivery.codes(profile.delivery_modes),
        deployments=vocabulary.deployment.codes(profile.deployments),
        service_districts=vocabulary.districts.codes(profile.service_districts),
        qualifications=held,
        has_unknown_qualification=unknown_qualification,
        data_clearances=vocabulary.sensitivity.codes(profile.data_clearances),
        excluded=_folded(profile.excluded),
        id=fold(profile.id),
        name=fold(profile.name),
    )


def _offers(profile: CapabilityProfile, vocabulary: Vocabulary) -> tuple[Offer, ...]:
    own = Offer(
        place=None,
        key=None,
        price_min_yuan=profile.price_min_yuan,
        lead_days=profile.lead_days,
        maturity=profile.maturity,
        own=frozenset(),
    )
    offers = [own]
    for place, capability in enumerate(profile.capabilities or ()):
        stated = {name: getattr(capability, name) for name in ("price_min_yuan", "lead_days", "maturity")}
        offers.append(
            Offer(
                place=place,
                key=capability_key(capability.name, vocabulary.capabilities),
                own=frozenset(name for name, value in stated.items() if value is not None),
                **{name: getattr(own, name) if value is None else value for name, value in stated.items()},
            )
        )
    return tuple(offers)


def _folded(words: Sequence[str] | None) -> frozenset[str] | None:
    return None if words is None else frozenset(filter(None, map(fold, words)))
