"""The three users in a real browser, on a desk and on a phone."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.conftest import Visit

PUBLIC = ["/", "/demands/", "/profiles/", "/lists/", "/programme/", "/about/", "/log-in"]
OWN = {
    "owner": ["/my/", "/demands/new"],
    "opc": ["/my/", "/profiles/new"],
    "organiser": [
        "/my/",
        "/review/",
        "/import/",
        "/programme/1/board",
        "/season/",
        "/season/setup",
        "/season/outcomes",
        "/programme/1/attendance/main",
    ],
    "admin": ["/my/"],
}


def sideways(visit: Visit) -> int:
    """How many pixels of the page lie beside the window."""
    width: int = visit.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width


def complaints(visit: Visit) -> list[str]:
    """What the accessibility rules (WCAG 2 A and AA) find."""
    found = Axe().run(visit.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found.response["violations"]]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, False), (375, True)])
def test_public_pages_fit_the_screen_and_can_be_read_by_everybody(visit: Callable[..., Visit], width: int, dark: bool):
    window = visit(width, dark)

    found = {}
    for path in PUBLIC:
        window.go(path)
        found[path] = (max(0, sideways(window)), complaints(window))

    assert found == {path: (0, []) for path in PUBLIC}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("width", [1280, 375])
def test_everybody_finds_their_own_pages(visit: Callable[..., Visit], name: str, width: int):
    window = visit(width)
    window.sign_in(name)

    found = {}
    for path in OWN[name]:
        window.go(path)
        found[path] = (max(0, sideways(window)), complaints(window))

    assert found == {path: (0, []) for path in OWN[name]}


def test_an_owner_reads_why_a_profile_fits_and_the_parts_add_up(visit: Callable[..., Visit]):
    window = visit()
    window.sign_in("owner")
    window.go("/my/")
    window.page.click("main a[href^='/demands/']:not([href$='/new'])")
    window.page.wait_for_selector("text=匹配的供给")

    card = window.page.locator("table", has_text="合计").first
    shown = [row.locator("td").all_inner_texts() for row in card.locator("tbody tr").all()]
    parts = [float(numbers[-1]) for cells in shown if (numbers := [c for c in cells if re.fullmatch(r"\d+\.\d", c)])]
    total = float(re.findall(r"\d+\.\d", card.inner_text())[-1])

    assert round(sum(parts[: len(parts) - (parts[-1] == total)]), 1) == total
    assert window.page.get_by_text("缺信息").count() > 0


def test_an_opc_sees_what_stands_in_the_way_of_the_next_demand(visit: Callable[..., Visit]):
    window = visit(375)
    window.sign_in("opc")
    window.go("/my/")
    window.page.click("main a[href^='/profiles/']:not([href$='/new'])")

    assert window.page.get_by_text("不符合").count() + window.page.get_by_text("差一点").count() > 0


def test_a_visitor_finds_a_two_character_word_and_switches_to_english(visit: Callable[..., Visit]):
    window = visit()
    window.go("/demands/")
    window.page.fill("input[type=search], input[name=q]", "盘点")
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(re.compile(r"q="))
    hits = window.page.locator("main a[href^='/demands/']").count()
    window.page.click("text=English")

    assert hits > 0
    assert window.page.locator("html").get_attribute("lang") == "en"


def test_an_organiser_drags_a_pitch_and_another_moves_one_by_keyboard(visit: Callable[..., Visit]):
    window = visit()
    window.sign_in("organiser")
    window.go("/programme/1/board")
    page = window.page
    first = page.locator("[data-track] [data-pitch]").first
    name = first.locator("b").inner_text()

    first.drag_to(page.locator("[data-track]").nth(1).locator("[data-pitch]").first)
    page.wait_for_url(re.compile(r"/programme/(?!1/)\d+/board"))
    out = page.locator("[data-track]").nth(1).locator("[data-pitch]", has_text=name)
    expect(out).to_have_count(1)

    out.locator("summary").focus()
    page.keyboard.press("Enter")
    out.get_by_label("会场").select_option(label="不安排")
    expect(out.get_by_role("status")).to_contain_text("目标值")
    out.get_by_role("button", name="移到这里").press("Enter")

    expect(page.locator("[data-track=''] [data-pitch]", has_text=name)).to_have_count(1)


def test_an_organiser_solves_from_the_page_and_watches_the_draft_become_a_plan(visit: Callable[..., Visit]):
    window = visit()
    window.sign_in("organiser")
    window.go("/season/")
    page = window.page

    page.get_by_role("button", name="开始求解").click()
    page.wait_for_url(re.compile(r"/season/runs/\d+"))
    expect(page.get_by_text("这是快速草案")).to_be_visible(timeout=30_000)
    expect(page.locator(".solve-line")).to_contain_text("已算完", timeout=60_000)
    expect(page.locator(".solve-line")).to_contain_text("上界")
    page.get_by_role("button", name="存为草案").click()
    page.wait_for_url(re.compile(r"/programme/\d+/board"))


def test_an_opc_says_when_it_can_come_and_confirms_on_a_phone(visit: Callable[..., Visit]):
    window = visit(375)
    window.sign_in("opc")
    window.go("/my/")
    page = window.page

    page.get_by_role("button", name="确认参加").first.click()
    expect(page.get_by_text("已确认").first).to_be_visible()
    page.locator("a[href^='/my/when/']").first.click()
    assert sideways(window) <= 0
    assert complaints(window) == []
    page.get_by_label("不到场").last.check()
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile(r"/my/$"))
