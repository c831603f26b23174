"""A file of somebody's own becomes a document through the API."""

import base64
import io
import zipfile

import httpx
import pytest

from tests.support.server import created
from xiezuo.formats.exporting import export
from xiezuo.formats.source import Source

pytestmark = pytest.mark.xdist_group("server")
TEXT = "# Tea\n\n## Leaf\n\nTwo leaves.\n\n## Cup\n\n"


def send(http: httpx.Client, name: str, content: bytes, **headers: str) -> httpx.Response:
    body = {"name": name, "content": base64.b64encode(content).decode()}
    return http.post("/api/import", json=body, headers=headers)


@pytest.mark.parametrize("name", ["a.md", "a.docx", "a.epub"])
def test_a_file_becomes_a_document(http: httpx.Client, name: str):
    kind = name.partition(".")[2]
    answer = send(http, name, TEXT.encode() if kind == "md" else export(Source(TEXT), kind))
    assert answer.status_code == 201, answer.text
    document = answer.json()["document"]
    assert answer.json()["job"] is None
    assert document["title"] == "Tea"
    sections = [
        (section["heading"], section["text"], section["state"]) for section in document["sections"]
    ]
    assert sections == [("Leaf", "Two leaves.", "final"), ("Cup", "", "planned")]
    address = f"/api/documents/{document['id']}"
    assert http.get(f"{address}/text").text == "# Tea\n\n## Leaf\n\nTwo leaves.\n"
    revisions = http.get(f"{address}/sections/0/revisions").json()
    assert [(revision["text"], revision["author"]) for revision in revisions] == [
        ("Two leaves.", "person")
    ]
    edit = {"text": "Three.", "version": document["sections"][0]["version"]}
    assert http.put(f"{address}/sections/0", json=edit).status_code == 200
    assert document["id"] in http.get("/api/search?q=Three.").text


def test_sent_twice_with_one_key_it_is_one_document(http: httpx.Client):
    twice = [send(http, "a.md", b"# A\n\na", **{"Idempotency-Key": "import"}) for _ in range(2)]
    assert len({answer.json()["document"]["id"] for answer in twice}) == 1


UNREADABLE = (
    ("a.exe", b"x", 400, ".docx"),
    ("a.md", b"\xff\xfe", 400, "UTF-8"),
    ("a.docx", b"PK no zip", 400, "damaged"),
    ("../../etc/passwd", b"x", 400, ".docx"),
    ("a" * 301 + ".md", b"x", 422, "name"),
    ("a\0.md", b"x", 422, "U+0000"),
)


def test_what_cannot_be_read_is_said(http: httpx.Client):
    for name, content, status, reason in UNREADABLE:
        answer = send(http, name, content)
        assert answer.status_code == status, name
        assert reason in answer.text


def test_a_name_is_no_path(http: httpx.Client):
    before = {document["id"] for document in http.get("/api/documents").json()}
    for name in ("../../../x.md", "/etc/x.md", "C:\\x.md", "CON.md", "%2e%2e.md"):
        answer = send(http, name, b"words")
        assert answer.status_code == 201, name
        assert "/" not in answer.json()["document"]["title"]
        assert answer.json()["document"]["id"] not in before


def test_a_bomb_is_refused_and_the_server_lives(http: httpx.Client):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 60_000_000)
    answer = send(http, "a.docx", bomb.getvalue())
    assert (answer.status_code, answer.json()["code"]) == (400, "ImportFileError")
    assert created(http)["id"]


def test_what_is_no_base64_is_refused(http: httpx.Client):
    for content in ("%%%", "YQ", "YQ=", "汉"):
        answer = http.post("/api/import", json={"name": "a.md", "content": content})
        assert answer.status_code == 422, content
