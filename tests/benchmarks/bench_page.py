"""CPU of pages, beside a bare Flask "hello" in the same run: `python -m tests.benchmarks.bench_page`.

A demand page with 20 explained matches and a list page of 20 records, both signed in, through the whole WSGI
stack but the server. "cold": nothing rendered is kept between requests; "warm": the usual case. The best of
several rounds is printed, as other work on the machine only ever adds.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from matching.domain.records import RecordKind
from matching.settings import load_settings
from matching.store import Database
from tests.web import house
from webapp import create_app, explanations

ROUNDS, REQUESTS = 8, 25


def main() -> None:
    """Build a small installation, and print milliseconds of CPU a request."""
    with tempfile.TemporaryDirectory() as folder:
        app, cookie = _site(Path(folder))
        hello = Flask("hello")
        hello.add_url_rule("/", "hello", lambda: "hello")
        figures = {
            "hello": _milliseconds(hello, "/", ""),
            "health check": _milliseconds(app, "/healthz", ""),
            "list, 20 records": _milliseconds(app, "/demands/", cookie),
            "demand, 20 matches, warm": _milliseconds(app, "/demands/D-public", cookie),
            "demand, 20 matches, cold": _milliseconds(
                app, "/demands/D-public", cookie, explanations._match_page.cache_clear
            ),
            "demand, public": _milliseconds(app, "/demands/D-public", ""),
        }
        for name, (milliseconds, size) in figures.items():
            times = milliseconds / figures["hello"][0]
            print(f"{name:28} {milliseconds:7.2f} ms CPU  {size / 1000:7.1f} kB  {times:5.1f} × hello")
        app.extensions["opcmatch_database"].dispose()


def _site(folder: Path) -> tuple[Flask, str]:
    url = f"sqlite:///{folder / 'bench.sqlite3'}"
    house.build(url)
    database = Database(url)
    with database.session() as session:
        ids = [f"P-{number}" for number in range(25)]
        for number, profile_id in enumerate(ids):
            house.post(session, RecordKind.PROFILES, house.make_profile(profile_id), house.OPERATOR)
            house.post(session, RecordKind.DEMANDS, house.make_demand(f"D-{number}"), house.OPERATOR)
        house.publish(session, RecordKind.PROFILES, *ids)
        house.publish(session, RecordKind.DEMANDS, *(f"D-{number}" for number in range(25)))
        demand, profiles = house.make_demand("D-public"), [house.make_profile(profile_id) for profile_id in ids]
        ranked = [house.pair(demand, profile, rank, 1) for rank, profile in enumerate(profiles[:20], start=1)]
        near = [house.pair(demand, profile, None, None) for profile in profiles[20:]]
        house.store_pairs(session, ranked + near)
    database.dispose()
    app = create_app(load_settings({"OPCMATCH_INSTANCE": str(folder), "OPCMATCH_DATABASE_URL": url}))
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = house.open_house(url).accounts["owner_a"].session_token
    cookie = client.get_cookie("session")
    assert cookie is not None
    return app, f"session={cookie.value}"


def _milliseconds(app: Flask, path: str, cookie: str, before: Callable[[], Any] = lambda: None) -> tuple[float, int]:
    best, size = float("inf"), 0
    for _ in range(ROUNDS):
        environments = [EnvironBuilder(path=path, headers={"Cookie": cookie}).get_environ() for _ in range(REQUESTS)]
        spent = 0.0
        for environment in environments:
            before()
            began = time.process_time()
            body = app.wsgi_app(environment, lambda *_: lambda _: None)
            size = sum(map(len, body))
            body.close()  # type: ignore[attr-defined]
            spent += time.process_time() - began
        best = min(best, spent / REQUESTS * 1000)
    return best, size


if __name__ == "__main__":
    main()
