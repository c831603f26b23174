"""Never lose a word: what a person typed and what the model wrote survive whatever happens."""

import signal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import NewPage, scripted_server
from tests.support.room import (
    drafted,
    enter,
    expect_saved,
    put_cursor,
    save,
    shown,
    stored,
    until,
    until_shown,
)
from tests.support.scripted_model import ScriptedModel
from tests.support.server import Server, finished

# The last one is what Chromium says of a service worker that it cannot fetch.
AWAY = ["Failed to load resource", "ERR_", "net::", "fetching the script"]


def streaming(page: Page) -> None:
    """Wait until text was written and more is to come."""
    page.wait_for_selector(".cm-chip[data-state=writing]")
    until(page, lambda: len(shown(page)) > 90)


def test_an_edit_and_a_refresh_in_mid_stream_lose_neither_the_edit_nor_what_is_written(
    page: Page, studio: Server, held: ScriptedModel
):
    document_id = drafted(studio.http, ["", "Cups are small."], words=100, start=True)
    enter(page, document_id)
    streaming(page)
    put_cursor(page, stored(studio.http, document_id)["text"][:12])
    page.keyboard.type("Dear reader! ", delay=10)
    expect_saved(page, "Saved on this device until this section is written")
    assert "Dear reader" not in stored(studio.http, document_id)["text"]
    page.reload()
    page.wait_for_selector(".page .cm-content")
    begun = stored(studio.http, document_id)["text"]
    assert begun
    assert f"## One\n\nDear reader! {begun[:40]}" in shown(page)
    held.release()
    finished(studio.http, document_id)
    expect_saved(page)
    section = stored(studio.http, document_id)
    assert section["state"] == "final"
    assert section["text"].startswith(f"Dear reader! {begun[:20]}")
    whole = f"# Tea\n\n## One\n\n{section['text']}\n\n## Two\n\nCups are small."
    until(page, lambda: shown(page) == whole)


# What IndexedDB is to a page that is left: whatever it was asked, the page does not live to hear.
SILENT = """IDBDatabase.prototype.transaction = () => ({
  store: { put() {}, delete() {} }, done: new Promise(() => {}),
})"""


# A disk so busy that nothing it is given is ever written; what is on it can be read.
BUSY_DISK = """const real = IDBDatabase.prototype.transaction
IDBDatabase.prototype.transaction = function (names, mode, options) {
  if (mode !== 'readwrite') return real.call(this, names, mode, options)
  return { store: { put() {}, delete() {} }, done: new Promise(() => {}) }
}"""


@pytest.mark.parametrize("disk", ["", BUSY_DISK], ids=["disk", "busy disk"])
def test_what_was_typed_a_moment_before_leaving_is_there_again(
    page: Page, studio: Server, disk: str
):
    page.add_init_script(disk)
    document_id = drafted(studio.http, ["Leaves are green.", "Cups are small."])
    enter(page, document_id)
    page.watch.allowed = AWAY
    page.route("**/sections/0", lambda one: one.abort())  # nor does the server hear of it in time
    page.evaluate(SILENT)
    put_cursor(page, "Leaves are")
    page.keyboard.type("Look: ")
    expect_saved(page, "Saving …")
    page.reload()
    page.unroute("**/sections/0")
    page.wait_for_selector(".page .cm-content")
    until_shown(page, "Look: Leaves are green.")
    until(page, lambda: stored(studio.http, document_id)["text"] == "Look: Leaves are green.")


def test_a_server_that_dies_in_mid_stream_and_comes_back_loses_nothing(
    new_page: NewPage, tmp_path: Path, held: ScriptedModel
):
    server = scripted_server(tmp_path, held)
    document_id = drafted(server.http, ["", "Mine to edit."], words=60, start=True)
    page = new_page(url=server.url)
    page.watch.allowed += AWAY
    enter(page, document_id)
    streaming(page)
    server.end(signal.SIGKILL)
    put_cursor(page, "Mine to edit.")
    page.keyboard.type("Typed while it was away. ", delay=5)
    expect_saved(page, "Saved on this device")
    held.release()
    server = scripted_server(tmp_path, held, port=int(server.url.rsplit(":", 1)[1]))
    try:
        expect_saved(page, seconds=60)  # it tries again after some seconds
        assert stored(server.http, document_id, 1)["text"].startswith("Typed while it was away. ")
        document = finished(server.http, document_id)
        until_shown(page, f"## One\n\n{document['sections'][0]['text']}\n\n## Two")
    finally:
        server.end()


