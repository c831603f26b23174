"""The writing room, as tests work in it."""

from collections.abc import Callable, Sequence

import httpx
from playwright.sync_api import Page, expect

from tests.support import waiting

WAIT_SECONDS = 60  # only a failure waits so long; a busy machine is slow
_TEXT = "document.querySelector('.page .cm-content').cmTile.root.view.state.doc.toString()"


def drafted(
    http: httpx.Client, texts: Sequence[str], *, words: int = 40, start: bool = False
) -> str:
    """A document whose sections, called One, Two and so on, have these texts; gives its id."""
    names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"]
    heads = [names[at] if at < len(names) else f"Part {at + 1}" for at in range(len(texts))]
    sections = [{"heading": head, "words": words} for head in heads]
    brief = {"task": "Explain how tea is made.", "title": "Tea", "words": words * len(texts)}
    plan = {"brief": brief, "title": "Tea", "sections": sections}
    body = {"brief": brief, "seed": 1, "start": False, "plan": plan}
    answer = http.post("/api/documents", json=body)
    assert answer.status_code == 201, answer.text
    document_id = answer.json()["document"]["id"]
    for position, text in enumerate(texts):
        if text:
            save(http, document_id, position, text)
    if start:
        assert http.post(f"/api/documents/{document_id}/write").status_code == 202
    return document_id


def save(http: httpx.Client, document_id: str, position: int, text: str) -> None:
    """Somebody else saves a section."""
    version = http.get(f"/api/documents/{document_id}").json()["sections"][position]["version"]
    path = f"/api/documents/{document_id}/sections/{position}"
    answer = http.put(path, json={"text": text, "version": version})
    assert answer.status_code == 200, answer.text


def stored(http: httpx.Client, document_id: str, position: int = 0) -> dict:
    return http.get(f"/api/documents/{document_id}").json()["sections"][position]


def enter(page: Page, document_id: str) -> None:
    """Open a document in the writing room, and wait until it is there."""
    page.goto(f"/#/d/{document_id}/write")
    page.wait_for_selector(".page .cm-content")


def shown(page: Page) -> str:
    """The whole text in the editor, on screen or not."""
    return page.evaluate(_TEXT)


def until(page: Page, true: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait for a state that no locator shows. Playwright's `wait_for_function` needs `eval` in
    the page, which the page's policy forbids. Between two looks the driver handles events."""
    waiting.until(
        true, seconds, pause=lambda pause: page.wait_for_timeout(pause * 1000),
        report=page.locator("body").inner_text,
    )  # fmt: skip


def until_shown(page: Page, text: str) -> None:
    until(page, lambda: text in shown(page))


def put_cursor(page: Page, before: str) -> None:
    """Put the cursor before some text of the document."""
    page.evaluate(
        """before => {
          const { view } = document.querySelector('.page .cm-content').cmTile.root
          const anchor = view.state.doc.toString().indexOf(before)
          if (anchor < 0) throw new Error('not there: ' + before)
          view.dispatch({ selection: { anchor }, scrollIntoView: true })
          view.focus()
        }""",
        before,
    )


def select(page: Page, text: str) -> None:
    put_cursor(page, text)
    page.evaluate(
        """length => {
          const { view } = document.querySelector('.page .cm-content').cmTile.root
          const { head } = view.state.selection.main
          view.dispatch({ selection: { anchor: head, head: head + length } })
        }""",
        len(text),
    )


def expect_saved(page: Page, state: str = "Saved", seconds: float = WAIT_SECONDS) -> None:
    expect(page.locator("footer .save")).to_have_text(state, timeout=seconds * 1000)
