"""The controlled words (词表): sectors, districts, capabilities, qualifications and the small choices.

A record keeps each word as it was written; the vocabulary says which entry the word means, or None.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from matching.domain.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One entry. `code` is stable and stored in links; the names are for people and may change."""

    code: str
    zh: str
    en: str
    synonyms: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()  # codes: who holds this holds those
    kind: str | None = None  # districts: district, city, county, functional, whole
    group: str | None = None  # capabilities: the file that holds the entry
    sectors: tuple[str, ...] = ()  # capabilities: where it is typical
    needs: tuple[str, ...] = ()  # capabilities: how those who need it speak (see seeds/capabilities/README.md)
    offers: tuple[str, ...] = ()  # capabilities: how those who offer it speak
    public: str | None = None  # owner kinds: always, usually (see `fair_competition`)

    def name(self, language: str) -> str:
        """The name in `zh` or `en`."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Terms:
    """One list of entries, in the order of its file, found by code or by any spelling."""

    by_code: Mapping[str, Term]
    by_spelling: Mapping[str, str] = field(repr=False)

    def code(self, word: str | None) -> str | None:
        """The entry that `word` means (its code, a name or a synonym), or None: unknown."""
        return None if word is None else self.by_spelling.get(fold(word))

    def codes(self, words: Iterable[str] | None) -> frozenset[str | None] | None:
        """The entries that the words mean; None inside the set stands for a word that nobody knows."""
        return None if words is None else frozenset(self.code(word) for word in words)

    def name(self, word: str, language: str = "zh") -> str:
        """The entry's name for a word or code; an unknown word is shown as it was written."""
        code = self.code(word)
        return word if code is None else self.by_code[code].name(language)

    def with_implied(self, code: str) -> frozenset[str]:
        """`code` and everything it implies, through any number of steps."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self.by_code[current].implies)
        return frozenset(found)

    def __iter__(self) -> Iterator[Term]:
        return iter(self.by_code.values())

    def __len__(self) -> int:
        return len(self.by_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All lists together; passed into the engine, never looked up behind its back."""

    sectors: Terms
    districts: Terms
    cities: Terms
    qualifications: Terms
    capabilities: Terms
    demand_kinds: Terms
    owner_kinds: Terms
    delivery: Terms
    deployment: Terms
    sensitivity: Terms
    procurement_routes: Terms


def make_terms(entries: Iterable[Mapping[str, object]], source: str = "vocabulary") -> Terms:
    """Build one list.

    Raises:
        ValueError: two entries share a code or a spelling, or `implies` names no entry. The vocabulary is
            ours, not a user's, so this is a mistake of the house and not an `InputError`.
    """
    by_code: dict[str, Term] = {}
    by_spelling: dict[str, str] = {}
    for entry in entries:
        term = Term(**{key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()})  # type: ignore[arg-type]
        if term.code in by_code:
            raise ValueError(f"{source}: code {term.code!r} stands twice")
        by_code[term.code] = term
        for spelling in {fold(word) for word in (term.code, term.zh, term.en, *term.synonyms)}:
            other = by_spelling.setdefault(spelling, term.code)
            if other != term.code:
                raise ValueError(f"{source}: {spelling!r} means both {other!r} and {term.code!r}")
    for term in by_code.values():
        missing = [code for code in term.implies if code not in by_code]
        if missing:
            raise ValueError(f"{source}: {term.code!r} implies unknown {missing}")
    return Terms(by_code, by_spelling)


def read_vocabulary(folder: Traversable) -> Vocabulary:
    """Read the lists from a folder of TOML files laid out as `seeds/`."""

    def table(name: str, key: str = "term") -> Terms:
        return make_terms(tomllib.loads((folder / name).read_text("utf-8"))[key], f"{name} [[{key}]]")

    return Vocabulary(
        sectors=table("sectors.toml"),
        districts=table("districts.toml"),
        cities=table("cities.toml"),
        qualifications=table("qualifications.toml"),
        capabilities=make_terms(_grouped(folder / "capabilities"), "capabilities"),
        demand_kinds=table("choices.toml", "demand_kind"),
        owner_kinds=table("choices.toml", "owner_kind"),
        delivery=table("choices.toml", "delivery"),
        deployment=table("choices.toml", "deployment"),
        sensitivity=table("choices.toml", "sensitivity"),
        procurement_routes=table("choices.toml", "procurement_route"),
    )


def _grouped(folder: Traversable) -> Iterator[Mapping[str, object]]:
    """The entries of every TOML file of a folder, by the files' names; the file's name is the entries' group."""
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name):
        for entry in tomllib.loads(file.read_text("utf-8")).get("term", []):
            yield {**entry, "group": file.name.removesuffix(".toml")}


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary that ships with the product (`seeds/`), read once a process."""
    return read_vocabulary(files("seeds"))
