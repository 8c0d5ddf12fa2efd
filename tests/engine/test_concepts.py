"""`ConceptLexicon`: which capabilities a text speaks of, how surely, and which it says it is not about."""

import numpy as np
import pytest

from matching.domain.vocabulary import make_terms
from matching.engine.scorers.affinity import SOFT_SHARE, Affinity, answers, questions
from matching.engine.scorers.concepts import EXPRESSION, NAME, STRENGTHS, TAG, ConceptLexicon, shared
from matching.engine.scorers.lexical import LexicalScorer, Passage
from matching.engine.texts import WordSplitter, characters, normalise

TERMS = make_terms(
    [
        {
            "code": "stock",
            "zh": "视觉盘点",
            "en": "Visual stock count",
            "synonyms": ["AI盘点", "库存盘点", "shelf counting"],
            "needs": ["货|库存|账…对不上|不准|对不拢", "货…没人…点", "盘不清", "inventory|stock…mismatch"],
            "offers": ["盘点", "数货架", "pallet inventory"],
        },
        {
            "code": "video",
            "zh": "短视频制作",
            "en": "Short video production",
            "synonyms": ["视频剪辑"],
            "needs": ["没人剪", "完播率"],
            "offers": ["短视频", "剪片", "video", "short film"],
        },
        {
            "code": "live",
            "zh": "数字人直播",
            "en": "Avatar livestreaming",
            "synonyms": [],
            "needs": ["主播…请不起|太贵", "夜里没人播"],
            "offers": ["直播", "livestream"],
        },
        {
            "code": "service",
            "zh": "智能客服",
            "en": "AI customer service",
            "synonyms": ["客服机器人"],
            "needs": ["电话…没人接|不接|漏接", "忙不过来", "回消息"],
            "offers": ["自动回复", "customer service"],
        },
        {
            "code": "queue",
            "zh": "排队叫号",
            "en": "Queue management",
            "synonyms": [],
            "needs": ["排队", "queue|line…long"],
            "offers": ["叫号"],
        },
        {
            "code": "defects",
            "zh": "缺陷检测",
            "en": "Defect detection",
            "synonyms": ["瑕疵识别"],
            "needs": ["漏检", "目检…不准|看不准"],
            "offers": ["外观质检"],
        },
        {
            "code": "labels",
            "zh": "数据标注",
            "en": "Data labelling",
            "synonyms": [],
            "needs": [],
            "offers": ["标注"],
        },
    ]
)
LEXICON = ConceptLexicon(TERMS)


def read(text, field="description"):
    return LEXICON.read([(field, normalise(text))])


def codes(text):
    return sorted(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "库存对不上",
        "库存老是和系统里对不上",
        "月底盘完，账还是对不拢",
        "总是对不上，尤其是仓里的货",
        "貨和賬總是對不上",
        "ＡＩ 盘点",
        "AI 盘点",
        "到了货，仓里没有人，没人去点",
        "pallet inventories at night",
        "Visual stock counts",
        "our stock and the books: always a mismatch",
        "shelf-counting",
    ],
)
def test_a_phrase_is_found_however_it_is_written(text):
    assert codes(text) == ["stock"]


@pytest.mark.parametrize(
    "text",
    [
        "货到了。对不上",
        "库存！\n不准外传",
        "货在路上还要走一个多星期才到我们仓里面，名单对不上",
        "videos",
        "inventory",
        "stockholm mismatched",
        "货",
        "",
        "。",
    ],
)
def test_pieces_in_two_sentences_far_apart_or_inside_longer_words_are_no_pattern(text):
    assert "stock" not in codes(text)


def test_a_gap_is_counted_in_characters_without_spaces_and_a_latin_word_as_two():
    assert codes("stock in our new eastern warehouse: a mismatch") == ["stock"]
    assert codes("stock in our new and very large eastern warehouse: a mismatch") == []
    assert codes("库存 一 二 三 四 五 六 七 八 九 十 百 千 不准") == ["stock"]
    assert codes("库存一二三四五六七八九十百千万不准") == []


def test_pieces_do_not_overlap():
    lexicon = ConceptLexicon(make_terms([{"code": "x", "zh": "名称", "en": "name", "needs": ["点货…货架"]}]))

    assert lexicon.read([("title", "点货架")]) == {}
    assert list(lexicon.read([("title", "点货，上货架")])) == ["x"]


def test_the_longest_of_plain_phrases_counts_and_not_what_it_is_made_of():
    assert codes("数字人直播") == ["live"]
    assert read("数字人直播")["live"].by == NAME
    assert read("短视频剪辑")["video"].words == ("视频剪辑", "短视频")  # they overlap: both are said


def test_the_words_are_those_of_the_text_and_the_first_is_found_in_its_field():
    text = normalise("貨到倉裡，月底總是對不上；Pallet Inventories")

    seen = LEXICON.read([("title", "别的"), ("description", text)])["stock"]

    assert (seen.field, seen.by) == ("description", EXPRESSION)
    assert set(seen.words) == {"货", "对不上", "pallet inventories"}
    assert all(word in text for word in seen.words)


