"""Documents of a programme: whole, dated, the same bytes each time, and nothing beyond its margin."""

import json
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from matching.domain.errors import InputError
from matching.publishing.programme import FORMATS, Programme, Side, Subject, find_format
from matching.publishing.programme.fonts import Face, Fonts, find_fonts
from matching.publishing.programme.paper import MARGIN, Paper
from matching.publishing.programme.run_of_show import steps_of
from matching.publishing.programme.table_cards import table_cards
from matching.publishing.programme.words import _words, programme_words
from tests.publishing.programmes import TITLE, make_names, make_plan, make_problem, make_programme

PRINTED = ("run-of-show", "sign-in", "table-cards")
POINTS_PER_MM = 72 / 25.4
LONG = (
    "灵境视界：面向文旅行业的“多模态大模型＋数字人”导览、讲解与运营一体化解决方案（第三代）及其示范应用工程技术研究中心"
)
ODD = ("🦆 工作室", "<b>&amp;", "𠮷野家", "العربية", "a\tb\nc\x07", "=1+1", "—")
LATIN = "Chengdu Tianfu International Bio-Intelligence & Robotics One-Person Company Limited, " + "W" * 120


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    """A blank document."""
    with Paper(make_programme(), "run_of_show", "zh") as found:
        yield found


def renamed(*names: str, each: int = 3, **given: object) -> Programme:
    """A programme in which everybody has one of the names."""
    problem = make_problem(each=each)
    people = {pitch["id"]: names[number % len(names)] for number, pitch in enumerate(problem["pitches"])}
    owners = {owner["id"]: names[number % len(names)] for number, owner in enumerate(problem["owners"])}
    return make_programme(problem, names={**make_names(problem), "pitches": people, "owners": owners}, **given)


@cache
def rendered(code: str, each: int = 3) -> bytes:
    """The file of the usual programme, or of a larger one."""
    return find_format(code).render(make_programme(make_problem(each=each)))


def pages_of(code: str, programme: Programme, **options: object) -> list[str]:
    """The text of each page of a document, without spaces."""
    return pages_in(find_format(code).render(programme, **options))


def pages_in(file: bytes) -> list[str]:
    with PdfDocument(file) as document:
        return [bare(page.get_textpage().get_text_bounded()) for page in document]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("made", FORMATS, ids=lambda made: made.code)
def test_the_same_programme_gives_the_same_bytes(made):
    programme = make_programme()

    assert made.render(programme) == rendered(made.code)


@pytest.mark.parametrize("made", FORMATS, ids=lambda made: made.code)
def test_a_programme_in_which_nothing_is_placed_has_its_files_all_the_same(made):
    problem = make_problem(slots=0)
    nothing = {**make_plan(problem), "placements": [], "seats": []}

    assert made.render(make_programme(problem, nothing))


def test_a_programme_without_sessions_says_that_nothing_is_planned():
    problem = {"sessions": [], "tracks": [], "pitches": []}

    (page,) = pages_of("run-of-show", make_programme(problem, {"placements": [], "seats": []}, {"sessions": {}}))

    assert "没有安排" in page


@pytest.mark.parametrize("code", PRINTED)
def test_a_document_is_dated_with_its_publication(code: str):
    with PdfDocument(rendered(code)) as document:
        told = document.get_metadata_dict()

    assert told["CreationDate"] == "D:20261124020000Z"
    assert told["Title"].startswith(TITLE)


@pytest.mark.parametrize("code", ["run-of-show", "sign-in"])
def test_every_page_says_what_it_is_and_which_of_how_many(code: str):
    pages = pages_in(rendered(code, 40))

    name = {"run-of-show": "流程单", "sign-in": "签到表"}[code]
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"{name}·2026-Q4第1版" in page
        assert f"第{number}页，共{len(pages)}页" in page
        assert "已发布（2026年11月24日10:00）" in page


@pytest.mark.parametrize(
    ("code", "heading"), [("run-of-show", "时间(分钟环节人员与项目|桌OPC场景方)"), ("sign-in", "序号单位身份")]
)
def test_the_headings_of_a_table_come_again_on_every_page(code: str, heading: str):
    pages = pages_in(rendered(code, 40))

    assert [page for page in pages if not re.search(heading, page)] == []


@pytest.mark.parametrize("code", PRINTED)
def test_a_draft_says_so_on_every_page(code: str):
    drafts, published = pages_of(code, make_programme(stage="draft")), pages_in(rendered(code))

    assert all("草案，未发布" in page for page in drafts)
    assert not any("草案" in page for page in published)


@pytest.mark.parametrize("code", PRINTED)
def test_long_and_odd_names_stay_within_the_margins_and_are_printed_whole(code: str):
    edge, foot = (MARGIN - 1) * POINTS_PER_MM, 5 * POINTS_PER_MM

    with PdfDocument(find_format(code).render(renamed(LONG, LATIN, *ODD))) as document:
        texts = [page.get_textpage() for page in document]
        width, height = document[0].get_size()
        boxes = [text.get_charbox(number) for text in texts for number in range(text.count_chars())]
        told = bare("".join(text.get_text_bounded() for text in texts))

    lefts, bottoms, rights, tops = zip(*[box for box in boxes if box[2] > box[0]], strict=True)
    assert (min(lefts) >= edge, max(rights) <= width - edge) == (True, True)
    assert (min(bottoms) >= foot, max(tops) <= height - foot) == (True, True)
    assert LONG in told


