"""`TextSimilarity`: texts in, ranked documents out."""

import pytest

from matching.domain.errors import InputError
from matching.engine import TextSimilarity
from matching.publishing.wording import error_line

DOCS = [
    "用手机拍货架照片，自动盘点库存，找出缺货和临期商品",
    "虚拟数字人直播带货",
    "餐厅后厨菜品研发与调味",
    "Visual stocktaking of store shelves from phone photos",
]


@pytest.fixture(scope="module")
def fitted():
    return TextSimilarity().fit(DOCS)


def test_the_document_that_covers_the_query_comes_first(fitted):
    chinese, english = fitted.score(["门店拍照盘点货架", "stocktaking shelves in a store"], k=4)

    assert chinese[0][0] == 0
    assert english[0][0] == 3


def test_an_answer_holds_indices_and_scores_best_first_without_zeros(fitted):
    for answer in fitted.score(["门店拍照盘点货架", "直播", "photos 照片", "菜"], k=10):
        assert answer == sorted(answer, key=lambda item: (-item[1], item[0]))
        assert all(type(place) is int and type(score) is float and 0 < score <= 1 for place, score in answer)


def test_a_query_that_a_document_repeats_word_for_word_scores_high_and_an_unrelated_one_nothing():
    fitted = TextSimilarity().fit([*DOCS, "门店拍照盘点货架"])

    (answer,) = fitted.score(["门店拍照盘点货架"], k=5)

    assert answer[0][0] == 4
    assert answer[0][1] > 0.8
    assert 2 not in dict(answer)


@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_k_bounds_the_answer(fitted, k):
    (bounded,), (everything,) = fitted.score(["拍照 photos 直播"], k=k), fitted.score(["拍照 photos 直播"], k=100)

    assert bounded == everything[:k]


def test_ties_come_by_index():
    (answer,) = TextSimilarity().fit(["盘点货架", "无关的话", "盘点货架", "盘点货架"]).score(["盘点货架"], k=2)

    assert [place for place, _ in answer] == [0, 2]
    assert answer[0][1] == answer[1][1]


ODD = [
    "",
    " ",
    "a",
    "货",
    "的",
    "。",
    "🎈",
    "👩‍👩‍👧",
    "\u200b",
    "1",
    "ａＢ１",
    "한국어",
    "ق",
    "\ud800",
    "\x00",
    "货架shelf🎈" * 9_000,
]


@pytest.mark.parametrize("odd", ODD, ids=lambda text: ascii(text[:8]))
def test_odd_texts_never_fail_on_either_side(odd):
    alone = TextSimilarity().fit([odd])
    among = TextSimilarity().fit([*DOCS, odd, [], [odd, odd], [""]], background=[odd])

    for fitted in (alone, among):
        for answer in fitted.score([odd, "盘点货架"], k=10):
            assert all(0 < score <= 1 for _, score in answer)
    assert among.score(["门店拍照盘点货架"], k=1)[0][0][0] == 0


def test_nothing_to_search_or_to_ask_gives_empty_answers(fitted):
    assert TextSimilarity().fit([]).score(["盘点"], k=3) == [[]]
    assert fitted.score([], k=3) == []
    assert fitted.score([""], k=3) == [[]]


def test_a_document_may_be_a_list_of_parts_and_more_of_the_right_ones_score_higher():
    filler = ["做过餐厅菜单", "做过酒店海报", "做过展会布置", "做过校园广播"]
    fitted = TextSimilarity().fit([filler, [*filler[:3], "货架拍照盘点"], [*filler[:2], "货架盘点", "货架拍照盘点"]])

    (first, best), (second, good), *rest = fitted.score(["货架拍照盘点"], k=3)[0]

    assert (first, second) == (2, 1)
    assert best > good > 3 * max((score for _, score in rest), default=0.0)


def test_background_says_which_words_are_common():
    docs = ["智慧门店", "智慧货架"]
    plain = dict(TextSimilarity().fit(docs).score(["智慧货架"], k=2)[0])
    common = ["智慧校园", "智慧社区", "智慧农业", "智慧文旅", "智慧体育"]

    informed = dict(TextSimilarity().fit(docs, background=common).score(["智慧货架"], k=2)[0])

    assert informed[0] < plain[0]
    assert informed[1] > informed[0]


def test_the_same_texts_give_the_same_scores_whatever_is_asked_beside_them(fitted):
    together = fitted.score(["盘点货架", "直播", "stocktaking"], k=4)

    assert [fitted.score([query], k=4)[0] for query in ("盘点货架", "直播", "stocktaking")] == together
    assert TextSimilarity().fit(DOCS).score(["盘点货架", "直播", "stocktaking"], k=4) == together


def test_weights_need_not_add_up_to_one():
    query = ["门店拍照盘点货架"]

    small = TextSimilarity(words=0.3, characters=0.2, concepts=0.1).fit(DOCS).score(query, k=3)[0]
    large = TextSimilarity(words=30, characters=20, concepts=10).fit(DOCS).score(query, k=3)[0]

    assert [place for place, _ in small] == [place for place, _ in large]
    assert [score for _, score in small] == pytest.approx([score for _, score in large])


@pytest.mark.parametrize("texts", ["盘点货架", b"abc", None, 5])
def test_what_is_no_list_of_texts_is_refused(fitted, texts):
    for ask in (lambda: TextSimilarity().fit(texts), lambda: fitted.score(texts, k=3)):
        with pytest.raises(InputError) as caught:
            ask()
        assert [found.code for found in caught.value.problems] == ["not_a_list"]


@pytest.mark.parametrize("text", [None, 1, b"x", ["a", ["b"]]])
def test_what_is_no_text_is_refused_with_its_place(text):
    with pytest.raises(InputError) as caught:
        TextSimilarity().fit([*DOCS, text])

    (found,) = caught.value.problems
    assert (found.code, found.key.startswith("docs[4]")) == ("not_text", True)
    assert "docs[4]" in error_line(caught.value)


@pytest.mark.parametrize("k", [None, 1.5, "3"])
def test_a_k_that_is_no_whole_number_is_refused(fitted, k):
    with pytest.raises(InputError, match="not_whole"):
        fitted.score(["盘点"], k=k)


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({"words": -1}, "bad_weight"),
        ({"words": float("nan")}, "bad_weight"),
        ({"words": float("inf")}, "bad_weight"),
        ({"concepts": "0.5"}, "bad_weight"),
        ({"concepts": True}, "bad_weight"),
        ({"words": 0, "characters": 0, "concepts": 0}, "no_weight"),
    ],
)
def test_weights_that_weigh_nothing_sensible_are_refused(weights, code):
    with pytest.raises(InputError) as caught:
        TextSimilarity(**weights)

    assert [found.code for found in caught.value.problems] == [code]
    assert error_line(caught.value, "zh") != error_line(caught.value, "en")
