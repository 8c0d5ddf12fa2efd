"""Workbooks in and out: templates, upload with preview, reports, exports."""

import csv
import io
import json

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.store import records

GOOD = ["N-1", "校园跑腿机器人", "把快递送到宿舍楼下。", "20-30万"]
BAD = ["N-2", "预算写不清的需求", "=cmd|' /C calc'!A0", "三十或者四十"]


def workbook(*rows):
    book = openpyxl.Workbook()
    book.active.append(["编号", "需求名称", "需求描述", "预算"])
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def upload(browser, content, name="需求.xlsx", kind="demands"):
    sent = {"kind": kind, "csrf_token": browser.token("/import/"), "file": FileStorage(io.BytesIO(content), name)}
    boundary, body = encode_multipart(sent)
    return browser.client.post("/import/", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def ticket(answer):
    return answer.text.split('name="ticket" value="')[1].split('"')[0]


def ids(house):
    with house.database.session() as session:
        return [stored.id for stored in records.records_in(session, RecordKind.DEMANDS, list(Stage))]


def uploads(settings):
    return sorted(path.name for path in (settings.instance / "uploads").iterdir())


def test_a_preview_tells_what_would_happen_and_stores_nothing(house, organiser):
    before = ids(house)

    answer = upload(organiser, workbook(GOOD, BAD))

    assert answer.status_code == 200
    assert "预览：还没有入库" in answer.text
    assert "第 3 行" in answer.text
    assert "三十或者四十" in answer.text
    assert ids(house) == before


def test_confirming_stores_the_good_rows_and_gives_the_others_back(house, organiser, settings):
    token = ticket(upload(organiser, workbook(GOOD, BAD)))

    answer = organiser.post("/import/confirm", {"ticket": token}, page="/import/")

    assert "导入完成" in answer.text
    assert {"N-1", "N-2"} & set(ids(house)) == {"N-1"}
    path = answer.text.split('href="/import/reports/')[1].split('"')[0]
    report = openpyxl.load_workbook(io.BytesIO(organiser.get(f"/import/reports/{path}").data))
    assert "待修改" in report.sheetnames
    assert [cell.value for cell in report["待修改"][2]][:2] == ["N-2", "预算写不清的需求"]
    assert uploads(settings) == [path.replace(".xlsx", ".report.xlsx")]


def test_a_ticket_is_taken_once_and_by_its_owner_only(organiser, browse):
    token = ticket(upload(organiser, workbook(GOOD)))

    other = browse("administrator").post("/import/confirm", {"ticket": token}, page="/import/")
    first = organiser.post("/import/confirm", {"ticket": token}, page="/import/")
    second = organiser.post("/import/confirm", {"ticket": token}, page="/import/")

    assert [answer.status_code for answer in (other, first, second)] == [404, 200, 404]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("需求.xlsx", b"no workbook at all", "需求.xlsx"),
        ("需求.exe", b"MZ", "不支持“需求.exe”的文件格式"),
        ("../../etc/passwd", b"x", "不支持“passwd”的文件格式"),
        ("空.csv", b"", "空.csv"),
        ("a.jsonl", b"{", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_leaves_no_debris(organiser, settings, name, content, said):
    answer = upload(organiser, content, name)

    assert answer.status_code in (200, 422)
    assert said in answer.text
    if answer.status_code == 422 and (settings.instance / "uploads").exists():
        assert uploads(settings) == []


def test_without_a_file_the_form_says_so(organiser):
    answer = organiser.post("/import/", {"kind": "demands"}, page="/import/")

    assert answer.status_code == 422
    assert "没有选择文件" in answer.text


def test_a_file_name_stays_text(organiser):
    answer = upload(organiser, workbook(GOOD), "<img src=x onerror=alert(1)>.xlsx")

    assert answer.status_code == 200
    assert "<img src=x" not in answer.text


def test_files_over_the_limit_are_refused(organiser):
    answer = upload(organiser, b"x" * (20 * 1024 * 1024 + 1), "big.csv")

    assert answer.status_code == 413
    assert "20 MB" in answer.text


def test_a_file_of_several_megabytes_is_read(organiser):
    rows = "编号,需求名称,需求描述\n" + "\n".join(f"B-{n},需求{n},{'长' * 1000}" for n in range(1000))

    assert "预览：还没有入库" in upload(organiser, rows.encode(), "大.csv").text


@pytest.mark.parametrize("kind", ["demands", "profiles"])
def test_the_templates_are_for_everybody(visitor, kind):
    answer = visitor.get(f"/templates/{kind}.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert sheet["A1"].value == "编号"
    assert visitor.get("/templates/secrets.xlsx").status_code == 404


def test_exports_hold_what_is_public_in_every_format(organiser):
    lines = organiser.get("/export/demands.jsonl").text.splitlines()
    table = list(csv.DictReader(io.StringIO(organiser.get("/export/demands.csv").data.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(organiser.get("/export/demands.xlsx").data)).active

    expected = ["D-public", "D-public-of-b"]
    assert [json.loads(line)["id"] for line in lines] == expected
    assert [row["编号"] for row in table] == expected
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == expected
    assert organiser.get("/export/demands.exe").status_code == 404


@pytest.mark.parametrize("token", ["..%2f..%2fsecret_key", "x", "a" * 65, "abcdefghijklmnopqrstuvwxyz"])
def test_no_other_file_comes_out_as_a_report(organiser, token):
    assert organiser.get(f"/import/reports/{token}.xlsx").status_code == 404


def test_the_same_file_again_changes_nothing_and_says_so(house, organiser):
    content = workbook(GOOD)
    organiser.post("/import/confirm", {"ticket": ticket(upload(organiser, content))}, page="/import/")
    before = ids(house)

    answer = organiser.post("/import/confirm", {"ticket": ticket(upload(organiser, content))}, page="/import/")

    assert "这个文件以前导入过" in answer.text
    assert ids(house) == before
