import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.errors import InputError
from matching.intake.tables import LARGEST_UNPACKED, Table, read_tables
from matching.publishing.wording import sentence
from tests.intake.samples import DEMANDS, codes, read, workbook

TEXT = "编号,需求名称,预算\r\n1,门店盘点,8万\r\n"
ROWS = [["编号", "需求名称", "预算"], ["1", "门店盘点", "8万"]]


def refused(content, file_name):
    with pytest.raises(InputError) as error:
        read_tables(content, file_name)
    return error.value.problems


def packed(**parts):
    """The bytes of an archive: name of a part → its text."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_sheet(xml):
    """A workbook whose one sheet holds `xml`."""
    source = zipfile.ZipFile(io.BytesIO(workbook(表=[["x"]])))
    parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{xml}</sheetData></worksheet>"
    )
    return packed(**parts)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode("gb18030"),
        b'"\xe7\xbc\x96\xe5\x8f\xb7","\xe9\x9c\x80\xe6\xb1\x82\xe5\x90\x8d\xe7\xa7\xb0","\xe9\xa2\x84\xe7\xae\x97"\n'
        + '1,门店盘点,"8万"'.encode(),
    ],
)
def test_csv_is_read_in_every_usual_encoding_and_with_every_usual_mark(content):
    assert read_tables(content, "需求.csv") == [Table("", ROWS)]


def test_a_csv_cell_may_hold_line_breaks_commas_and_quotation_marks():
    (table,) = read_tables('编号,案例\n1,"甲|乙\n丙,""丁"""\n'.encode(), "a.csv")

    assert table.rows[1] == ["1", '甲|乙\n丙,"丁"']


def test_a_workbook_gives_its_visible_sheets_with_cells_as_text():
    content = workbook(需求=[["编号", None, 3.0], [True, 2.5, "x"]], 空=[])

    assert read_tables(content, "清单.XLSX") == [
        Table("需求", [["编号", "", "3"], ["是", "2.5", "x"]]),
        Table("空", []),
    ]


def test_rows_above_the_first_filled_cell_count():
    assert read_tables(workbook(表=[[], [], ["", "编号"]]), "a.xlsx")[0].rows == [["", ""], ["", ""], ["", "编号"]]


def cell(place):
    return f'<row><c r="{place}"><v>1</v></c></row>'


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)

HOSTILE = {
    "an empty file": (b"", "a.xlsx", "empty_file"),
    "a blank file": (b" \r\n ", "a.csv", "empty_file"),
    "a picture": (b"\x89PNG\r\n", "a.png", "unknown_format"),
    "a text named as a workbook": (TEXT.encode(), "a.xlsx", "content_differs"),
    "a web page named as a workbook": (b"<html><table></table></html>", "a.xlsx", "content_differs"),
    "a workbook named as CSV": (workbook(表=[["编号"]]), "a.csv", "content_differs"),
    "a PDF named as CSV": (b"%PDF-1.7", "a.csv", "content_differs"),
    "an old workbook": (OLE, "a.xls", "old_workbook"),
    "a workbook with a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "password_protected"),
    "a text document": (packed(**{"word/document.xml": "<a/>"}), "a.xlsx", "not_a_workbook"),
    "half a workbook": (workbook(表=[["编号"]] * 50)[:2000], "a.xlsx", "broken_workbook"),
    "an archive of nothing but a name": (packed(**{"xl/workbook.xml": "?"}), "a.xlsx", "broken_workbook"),
    "a sheet that breaks off": (with_sheet("<row r='1'><c r='A1'"), "a.xlsx", "broken_workbook"),
    "cells that do not say where they are": (with_sheet("<row><c><v>1</v></c></row>"), "a.xlsx", "broken_workbook"),
    "one row too far down": (with_sheet(cell("A200001")), "a.xlsx", "file_too_large"),
    "one cell too far right": (with_sheet(cell("SG1")), "a.xlsx", "file_too_large"),
    "a far cell behind a long attribute": (
        with_sheet(f'<row><c x="{"y" * 3_000}" r = \'XFD1048576\'><v>1</v></c></row>'), "a.xlsx", "file_too_large",
    ),
    "a far cell behind a sign": (
        with_sheet('<row><c x=">" r="XFD9"><v>1</v></c></row>'), "a.xlsx", "broken_workbook",
    ),
    "two cells far apart": (with_sheet(cell("SF1") + cell("A190000")), "a.xlsx", "file_too_large"),
    "many rows of CSV": (b"a,b\n" * 200_001, "a.csv", "file_too_large"),
    "many columns of CSV": (b"a," * 600, "a.csv", "file_too_large"),
    "a field of CSV without end": (b'a,b\n"' + b"x" * 200_000, "a.csv", "broken_csv"),
    "bytes in no encoding": (b"\xff\xfe\x00", "a.csv", "unknown_encoding"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(name):
    content, file_name, code = HOSTILE[name]

    problems = refused(content, file_name)

    assert codes(problems) == [code]
    assert all("{" not in sentence(p, language) for p in problems for language in ("zh", "en"))


def test_a_workbook_that_unpacks_to_too_much_is_refused_by_its_directory():
    bomb = bytearray(packed(**{"xl/workbook.xml": "x", "xl/big.bin": b"\0" * 1000}))
    entry = bomb.rindex(b"PK\x01\x02")
    bomb[entry + 24 : entry + 28] = (LARGEST_UNPACKED + 1).to_bytes(4, "little")

    assert codes(refused(bytes(bomb), "a.xlsx")) == ["file_too_large"]


def test_a_part_that_is_longer_than_the_directory_says_is_refused():
    lie = bytearray(packed(**{"xl/workbook.xml": b"\0" * 100_000}))
    entry = lie.rindex(b"PK\x01\x02")
    lie[entry + 24 : entry + 28] = (10).to_bytes(4, "little")

    assert codes(refused(bytes(lie), "a.xlsx")) == ["broken_workbook"]


def test_formatted_empty_cells_far_away_do_no_harm():
    content = with_sheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>编号</t></is></c><c r="XFD1" s="0"/></row>'
        '<row r="1048576"><c r="A1048576" s="0"/></row>'
    )

    assert read_tables(content, "a.xlsx") == [Table("表", [["编号"]])]


def test_a_missing_file_is_told(tmp_path):
    assert codes(refused(tmp_path / "none.xlsx", "none.xlsx")) == ["no_such_file"]
    assert codes(refused(tmp_path, "none.xlsx")) == ["cannot_read"]


def test_the_file_is_named_once_in_the_sentence():
    with pytest.raises(InputError) as error:
        read(b"", "空.xlsx")

    assert sentence(error.value.problems[0]) == "空.xlsx：文件是空的；请检查是否选错了文件"


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(["a.xlsx", "a.csv", "a.jsonl"]),
    st.sampled_from([b"", b"PK\x03\x04", b"{"]),
)
def test_no_bytes_raise_anything_but_a_told_problem(content, file_name, start):
    try:
        intake = read(start + content, file_name, DEMANDS)
    except InputError as error:
        told = [sentence(p) for p in error.problems]
    else:
        told = [sentence(p) for p in (*intake.problems, *intake.warnings)]

    assert all(told)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 5_000), st.integers(0, 255))
def test_no_flipped_byte_in_a_workbook_raises_anything_but_a_told_problem(place, value):
    content = bytearray(workbook(需求=ROWS))
    content[place % len(content)] = value

    try:
        intake = read(bytes(content))
    except InputError as error:
        assert all(sentence(p) for p in error.problems)  # noqa: PT017 - either way is right
    else:
        assert len(intake.accepted) + len(intake.waiting) <= 1
