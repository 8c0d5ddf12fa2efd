"""Lists of records: searching, narrowing, paging, and what they cost."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from matching.domain.errors import NotFound
from matching.store import Database, DbSession
from matching.store.records import Filter, list_records
from tests.factories import DEMANDS, NOW, PROFILES, make_demand, make_profile, post, publish, republish, stored


def found(session: DbSession, **wanted: str) -> list[str]:
    return [line.id for line in list_records(session, DEMANDS, Filter(**wanted)).lines]


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def three(session: DbSession) -> DbSession:
    publish(
        session,
        make_demand("D-1", title="武侯祠智能导览小程序", sectors=["文创", "教育"], district="武侯区"),
        make_demand(
            "D-2", title="满意度 50% 以上_的客服", sectors=["消费"], district="锦江区", capabilities=["智能客服"]
        ),
        make_demand(
            "D-3", title="AI Sports broadcast", sectors=["体育"], district="高新区", owner={"name": "乙方体育馆"}
        ),
    )
    return session


def test_the_search_box_finds_what_people_type(three: DbSession):
    expected = {
        "导览": ["D-1"],
        "导": ["D-1"],
        "導覽": ["D-1"],  # traditional characters
        "whc": ["D-1"],  # initials of 武侯祠
        "武侯祠 小程序": ["D-1"],  # every word, anywhere
        "武侯祠 客服": [],
        "乙方体育馆": ["D-3"],
        "yftyg": ["D-3"],
        "broadCAST ai": ["D-3"],
        "ｂｒｏａｄ": ["D-3"],  # full width
        "智能客服": ["D-2"],  # a capability
        "%": ["D-2"],
        "50%": ["D-2"],
        "_": ["D-2"],
        "上_的": ["D-2"],
        "\\": [],
        "'": [],
        "D-3": ["D-3"],
        "": ["D-1", "D-2", "D-3"],
        "   ": ["D-1", "D-2", "D-3"],
    }

    assert {words: found(three, words=words) for words in expected} == expected


def test_lists_narrow_by_sector_and_district(three: DbSession):
    assert found(three, sector="culture") == ["D-1"]
    assert found(three, sector="education") == ["D-1"]
    assert found(three, district="jinjiang") == ["D-2"]
    assert found(three, sector="sports", district="jinjiang") == []


def test_an_edit_moves_a_record_to_its_new_sectors_and_words(three: DbSession):
    republish(three, make_demand("D-1", title="球场计分", sectors=["体育", "教育"], district="锦江区"))

    assert found(three, sector="culture") == []
    assert found(three, sector="sports") == ["D-1", "D-3"]
    assert found(three, district="jinjiang") == ["D-1", "D-2"]
    assert (found(three, words="导览"), found(three, words="计分")) == ([], ["D-1"])


def test_pages_together_hold_every_record_once(session: DbSession):
    publish(session, *(make_demand(f"D-{n:02}") for n in range(25)))

    pages = [list_records(session, DEMANDS, Filter(), number, 10) for number in (1, 2, 3)]

    assert [line.id for page in pages for line in page.lines] == [f"D-{n:02}" for n in range(25)]
    assert [(page.total, page.pages, page.number) for page in pages] == [(25, 3, 1), (25, 3, 2), (25, 3, 3)]


def test_a_page_that_does_not_exist_is_the_nearest_one(session: DbSession):
    publish(session, *(make_demand(f"D-{n}") for n in range(3)))

    numbers = {asked: list_records(session, DEMANDS, Filter(), asked, 2).number for asked in (-5, 0, 1, 2, 99)}

    assert numbers == {-5: 1, 0: 1, 1: 1, 2: 2, 99: 2}


def test_an_empty_list_has_one_page(session: DbSession):
    page = list_records(session, PROFILES, Filter(words="没有"))

    assert (page.lines, page.total, page.pages, page.number) == ([], 0, 1, 1)


@pytest.mark.parametrize("size", [1, 30])
def test_a_list_page_costs_two_queries_whatever_its_length(database: Database, session: DbSession, size: int):
    publish(session, *(make_profile(f"P-{n}") for n in range(size)))
    session.rollback()

    with counted(database) as statements:
        page = list_records(session, PROFILES, Filter(), size=50)

    assert len(page.lines) == size
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 2


def test_the_newest_publication_comes_first(session: DbSession):
    publish(session, make_demand("D-1"), make_demand("D-2"))
    republish(session, make_demand("D-2", title="改过的"), now=NOW.replace(hour=3))

    assert found(session) == ["D-2", "D-1"]


def test_a_record_comes_back_as_it_was_written(session: DbSession):
    profile = make_profile(
        capabilities=["智能批改", {"name": "学情分析", "price_min_yuan": 5_000, "cases": ["某校"]}],
        qualifications=["等保三级", {"name": "甲", "valid_until": "2027-01-01"}, {"name": "乙", "valid_until": None}],
        excluded=[],
        summary="换行\n引号\"'\\ 表情😀 \t制表",
    )  # fmt: skip

    back = post(session, profile).record

    assert back.capabilities == profile.capabilities
    assert back.qualifications == profile.qualifications
    assert (back.excluded, back.wants, back.summary) == ((), None, profile.summary)


def test_a_record_that_is_not_there_is_said_so(session: DbSession):
    with pytest.raises(NotFound):
        stored(session, make_demand("D-none"))