def test_a_tag_says_most_a_name_more_than_an_expression_and_several_expressions_more_than_one():
    tag = LEXICON.read([("capabilities[0]", "ai盘点")], tags=[("capabilities[0]", "AI盘点")])["stock"]
    name = read("做视觉盘点")["stock"]
    several = read("盘点货架，数货架，库存不准")["stock"]
    one = read("数货架")["stock"]
    short = read("盘点")["stock"]

    assert (tag.by, tag.strength, tag.words) == (TAG, STRENGTHS[TAG], ("AI盘点",))
    assert (name.by, name.strength) == (NAME, STRENGTHS[NAME])
    assert tag.strength > name.strength >= several.strength > one.strength > short.strength > 0
    assert one.strength == STRENGTHS[EXPRESSION]


def test_saying_the_same_twice_says_no_more():
    assert read("盘点！盘点！盘点！")["stock"] == read("盘点")["stock"]
    assert read("库存不准。库存不准。")["stock"].strength == read("库存不准")["stock"].strength


def test_a_tag_is_never_negated():
    seen = LEXICON.read([("summary", "不做视觉盘点")], tags=[("capabilities[0].name", "视觉盘点")])

    assert seen["stock"].by == TAG


NEGATED = [
    ("我们不做短视频，专做盘点", ["stock"]),
    ("不做短视频、直播，只做库存盘点", ["stock"]),
    ("不需要直播，只要客服机器人", ["service"]),
    ("不需要直播和短视频", []),
    ("不是做直播，是要盘点", ["stock"]),
    ("不是要拍短视频而是做盘点", ["stock"]),
    ("直播、短视频我们都不做，只做盘点", ["stock"]),
    ("短视频这块暂不考虑了，先把库存盘点做好", ["stock"]),
    ("报价不含短视频；含外观质检", ["defects"]),
    ("本次采购不涉及直播带货，仅限智能客服", ["service"]),
    ("直播除外", []),
    ("除短视频外的都接，比如外观质检", ["defects"]),
    ("暂不承接直播类项目（可推荐同行）；主营缺陷检测", ["defects"]),
    ("没有直播需求，要的是自动回复", ["service"]),
    ("不要数字人直播那种花架子，把盘点做准", ["stock"]),
    ("擅长盘点（不做直播），长期接单", ["stock"]),
    ("從不接短視頻，專注缺陷檢測", ["defects"]),
    ("直播非本公司业务领域", []),
    ("We do stock counts: visual stock count. We don't do video or livestreams.", ["stock"]),
    ("No livestreaming, no video. Just an AI customer service bot.", ["service"]),
    ("Everything except video; defect detection is our trade", ["defects"]),
    ("Video is not needed, customer service is", ["service"]),
    ("Not looking for a livestream but for defect detection", ["defects"]),
    ("We don’t offer short films", []),
]


@pytest.mark.parametrize(("text", "expected"), NEGATED, ids=[text for text, _ in NEGATED])
def test_what_a_text_says_it_is_not_about_does_not_count(text, expected):
    assert codes(text) == expected


NOT_NEGATED = [
    ("库存老对不上", ["stock"]),
    ("一到周末就忙不过来", ["service"]),
    ("货到了没人点", ["stock"]),
    ("电话经常没人接", ["service"]),
    ("打进来的电话前台不接", ["service"]),
    ("无人值守盘点", ["stock"]),
    ("二十四小时不间断直播", ["live"]),
    ("目检看不准", ["defects"]),
    ("不用再手工盘点", ["stock"]),
    ("不需要人工盘点", ["stock"]),
    ("无需人工即可完成盘点", ["stock"]),
    ("无需排队，手机上取号", ["queue"]),
    ("希望不要再漏检", ["defects"]),
    ("不要排队就好", ["queue"]),
    ("没有客服机器人，晚上的消息没人管", ["service"]),
    ("目前没有智能客服", ["service"]),
    ("厂家不提供缺陷检测", ["defects"]),
    ("无需标注的缺陷检测", ["defects"]),
    ("除短视频外，还做直播", ["live", "video"]),
    ("不只做短视频，也做直播", ["live", "video"]),
    ("不做盘点不行了", ["stock"]),
    ("内容不接地气，短视频没人看", ["video"]),
    ("要不要上直播还没想好", ["live"]),
    ("不是漏检就是误报", ["defects"]),
    ("识别准，盘点快", ["stock"]),
    ("Counting stock by hand no longer works: pallet inventory please", ["stock"]),
    ("We have no customer service at night", ["service"]),
    ("Short films without manual video cutting", ["video"]),
    ("Shops without long queues", ["queue"]),
    ("Not only video, also livestreams", ["live", "video"]),
]


