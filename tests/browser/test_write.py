"""The writing room: findings, what the model proposes, views, keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.support.room import (
    drafted,
    enter,
    expect_saved,
    put_cursor,
    select,
    shown,
    stored,
    until,
)
from tests.support.scripted_model import ScriptedModel
from tests.support.server import Server


def test_a_finding_is_shown_explained_and_fixed_by_key(page: Page, studio: Server):
    document_id = drafted(studio.http, ["Tea is hot .\n\n```python\nx = 1\n"])
    enter(page, document_id)
    page.keyboard.press("Control+Alt+f")
    side = page.get_by_role("complementary", name="Findings")
    side.get_by_role("button", name="Why").first.click()
    expect(side.locator(".page").first).to_contain_text(
        "everything after the fence is shown as code"
    )
    expect(page.locator(".cm-lintRange, .cm-lintPoint").first).to_be_attached()
    put_cursor(page, "```python")
    page.keyboard.press("Control+Shift+.")
    until(page, lambda: shown(page).count("```") == 2)
    expect_saved(page)
    assert stored(studio.http, document_id)["text"].count("```") == 2
    page.keyboard.press("Control+z")
    until(page, lambda: shown(page).count("```") == 1)


def test_what_the_model_made_of_a_selection_is_taken_by_piece_and_undone(
    page: Page, studio: Server, model: ScriptedModel, request: pytest.FixtureRequest
):
    text = "Tea is a drink that many people like to drink in the morning."
    model.answer = "Many people like to drink tea in the morning."
    request.addfinalizer(model.release)
    document_id = drafted(studio.http, [text, "Cups are small."])
    enter(page, document_id)
    select(page, text)
    page.keyboard.press("Control+j")
    page.get_by_role("menuitem", name="Rewrite").click()
    page.locator(".cm-verdict").first.wait_for()
    before = shown(page)
    assert stored(studio.http, document_id)["text"] == text
    page.keyboard.press("Control+Alt+Enter")
    until(page, lambda: page.locator(".cm-verdict").count() == 0)
    assert shown(page) != before
    expect_saved(page)
    until(page, lambda: stored(studio.http, document_id)["text"] != text)
    page.keyboard.press("Control+z")
    until(page, lambda: shown(page) == before)
    until(page, lambda: stored(studio.http, document_id)["text"] == text)


def test_title_and_headings_are_safe_from_keys(page: Page, studio: Server):
    document_id = drafted(studio.http, ["Tea.", "Cup."])
    enter(page, document_id)
    put_cursor(page, "Two")
    page.keyboard.type("x")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    assert shown(page) == "# Tea\n\n## One\n\n\n\n## Two\n\n"
    page.keyboard.press("Control+z")
    assert shown(page) == "# Tea\n\n## One\n\nTea.\n\n## Two\n\nCup."


@pytest.mark.usefixtures("held")
def test_stop_waits_for_no_word_of_the_model_and_says_so(page: Page, studio: Server):
    document_id = drafted(studio.http, ["", ""], words=200, start=True)
    enter(page, document_id)
    page.wait_for_selector(".cm-chip[data-state=writing]")
    page.get_by_role("button", name="Stop").first.click()
    expect(page.get_by_text("Stopped. The text so far is kept.")).to_be_visible()
    expect(page.get_by_role("button", name="Continue writing").first).to_be_visible()
    assert studio.http.get(f"/api/documents/{document_id}/job").json()["state"] == "cancelled"


def test_the_palette_lists_every_command_and_runs_it_in_both_languages(
    new_page: NewPage, studio: Server
):
    document_id = drafted(studio.http, ["Tea is hot."])
    for language, name in (("en", "Focus"), ("zh", "专注")):
        page = new_page(language=language)
        enter(page, document_id)
        page.keyboard.press("Control+k")
        options = page.get_by_role("option")
        expect(options.first).to_be_visible()
        assert options.count() > 40
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator("header.bar")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.locator("header.bar")).to_be_visible()


@pytest.mark.endurance
def test_a_hundred_thousand_characters_can_be_written_in(page: Page, studio: Server):
    paragraph = "The leaf is picked by hand in the early morning. " * 10 + "\n\n"
    text = (paragraph * 6).strip()
    document_id = drafted(studio.http, [text] * 36)
    enter(page, document_id)
    assert len(shown(page)) > 100_000
    page.get_by_role("button", name="Part 36").click()
    page.keyboard.type("Here at the end. ")
    expect_saved(page)
    assert stored(studio.http, document_id, 35)["text"].startswith("Here at the end. ")
