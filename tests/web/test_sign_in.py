"""Signing in and out."""

import pytest

from tests.web.house import PASSWORD


def log_in(browser, email="owner_a@example.cn", password=PASSWORD, **more):
    return browser.post("/log-in", {"email": email, "password": password, **more})


def test_the_right_password_opens_the_own_pages(visitor):
    answer = log_in(visitor)

    assert (answer.status_code, answer.location) == (302, "/my/")
    assert "我的需求" in visitor.get("/my/").text


def test_an_address_is_read_without_its_case(visitor):
    assert log_in(visitor, email="  Owner_A@Example.CN ").status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("owner_a@example.cn", "not the password"),
        ("nobody@example.cn", PASSWORD),
        ("disabled@example.cn", PASSWORD),
        ("", ""),
        ("owner_a@example.cn\x00", PASSWORD),
    ],
)
def test_every_refusal_looks_the_same(visitor, email, password):
    answer = log_in(visitor, email, password)

    assert answer.status_code == 422
    assert "邮箱或密码不正确，或者账号已停用。" in answer.text
    assert visitor.get("/my/").status_code == 302


def test_tries_on_one_account_are_limited_and_the_page_says_so(visitor):
    answers = [log_in(visitor, password="wrong").status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]
    assert log_in(visitor).status_code == 429


def test_a_successful_log_in_uses_no_try(browse):
    assert [log_in(browse()).status_code for _ in range(12)] == [302] * 12


def test_logging_out_needs_a_post_and_ends_the_session(visitor):
    log_in(visitor)

    assert visitor.get("/log-out").status_code == 405
    assert visitor.post("/log-out", page="/my/").status_code == 302
    assert visitor.get("/my/").status_code == 302


def test_a_new_session_token_ends_open_sessions(visitor, house):
    from matching.services.accounts import change_password
    from tests.web.house import NOW, OPERATOR

    log_in(visitor)
    with house.database.session() as session:
        change_password(session, "owner_a@example.cn", "another password", actor=OPERATOR, now=NOW)

    assert visitor.get("/my/").status_code == 302


def test_nothing_of_the_visitors_session_survives_into_the_signed_in_one(visitor):
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"

    log_in(visitor)

    with visitor.client.session_transaction() as session:
        assert "planted" not in session


def test_logging_in_leads_back_to_the_page_that_asked_for_it(visitor):
    asked = visitor.get("/demands/new")

    assert asked.location == "/log-in?next=/demands/new"
    assert log_in(visitor, next="/demands/new").location == "/demands/new"


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%5cevil.example",
        "／／evil.example",
        "/\tevil",
        "javascript:alert(1)",
    ],
)
def test_logging_in_never_leads_to_another_site(visitor, address):
    assert log_in(visitor, next=address).status_code == 400
    assert visitor.get("/log-in", query_string={"next": address}).location == "/log-in"


def test_somebody_else_s_words_in_the_form_come_out_as_text(visitor):
    answer = log_in(visitor, email='"><script>alert(1)</script>')

    assert "<script>alert" not in answer.text