@pytest.mark.parametrize(("text", "expected"), NOT_NEGATED, ids=[text for text, _ in NOT_NEGATED])
def test_words_that_only_look_negative_negate_nothing(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text", ["不做盘点" * 5_000, "不做盘点，" * 4_000, "货对不上" * 5_000, "货" * 20_000, "。，" * 10_000]
)
def test_long_nonsense_is_read_like_any_text(text):
    assert set(codes(text)) <= {"stock"}


def test_strengths_become_a_matrix_of_records_and_concepts():
    records = [read("盘点"), {}, read("数字人直播")]

    matrix = LEXICON.matrix(records).toarray()

    assert matrix.shape == (3, len(LEXICON.codes))
    assert matrix[0, LEXICON.place["stock"]] == records[0]["stock"].strength
    assert matrix[2, LEXICON.place["live"]] == records[2]["live"].strength
    assert (matrix > 0).sum() == 2


def test_what_a_demand_is_mainly_about_outweighs_what_it_mentions():
    name, mention = STRENGTHS[NAME], STRENGTHS[EXPRESSION]
    demand = LEXICON.matrix([read("做视觉盘点，顺带发点短视频")])
    profiles = LEXICON.matrix([read("做视觉盘点"), read("短视频制作")])

    values = shared(demand, profiles)

    both = name**2 + mention**2
    assert values.tolist() == [pytest.approx([name * name**2 / both, name * mention**2 / both])]


def test_a_demand_that_speaks_of_no_concept_leaves_its_share_unknown():
    values = shared(LEXICON.matrix([{}, read("盘点")]), LEXICON.matrix([read("盘点"), {}]))

    assert np.isnan(values[0]).all()
    assert values[1].tolist() == pytest.approx([STRENGTHS[EXPRESSION] * 0.8, 0.0])


AFFINITY = Affinity(TERMS, WordSplitter())


def near(*texts):
    """The closeness of the texts to each other."""
    vectors = AFFINITY.of_texts([normalise(text) for text in texts])
    return (vectors @ vectors.T).toarray()


def test_texts_that_share_no_word_are_close_if_their_words_lead_to_the_same_capability():
    need, offer, other = "对账时总是不准", "货架拍照清点", "帮网红剪辑片子"

    closeness = near(need, offer, other)

    assert LEXICON.read([("title", normalise(offer))]) == {}
    assert closeness[0, 1] > 0.2
    assert closeness[0, 1] > closeness[0, 2]


def test_an_affinity_is_a_unit_vector_and_a_text_that_leads_nowhere_has_none():
    vectors = AFFINITY.of_texts(["库存盘点", "", "。", "zzz", "短视频 and 直播"])

    assert vectors.shape == (5, len(LEXICON.codes))
    assert np.sqrt(vectors.power(2).sum(axis=1)).tolist() == pytest.approx([1, 0, 0, 0, 1])
    assert vectors.min() >= 0


def test_an_affinity_depends_on_nothing_but_its_own_text():
    texts = ["库存老是对不上", "短视频没人剪", "stock mismatch", "排队太长，客服忙不过来"]

    together = AFFINITY.of_texts(texts).toarray()

    assert np.array_equal(together[::-1], AFFINITY.of_texts(texts[::-1]).toarray())
    for place, text in enumerate(texts):
        assert np.array_equal(together[place], AFFINITY.of_texts([text]).toarray()[0])


def test_counts_of_an_index_give_the_same_vectors_as_the_texts():
    texts = ["库存老是对不上，库存", "短视频没人剪"]
    words, signs = LexicalScorer(unit_share=0.0), LexicalScorer(unit_share=0.0)
    for text in texts:
        words.add([Passage(WordSplitter()(text))])
        signs.add([Passage(characters(text))])
    words.finish(), signs.finish()

    vectors = AFFINITY.of_counts((words.whole_, words.numbers_), (signs.whole_, signs.numbers_))

    assert np.array_equal(vectors.toarray(), AFFINITY.of_texts(texts).toarray())


def test_the_value_of_a_pair_joins_both_readings_and_the_soft_one_stands_alone_without_phrases():
    texts = ["月底对账，库存不准", "总是对不上"], ["拍照盘点", "短视频制作"]
    asking, offering = ([normalise(text) for text in side] for side in texts)
    found, held = (LEXICON.matrix([LEXICON.read([("text", t)]) for t in side]) for side in (asking, offering))
    soft, soft_held = AFFINITY.of_texts(asking), AFFINITY.of_texts(offering)

    values = (questions(found, soft) @ answers(held, soft_held).T).toarray()

    firm, closeness = shared(found, held), (soft @ soft_held.T).toarray()
    assert values[0].tolist() == pytest.approx(((1 - SOFT_SHARE) * firm[0] + SOFT_SHARE * closeness[0]).tolist())
    assert values[1].tolist() == pytest.approx(closeness[1].tolist())
    assert values[1, 0] > values[1, 1]
    assert (values <= 1).all()