@pytest.mark.parametrize("code", PRINTED)
def test_letters_that_the_font_lacks_leave_a_box_and_no_blank_name(code: str):
    told = "".join(pages_of(code, renamed("\U0001f986\ufe0f 工作室", "العربية")))

    assert ("□工作室" in told, "□□□□□□□" in told) == (True, True)


@pytest.mark.parametrize("code", ["xlsx", "json"])
def test_odd_names_break_no_file(code: str):
    assert find_format(code).render(renamed(*ODD))


def test_a_name_is_one_line_that_can_be_printed():
    programme = renamed(" 甲\n\t乙\x07 丙 ")

    assert {person.name for person in programme.people} == {"甲 乙 丙"}


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="中文，。、（）“”《》：Aa9-. ", min_size=1, max_size=80), st.integers(20, 60))
def test_lines_are_narrow_enough_lose_nothing_and_begin_with_no_closing_sign(paper: Paper, text: str, width: int):
    lines = paper.lines(text, width)

    assert max(map(paper.get_string_width, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    closing = [line for line in lines[1:] if line and line[0] in "，。、）”》："]
    assert closing == [] or re.search(
        r"[，。、）”》：.]{6}|[“《（]{6}", text
    )  # a row of signs may be wider than a line


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 20)), max_size=8), st.integers(0, 10), st.integers(0, 40))
def test_the_run_of_show_leaves_no_minute_out(parts: list[tuple[int, int]], buffer: int, rest: int):
    problem = make_problem(each=len(parts))
    problem["rules"]["buffer_min"] = buffer
    plan, at = make_plan(problem), 570
    placements = [one for one in plan["placements"] if one["track"] == "main-a"]
    for one, (minutes, gap) in zip(placements, parts, strict=True):
        one["start_min"], one["end_min"] = at + gap, at + gap + minutes
        at = one["end_min"] + buffer
    (track,) = [one for one in problem["tracks"] if one["id"] == "main-a"]
    track["end_min"] = at + rest + 1
    (session,) = make_programme(problem, plan).only("main").sessions
    (laid_out,) = [one for one in session.tracks if one.id == "main-a"]

    steps = steps_of(laid_out, buffer)

    assert (steps[0][1].start_min, steps[-1][1].end_min) == (570, at + rest + 1)
    assert [a[1].end_min for a, _ in pairwise(steps)] == [b[1].start_min for _, b in pairwise(steps)]
    assert [code for code, _, _ in steps].count("pitch") == len(parts)
    assert sum(span.end_min - span.start_min for code, span, _ in steps if code == "buffer") == buffer * len(parts)


def test_there_is_a_card_for_each_person_of_a_session_and_for_each_table():
    cards = table_cards(make_programme())

    assert [card.name for card in cards if "主场" in card.session][-2:] == ["第 1 桌", "第 2 桌"]
    assert len([card for card in cards if "主场" in card.session]) == 6 + 4 + 2
    assert len([card for card in cards if "专场" in card.session]) == 3 + 2


def test_people_are_in_the_order_in_which_they_are_looked_up():
    programme = renamed("王记", "阿坝视觉", "李白 AI", "zebra", "Apple")

    names = [card.name for card in table_cards(programme.only("culture")) if card.role == "OPC"]
    people = list(dict.fromkeys(person.name for person in programme.people if person.side is Side.OPC))

    assert people == ["阿坝视觉", "Apple", "李白 AI", "王记", "zebra"]
    assert names == sorted(names, key=people.index)


def test_what_does_not_fit_on_one_card_goes_on_to_the_next():
    cards = [card for card in table_cards(make_programme(make_problem(slots=20))) if card.name == "第 1 桌"]

    assert [len(card.lines) for card in cards] == [9, 9, 2]


@pytest.mark.parametrize("linked", [False, True])
def test_long_lines_on_a_full_card_are_told_to_their_end(linked: bool):
    programme = renamed(LONG).only("main")
    people = [(session.id, person.subject) for session in programme.sessions for person in programme.people]
    links = dict.fromkeys(people, "https://opc.example.cn/check-in/x") if linked else {}

    pages = pages_of("table-cards", programme, links=links)

    assert (any("…" in page for page in pages), "对接会谈：" + bare(LONG) in "".join(pages)) == (False, True)


