"""The whole way of a document, as a person goes it with keys and mouse, in both languages."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import NewPage
from tests.support.room import expect_saved, shown, until
from tests.support.server import Server

pytestmark = pytest.mark.engine

LANGUAGES = ("en", "zh")
MODEL_MS = 120_000  # the model writes some sentences; a busy machine is slow
# What stands on the studio's handles.
HANDLES = {
    "new": ("New", "新建"),
    "role": ("Role", "角色"),
    "task": ("Task", "任务"),
    "example": ("Example", "示例"),
    "title": ("Title", "标题"),
    "language": ("Language", "语言"),
    "add": ("Add a heading", "添加标题"),
    "heading 1": ("Heading 1", "第 1 节标题"),
    "heading 2": ("Heading 2", "第 2 节标题"),
    "words of 1": ("Word count of heading 1", "第 1 节字数"),
    "words of 2": ("Word count of heading 2", "第 2 节字数"),
    "make outline": ("Create an outline", "先拟大纲"),
    "section 2": ("Heading of section 2", "第 2 节标题"),
    "section 3": ("Heading of section 3", "第 3 节标题"),
    "write": ("Write", "开始写"),
    "sections": ("Sections", "章节"),
    "writing": ("Writing", "写作中"),
    "stop": ("Stop", "停止"),
    "saved": ("Saved", "已保存"),
    "findings": ("Findings", "问题"),
    "rewrite": ("Rewrite", "改写"),
    "changes": ("Changes", "修改"),
    "take": ("Accept all", "全部接受"),
    "versions": ("Versions", "版本"),
    "section": ("Section", "小节"),
    "restore": ("Restore this version", "恢复此版本"),
    "same": ("The texts are the same.", "两份文本相同。"),
    "export": ("Export", "导出"),
    "download": ("Download: Markdown", "下载：Markdown"),
}
# What is typed.
TYPED = {
    "role": ("A tea grower", "一位茶农"),
    "task": ("Explain how tea is made.", "讲讲茶是怎样做成的。"),
    "example": ("Tea begins with a leaf.", "茶从一片叶子开始。"),
    "title": ("Tea", "茶"),
    "leaf": ("Leaf", "鲜叶"),
    "cup": ("Cup", "杯子"),
    "cups": ("Cups", "茶杯"),
    "pot": ("The pot", "茶壶"),
    "own": ("Grandmother warmed her pot first.\n\n###Tip", "奶奶泡茶之前,总要先把茶壶温一温。"),
    "mended": (
        "Grandmother warmed her pot first.\n\n### Tip", "奶奶泡茶之前，总要先把茶壶温一温。",
    ),
    "rule": ("FMT004", "FMT007"),
}  # fmt: skip


class Walk:
    """A page and what is said in its language."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language
        self._at = LANGUAGES.index(language)

    def named(self, handle: str) -> str:
        return HANDLES[handle][self._at]

    def typed(self, what: str) -> str:
        return TYPED[what][self._at]

    def get(self, role: str, handle: str) -> Locator:
        return self.page.get_by_role(role, name=self.named(handle), exact=True)

    def press(self, handle: str) -> None:
        self.get("button", handle).click()

    def enter_stage(self, handle: str) -> None:
        self.get("link", handle).click()

    def section(self, heading: str) -> Locator:
        rail = self.page.get_by_role("navigation", name=self.named("sections"))
        return rail.get_by_role("button", name=self.typed(heading))


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.endurance)])
def test_from_the_first_idea_to_the_file(
    new_page: NewPage, studio_with_model: Server, language: str
):
    walk = Walk(new_page(language=language, url=studio_with_model.url), language)
    with_seed(walk.page)
    brief_it(walk)
    outline_it(walk)
    write_in_it_while_it_is_written(walk)
    mend_it(walk)
    rewrite_it(walk)
    restore_it(walk)
    export_it(walk)


