"""The gold set can be measured on: nothing in it contradicts itself or the rules."""

import json

import pytest

from tests.quality.faults import faults
from tests.quality.gold import FILES, FOLDER, HALVES, GoldError, load_gold, read_lines

SMALL = {
    "demands": [{"id": "D1", "title": "门店货架拍照盘点", "budget_max_yuan": 50_000}, {"id": "D2", "title": "造火箭"}],
    "profiles": [
        {"id": "P2", "name": "数架人", "price_min_yuan": 60_000},
        {"id": "P1", "name": "点货工", "summary": "拍货架照片做盘点"},
    ],
    "judgements": [{"demand": "D1", "profile": "P1", "grade": 3}, {"demand": "D1", "profile": "P2", "grade": 2}],
    "blocked": [{"demand": "D1", "profile": "P2", "rule": "budget"}],
    "styles": [
        {"demand": "D1", "style": "plain", "decoys": []},
        {"demand": "D2", "style": "none", "decoys": ["P1"]},
    ],
}


@pytest.fixture
def half(tmp_path):
    """Writes a small half with some files changed, and gives its folder."""

    def write(**files):
        for name, lines in (SMALL | files).items():
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize("name", HALVES)
def test_the_half_has_no_fault(name):
    found = faults(FOLDER / name)

    assert not found, f"{name} half:\n" + "\n".join(found)


def test_both_halves_together_are_large_enough():
    numbers = {
        name: sum(1 for half in HALVES for _ in read_lines(FOLDER / half / f"{name}.jsonl"))
        for name in ("demands", "profiles")
    }

    assert numbers["demands"] >= 80, numbers
    assert numbers["profiles"] >= 200, numbers


def test_a_sound_half_is_loaded_by_places_in_order_of_ids(half):
    folder = half()

    gold = load_gold(folder.name, folder.parent)

    assert faults(folder) == []
    assert [profile.id for profile in gold.profiles] == ["P1", "P2"]
    assert gold.grades.tolist() == [[3, 2], [0, 0]]
    assert gold.usable.tolist() == [[3, 0], [0, 0]]  # the blocked pair earns nothing
    assert gold.allowed.tolist() == [[True, False], [True, True]]
    assert gold.answerable.tolist() == [True, False]
    assert gold.decoys == [[], [0]]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(half, name):
    folder = half()
    (folder / f"{name}.jsonl").unlink()

    assert faults(folder) == [f"{name}.jsonl is missing"]
    with pytest.raises(GoldError, match=f"{name}.jsonl"):
        load_gold(folder.name, folder.parent)


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"demands": [{"id": "D1"}, *SMALL["demands"][1:]]}, "demands.jsonl line 1"),
        ({"demands": [*SMALL["demands"], SMALL["demands"][0]]}, "demands.jsonl line 3: D1 is there twice"),
        ({"profiles": SMALL["profiles"][:1]}, "judgements.jsonl line 1: there is no profile P1"),
        ({"judgements": [{"demand": "D9", "profile": "P1", "grade": 3}]}, "there is no demand D9"),
        ({"judgements": [{"demand": "D1", "profile": "P1", "grade": 4}]}, "the grade is 4, not 1, 2 or 3"),
        ({"judgements": SMALL["judgements"] * 2}, "judgements.jsonl line 3: D1 and P1 are there twice"),
        ({"blocked": [{"demand": "D1", "profile": "P2", "rule": "price"}]}, "'price' is no hard rule"),
        ({"blocked": [{"demand": "D1", "profile": "P2", "rule": "open"}]}, "blocked by open, which does not fail"),
        ({"blocked": []}, "D1 and P2: graded, and stopped by ['budget'], and not in blocked.jsonl"),
        ({"styles": SMALL["styles"][:1]}, "styles.jsonl: D2 has 0 lines"),
        ({"styles": [{"demand": "D1", "style": "loud", "decoys": []}]}, "'loud' is no style"),
        ({"styles": [{"demand": "D1", "style": "plain", "decoys": ["P9"]}]}, "line 1: there is no profile P9"),
        ({"judgements": SMALL["judgements"][1:]}, "D1: no profile with grade 3 may be shown; the best has 0"),
        (
            {"judgements": [*SMALL["judgements"], {"demand": "D2", "profile": "P1", "grade": 2}]},
            "D2: its style is none and a profile has grade 2",
        ),
        (
            {"styles": [{"demand": "D1", "style": "plain", "decoys": ["P1"]}, SMALL["styles"][1]]},
            "D1: its decoy P1 has grade 3",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(half, files, fault):
    found = faults(half(**files))

    assert any(fault in line for line in found), found


def test_a_line_that_is_no_json_is_told(half):
    folder = half()
    with (folder / "blocked.jsonl").open("a", encoding="utf-8") as file:
        file.write("{demand: D1}\n[]\n")

    found = faults(folder)

    assert [line.partition(":")[0] for line in found] == ["blocked.jsonl line 2", "blocked.jsonl line 3"]