def test_a_card_shows_the_qr_of_its_link():
    subject, link = Subject(Side.OPC, "P-main-a-1"), "https://opc.example.cn/check-in/" + "x1" * 60
    programme = make_programme()
    first = table_cards(programme, links={("main", subject): link})[0]
    file = find_format("table-cards").render(programme, links={("main", subject): link})

    with PdfDocument(file) as document:
        page = document[0].render(scale=4, grayscale=True).to_numpy() < 128
    wide = 4 * POINTS_PER_MM
    upper = page[int(70 * wide) : int(130 * wide), int((210 - MARGIN - 36) * wide) : int((210 - MARGIN + 1) * wide)]
    rows, columns = np.flatnonzero(upper.any(axis=1)), np.flatnonzero(upper.any(axis=0))
    expected = np.array(segno.make_qr(link, error="m").matrix, dtype=bool)
    step = (columns[-1] - columns[0] + 1) / len(expected)
    centres = ((np.arange(len(expected)) + 0.5) * step).astype(int)

    assert first.link == link
    assert np.array_equal(upper[np.ix_(rows[0] + centres, columns[0] + centres)], expected)


def test_a_link_that_no_phone_would_read_is_refused():
    with pytest.raises(InputError) as refused:
        find_format("table-cards").render(
            make_programme(), links={("main", Subject(Side.OPC, "P-main-a-1")): "https://example.cn/" + "a" * 600}
        )

    assert [found.code for found in refused.value.problems] == ["link_too_long"]


def test_a_machine_without_a_chinese_font_is_told_what_to_install(tmp_path: Path):
    (tmp_path / "DejaVuSans.ttf").touch()

    with pytest.raises(InputError) as refused:
        find_fonts((tmp_path, tmp_path / "missing"))

    (found,) = refused.value.problems
    assert (found.code, found.facts["folders"]) == (
        "no_chinese_font", [tmp_path.as_posix(), (tmp_path / "missing").as_posix()],
    )  # fmt: skip


def test_the_best_font_is_taken_and_a_missing_bold_is_the_plain_one(tmp_path: Path):
    for name in ("simhei.ttf", "sub/Deng.ttf", "sub/Arial.ttf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    found = find_fonts((tmp_path,))

    assert found == Fonts(Face(tmp_path / "sub" / "Deng.ttf"), Face(tmp_path / "sub" / "Deng.ttf"))


def test_an_unknown_format_is_refused():
    with pytest.raises(InputError) as refused:
        find_format("docx")

    assert [found.code for found in refused.value.problems] == ["unknown_programme_format"]


def test_nothing_in_the_workbook_is_a_formula():
    book = load_workbook(BytesIO(find_format("xlsx").render(renamed("=HYPERLINK(1)", "+1", "@a", "-2"))))

    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert book["主场：城市开放场景"]["E4"].value == "=HYPERLINK(1)"


def test_sheets_have_names_of_their_own_that_excel_takes():
    problem = make_problem()
    same = "专场：[文创]/影视*" + "很" * 30
    names = {**make_names(problem), "sessions": {"main": same, "culture": same}}

    book = load_workbook(BytesIO(find_format("xlsx").render(make_programme(problem, names=names))))

    assert len({name.casefold() for name in book.sheetnames}) == 4
    assert max(map(len, book.sheetnames)) <= 31
    assert not any(set(name) & set("[]:*?/\\'") for name in book.sheetnames)


def test_every_sheet_is_printed_on_a4_landscape_with_its_headings_on_each_page():
    book = load_workbook(BytesIO(rendered("xlsx")))

    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert (sheet.print_title_rows, sheet.freeze_panes, sheet.page_setup.fitToHeight) == ("$1:$3", "A4", 0)


def test_many_tables_are_printed_on_several_pages_side_by_side_with_the_times_on_each():
    book = load_workbook(BytesIO(find_format("xlsx").render(make_programme(make_problem(tables=20)))))
    sheet = book.worksheets[1]

    assert (sheet.page_setup.fitToWidth, sheet.print_title_cols) == (3, "$A:$A")


def test_the_workbook_is_dated_with_its_publication():
    with ZipFile(BytesIO(rendered("xlsx"))) as file:
        core = file.read("docProps/core.xml").decode()

    assert "2026-11-24T02:00:00Z" in core


def test_json_tells_the_revision_and_names_everybody():
    told = json.loads(rendered("json"))

    assert (told["season"], told["revision"], told["stage"], told["timezone"]) == (
        "2026-Q4", 1, "published", "Asia/Shanghai",
    )  # fmt: skip
    assert [session["id"] for session in told["sessions"]] == ["main", "culture"]
    assert {person["side"] for person in told["people"]} == {"opc", "owner"}
    assert len(told["people"]) == 9 + 6


def test_a_plan_of_another_problem_is_refused():
    plan = make_plan(make_problem())
    plan["placements"][0]["track"] = "elsewhere"

    with pytest.raises(KeyError):
        make_programme(make_problem(), plan)


def test_english_files_have_english_labels():
    (first, *_) = pages_of("run-of-show", make_programme(), language="en")

    assert "Runofshow·2026-Q4revision1" in first
    assert "TimeMinutesItemWhoandwhat" in first
    assert "Tuesday,15December2026" in first


def test_every_word_is_there_in_both_languages():
    untold = [
        (kind, code)
        for kind, entries in _words().items()
        for code, entry in entries.items()
        if set(entry) != {"zh", "en"}
    ]

    assert untold == []
    assert programme_words("say", "page", "en", page=1, pages=2) == "page 1 of 2"
