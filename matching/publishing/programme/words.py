"""Words for the files of a programme, in Chinese and English. The words are data in `words/programme.toml`."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date, format_datetime

from matching.publishing.programme.agenda import Appointment
from matching.publishing.programme.programme import SHANGHAI, Person, Pitch, Programme, Session, Span

_LOCALES: Mapping[str, str] = {"zh": "zh_CN", "en": "en_GB"}


def programme_words(kind: str, code: str, language: str = "zh", **facts: object) -> str:
    """A heading, the name of a thing, or a line with its gaps filled."""
    return _words()[kind][code][language[:2]].format_map(facts)


def clock(minute: int) -> str:
    """A minute of the day as people write it: 570 is 09:30, 1440 is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def from_to(span: Span) -> str:
    """「09:30–09:40」"""
    return f"{clock(span.start_min)}–{clock(span.end_min)}"


def day_words(session: Session | Span, language: str) -> str:
    """「2026年12月15日星期二」, or that the day is to be set."""
    if session.on is None:
        return programme_words("say", "no_day", language)
    return format_date(session.on, format="full", locale=_LOCALES[language[:2]])


def revision_words(programme: Programme, language: str) -> str:
    """「2026-Q4 第 2 版」"""
    return programme_words("say", "revision", language, season=programme.season, revision=programme.revision)


def dated_words(programme: Programme, language: str) -> str:
    """「已发布（2026年11月24日 10:00）」"""
    at = format_datetime(programme.dated_at.astimezone(SHANGHAI), _DATED[language[:2]], locale=_LOCALES[language[:2]])
    return programme_words("say", "dated", language, stage=programme_words("stage", programme.stage, language), at=at)


_DATED: Mapping[str, str] = {"zh": "y年M月d日 HH:mm", "en": "d MMM y, HH:mm"}


def names_of(people: Iterable[Person], language: str) -> str:
    """「甲、乙」"""
    return programme_words("say", "between", language).join(person.name for person in people)


def pitch_words(pitch: Pitch, language: str) -> str:
    """The pitch and who gives it; once where both have one name."""
    return _with_opc(pitch.title, pitch.opc, language)


def summary_words(appointment: Appointment, language: str) -> str:
    """An appointment in one line, for whoever has it."""
    facts: dict[str, Any] = {"session": appointment.session, "room": appointment.room}
    if appointment.title is not None and appointment.opc is not None:
        facts["pitch"] = _with_opc(appointment.title, appointment.opc, language)
    if appointment.kind == "meeting":
        facts["other"] = names_of(appointment.others, language)
    return programme_words("say", f"{appointment.kind}_summary", language, **facts)


def place_words(appointment: Appointment, language: str) -> str:
    """The room, or the table of a meeting."""
    if appointment.table is not None:
        return programme_words("say", "table", language, table=appointment.table)
    return appointment.room or ""


def _with_opc(title: str, opc: Person, language: str) -> str:
    return title if title == opc.name else programme_words("say", "full", language, title=title, opc=opc.name)


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((files("matching.publishing") / "words" / "programme.toml").read_text("utf-8"))