def test_what_is_typed_offline_is_sent_when_the_network_is_back(page: Page, studio: Server):
    document_id = drafted(studio.http, ["Tea is hot."])
    page.watch.allowed += AWAY
    enter(page, document_id)
    page.context.set_offline(True)
    put_cursor(page, "Tea is hot.")
    page.keyboard.type("Green ")
    expect_saved(page, "Saved on this device")
    assert stored(studio.http, document_id)["text"] == "Tea is hot."
    page.context.set_offline(False)
    expect_saved(page)
    assert stored(studio.http, document_id)["text"] == "Green Tea is hot."


def test_what_is_typed_offline_survives_the_closing_of_the_tab(page: Page, studio: Server):
    document_id = drafted(studio.http, ["Tea is hot."])
    page.watch.allowed += AWAY
    enter(page, document_id)
    page.context.set_offline(True)
    put_cursor(page, "Tea is hot.")
    page.keyboard.type("Green ")
    expect_saved(page, "Saved on this device")
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    enter(again, document_id)
    assert "Green Tea is hot." in shown(again)
    expect_saved(again)
    assert stored(studio.http, document_id)["text"] == "Green Tea is hot."


def test_keys_typed_just_before_the_tab_closes_are_there_when_it_opens_again(
    page: Page, studio: Server
):
    document_id = drafted(studio.http, ["Tea is hot."])
    enter(page, document_id)
    put_cursor(page, "Tea is hot.")
    page.keyboard.type("Green ")
    context = page.context
    page.close(run_before_unload=False)
    again = context.new_page()
    enter(again, document_id)
    assert "Green Tea is hot." in shown(again)
    expect_saved(again)


def compare(page: Page) -> Locator:
    return page.get_by_role("button", name="Compare")


def test_two_tabs_that_edit_one_section_are_shown_as_two_versions_and_both_stay(
    page: Page, studio: Server
):
    document_id = drafted(studio.http, ["Tea is hot.\n\nIt is green."])
    page.watch.allowed += ["409"]
    enter(page, document_id)
    other = page.context.new_page()
    enter(other, document_id)
    put_cursor(page, "Tea is hot.")
    page.keyboard.type("First: ")
    put_cursor(other, "It is green.")
    other.keyboard.type("Second: ")
    tabs = (page, other)
    until(page, lambda: any(compare(tab).is_visible() for tab in tabs))
    (loser,) = (tab for tab in tabs if compare(tab).is_visible())
    expect_saved(other if loser is page else page)
    compare(loser).click()
    loser.get_by_role("button", name="Keep mine").click()
    expect_saved(loser)
    expect_saved(page)
    expect_saved(other)
    mine = "First: " if loser is page else "Second: "
    text = stored(studio.http, document_id)["text"]
    assert mine in text
    revisions = studio.http.get(f"/api/documents/{document_id}/sections/0/revisions").json()
    kept = [revision["text"] for revision in revisions]
    assert any("First: " in one for one in kept)
    assert any("Second: " in one for one in kept)
    until_shown(page, text)


def test_an_edit_by_somebody_else_is_shown_where_nothing_was_typed(page: Page, studio: Server):
    document_id = drafted(studio.http, ["Tea is hot.", "Cups are small."])
    enter(page, document_id)
    put_cursor(page, "Cups are small.")
    page.keyboard.type("Our ")
    save(studio.http, document_id, 0, "Tea is warm.")
    until_shown(page, "Tea is warm.")
    expect_saved(page)
    assert stored(studio.http, document_id, 1)["text"] == "Our Cups are small."
