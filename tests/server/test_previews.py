"""How a document will look, its code as files, and the history of its texts."""

import io
import shutil
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.support.server import Server, created

pytestmark = pytest.mark.xdist_group("server")
HOSTILE = """Look: <script>alert(1)</script> ![x](http://127.0.0.1:9/a.png)

```python title="../../leaf.py"
print("茶")
```

```js
alert(1)
```

```js
alert(2)
```
"""


@pytest.fixture
def document(http: httpx.Client) -> str:
    new = created(http)
    edit = {"text": HOSTILE, "version": new["sections"][0]["version"]}
    http.put(f"/api/documents/{new['id']}/sections/0", json=edit).raise_for_status()
    return new["id"]


def test_a_preview_can_do_nothing(http: httpx.Client, document: str):
    shown = http.get(f"/api/documents/{document}/preview")
    policy = shown.headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"
    assert "<script" not in shown.text
    assert "127.0.0.1:9" not in shown.text or "<img" not in shown.text


def test_pages_are_pictures(server: Server, document: str, fonts: Path):
    shutil.copytree(fonts, server.data / "fonts", dirs_exist_ok=True)
    shown = server.http.get(f"/api/documents/{document}/pages").json()
    assert shown["count"] == len(shown["pages"]) == 1
    assert shown["pages"][0].startswith("data:image/png;base64,iVBOR")


def test_code_becomes_files_with_safe_names(http: httpx.Client, document: str):
    answer = http.get(f"/api/documents/{document}/code.zip")
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''Tea.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["leaf.py", "Leaf.js", "Leaf-2.js"]
        assert archive.read("leaf.py").decode() == 'print("茶")\n'


def test_without_code_there_is_no_zip(http: httpx.Client):
    answer = http.get(f"/api/documents/{created(http)['id']}/code.zip")
    assert (answer.status_code, answer.json()["code"]) == (404, "NoCode")


def test_history_has_every_text_of_every_section(http: httpx.Client, document: str):
    edit = {"text": "One two three.", "version": 0}
    http.put(f"/api/documents/{document}/sections/1", json=edit).raise_for_status()
    newest, older = http.get(f"/api/documents/{document}/history").json()
    assert (newest["position"], newest["words"], newest["author"]) == (1, 3, "person")
    assert older["position"] == 0
    assert newest["id"] > older["id"]


def test_a_model_file_that_is_not_there_cannot_be_added(http: httpx.Client):
    answer = http.post("/api/models", json={"path": "/etc/passwd"})
    assert (answer.status_code, answer.json()["code"]) == (404, "NoModelFile")


def test_sampling_of_every_task(http: httpx.Client):
    presets = {preset["task"]: preset["values"] for preset in http.get("/api/sampling").json()}
    assert presets["outline"]["temperature"] < presets["story"]["temperature"]


def test_where_everything_is(server: Server):
    about = server.http.get("/api/about").json()
    assert about["data_dir"] == str(server.data)
    assert (about["database"], about["needs_login"]) == ("SQLite", False)
    answer = server.http.put("/api/password", json={"old": "a", "new": "b"})
    assert (answer.status_code, answer.json()["code"]) == (409, "NoUsers")
