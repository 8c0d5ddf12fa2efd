"""A site of demonstration data on loopback, and a browser that reports whatever goes wrong on a page."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

CHROMIUM = next((p for p in (Path("/usr/bin/chromium"), Path("/usr/bin/chromium-browser")) if p.exists()), None)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
OPCMATCH = Path(sys.executable).with_name("opcmatch")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser, and one worker: the demonstration is made once."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("e2e"))
            if CHROMIUM is None and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skipif(True, reason="apt-get install chromium fonts-noto-cjk"))


@dataclass(frozen=True)
class Site:
    """A running site and its accounts (address → password)."""

    address: str
    passwords: dict[str, str]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`opcmatch demo` on a free port of this machine."""
    instance = tmp_path_factory.mktemp("e2e") / "instance"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "OPCMATCH_INSTANCE": str(instance), "OPCMATCH_PORT": str(port)}
    with (
        (instance.parent / "site.log").open("w") as log,
        subprocess.Popen([OPCMATCH, "demo"], env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/readyz", process, instance.parent / "site.log")
            yield Site(address, json.loads((instance / "demo-accounts.json").read_text()))
        finally:
            process.terminate()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page and what went wrong on it."""

    page: Page
    site: Site
    wrong: list[str] = field(default_factory=list)

    def failed(self, request: Request) -> None:
        """Note a request that failed; one that the browser dropped on its way to the next page did not."""
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"failed: {request.url} {request.failure}")

    def go(self, path: str) -> None:
        """Open a page of the site; it must answer 200."""
        answer = self.page.goto(self.site.address + path)
        assert answer is not None
        assert answer.status == 200, path

    def sign_in(self, name: str) -> None:
        """Sign in as one of the demonstration's accounts."""
        email = f"{name}@demo.example"
        self.go("/log-in")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", self.site.passwords[email])
        self.page.click("main button[type=submit], main input[type=submit]")
        self.page.wait_for_url(lambda url: not url.endswith("/log-in"))


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a browser window; at the end nothing may have gone wrong in any of them."""
    visits: list[Visit] = []

    def open_window(width: int = 1280, dark: bool = False) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
        )
        found = Visit(context.new_page(), site)
        found.page.on("console", lambda m: found.wrong.append(m.text) if m.type in ("error", "warning") else None)
        found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
        found.page.on("requestfailed", found.failed)
        found.page.on(
            "request",
            lambda request: (
                None
                if urlsplit(request.url).hostname in ("127.0.0.1", None)
                else found.wrong.append(f"left the machine: {request.url}")
            ),
        )
        visits.append(found)
        return found

    yield open_window
    for found in visits:
        found.page.context.close()
    assert [wrong for found in visits for wrong in found.wrong] == []
