"""No view breaks a rule of WCAG 2.2 AA that axe knows, in both themes and languages."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

import tests
from tests.browser.conftest import NewPage
from tests.server.conftest import Server, created

pytestmark = pytest.mark.engine
AXE = Path(tests.__path__[0]).parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIEWS = ["", "new", *(f"d/ID/{one}" for one in ("brief", "outline", "write", "versions", "export"))]
VIEWS += ["models", "settings"]
TEXT = "Pick **young** leaves.\n\n- one\n- two\n\n```python\npour()\n```\n\nHe go home very very."


@pytest.fixture(scope="module")
def document(studio: Server) -> str:
    made = created(studio.http)["id"]
    path = f"/api/documents/{made}/sections/0"
    studio.http.put(path, json={"text": TEXT, "version": 0}).raise_for_status()
    return made


def violations(page: Page) -> list[str]:
    """What axe finds, each with the element where."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("(tags) => axe.run({ runOnly: tags, iframes: false })", RULES)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(
    ("theme", "language", "width"), [("light", "en", 1280), ("dark", "zh", 390)]
)
def test_every_view(new_page: NewPage, document: str, theme: str, language: str, width: int):
    page = new_page(theme=theme, language=language, width=width, reduced_motion="reduce")
    page.locator("main").wait_for()
    found: list[str] = []
    for view in VIEWS:
        page.goto(f"/#/{view.replace('ID', document)}")
        page.wait_for_timeout(400)
        page.locator("main :is(h1, h2, h3, form, section, .cm-content, nav, a)").first.wait_for()
        found += [f"{view or 'home'} {one}" for one in violations(page)]
    assert found == []
