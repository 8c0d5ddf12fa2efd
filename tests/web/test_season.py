"""The organiser's season in the browser: set up, locked, solved without waiting, compared, kept."""

import re
from typing import Any

import pytest

from matching.domain.records import RecordKind
from tests.web.house import OPERATOR, make_demand, make_profile, pair, post, publish, store_pairs
from webapp import solving


def form_of(text: str) -> dict[str, Any]:
    """What a browser would send of the page's set-up form."""
    form = text[text.index('class="season-form"') : text.rindex("</form>")]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" not in named or (named.get("type") == "checkbox" and " checked" not in tag):
            continue
        if named.get("type") == "checkbox":
            found.setdefault(named["name"], []).append(named["value"])
        else:
            found[named["name"]] = named.get("value", "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        found[name] = re.search(r'value="([^"]*)" selected', inner)[1]
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = inner
    found.pop("csrf_token")
    return found


@pytest.fixture
def matched(house):
    """The owner A's demand suits the OPC A: there is something to plan."""
    demand, profile = make_demand("D-owned", owner={"name": "甲方中学"}), make_profile("P-public")
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, demand, OPERATOR)
        publish(session, RecordKind.DEMANDS, "D-owned")
        store_pairs(session, [pair(demand, profile, 1, 1)], "e" * 64)


def test_the_season_shows_programmes_locks_and_solves(organiser):
    text = organiser.get("/season/").text

    for said in ("路演季 2026-Q4", "第 1 版", "作文批改", "不安排", "甲方另有安排", "第 1 次求解", "已算完"):
        assert said in text


def test_an_untouched_set_up_is_saved_as_it_was(organiser):
    before = form_of(organiser.get("/season/setup").text)

    answer = organiser.post("/season/setup", before, page="/season/setup")
    after = form_of(organiser.get("/season/setup").text)

    assert answer.status_code == 303
    assert {**after, "version": "0"} == before


def test_sessions_and_rooms_are_added_and_removed_by_their_names(organiser):
    form = form_of(organiser.get("/season/setup").text)
    last = max(int(name[1:].split(".")[0]) for name in form if re.match(r"s\d+\.", name))
    form |= {
        "s0.t1.room": "",
        f"s{last}.title": "加演",
        f"s{last}.on": "2026-12-30",
        f"s{last}.t0.room": "二号厅",
        f"s{last}.t0.start": "10:00",
        f"s{last}.t0.end": "11:30",
        f"s{last}.t0.panel_seats": "4",
    }

    organiser.post("/season/setup", form, page="/season/setup")
    text = organiser.get("/season/setup").text

    assert "加演" in text
    assert "二号厅" in text
    assert "分会场" not in text


def test_a_mistake_is_named_with_its_place_and_nothing_typed_is_lost(organiser):
    form = form_of(organiser.get("/season/setup").text)
    form |= {"s0.t0.start": "12:30", "s1.t0.panel_seats": "many", "title": "改过的名称"}

    reversed_ = organiser.post("/season/setup", {**form, "s1.t0.panel_seats": "5"}, page="/season/setup")
    no_number = organiser.post("/season/setup", form, page="/season/setup")

    assert (reversed_.status_code, no_number.status_code) == (422, 422)
    assert "主场：城市开放场景 · 主会场" in reversed_.text
    assert "不早于结束" in reversed_.text
    assert "应是不小于 0 的整数，现在是“many”" in no_number.text
    assert 'value="改过的名称"' in no_number.text
    assert "改过的名称" not in organiser.get("/season/").text


def test_whoever_was_slower_is_told_and_overwrites_nothing(organiser):
    form = form_of(organiser.get("/season/setup").text)
    organiser.post("/season/setup", form, page="/season/setup")

    answer = organiser.post("/season/setup", {**form, "title": "晚了一步"}, page="/season/setup")

    assert answer.status_code == 409
    assert "晚了一步" not in organiser.get("/season/").text


def test_a_lock_is_made_on_the_board_and_released(organiser):
    made = organiser.post(
        "/season/locks", {"board": "2", "subject": "owner:甲方中学", "place": "track:main-a"}, page="/programme/2/board"
    )
    listed = organiser.get("/season/").text
    released = organiser.post("/season/locks/2/release", page="/season/")

    assert made.location.endswith("/programme/2/board")
    assert "甲方中学 → 主场：城市开放场景 · 主会场" in listed
    assert released.status_code == 303
    assert "甲方中学 →" not in organiser.get("/season/").text


@pytest.mark.parametrize(
    "form",
    [
        {"subject": "", "place": "out"},
        {"subject": "room:一号厅", "place": "out"},
        {"subject": "pitch:p1", "place": "moon:far"},
    ],
)
def test_a_lock_that_is_none_is_refused_in_words(organiser, form):
    answer = organiser.post("/season/locks", form, page="/season/")

    assert answer.status_code == 422
    assert "这个锁定不成立" in answer.text


def test_a_solve_runs_in_its_own_process_and_its_plan_becomes_a_draft(matched, organiser):
    asked = organiser.post("/season/solve", {"purpose": "plan", "seconds": "20"}, page="/season/")
    address = asked.location
    for process in solving._started:
        process.wait(60)

    state = organiser.get(f"{address}.json").json
    page = organiser.get(address).text
    kept = organiser.post(f"{address}/keep", page=address)

    assert asked.status_code == 303
    assert (state["state"], state["has_draft"]) == ("done", True)
    assert "目标值" in state["said"]
    assert "蓉批改工作室" in page
    assert kept.location.endswith("/board")
    assert all(process.wait(10) == 0 for process in solving._started)


def test_locks_that_contradict_each_other_are_told_with_names_and_ways_out(matched, organiser, house, app):
    for track in ("main-a", "main-b"):
        organiser.post("/season/locks", {"subject": "owner:甲方中学", "place": f"track:{track}"}, page="/season/")
    address = organiser.post("/season/solve", {"purpose": "plan", "seconds": "20"}, page="/season/").location
    for process in solving._started:
        process.wait(60)

    text = organiser.get(address).text

    assert "这几条不能同时满足" in text
    assert "主场：城市开放场景 · 主会场" in text
    assert "放开这条锁定" in text
    assert "存为草案" not in text


def test_a_second_solve_waits_for_the_first(matched, organiser, monkeypatch):
    monkeypatch.setattr("webapp.pages.season.start_solver", lambda *_: None)
    organiser.post("/season/solve", {"purpose": "plan"}, page="/season/")

    again = organiser.post("/season/solve", {"purpose": "plan"}, page="/season/")

    assert again.status_code == 422
    assert "已有一次求解正在进行" in again.text


def test_what_happened_is_listed_until_it_is_published(matched, organiser, monkeypatch):
    monkeypatch.setattr("webapp.pages.season.start_solver", lambda *_: None)

    asked = organiser.post(
        "/season/solve", {"purpose": "replan", "kind": "opc_withdrawn", "opc": "P-public"}, page="/season/"
    )
    text = organiser.get("/season/").text

    assert asked.status_code == 303
    assert "P-public 退出本季" in text
    assert "尚未体现在发布的一版" in text


@pytest.mark.parametrize("seconds", ["100000", "-1", "soon"])
def test_a_time_that_cannot_be_is_refused(organiser, seconds):
    answer = organiser.post("/season/solve", {"purpose": "plan", "seconds": seconds}, page="/season/")

    assert answer.status_code == 422
