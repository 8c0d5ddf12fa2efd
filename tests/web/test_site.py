"""What holds for every answer: headers, languages, errors, start, health."""

import logging
import subprocess
import sys
from dataclasses import replace

import pytest

from matching.domain.errors import SettingsError
from matching.domain.policy import DEFAULT_POLICY
from matching.settings import load_settings
from matching.store import Database
from tests.web.house import PASSWORD
from webapp import create_app
from webapp.addresses import same_site

PAGES = ["/", "/demands/", "/demands/D-public", "/lists/1", "/programme/1", "/about/", "/log-in", "/nowhere"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_carries_the_headers(visitor, path):
    headers = visitor.get(path).headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Cookie" in headers["Vary"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", PAGES[:6])
def test_no_page_has_a_script_or_a_style_inside(organiser, path):
    text = organiser.get(path).text

    assert " style=" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count("<script src=") + text.count('<script type="module" src=')
    assert "https://" not in text.replace("https://beian.miit.gov.cn/", "")


def test_signed_in_pages_are_kept_by_no_cache(organiser, visitor):
    assert organiser.get("/demands/").headers["Cache-Control"] == "no-store"
    assert visitor.get("/demands/").headers["Cache-Control"] == "no-cache"
    assert "max-age" in visitor.get("/static/site.css").headers["Cache-Control"]


def test_a_visitor_who_only_reads_gets_no_cookie(visitor):
    for path in PAGES[:6]:
        assert "Set-Cookie" not in visitor.get(path).headers


def test_the_session_cookie_is_out_of_reach_of_scripts(visitor):
    cookie = visitor.get("/log-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def production(settings, **more):
    return replace(settings, environment="production", secret_key="x7" * 16 + "Kq9!", **more)


def test_production_cookies_are_for_https_only_and_bound_to_the_host(settings):
    app = create_app(production(settings))

    answer = app.test_client().get("/log-in", base_url="https://localhost")

    assert answer.headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_production_starts_neither_with_a_weak_secret_nor_with_debug(settings, monkeypatch):
    with pytest.raises(SettingsError) as weak:
        create_app(replace(settings, environment="production", secret_key="short"))
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(SettingsError) as debug:
        create_app(production(settings))

    assert [error.value.problems[0].code for error in (weak, debug)] == ["weak_secret", "debug_in_production"]


def test_a_foreign_host_is_refused(settings):
    app = create_app(replace(settings, trusted_hosts=("opc.example.cn",)))

    assert app.test_client().get("/", base_url="http://opc.example.cn").status_code == 200
    refused = app.test_client().get("/", base_url="http://evil.example")
    assert refused.status_code == 400
    assert "evil.example" not in refused.text


def test_forwarded_addresses_count_only_behind_a_proxy(settings):
    def remote(app):
        app.add_url_rule("/remote", "remote", lambda: __import__("flask").request.remote_addr)
        return app.test_client().get("/remote", headers={"X-Forwarded-For": "9.9.9.9"}).text

    assert remote(create_app(settings)) == "127.0.0.1"
    assert remote(create_app(replace(settings, proxy_hops=1))) == "9.9.9.9"


def test_chinese_comes_first_whatever_the_browser_asks_for(visitor):
    text = visitor.get("/demands/", headers={"Accept-Language": "en-GB"}).text

    assert '<html lang="zh-CN">' in text
    assert "需求清单" in text


def test_the_switch_changes_the_language_and_is_remembered(visitor):
    answer = visitor.get("/language/en?next=/demands/")

    assert (answer.status_code, answer.location) == (302, "/demands/")
    text = visitor.get("/demands/").text
    assert '<html lang="en">' in text
    assert "Demand list" in text
    visitor.get("/language/zh")
    assert "需求清单" in visitor.get("/demands/").text


def test_one_reader_s_language_is_not_the_next_one_s(browse):
    english, chinese = browse(), browse()
    english.get("/language/en")

    assert '<html lang="en">' in english.get("/").text
    assert '<html lang="zh-CN">' in chinese.get("/").text


@pytest.mark.parametrize("address", ["/", "/demands/?q=%E5%AF%BC%E8%A7%88&page=2", "/demands/a~2Fb#matches"])
def test_own_addresses_are_followed(address):
    assert same_site(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "", None, "demands", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "javascript:alert(1)", "/%5c%5cevil.example", "/%2f/evil.example", "/%252f/evil.example", "／／evil.example",
        "/%EF%BC%8Fevil.example", "/\tevil.example", "/%09/evil.example", "/a\r\nSet-Cookie: x", "/" + "a" * 3000,
        "http:/evil.example", "/。evil.example", "///evil.example", "/ evil",
    ],
)  # fmt: skip
def test_other_addresses_are_not(visitor, address):
    assert same_site(address) is None
    assert visitor.get("/language/en", query_string={"next": address or ""}).location == "/"


