"""The outline: edited by keyboard, kept, saved with its texts, proposed again as a diff."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.support.scripted_model import ScriptedModel
from tests.support.server import Server, created, finished


def heading(page: Page, number: int):
    return page.get_by_role("textbox", name=f"Heading of section {number}", exact=True)


def headings(page: Page) -> list[str]:
    fields = page.get_by_role("textbox", name=re.compile("^Heading of section"))
    return [one.input_value() for one in fields.all()]


def opened(page: Page, document: dict) -> None:
    page.goto(f"/#/d/{document['id']}/outline")
    heading(page, 1).wait_for()


def test_everything_by_keyboard(page: Page, studio: Server):
    document = created(studio.http)
    opened(page, document)
    heading(page, 1).click()
    page.keyboard.press("Alt+ArrowDown")
    assert headings(page) == ["Cup", "Leaf"]
    expect(page.get_by_text("“Leaf” is now section 2 of 2")).to_be_attached()
    page.keyboard.press("Enter")
    page.keyboard.type("Water")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    expect(heading(page, 3)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+Tab")
    chapter = page.get_by_role("textbox", name="Heading of chapter 1")
    expect(chapter).to_have_value("Leaf")
    expect(chapter).to_be_focused()
    page.keyboard.press("Tab")
    expect(chapter).to_have_count(0)
    assert headings(page) == ["Cup", "Leaf", "Water"]
    # Who comes with Tab goes on with Tab: nothing is changed by walking through.
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert headings(page) == ["Cup", "Leaf", "Water"]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+Z")
    page.reload()
    page.get_by_text("Your changes from before the reload were restored.").wait_for()
    page.keyboard.press("Control+s")
    page.get_by_text("Outline saved").wait_for()
    stored = studio.http.get(f"/api/documents/{document['id']}").json()
    assert [one["heading"] for one in stored["sections"]] == headings(page)


def test_texts_go_where_their_sections_go(page: Page, studio: Server):
    document = created(studio.http)
    for position, text in enumerate(("Green leaves.", "A warm cup.")):
        address = f"/api/documents/{document['id']}/sections/{position}"
        studio.http.put(address, json={"text": text, "version": 0}).raise_for_status()
    opened(page, document)
    page.get_by_role("button", name="More actions for section 1").click()
    page.get_by_role("menuitem", name="Merge with the next section").click()
    page.keyboard.press("Control+s")
    page.get_by_text("Outline saved").wait_for()
    stored = studio.http.get(f"/api/documents/{document['id']}").json()
    assert [one["text"] for one in stored["sections"]] == ["Green leaves.\n\nA warm cup."]
    page.get_by_role("button", name="Add a section").click()
    heading(page, 2).fill("Pot")
    page.get_by_role("button", name="More actions for section 1").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("is kept under Versions").wait_for()
    kept = studio.http.get(f"/api/documents/{document['id']}/snapshots").json()
    assert "Green leaves.\n\nA warm cup." in kept[0]["texts"]


def test_the_model_proposes_and_nothing_changes_before_it_is_taken(
    page: Page, studio: Server, model: ScriptedModel, request: pytest.FixtureRequest
):
    model.answer = "Picking: what is picked.\nDrying: how it dries.\nBrewing: how it is brewed."
    request.addfinalizer(model.release)
    document = created(studio.http)
    opened(page, document)
    page.get_by_role("button", name=re.compile("^Locked")).first.click()
    page.get_by_role("button", name="Regenerate", exact=True).click()
    dialog = page.get_by_role("dialog", name="A new outline")
    dialog.wait_for()
    assert headings(page) == ["Leaf", "Cup"]
    dialog.get_by_role("button", name="Accept").click()
    assert headings(page)[0] == "Leaf"
    assert len(headings(page)) >= 2


@pytest.mark.usefixtures("held")
def test_it_waits_for_the_writer(new_page: NewPage, studio: Server):
    brief = {"task": "Explain how tea is made.", "title": "Tea", "words": 4000}
    sections = [{"heading": f"Leaf {number}", "words": 400} for number in range(1, 11)]
    plan = {"brief": brief, "title": "Tea", "sections": sections}
    document = created(studio.http, brief=brief, plan=plan, start=True)
    page = new_page(f"/#/d/{document['id']}/outline")
    page.watch.allowed.append("409")
    page.get_by_text("The document is being written.").wait_for()
    heading(page, 10).fill("The last leaf")
    page.get_by_role("button", name="Pause and save").click()
    page.get_by_text("Outline saved").wait_for()
    stored = finished(studio.http, document["id"])
    assert stored["sections"][9]["heading"] == "The last leaf"
