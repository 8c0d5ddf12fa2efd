"""The capability lexicon, for those who write it: what every entry must hold, and that its phrases are found.

`seeds/capabilities/README.md` says how entries are written. A failure names the file, the entry and the phrase.
"""

import tomllib
from collections import defaultdict
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest

from matching.domain.vocabulary import load_vocabulary
from matching.engine.scorers.concepts import ConceptLexicon
from matching.engine.scorers.phrases import alternatives, forms
from matching.engine.texts import normalise

FEWEST_CAPABILITIES = 150
FEWEST_PHRASES = 12
KEYS = {"code", "zh", "en", "sectors", "synonyms", "needs", "offers"}
PHRASES = ("synonyms", "needs", "offers")


@cache
def entries():
    """(file, entry) of the whole lexicon, as written."""
    folder = files("seeds") / "capabilities"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return [(name, entry) for name in names for entry in tomllib.loads((folder / name).read_text("utf-8"))["term"]]


@cache
def lexicon():
    return ConceptLexicon(load_vocabulary().capabilities)


def spellings(entry):
    """(key, phrase) of an entry: its names, then its lists."""
    yield from ((key, entry[key]) for key in ("zh", "en"))
    yield from ((key, phrase) for key in PHRASES for phrase in entry.get(key, []))


def tell(problems):
    """All of them, one a line; the first is the line that pytest repeats at the end."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_the_lexicon_is_large_enough():
    assert len(entries()) >= FEWEST_CAPABILITIES


def test_every_entry_has_names_sectors_and_enough_phrases_of_both_kinds():
    known = set(load_vocabulary().sectors.by_code)
    problems = []
    for file, entry in entries():
        where = f"{file}: {entry.get('code')}"
        problems += [f"{where}: {key} is missing" for key in sorted(KEYS - entry.keys())]
        problems += [f"{where}: unknown key {key}" for key in sorted(entry.keys() - KEYS)]
        problems += [f"{where}: {key} is empty" for key in ("zh", "en", "sectors") if not entry.get(key)]
        problems += [f"{where}: unknown sector {s}" for s in entry.get("sectors", []) if s not in known]
        for key in ("needs", "offers"):
            number = len(entry.get(key, []))
            if number < FEWEST_PHRASES:
                problems.append(f"{where}: {number} {key}, at least {FEWEST_PHRASES} are needed")

    tell(problems)


def test_every_phrase_is_well_formed():
    problems = []
    for file, entry in entries():
        for key, phrase in spellings(entry):
            pieces = alternatives(phrase)
            words = [word for piece in pieces for word in piece]
            where = f"{file}: {entry['code']}: {key} {phrase!r}:"
            if not all(words):
                problems.append(f"{where} an empty piece or alternative")
            if len(pieces) == 1 and any(len(word) == 1 for word in words):
                problems.append(f"{where} a single character stands alone")
            if key not in ("needs", "offers") and len(words) > 1:
                problems.append(f"{where} a name or synonym is no pattern")
            if len(words) != len({(n, word) for n, piece in enumerate(pieces) for word in piece}):
                problems.append(f"{where} an alternative stands twice in a piece")

    tell(problems)


def test_no_name_synonym_or_phrase_belongs_to_two_capabilities():
    owners = defaultdict(dict)
    for file, entry in entries():
        for key, phrase in spellings(entry):
            pieces = alternatives(phrase)
            if len(pieces) == 1:
                spelt = [form for word in pieces[0] for form in sorted(forms(word))]
            else:
                spelt = ["…".join(sorted("|".join(sorted(piece)) for piece in pieces))]
            for one in spelt:
                owners[one].setdefault(entry["code"], f"{file}: {entry['code']}: {key} {phrase!r}")
    problems = {f"belongs to two: {'; '.join(own.values())}" for own in owners.values() if len(own) > 1}

    tell(sorted(problems))


def sentences(phrase):
    """The phrase in a sentence, every alternative of every piece once, the others by their first."""
    pieces = alternatives(phrase)
    for number, piece in enumerate(pieces):
        for word in piece if number == 0 else piece[1:]:
            chosen = [own[0] for own in pieces]
            chosen[number] = word
            said = chosen[0]
            for before, after in pairwise(chosen):
                said += (" " if before[-1:].isascii() and after[:1].isascii() else "") + after
            yield normalise(f"我们这里{said}，想找人来做。")


def test_every_phrase_is_found_in_a_sentence_as_its_own_capability():
    problems = []
    for file, entry in entries():
        for key, phrase in spellings(entry):
            for sentence in sentences(phrase):
                found = lexicon().read([("title", sentence)])
                if entry["code"] not in found:
                    others = ", ".join(sorted(found)) or "nothing"
                    problems.append(f"{file}: {entry['code']}: {key} {phrase!r}: {sentence!r} speaks of {others}")

    tell(problems)
