"""The English catalogue: no message is missing, none is left over, and what is compiled is what is written."""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import webapp

HERE = Path(webapp.__file__).parent
FOLDER = HERE / "translations" / "en" / "LC_MESSAGES"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "say": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def written() -> Catalog:
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def used() -> set[str]:
    found = extract_from_dir(HERE, METHODS, keywords=KEYWORDS, strip_comment_tags=True)
    return {message for _, _, message, _, _ in found}


def test_every_message_of_the_pages_has_its_english():
    english = {message.id for message in written() if message.id and message.string}

    assert used() - english == set()


def test_no_english_is_left_over():
    assert {message.id for message in written() if message.id} - used() == set()


def test_the_gaps_of_a_message_are_the_same_in_both_languages():
    gap = re.compile(r"%\(\w+\)s")

    for message in written():
        assert sorted(gap.findall(message.id)) == sorted(gap.findall(message.string))


def test_what_is_compiled_is_what_is_written():
    compiled = io.BytesIO()
    write_mo(compiled, written())
    compiled.seek(0)

    with (FOLDER / "messages.mo").open("rb") as file:
        shipped = {message.id: message.string for message in read_mo(file) if message.id}
    assert shipped == {message.id: message.string for message in read_mo(compiled) if message.id}


def test_no_chinese_is_left_on_the_english_pages(browse):
    browser = browse("owner_a")
    browser.get("/language/en")
    for path in ("/", "/demands/", "/about/", "/lists/", "/programme/", "/my/", "/demands/new", "/nowhere", "/review/"):
        text = browser.get(path).text
        for told in re.findall(r">([^<]*[\u4e00-\u9fff][^<]*)<", text):
            assert told.strip() in allowed(), (path, told)


def allowed() -> set[str]:
    """What stays Chinese on an English page: what people wrote, how money and days are typed, the other language."""
    from matching.domain.records import RecordKind
    from webapp.fields import fields_of

    hints = {
        " ".join([field.hint("en"), "Example:", field.column.example])
        for kind in RecordKind
        for field in fields_of(kind).values()
    } | {field.hint("en") for kind in RecordKind for field in fields_of(kind).values()}
    records = {"初中作文先批一遍", "两周一篇作文，老师改不过来。", "甲方中学", "只有甲方知道的暗号"}
    return (
        hints
        | records
        | {"中文", "需〔2026〕1号", "主场：城市开放场景", "四季度路演", "蜀ICP备00000000号"}
        | {
            "Panel: 主场：城市开放场景",
            "一号厅",
        }
    )
