"""Home: documents, what is done with them, search, import, trash, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.server import BRIEF, Server, created


def menu(page: Page, title: str, action: str) -> None:
    page.get_by_role("button", name=f"More actions for “{title}”").click()
    page.get_by_role("menuitem", name=action).click()


def row(page: Page, title: str):
    return page.get_by_role("link", name=title, exact=True)


def test_a_document_is_renamed_tagged_copied_thrown_away_and_brought_back(
    page: Page, studio: Server
):
    document = created(studio.http)
    studio.http.patch(f"/api/documents/{document['id']}", json={"title": "Gunpowder"})
    page.reload()
    menu(page, "Gunpowder", "Rename")
    page.get_by_role("textbox", name="Title").fill("Jasmine")
    page.keyboard.press("Enter")
    row(page, "Jasmine").wait_for()
    menu(page, "Jasmine", "Tags")
    page.get_by_role("textbox", name="Tags").fill("tea，绿茶")
    page.keyboard.press("Enter")
    page.get_by_role("group", name="Tags").get_by_role("button", name="#绿茶").click()
    expect(page.get_by_role("list", name="Documents").get_by_role("listitem")).to_have_count(1)
    menu(page, "Jasmine", "Make a copy")
    expect(page.get_by_role("list", name="Documents").get_by_role("listitem")).to_have_count(2)
    menu(page, "Jasmine", "Move to trash")
    expect(row(page, "Jasmine")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    row(page, "Jasmine").wait_for()
    menu(page, "Jasmine", "Move to trash")
    page.get_by_role("button", name="Trash", exact=True).click()
    page.get_by_role("listitem").filter(has_text="Jasmine").get_by_role("button").click()
    page.get_by_role("button", name="Back to the documents").click()
    row(page, "Jasmine").wait_for()


def test_the_trash_waits_for_what_is_still_on_its_way_there(page: Page, studio: Server):
    document = created(studio.http)
    studio.http.patch(f"/api/documents/{document['id']}", json={"title": "Sencha"})
    page.reload()
    stopped: list[Route] = []

    def stop(route: Route) -> None:
        stopped.append(route)

    page.route("**/trash", stop)
    with page.expect_request("**/trash"):
        menu(page, "Sencha", "Move to trash")
    page.get_by_role("button", name="Trash", exact=True).click()
    page.get_by_role("heading", name="Trash").wait_for()
    stopped.pop().continue_()
    page.get_by_role("listitem").filter(has_text="Sencha").get_by_role("button").wait_for()


def test_what_is_found_leads_to_its_section(page: Page, studio: Server):
    document = created(studio.http)
    address = f"/api/documents/{document['id']}/sections/1"
    text = "Steam of oolong rises."
    studio.http.put(address, json={"text": text, "version": 0}).raise_for_status()
    page.reload()
    page.get_by_role("link", name="Tea").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("OOLONG")
    found = page.get_by_role("region", name="Found in the text")
    expect(found.locator("mark")).to_have_text("oolong")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"#/d/{document['id']}/write/1$"))
    expect(page.locator(".cm-content")).to_contain_text(text)


def test_files_are_imported_by_dropping_them(page: Page):
    page.get_by_role("button", name="Import").wait_for()
    page.evaluate(
        """() => {
            const data = new DataTransfer()
            data.items.add(new File(['# Pu-erh\\n\\n## Cave\\n\\nDark and old.\\n'], 'pu.md'))
            for (const name of ['dragenter', 'drop']) {
                const event = { dataTransfer: data, bubbles: true, cancelable: true }
                window.dispatchEvent(new DragEvent(name, event))
            }
        }"""
    )
    expect(page).to_have_url(re.compile(r"#/d/.+/write"))
    expect(page.locator(".cm-content")).to_contain_text("Dark and old.")
    page.goto("/")
    files = [{"name": "x.exe", "mimeType": "application/x-dosexec", "buffer": b"MZ"}]
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_text("x.exe cannot be read").wait_for()


@pytest.mark.usefixtures("held")
def test_one_line_is_enough_and_its_job_is_seen_and_stopped(page: Page):
    page.get_by_role("textbox", name="One line is enough").fill("Explain white tea at length.")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#/d/.+/write"))
    page.goto("/")
    jobs = page.get_by_role("region", name="Writing jobs")
    job = jobs.get_by_role("listitem").filter(has_text="white tea")
    job.get_by_role("button", name="Cancel").click()
    expect(job).to_have_count(0)


def test_keys_walk_through_what_was_found(page: Page, studio: Server):
    for number in (48, 490, 491):
        created(studio.http, brief={**BRIEF, "title": f"Note {number}"}, plan=None)
    page.reload()
    row(page, "Note 491").wait_for()
    page.get_by_role("searchbox").fill("Note 49")
    expect(page.get_by_role("list", name="Documents").get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="What are you writing today?").click()
    page.keyboard.press("j")
    expect(row(page, "Note 491")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row(page, "Note 490")).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, "Note 491")).to_be_focused()
