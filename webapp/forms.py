"""The form of a record: what was typed, what it means, and what is wrong with it, field by field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from matching.domain.codec import to_json
from matching.domain.demand import Demand
from matching.domain.errors import InputError, Problem, problem
from matching.domain.fair_competition import basis_needed
from matching.domain.records import Record, RecordKind
from matching.domain.text import check_text
from matching.domain.vocabulary import Vocabulary
from webapp.fields import Field, Raw, Rows, Values, fields_of, first, same_inputs

CONTACT = ("name", "phone", "email")
BLANK_ROWS = 2
MOST_ROWS = 60


@dataclass
class RecordForm:
    """A record as inputs. `problems` are by field name; "" for those that belong to no field."""

    kind: RecordKind
    raw: Raw
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    record: Any = None
    contact: Mapping[str, str] | None = None

    def value(self, name: str) -> str:
        """The text of an input."""
        return first(self.raw, name)

    def values(self, name: str) -> frozenset[str]:
        """The ticked boxes of a field."""
        return frozenset(self.raw.get(name, ()))

    def rows(self, rows: Rows) -> range:
        """The rows to show: those that are filled, and blank ones to go on with."""
        filled = len(rows.places(self.raw))
        more = BLANK_ROWS if self.value("more") != rows.name else BLANK_ROWS + 3
        return range(min(filled + more, max(MOST_ROWS, filled)))


def new_form(kind: RecordKind, given: Mapping[str, list[str]] | None = None) -> RecordForm:
    """An empty form."""
    return RecordForm(kind, given or {})


def form_of(kind: RecordKind, record: Record, contact: Mapping[str, Any] | None, vocabulary: Vocabulary) -> RecordForm:
    """The form that shows a stored record."""
    data = to_json(record)
    raw: dict[str, list[str]] = {f"contact.{name}": [text] for name, text in (contact or {}).items() if text}
    for one in fields_of(kind).values():
        raw |= one.raw(data, vocabulary)
    return RecordForm(kind, raw)


def read_form(
    kind: RecordKind, raw: Raw, record_id: str, stored: Record | None, vocabulary: Vocabulary, today: date
) -> RecordForm:
    """Read what was typed; `record` of the answer is None while `problems` says why.

    `stored` is the record that the form was made from: inputs that nobody touched keep its values.
    """
    form = RecordForm(kind, raw)
    kept = to_json(stored) if stored is not None else {}
    data: Values = {"id": record_id}
    for one in fields_of(kind).values():
        shown = one.raw(kept, vocabulary) if stored is not None else {}
        typed = {name: texts for name, texts in raw.items() if belongs(name, one)}
        if stored is not None and same_inputs(shown, typed):
            _keep(data, kept, one)
            continue
        try:
            for key, value in one.read(raw, kept, vocabulary, today).items():
                _put(data, key, value)
        except InputError as error:
            _tell(form, error.at(key=one.name).problems)
    try:
        form.contact = _read_contact(raw)
    except InputError as error:
        _tell(form, error.problems)
    try:
        record = kind.read(data)
    except InputError as error:
        told = {name for name, problems in form.problems.items() if problems}
        _tell(form, [p for p in error.problems if field_of(kind, p.key) not in told])
    else:
        needed = basis_needed(record, vocabulary) if isinstance(record, Demand) else None
        if needed and not form.problems.get(needed.key or ""):
            _tell(form, [needed])
        form.record = None if form.problems else record
    return form


def belongs(name: str, one: Field) -> bool:
    """Whether an input is one of the field's."""
    return name in (one.name, f"{one.name}.other", f"{one.name}.none") or name.startswith(f"{one.name}-")


def field_of(kind: RecordKind, key: str | None) -> str:
    """The field that a problem's key belongs to; "" for none. Keys are JSON keys or names of inputs."""
    if key is None or key.startswith("contact."):
        return key or ""
    for one in fields_of(kind).values():
        for own in one.column.keys:
            if key in (own, own.split(".")[0]) or key.startswith((f"{own}[", f"{own}-", f"{own}.")):
                return one.name
    return ""


def _tell(form: RecordForm, problems: Iterable[Problem]) -> None:
    for told in problems:
        form.problems.setdefault(field_of(form.kind, told.key), []).append(told)


def _keep(data: Values, kept: Values, one: Field) -> None:
    for key in one.column.keys:
        root = key.split(".")[0]
        if root not in kept:
            continue
        if root == key:
            data[key] = kept[key]
        elif key.split(".")[1] in kept[root]:
            _put(data, key, kept[root][key.split(".")[1]])


def _put(data: Values, key: str, value: Any) -> None:
    root, _, inner = key.partition(".")
    if inner:
        data.setdefault(root, {})[inner] = value
    else:
        data[root] = value


def _read_contact(raw: Raw) -> dict[str, str] | None:
    contact = {
        name: check_text(text, key=f"contact.{name}", longest=200)
        for name in CONTACT
        if (text := first(raw, f"contact.{name}"))
    }
    return contact or None


def named(problem: Problem, names: Mapping[str, str]) -> Problem:
    """The problem with fields under the names that the page gives them."""
    facts = {k: names.get(v, v) if isinstance(v, str) else v for k, v in problem.facts.items()}
    return replace(problem, key=names.get(problem.key or "", problem.key), facts=facts)


def whole_number(text: str) -> int | None:
    """A small whole number of a form; None where it is left empty.

    Raises:
        InputError: `bad_number_in_form`.
    """
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text.strip()) > 9:
        raise InputError(problem("bad_number_in_form", value=text[:20]))
    return int(text)
