"""A document is taken along in every format."""

import io
import zipfile

import httpx
import pytest

from tests.support.server import BRIEF, created
from xiezuo.formats.registry import BY_ID, EXPORTED

pytestmark = pytest.mark.xdist_group("server")


@pytest.mark.parametrize("kind", [file_format.id for file_format in EXPORTED])
def test_every_format(http: httpx.Client, kind: str):
    document = created(http)["id"]
    answer = http.get(f"/api/documents/{document}/export/{kind}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == BY_ID[kind].media_type
    assert f"filename*=UTF-8''Tea{BY_ID[kind].endings[0]}" in answer.headers["content-disposition"]
    start = {"pdf": b"%PDF", "docx": b"PK", "epub": b"PK", "html": b"<!DOCTYPE html>", "md": b"#"}
    assert answer.content.startswith(start[kind])


def test_front_matter_when_asked_for(http: httpx.Client):
    document = created(http)["id"]
    text = http.get(f"/api/documents/{document}/export/md?front_matter=true").text
    assert text.startswith("---\ntitle: Tea\ncreated: '20")


def test_a_title_is_no_header_and_no_path(http: httpx.Client):
    title, sections = "../a\r\nX: y 茶", [{"heading": "Leaf", "words": 45}]
    plan = {"brief": BRIEF, "title": title, "sections": sections}
    document = created(http, plan=plan)["id"]
    answer = http.get(f"/api/documents/{document}/export/docx")
    assert answer.status_code == 200
    assert "x" not in answer.headers
    assert answer.headers["content-disposition"].endswith(
        "filename*=UTF-8''a%20X%20y%20%E8%8C%B6.docx"
    )
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


def test_an_unknown_format_is_refused(http: httpx.Client):
    document = created(http)["id"]
    assert http.get(f"/api/documents/{document}/export/exe").status_code == 422
