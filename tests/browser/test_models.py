"""Models: what is here, a wrong path, a file that is whole."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.support.server import Server


@pytest.mark.engine
def test_models_are_listed_verified_and_added(new_page: NewPage, studio_with_model: Server):
    page = new_page("/#/models", url=studio_with_model.url)
    page.watch.allowed = ["404"]
    demo = page.get_by_role("listitem").filter(has_text="SmolLM2")
    expect(demo.get_by_text("In use")).to_be_visible()
    demo.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("The file is intact")).to_be_visible()
    page.get_by_role("button", name="Add a model file").click()
    page.get_by_label("Path of a .gguf file").fill("/nowhere/a.gguf")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("There is no .gguf file there.")).to_be_visible()


def test_a_download_that_cannot_be_reached_says_so(new_page: NewPage):
    page = new_page("/#/models", language="zh", theme="dark", width=390)
    qwen = page.get_by_role("listitem").filter(has_text="Qwen3")
    qwen.get_by_role("button", name="下载").click()
    expect(qwen.get_by_role("alert")).to_be_visible()
    expect(qwen.get_by_role("button", name="继续")).to_be_visible()