def with_seed(page: Page) -> None:
    """The model says the same each time."""

    def seeded(route: Route) -> None:
        asked = route.request.post_data_json
        route.continue_(post_data=json.dumps({**asked, "seed": 1}) if asked else None)

    page.route("**/api/documents", seeded)


def brief_it(walk: Walk) -> None:
    walk.enter_stage("new")
    for card in ("task", "role", "example", "title"):
        walk.get("textbox", card).fill(walk.typed(card))
    walk.press("add")
    walk.get("textbox", "heading 1").fill(walk.typed("leaf"))
    walk.page.keyboard.press("Enter")
    walk.page.keyboard.type(walk.typed("cup"))
    for field in ("words of 1", "words of 2"):
        walk.get("textbox", field).fill("30")
    walk.get("combobox", "language").select_option(walk.language)
    walk.press("make outline")


def outline_it(walk: Walk) -> None:
    walk.page.wait_for_url(re.compile("/outline$"))
    walk.get("textbox", "section 2").fill(walk.typed("cups"))
    walk.page.keyboard.press("Enter")
    walk.page.keyboard.type(walk.typed("pot"))
    walk.press("write")


def write_in_it_while_it_is_written(walk: Walk) -> None:
    expect(walk.section("leaf")).to_contain_text(walk.named("writing"))
    walk.section("pot").click()
    walk.page.keyboard.type(walk.typed("own"), delay=20)
    expect_saved(walk.page, walk.named("saved"))
    expect(walk.get("button", "stop")).to_be_visible()
    expect(walk.get("button", "stop")).to_have_count(0, timeout=MODEL_MS)
    assert shown(walk.page).endswith(f"## {walk.typed('pot')}\n\n{walk.typed('own')}")


def mend_it(walk: Walk) -> None:
    walk.page.keyboard.press("Control+Alt+f")
    findings = walk.get("complementary", "findings")
    ours = re.compile(f"{walk.typed('rule')}.*{walk.typed('pot')}")
    findings.get_by_role("button", name=ours).click()
    walk.page.keyboard.press("Control+.")
    until(walk.page, lambda: walk.typed("mended") in shown(walk.page))
    expect_saved(walk.page, walk.named("saved"))


def rewrite_it(walk: Walk) -> None:
    before = shown(walk.page)
    walk.section("pot").click()
    walk.page.keyboard.press("Control+j")
    walk.get("menuitem", "rewrite").click()
    walk.page.keyboard.press("Control+Alt+c")
    changes = walk.get("complementary", "changes")
    take = changes.get_by_role("button", name=walk.named("take")).first
    expect(take).to_be_visible(timeout=MODEL_MS)
    expect(changes.locator("ins, del").first).to_be_visible()
    assert shown(walk.page) == before
    take.click()
    until(walk.page, lambda: shown(walk.page) != before)
    expect_saved(walk.page, walk.named("saved"))


def restore_it(walk: Walk) -> None:
    walk.enter_stage("versions")
    walk.get("combobox", "section").select_option(walk.typed("pot"))
    entries = walk.get("region", "versions").get_by_role("button", name=walk.typed("pot"))
    entries.nth(1).click()
    expect(walk.page.locator("del, ins").first).to_be_visible()
    walk.press("restore")
    expect(walk.page.get_by_text(walk.named("same"))).to_be_visible()


def export_it(walk: Walk) -> None:
    walk.enter_stage("export")
    with walk.page.expect_download() as waiting:
        walk.press("download")
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if re.match("##? ", line)]
    wanted = [walk.typed(one) for one in ("leaf", "cups", "pot")]
    assert headings[0] == f"# {walk.typed('title')}"
    assert [heading for heading in headings if heading.removeprefix("## ") in wanted] == [
        f"## {one}" for one in wanted
    ]
    assert text.endswith(f"## {walk.typed('pot')}\n\n{walk.typed('mended')}\n")
