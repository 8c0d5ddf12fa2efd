"""Every route, every method, every role: the status that the table says, and nothing of A's in front of others."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.access_table import ROLES, TABLE, Row
from tests.web.house import CANARY

MAY_KNOW = {"owner_a", "opc_a", "organiser", "administrator"}


def _cases() -> list[Any]:
    """A POST may change what the next role would meet, so each role meets it in a house of its own."""
    return [
        pytest.param(row, roles, id=f"{row.endpoint} {row.method} {row.path} {' '.join(roles[:1])}")
        for row in TABLE
        for roles in ([ROLES] if row.method == "GET" else [(role,) for role in ROLES])
    ]


@pytest.mark.parametrize(("row", "roles"), _cases())
def test_each_role_gets_the_status_of_the_table(browse: Callable[..., Any], row: Row, roles: tuple[str, ...]):
    for role in roles:
        _check(browse(None if role == "anonymous" else role), row, role)


def _check(browser: Any, row: Row, role: str) -> None:
    status = row.statuses[ROLES.index(role)]

    if row.method == "POST":
        answer = browser.post(row.path, row.form, page="/log-in" if role in ("anonymous", "disabled") else "/my/")
    else:
        answer = browser.get(row.path)

    assert (role, answer.status_code) == (role, status)
    if status == 302 and role in ("anonymous", "disabled") and row.endpoint.split(".")[0] not in ("home", "security"):
        assert answer.location.startswith("/log-in")
    if role not in MAY_KNOW:
        assert CANARY.encode() not in content(answer)


def content(answer: Any) -> bytes:
    """What a reader finds in an answer; of a workbook what its parts say."""
    if not answer.data.startswith(b"PK"):
        return bytes(answer.data)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        return b"".join(book.read(name) for name in book.namelist())


def test_the_canary_is_where_it_belongs(browse):
    assert CANARY in browse("owner_a").get("/demands/D-hidden").text
    assert CANARY in browse("opc_a").get("/profiles/P-hidden").text
    assert CANARY in browse("organiser").get("/demands/D-public").text


def test_every_route_of_the_site_is_in_the_table(app):
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(row.endpoint, row.method) for row in TABLE} == routes


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_unsafe_request_passes_without_its_token(app, browse, method):
    statuses = {
        (rule.endpoint, browse("organiser").client.open(row.path, method=method, data=row.form).status_code)
        for row in TABLE
        if row.method == method
        for rule in app.url_map.iter_rules(row.endpoint)
    }

    assert {status for _, status in statuses} <= {400}


def test_another_session_s_token_is_refused(browse):
    token = browse("owner_b").token("/my/")

    answer = browse("owner_a").client.post("/demands/D-public/withdraw", data={"csrf_token": token, "version": "1"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/profiles/P-public", "/demands/D-public", "/demands/?q=暗号", "/profiles/?q=暗号", "/lists/1", "/lists/1.json"],
)
def test_what_others_see_of_a_s_record_holds_nothing_private(browse, path):
    for role in ("anonymous", "owner_b", "opc_b"):
        text = browse(None if role == "anonymous" else role).get(path).text

        assert CANARY not in text
        assert "13800000000" not in text
