"""How values look on a page: money in 万元, days, instants in Shanghai, words of the vocabulary."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from matching.domain.demand import Demand
from matching.domain.errors import Problem
from matching.domain.fair_competition import basis_needed
from matching.domain.records import Record, RecordKind
from matching.domain.vocabulary import Terms
from matching.intake.cells import show_money
from matching.publishing.reasons import say_yuan
from matching.services.access import Action, allowed
from matching.services.records import SHANGHAI
from matching.store.records import RecordLine
from webapp import labels
from webapp.addresses import record_path, same_site
from webapp.context import actor, settings, vocabulary
from webapp.errors import said
from webapp.fields import Field, fields_of, look_up
from webapp.forms import named
from webapp.languages import LANGUAGES, language
from webapp.paging import page_address

EXCERPT = 96
MOST_CARDS = 4_000
"""Rendered cards that a process keeps: some 6 MB."""


def init_app(app: Flask) -> None:
    """Give the templates their filters and names."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(moment=moment, money=money, hour=hour)
    app.jinja_env.globals.update(
        asset=asset,
        card_html=card_html,
        options=options,
        bootstrap_css=bootstrap_css,
        record_path=record_path,
        LANGUAGES=LANGUAGES,
        STAGES=labels.STAGES,
        FILES=labels.FILES,
        PURPOSES=labels.PURPOSES,
        LEVEL_NAMES=labels.LEVEL_NAMES,
        OUTCOMES=labels.OUTCOMES,
        SIDES=labels.SIDES,
        RUNS=labels.RUNS,
        FORMAT_NAMES=labels.FORMAT_NAMES,
        ROLES=labels.ROLES,
        LISTS=labels.LISTS,
        RECORDS=labels.RECORDS,
        CHANGES=labels.CHANGES,
        SESSIONS=labels.SESSIONS,
        EVENTS=labels.EVENTS,
        CELLS=labels.CELLS,
        CONTACT=labels.CONTACT,
        hints=labels.HINTS,
        RecordKind=RecordKind,
        page_address=page_address,
        said_in=said_in,
        Action=Action,
        may=lambda action, subject=None: allowed(actor(), action, subject),
    )
    app.context_processor(
        lambda: {
            "language": language(),
            "here": same_site(_here()) or "/",
            "icp_number": settings().icp_number,
            "actor": actor,
        }
    )


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def said_in(kind: RecordKind, problem: Problem) -> tuple[str, str]:
    """What is wrong with a field and how to mend it; fields under their names on the page."""
    names = {key: one.label(language()) for one in fields_of(kind).values() for key in one.column.keys}
    return said(named(problem, {**names, **{f"contact.{key}": str(name) for key, name in labels.CONTACT.items()}}))


def remarks_on(kind: RecordKind, record: Record) -> list[tuple[str, str]]:
    """What a reviewer should look at although the record can be read: what it is, and how to mend it."""
    needed = basis_needed(record, vocabulary()) if isinstance(record, Demand) else None
    return [said_in(kind, needed)] if needed else []


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file, with a mark of its content: caches may keep it, and never the old one."""
    assert current_app.static_folder is not None
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder) / name))


@cache
def _bootstrap_version() -> str:
    return version("bootstrap-flask")


def bootstrap_css() -> str:
    """The address of Bootstrap's style sheet, as its package serves it."""
    return url_for("bootstrap.static", filename="css/bootstrap.min.css", v=_bootstrap_version())


def moment(instant: datetime | None) -> str:
    """An instant in Shanghai, to the minute."""
    return "" if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def money(ends: Sequence[int | None]) -> str:
    """An amount or a range: 20万元-30万元, not more than CNY 300,000; "" where nothing is known."""
    if language() == "zh":
        return show_money(ends)
    low, high = ends
    if low is None:
        return "" if high is None else f"up to {say_yuan(high, 'en')}"
    if high is None:
        return f"from {say_yuan(low, 'en')}"
    return say_yuan(low, "en") if low == high else f"{say_yuan(low, 'en')} to {say_yuan(high, 'en')}"


def hour(minutes: int) -> str:
    """Minutes from midnight as 09:30."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is shown; `known`: the vocabulary has it."""

    text: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """A field for reading. `state`: said | none | unsaid. One of the other attributes holds what was said."""

    name: str
    label: str
    state: str
    text: str = ""
    words: Sequence[Word] = ()
    rows: Sequence[Sequence[tuple[str, str]]] = ()
    long: bool = False


def shown_fields(kind: RecordKind, data: Mapping[str, Any], names: Sequence[str], *, inner: bool) -> list[Shown]:
    """The fields of a record for reading; `inner`: with those that are only for who may edit it."""
    fields = fields_of(kind)
    return [_shown(fields[name], data) for name in names if inner or not fields[name].inner]


