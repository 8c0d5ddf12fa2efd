"""The site over a small installation, and browsers that are signed in to it."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from matching.settings import Settings, load_settings
from tests.web.house import NOW, House, build, open_house
from webapp import create_app


@pytest.fixture(scope="session")
def house_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installation of `house.py` in one SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("house") / "house.sqlite3"
    build(f"sqlite:///{path}")
    return path


@pytest.fixture
def house(house_file: Path, tmp_path: Path) -> Iterator[House]:
    """An installation of the test's own."""
    path = tmp_path / "opcmatch.sqlite3"
    shutil.copy(house_file, path)
    found = open_house(f"sqlite:///{path}")
    yield found
    found.database.dispose()


@pytest.fixture
def settings(house: House, tmp_path: Path) -> Settings:
    """Settings of a development site over the test's database."""
    return load_settings(
        {
            "OPCMATCH_INSTANCE": str(tmp_path / "instance"),
            "OPCMATCH_DATABASE_URL": str(house.database.engine.url),
            "OPCMATCH_ICP_NUMBER": "蜀ICP备00000000号",
        }
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The site, a minute after `NOW` unless a test sets TEST_NOW."""
    found = create_app(settings)
    found.config["TEST_NOW"] = NOW + timedelta(minutes=1)
    found.before_request_funcs.setdefault(None, []).insert(0, lambda: setattr(g, "now", found.config["TEST_NOW"]))
    yield found
    found.extensions["opcmatch_limiter"].reset()
    found.extensions["opcmatch_database"].dispose()


class Browser:
    """A test client that reads its own CSRF token, as a person's browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> Any:
        """Fetch a page."""
        return self.client.get(path, buffered=True, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, page: str = "/log-in", **more: Any) -> Any:
        """Send a form with the token of a page."""
        return self.client.post(path, data={**(data or {}), "csrf_token": self.token(page)}, **more)

    def token(self, page: str) -> str:
        """The token that a page carries."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page, follow_redirects=True).text)
        assert found is not None, page
        return found[1]


@pytest.fixture
def browse(app: Flask, house: House) -> Callable[..., Browser]:
    """A browser, signed in as one of the house's accounts, or as nobody."""

    def open_browser(name: str | None = None) -> Browser:
        client = app.test_client()
        if name is not None:
            with client.session_transaction() as session:
                session["_user_id"] = house.accounts[name].session_token
                session["_fresh"] = True
        return Browser(client)

    return open_browser


@pytest.fixture
def visitor(browse: Callable[..., Browser]) -> Browser:
    """Nobody known."""
    return browse()


@pytest.fixture
def organiser(browse: Callable[..., Browser]) -> Browser:
    """An organiser."""
    return browse("organiser")


@pytest.fixture
def owner(browse: Callable[..., Browser]) -> Browser:
    """The owner A."""
    return browse("owner_a")
