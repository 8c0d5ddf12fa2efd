"""The public lists: search, filters, pages."""

import pytest

from matching.domain.records import RecordKind
from tests.web.house import OPERATOR, make_demand, post, publish


@pytest.fixture
def many(house):
    """Twenty-three more public demands, for sports, in another district."""
    with house.database.session() as session:
        ids = [f"D-many-{number:02d}" for number in range(23)]
        for demand_id in ids:
            demand = make_demand(demand_id, title=f"博物馆智能导览 {demand_id}", sectors=["体育"], district="锦江区")
            post(session, RecordKind.DEMANDS, demand, OPERATOR)
        publish(session, RecordKind.DEMANDS, *ids)


def titles(answer):
    return answer.text.count('class="record-card"')


def test_the_list_shows_what_is_public_and_counts_it(visitor):
    text = visitor.get("/demands/").text

    assert "共 2 条" in text
    assert "D-public" in text
    assert "不超过12万元" in text


@pytest.mark.parametrize("query", ["导览", "智能导览", "zndl", "博物館", "D-many-07", "导 览"])
@pytest.mark.usefixtures("many")
def test_search_finds_words_initials_ids_and_traditional_characters(visitor, query):
    answer = visitor.get("/demands/", query_string={"q": query})

    assert titles(answer) > 0
    assert "D-many-07" in answer.text
    assert "初中作文" not in answer.text


@pytest.mark.parametrize("query", ["%", "_", "\\", "' OR 1=1 --", "zzzz"])
def test_signs_of_a_query_language_find_nothing_and_there_is_a_way_on(visitor, query):
    answer = visitor.get("/demands/", query_string={"q": query})

    assert answer.status_code == 200
    assert "没有找到" in answer.text
    assert 'href="/demands/"' in answer.text


@pytest.mark.usefixtures("many")
def test_filters_narrow_and_can_be_cleared(visitor):
    by_sector = visitor.get("/demands/?sector=education")
    by_district = visitor.get("/demands/?district=jinjiang&sector=sports")

    assert "共 2 条" in by_sector.text
    assert "共 23 条" in by_district.text
    assert "清除筛选" in by_district.text


@pytest.mark.usefixtures("many")
def test_pages_hold_twenty_and_keep_the_search(visitor):
    first = visitor.get("/demands/?q=导览")
    second = visitor.get("/demands/?q=导览&page=2")

    assert (titles(first), titles(second)) == (20, 3)
    assert "?q=%E5%AF%BC%E8%A7%88&amp;page=2" in first.text


@pytest.mark.parametrize("page", ["0", "-1", "9999999999999", "x", "1.5", "²", ""])
@pytest.mark.usefixtures("many")
def test_a_page_that_does_not_exist_is_the_nearest_one(visitor, page):
    assert visitor.get("/demands/", query_string={"page": page}).status_code == 200


def test_an_unknown_filter_is_no_filter(visitor):
    assert "共 2 条" in visitor.get("/demands/?sector=nothing&district=nowhere").text


def test_the_front_page_counts_and_leads_on(visitor):
    text = visitor.get("/").text

    assert "需〔2026〕1号" in text
    assert "主场：城市开放场景" in text
    assert 'href="/demands/?sector=education"' in text


@pytest.mark.parametrize("size", [1, 3])
def test_a_list_costs_the_same_queries_whatever_its_length(house, app, size):
    from sqlalchemy import event

    with house.database.session() as session:
        for number in range(size):
            post(session, RecordKind.DEMANDS, make_demand(f"D-more-{number}"), OPERATOR)
        publish(session, RecordKind.DEMANDS, *(f"D-more-{number}" for number in range(size)))
    statements: list[str] = []
    engine = app.extensions["opcmatch_database"].engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    app.test_client().get("/demands/")

    assert len([s for s in statements if s.startswith("SELECT")]) == 2
