"""Every text that a section had is there, told apart from now, and comes back."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.support.server import Server, created

OLD, NEW = "Leaves are picked by hand.", "Leaves are cut by machines."


@pytest.fixture
def document(studio: Server) -> str:
    made = created(studio.http)["id"]
    for version, text in enumerate((OLD, NEW)):
        path = f"/api/documents/{made}/sections/0"
        studio.http.put(path, json={"text": text, "version": version}).raise_for_status()
    return made


def text_now(http: httpx.Client, document: str) -> str:
    return http.get(f"/api/documents/{document}").json()["sections"][0]["text"]


def oldest(page: Page) -> None:
    page.get_by_role("button", name="Leaf", exact=False).last.click()


def test_a_revision_is_compared_restored_and_taken_back(
    new_page: NewPage, studio: Server, document: str
):
    page = new_page(f"/#/d/{document}/versions")
    oldest(page)
    expect(page.locator("del").first).to_contain_text("picked")
    expect(page.locator("ins").first).to_contain_text("cut")
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_text("The texts are the same.")).to_be_visible()
    assert text_now(studio.http, document) == OLD
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("ins").first).to_contain_text("cut")
    assert text_now(studio.http, document) == NEW


def test_a_snapshot_in_chinese(new_page: NewPage, studio: Server, document: str):
    page = new_page(f"/#/d/{document}/versions", language="zh", theme="dark", width=390)
    page.get_by_role("button", name="新建快照").click()
    page.get_by_label("快照名称").fill("定稿之前")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name="定稿之前")).to_be_visible()
    path = f"/api/documents/{document}/sections/0"
    studio.http.put(path, json={"text": OLD, "version": 2}).raise_for_status()
    page.get_by_role("button", name="定稿之前").click()
    expect(page.locator("del").first).to_be_visible()
    page.get_by_role("button", name="恢复此版本").click()
    expect(page.get_by_text("已恢复")).to_be_visible()
    assert text_now(studio.http, document) == NEW


def test_edits_that_were_not_sent_are_never_written_over(
    new_page: NewPage, studio: Server, document: str
):
    page = new_page(f"/#/d/{document}/write")
    expect(page.locator(".cm-content")).to_contain_text("machines")
    page.goto(f"/#/d/{document}/versions")
    page.evaluate(
        """(id) => new Promise((done) => {
            const asked = indexedDB.open('xiezuo')
            asked.onsuccess = () => {
                const put = asked.result.transaction('edits', 'readwrite').objectStore('edits').put(
                    { document: id, position: 0, tab: 'gone', heading: 'Leaf', at: 1,
                      version: 1, base: 'a', text: 'b' })
                put.onsuccess = () => { asked.result.close(); done(null) }
            }
        })""",
        document,
    )
    oldest(page)
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_text("Some edits have not been sent yet")).to_be_visible()
    assert text_now(studio.http, document) == NEW
