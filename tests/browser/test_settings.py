"""What one prefers comes back on another machine; keys are shown once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.support.room import until
from tests.support.server import Server


@pytest.fixture
def fresh(studio: Server):
    yield
    studio.http.put("/api/settings", json={"values": {"studio": None}}).raise_for_status()


def preferences(studio: Server) -> dict[str, object]:
    return studio.http.get("/api/settings").json().get("studio") or {}


@pytest.mark.usefixtures("fresh")
def test_preferences_come_back_in_another_browser(new_page: NewPage, studio: Server):
    page = new_page("/#/settings")
    page.get_by_text("中文", exact=True).click()
    page.get_by_text("深色", exact=True).click()
    page.get_by_label("每日目标字数").fill("800")
    page.get_by_label("每日目标字数").press("Tab")
    page.get_by_text("无衬线").click()
    chosen = {"language": "zh", "theme": "dark", "font": "sans"}
    until(page, lambda: chosen.items() <= preferences(studio).items())
    other = new_page("/#/settings")
    expect(other.get_by_role("heading", name="设置")).to_be_visible()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    expect(other.get_by_label("每日目标字数")).to_have_value("800")


def test_a_backup_is_downloaded(new_page: NewPage, studio: Server):
    page = new_page("/#/settings")
    expect(page.get_by_text(str(studio.data), exact=True)).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download a backup").click()
    assert waiting.value.suggested_filename == "xiezuo.backup"
