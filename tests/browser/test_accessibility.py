"""No view breaks a rule of WCAG 2.2 AA that axe knows, in both themes and languages.

The only place where axe runs: on every view, and on the writing room with each of its panes.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

import tests
from tests.browser.conftest import NewPage
from tests.support.room import enter, save
from tests.support.server import Server, created

AXE = Path(tests.__path__[0]).parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TEXT = "Pick **young** leaves.\n\n- one\n- two\n\n```python\npour()\n```\n\nHe go home very very."
# What a view shows last, in one of the two languages; with it, all of the view is there.
VIEWS = {
    "": "^Tea$",
    "new/article.en": "^(Prompt|提示词)$",
    "d/ID/brief": "^(Prompt|提示词)$",
    "d/ID/outline": "Add a section|添加一节",
    "d/ID/versions": "Leaf",
    "d/ID/export": "Word",
    "models": "SmolLM2|Qwen3",
    "settings": "中文",
}
# Keys of the writing room, what they open, and where axe looks then.
PANES = (
    ("Control+Alt+f", "aside.side details, aside.side button[title]", "aside.side"),
    ("Control+Alt+c", "aside.side", "aside.side"),
    ("Control+Alt+3", ".workspace.beside .reader .block", ".reader"),
    ("Control+Alt+r", "aside.side textarea", "aside.side"),
    ("Control+f", ".cm-search", "html"),
)
SETTLED = """() => Promise.all(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => null))).then(() => null)"""


@pytest.fixture(scope="module")
def document(studio: Server) -> str:
    made = created(studio.http)["id"]
    save(studio.http, made, 0, TEXT)
    return made


def violations(page: Page, where: str, part: str = "html") -> Iterator[str]:
    """What axe finds in a part of the page, each with the element where."""
    page.evaluate(SETTLED)
    found = page.evaluate(
        "([part, tags]) => axe.run(part, { runOnly: tags, iframes: false })", [part, RULES]
    )
    for one in found["violations"]:
        for node in one["nodes"]:
            yield f"{where}: {one['id']}: {node['target']} {node['failureSummary']}"


@pytest.mark.parametrize(
    ("theme", "language", "width"), [("light", "en", 1280), ("dark", "zh", 390)]
)
def test_every_view(new_page: NewPage, document: str, theme: str, language: str, width: int):
    page = new_page(theme=theme, language=language, width=width, reduced_motion="reduce")
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = []
    for view, last in VIEWS.items():
        page.goto(f"/#/{view.replace('ID', document)}")
        page.locator("main").get_by_text(re.compile(last)).first.wait_for(state="attached")
        found += violations(page, view or "home")
    page.goto(f"/#/d/{document}/write")
    page.locator(".page .cm-lintRange").first.wait_for()
    found += violations(page, "write")
    assert found == []


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "zh")])
def test_the_panes_of_the_writing_room(new_page: NewPage, document: str, theme: str, language: str):
    page = new_page(theme=theme, language=language, reduced_motion="reduce")
    enter(page, document)
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = []
    for keys, opened, part in PANES:
        page.keyboard.press(keys)
        page.locator(opened).first.wait_for()
        found += violations(page, keys, part)
    assert found == []
