"""A document is seen as it will look, taken along in every format, and copied with its look."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.support.server import Server, created

TEXT = """Pick *young* leaves. <script>alert(1)</script> <img src=x onerror=alert(1)>

[link](javascript:alert(1)) ![](http://example.com/?q=secret)

```python
if tea:
    pour()
```
"""


@pytest.fixture
def document(studio: Server) -> str:
    made = created(studio.http)["id"]
    path = f"/api/documents/{made}/sections/0"
    studio.http.put(path, json={"text": TEXT, "version": 0}).raise_for_status()
    return made


def test_the_preview_can_do_nothing_and_files_have_names(new_page: NewPage, document: str):
    page = new_page(f"/#/d/{document}/export")
    page.watch.allowed = ["Blocked script execution"]  # Playwright's own, in the frame
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Leaf")).to_be_visible()
    assert frame.locator("script, img, a[href^=javascript]").count() == 0
    expect(page.get_by_text("Some sections are not written yet")).to_be_visible()
    page.get_by_role("button", name="Printed pages").click()
    expect(page.get_by_role("img", name="Page 1")).to_be_visible()
    for name, ending, start in (("DOCX", "docx", b"PK"), ("Code as files", "zip", b"PK")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Download: {name}").click()
        assert waiting.value.suggested_filename == f"Tea.{ending}"
        content = Path(waiting.value.path()).read_bytes()
        assert content.startswith(start)
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["Leaf.py"]


def test_rich_text_carries_its_look(new_page: NewPage, document: str):
    page = new_page(f"/#/d/{document}/export", language="zh", theme="dark")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制为富文本").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    assert page.watch.errors == []
    page.watch.allowed = ["Applying inline style"]  # Chromium's own, when the clipboard is read
    html, plain = page.evaluate(
        """async () => {
            const [item] = await navigator.clipboard.read()
            const read = async (type) => (await item.getType(type)).text()
            return [await read('text/html'), await read('text/plain')]
        }"""
    )
    assert plain.startswith("# Tea")
    assert '<em style="font-style:italic' in html
    assert "pour()" in html
    assert not re.search(r"<(script|img)|<[^>]*(onerror|javascript:|class=)", html)


def test_nothing_to_export_yet(new_page: NewPage, studio: Server):
    page = new_page(f"/#/d/{created(studio.http)['id']}/export")
    expect(page.get_by_text("There is nothing to export yet")).to_be_visible()
