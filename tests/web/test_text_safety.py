"""What people write stays text on every page: no live tag, handler or script address comes out of it."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from matching.domain.records import RecordKind
from tests.web.house import NOW, OPERATOR, make_demand, make_profile, pair, post, publish, store_pairs

PAYLOADS = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>",
    "{{ 7*7 }}{% raw %}",
    "%(number)s %s {0}",
    "&lt;script&gt;",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "\" autofocus onfocus=alert(1) x=\"",
    "<style>*{display:none}</style>",
    "＜script＞alert(1)＜/script＞",
]  # fmt: skip
OURS = {"/static/theme.js", "/static/check-all.js"}


class Alive(HTMLParser):
    """Collects what would run: scripts that are not ours, handlers, script addresses, frames, styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "script" and given.get("src", "").split("?")[0] not in OURS:
            self.found.append("script")
        if tag in ("iframe", "object", "embed", "base", "style", "img") and not given.get("src", "").startswith(
            "/static/"
        ):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        addresses = (given.get(name, "") for name in ("href", "src", "action", "formaction"))
        self.found += [address for address in addresses if address.lower().startswith(("javascript:", "data:"))]


def living(text: str) -> list[str]:
    parser = Alive()
    parser.feed(text)
    return parser.found


def test_the_watcher_sees_what_is_alive():
    assert living('<script>x</script><a href="javascript:x" onclick=x style=x><iframe>') == [
        "script", "onclick", "style", "javascript:x", "iframe",
    ]  # fmt: skip


@pytest.fixture(params=PAYLOADS)
def payload(request: pytest.FixtureRequest) -> Any:
    """One text that would like to be more."""
    return request.param


@pytest.fixture
def poisoned(house: Any, payload: str) -> Iterator[str]:
    """The payload in every text of a demand and a profile, public, matched, listed and told in a digest."""
    from matching.services import batches, digests

    demand = make_demand(
        f"D {payload}", title=payload, description=payload, kind=payload, owner={"name": payload, "kind": payload},
        sectors=[payload], capabilities=[payload], district=payload, address=payload, delivery=payload,
        deployment=payload, required_qualifications=[payload], require_registered_in=payload, data_sensitivity=payload,
        data_provided=[payload], metrics=[{"name": payload, "operator": payload, "value": payload, "unit": payload}],
        excluded=[payload],
    )  # fmt: skip
    profile = make_profile(
        f"P {payload}", name=payload, summary=payload, registered_city=payload, district=payload, community=payload,
        sectors=[payload], capabilities=[payload, {"name": payload, "description": payload, "cases": [payload]}],
        delivery_modes=[payload], deployments=[payload], service_districts=[payload],
        qualifications=[payload, {"name": payload, "valid_until": None}], data_clearances=[payload], excluded=[payload],
        cases=[{"client": payload, "sector": payload, "metric": payload, "verified_by": payload}], wants=[payload],
    )  # fmt: skip
    explained = pair(demand, profile, 1, 1)
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, demand, OPERATOR, name=payload, phone=payload, email=payload)
        post(session, RecordKind.PROFILES, profile, OPERATOR, name=payload)
        publish(session, RecordKind.DEMANDS, demand.id)
        publish(session, RecordKind.PROFILES, profile.id)
        post(session, RecordKind.DEMANDS, make_demand(f"D-waiting {payload}", title=payload), OPERATOR)
        store_pairs(session, [explained])
        digests.publish_digests(session, "2026-W50", actor=OPERATOR, now=NOW)
        batches.draft_and_publish(session, RecordKind.DEMANDS, actor=OPERATOR, now=NOW)
    return demand.id, profile.id


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_comes_alive_on_any_page(organiser, poisoned, payload, language):
    from webapp.addresses import record_path

    organiser.get(f"/language/{language}")
    demand, profile = (record_path(kind, one) for kind, one in zip(RecordKind, poisoned, strict=True))
    pages = [
        "/", "/demands/", "/profiles/", demand, profile, f"{demand}/edit", f"{profile}/edit", "/review/", "/my/",
        "/lists/3", "/digests/3",
    ]  # fmt: skip

    for path in pages:
        answer = organiser.get(path)
        assert (path, answer.status_code, living(answer.text)) == (path, 200, [])
    searched = organiser.get("/demands/", query_string={"q": payload, "sector": payload, "page": payload})
    assert living(searched.text) == []


def test_no_text_comes_alive_in_forms_that_come_back(organiser, payload):
    form = {"id": organiser.get("/demands/new").text.split('name="id" value="')[1].split('"')[0]}
    form |= dict.fromkeys(("title", "description", "address", "contact.name", "metrics-0-name"), payload)

    wrong = organiser.post("/demands/new", {**form, "deliver_by": payload, "budget_min_yuan": payload}, page="/my/")
    organiser.post("/demands/new", form, page="/my/")
    conflict = organiser.post("/demands/new", {**form, "title": payload + "!"}, page="/my/")
    review = organiser.post(
        "/review/", {"decision": "return", "id": ["D-hidden", payload], "note": payload}, page="/my/"
    )

    assert [answer.status_code for answer in (wrong, conflict, review)] == [422, 409, 404]
    assert [living(answer.text) for answer in (wrong, conflict, review)] == [[], [], []]