def test_there_is_no_third_language(visitor):
    assert visitor.get("/language/fr").status_code == 404


@pytest.mark.parametrize(
    ("path", "method", "status", "said"),
    [
        ("/nowhere", "GET", 404, "没有找到这一页"),
        ("/demands/no-such", "GET", 404, "没有找到这一页"),
        ("/log-out", "GET", 405, "不接受这样的操作"),
        ("/log-in", "POST", 400, "这个请求不完整"),
        ("/lists/99999999999999999999", "GET", 404, "没有找到这一页"),
        ("/digests/0", "GET", 404, "没有找到这一页"),
    ],
)
def test_errors_are_told_in_the_reader_s_language_with_a_way_on(visitor, path, method, status, said):
    answer = visitor.client.open(path, method=method)

    assert answer.status_code == status
    assert said in answer.text
    assert 'href="/"' in answer.text


def test_a_fault_of_ours_shows_no_trace_and_is_logged(app, caplog):
    def fail():
        raise RuntimeError("inner details")

    app.add_url_rule("/fail", "fail", fail)
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/fail")

    assert answer.status_code == 500
    assert "系统出错了" in answer.text
    assert "inner details" not in answer.text
    assert "inner details" in caplog.text


def test_a_locked_database_is_told_as_busy(app, house, owner, monkeypatch):
    with house.database.session() as session:
        session.connection(execution_options={"opcmatch_begin": "IMMEDIATE"})
        engine = app.extensions["opcmatch_database"].engine
        from sqlalchemy import event

        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
        answer = owner.post("/demands/D-public/withdraw", {"version": "2"}, page="/my/")
        reading = owner.get("/demands/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "系统正忙" in answer.text
    assert reading.status_code == 200


def test_health_is_told_to_supervisors(visitor, settings, tmp_path):
    empty = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}")).test_client()

    assert (visitor.get("/healthz").text, visitor.get("/readyz").text) == ("ok\n", "ready\n")
    assert (empty.get("/healthz").status_code, empty.get("/readyz").status_code) == (200, 503)


def test_the_foot_has_the_icp_number(visitor):
    assert "蜀ICP备00000000号" in visitor.get("/").text


def test_the_method_is_published_with_its_weights(visitor):
    text = visitor.get("/about/").text

    for weight in filter(None, DEFAULT_POLICY.weights.values()):
        assert f"<td>{100 * weight:g}%</td>" in text
    assert 'id="privacy"' in text


def test_pages_are_served_without_scikit_learn(house, tmp_path):
    environment = {"OPCMATCH_INSTANCE": str(tmp_path), "OPCMATCH_DATABASE_URL": str(house.database.engine.url)}
    script = f"""
import sys
from matching.settings import load_settings
from webapp import create_app
app = create_app(load_settings({environment!r}))
client = app.test_client()
with client.session_transaction() as session:
    session["_user_id"] = {house.accounts["owner_a"].session_token!r}
assert "合计" in client.get("/demands/D-public").text
print([name for name in ("sklearn", "apscheduler") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_passwords_are_in_no_page_and_no_log(visitor, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = visitor.post("/log-in", {"email": "owner_a@example.cn", "password": "wrong " + PASSWORD})

    assert PASSWORD not in answer.text
    assert PASSWORD not in caplog.text


def test_settings_from_the_environment_make_a_site(monkeypatch, tmp_path):
    monkeypatch.setenv("OPCMATCH_INSTANCE", str(tmp_path))
    app = create_app()

    assert app.test_client().get("/healthz").status_code == 200
    assert load_settings().instance == tmp_path
    assert isinstance(app.extensions["opcmatch_database"], Database)
    app.extensions["opcmatch_database"].dispose()
