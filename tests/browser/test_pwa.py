"""The studio opens, and what was read can be read, while the server is away."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.support.room import until
from tests.support.server import PASSWORD, Server, created
from xiezuo.store.accounts import Accounts
from xiezuo.store.database import Database

KEPT = """caches.open('xiezuo-copies').then((kept) => kept.keys())
    .then((all) => all.map((one) => new URL(one.url).pathname))"""


@pytest.fixture
def own(tmp_path: Path) -> Generator[Server]:
    made = Server(tmp_path, model=None)
    yield made
    if made.process.poll() is None:
        made.end()


@pytest.fixture
def guarded(tmp_path: Path) -> Generator[Server]:
    database = Database(f"sqlite:///{tmp_path / 'xiezuo.sqlite'}")
    Accounts(database).add("ann", PASSWORD)
    database.close()
    made = Server(tmp_path, model=None)
    yield made
    made.end()


def installed(page: Page) -> None:
    until(page, lambda: page.evaluate("navigator.serviceWorker.controller !== null"))


def test_what_was_read_is_read_without_the_server(new_page: NewPage, own: Server):
    document = created(own.http)["id"]
    edit = {"text": "Tea is picked by hand.", "version": 0}
    own.http.put(f"/api/documents/{document}/sections/0", json=edit).raise_for_status()
    page = new_page(url=own.url)
    page.watch.allowed = ["Failed to load resource", "net::ERR"]
    installed(page)
    page.goto(f"/#/d/{document}/versions")
    page.reload()
    expect(page.get_by_role("button", name="Leaf")).to_be_visible()
    assert f"/api/documents/{document}" in page.evaluate(KEPT)
    assert not [one for one in page.evaluate(KEPT) if one.endswith(("events", "history"))]
    own.end()
    page.goto(f"/#/d/{document}/export")
    page.reload()
    expect(page.get_by_role("heading", name="Export")).to_be_visible()
    expect(page.get_by_text("You are reading a copy saved in this browser")).to_be_visible()


def test_copies_end_with_the_session(new_page: NewPage, guarded: Server):
    page = new_page(url=guarded.url)
    page.watch.allowed = ["401"]
    installed(page)
    page.get_by_label("User name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Settings")).to_be_visible()
    page.goto("/#/settings")
    page.reload()
    until(page, lambda: "/api/me" in page.evaluate(KEPT))
    page.get_by_role("button", name=re.compile("Log out")).click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    assert page.evaluate(KEPT) == []


def test_it_can_be_installed(page: Page):
    manifest = page.request.get("/manifest.webmanifest").json()
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        answer = page.request.get(icon["src"])
        assert answer.status == 200
        assert answer.headers["content-type"] == icon["type"]
    worker = page.request.get("/service-worker.js").text()
    assert not re.search(r"^\s*import\b", worker), "it must be one file"
    assert "__PARTS__" not in worker