def _shown(field: Field, data: Mapping[str, Any]) -> Shown:
    label = field.label(language())
    if field.column.form == "money":
        text = money([data.get(key) for key in field.column.keys])
        return Shown(field.name, label, "said" if text else "unsaid", text)
    value, terms = look_up(data, field.name), field.column.words
    if value is None:
        return Shown(field.name, label, "unsaid")
    if value == []:
        return Shown(field.name, label, "none")
    if field.column.form == "capabilities" or field.column.form == "qualifications":
        assert terms is not None
        words, rows = [], []
        for item in value:
            if isinstance(item, str):
                words.append(word(terms, item))
            else:
                rows.append([(word(terms, item["name"]).text, ""), *_cells(field, item, without="name")])
        return Shown(field.name, label, "said", words=words, rows=rows)
    if field.widget == "rows":
        return Shown(field.name, label, "said", rows=[_cells(field, item) for item in value])
    if isinstance(value, list):
        return Shown(field.name, label, "said", words=[word(terms, v) if terms else Word(v) for v in value])
    if terms is not None:
        found = word(terms, value)
        return Shown(field.name, label, "said", *((found.text,) if found.known else ("", [found])))
    return Shown(field.name, label, "said", _text(field, value), long=field.widget == "long")


def _text(field: Field, value: Any) -> str:
    if field.column.form == "lead_days":
        return str(gettext("%(number)s 天", number=value))
    return f"TRL {value}" if field.column.form in ("maturity", "least_maturity") else str(value)


def _cells(field: Any, item: Mapping[str, Any], without: str = "") -> list[tuple[str, str]]:
    """(text, label) of the cells that say something; a metric is one phrase."""
    if field.name == "metrics":
        return [("".join(str(item.get(key, "")) for key in ("name", "operator", "value", "unit")), "")]
    said = ((cell.show(dict(item)), str(labels.CELLS[cell.name])) for cell in field.cells if cell.name != without)
    return [(text, label) for text, label in said if text]


def word(terms: str, written: str) -> Word:
    """A word under the name that a list of the vocabulary gives it; an unknown one as it was written."""
    return _word(terms, written, language())


@lru_cache(maxsize=20_000)
def _word(terms: str, written: str, wanted: str) -> Word:
    known: Terms = getattr(vocabulary(), terms)
    code = known.code(written)
    return Word(written, False) if code is None else Word(known.by_code[code].name(wanted))


def names(terms: str, written: Sequence[str] | None) -> tuple[str, ...]:
    """Several words as they are shown."""
    return tuple(dict.fromkeys([word(terms, one).text for one in written or ()]))


@lru_cache(maxsize=500)
def _options(terms: str, chosen: str | None, wanted: str) -> Markup:
    known: Terms = getattr(vocabulary(), terms)
    return macro("options", [(term.code, term.name(wanted)) for term in known if term.kind != "whole"], chosen)


def options(terms: str, chosen: str | None) -> Markup:
    """The words of a list as the options of a filter; made once for each choice."""
    return _options(terms, chosen, language())


def macro(name: str, *given: Any) -> Markup:
    """What a macro of `macros.html` makes of values; it is escaped there."""
    module = current_app.jinja_env.get_template("macros.html").module
    return Markup(getattr(module, name)(*given))  # noqa: S704 - autoescaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One record in a list."""

    path: str
    id: str
    title: str
    owner: str | None
    sectors: tuple[str, ...]
    district: str | None
    money: str
    by: str | None  # the day by which a demand is to be delivered
    excerpt: str
    tags: tuple[str, ...]
    stage: str
    updated: str


def card(kind: RecordKind, line: RecordLine) -> Card:
    """What a list shows of a record."""
    return card_of(kind, line.id, line.title, line.record, line.owner_name, line.stage, moment(line.updated_at)[:10])


def card_of(
    kind: RecordKind,
    record_id: str,
    title: str,
    record: Mapping[str, Any],
    owner: str | None = None,
    stage: str = "",
    updated: str = "",
) -> Card:
    """What a list, or the other side of a match, shows of a record."""
    demand = kind is RecordKind.DEMANDS
    money_keys = ("budget_min_yuan", "budget_max_yuan") if demand else ("price_min_yuan", "price_max_yuan")
    text = record.get("description" if demand else "summary") or ""
    tags = [tag if isinstance(tag, str) else tag["name"] for tag in record.get("capabilities") or ()][:6]
    district = record.get("district")
    return Card(
        path=record_path(kind, record_id),
        id=record_id,
        title=title,
        owner=(owner or (record.get("owner") or {}).get("name")) if demand else record.get("community"),
        sectors=names("sectors", record.get("sectors")),
        district=word("districts", district).text if district else None,
        money=money([record.get(key) for key in money_keys]),
        by=record.get("deliver_by") if demand else None,
        excerpt=text if len(text) <= EXCERPT else text[:EXCERPT] + "…",
        tags=names("capabilities", tags),
        stage=stage,
        updated=updated,
    )


def card_html(kind: RecordKind, card: Card, stage: bool = False) -> Markup:
    """A record in a list as HTML; kept between requests, as lists are read far more often than records change."""
    return _card_html(kind, card, stage, language())


@lru_cache(maxsize=MOST_CARDS)
def _card_html(kind: RecordKind, card: Card, stage: bool, _language: str) -> Markup:
    return macro("record_card", kind, card, stage)
