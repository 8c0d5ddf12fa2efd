"""What changed for whom between two revisions, in words: what a person is told, and what an organiser approves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from matching.programme.compare import Change
from matching.publishing.programme.words import clock, programme_words

_DAYS = {"zh": ("M月d日", "zh_CN"), "en": ("d MMM", "en_GB")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of a stored revision: OPCs and pitches by id; owners go by their names."""

    opcs: Mapping[str, str]
    pitches: Mapping[str, str]
    rooms: Mapping[str, str]

    @classmethod
    def of(cls, *revisions: Mapping[str, Any]) -> "Names":
        """From what is stored of one or more revisions (problem and names), the later ones first."""
        pitches: dict[str, str] = {}
        opcs: dict[str, str] = {}
        rooms: dict[str, str] = {}
        for stored in reversed(revisions):
            pitches |= stored["names"]["pitches"]
            opcs |= {p["opc"]: pitches.get(p["id"], p["opc"]) for p in stored["problem"]["pitches"]}
            rooms |= {track["id"]: track.get("room") or track["id"] for track in stored["problem"]["tracks"]}
        return cls(opcs=opcs, pitches=pitches, rooms=rooms)


def change_words(change: Change, names: Names, language: str = "zh") -> str:
    """「作文批改路演：路演改到 12月15日 10:00–10:10 一号厅（原为 09:00–09:10 二号厅）」"""
    who = names.opcs.get(change.person, change.person) if change.side == "opc" else change.person
    kind, _, item = change.item.partition(":")
    facts = {"item": _item(kind, item, change, names, language)}
    if change.after is not None:
        facts["after"] = _place(change.after, language)
    if change.before is not None:
        facts["before"] = _place(change.before, language)
    return programme_words(
        "say", "told", language, who=who, what=programme_words("change", change.kind, language, **facts)
    )


def _item(kind: str, item: str, change: Change, names: Names, language: str) -> str:
    word = programme_words("item", kind, language)
    if kind == "pitch":
        title = names.pitches.get(item, item)
        if title == names.opcs.get(change.person):
            return word
        return programme_words("say", "named", language, item=word, name=title)
    if kind == "panel":
        return programme_words("say", "named", language, item=word, name=names.rooms.get(item, item))
    opc, _, owner = item.partition("|")
    other = owner if change.side == "opc" else names.opcs.get(opc, opc)
    return programme_words("say", "named", language, item=word, name=other)


def _place(fact: Mapping[str, Any], language: str) -> str:
    on = fact["on"]
    day = "" if on is None else format_date(date.fromisoformat(on), *_DAYS[language[:2]])
    room = programme_words("say", "table", language, table=fact["table"]) if "table" in fact else fact["room"] or ""
    return " ".join(filter(None, (day, f"{clock(fact['start_min'])}–{clock(fact['end_min'])}", room)))
