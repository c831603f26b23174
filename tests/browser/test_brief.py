"""The brief: typed, kept through a reload, checked while it is typed, and written."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage

TASK = "Explain how green tea is made, from the leaf to the cup."


def task(page: Page):
    return page.get_by_role("textbox", name="Task", exact=True)


def test_a_brief_is_kept_checked_and_becomes_an_outline(page: Page):
    page.goto("/#/new")
    task(page).fill(TASK)
    page.get_by_role("button", name="Add a heading").click()
    first = page.get_by_role("textbox", name="Heading 1", exact=True)
    first.evaluate(
        """(field, text) => {
            const data = new DataTransfer()
            data.setData('text/plain', text)
            const paste = { clipboardData: data, bubbles: true, cancelable: true }
            field.dispatchEvent(new ClipboardEvent('paste', paste))
        }""",
        "1. Leaf (60): how it grows\n2. Cup (50)\n",
    )
    expect(page.get_by_role("textbox", name="Word count of heading 1")).to_have_value("60")
    second = page.get_by_role("textbox", name="Heading 2", exact=True)
    second.press("Alt+ArrowUp")
    expect(first).to_have_value("Cup")
    expect(first).to_be_focused()

    preview = page.get_by_role("region", name="What the model will read")
    expect(preview.get_by_text(re.compile(r"110 words in 2 sections"))).to_be_visible()
    page.get_by_role("textbox", name="Length in words").fill("900")
    preview.get_by_text("BRF007").wait_for()
    preview.get_by_role("button", name="Fix").click()
    expect(page.get_by_role("textbox", name="Length in words")).to_have_value("110")
    expect(preview.get_by_text("BRF007")).to_have_count(0)

    page.get_by_role("textbox", name="Title").fill("Tea")
    page.reload()
    expect(task(page)).to_have_value(TASK)
    expect(page.get_by_role("textbox", name="Heading 2", exact=True)).to_have_value("Leaf")

    page.get_by_role("button", name="Create an outline").click()
    expect(page).to_have_url(re.compile(r"#/d/.+/outline"))
    expect(page.get_by_role("textbox", name="Heading of section 1")).to_have_value("Cup")
    page.goto("/#/new")
    expect(task(page)).to_have_value("")


def test_what_composes_is_left_alone_and_what_is_wrong_is_said(new_page: NewPage):
    page = new_page("/#/new", language="zh")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "preview" in one.url else None)
    page.clock.install()
    field = page.get_by_role("textbox", name="任务", exact=True)
    field.evaluate("one => one.dispatchEvent(new CompositionEvent('compositionstart', "
                   "{ bubbles: true }))")  # fmt: skip
    field.fill("写一篇介绍绿茶的文章")
    page.clock.run_for(10_000)
    assert asked == []
    page.clock.resume()
    field.evaluate("one => one.dispatchEvent(new CompositionEvent('compositionend', "
                   "{ bubbles: true }))")  # fmt: skip
    page.get_by_text("提示词", exact=True).wait_for()
    page.get_by_role("textbox", name="字数").fill("5")
    expect(page.get_by_text("请填 10 到 200,000 之间的整数。")).to_be_visible()
    page.get_by_role("button", name="开始写").click()
    expect(page.get_by_role("textbox", name="字数")).to_be_focused()


def test_a_template_is_saved_and_opens_a_filled_brief(page: Page):
    page.goto("/#/new")
    task(page).fill("Thank the team for a good year.")
    page.get_by_role("button", name="Save as template").click()
    page.get_by_role("textbox", name="Name of the template").fill("Thanks")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as a template").wait_for()
    page.goto("/")
    page.get_by_role("link", name="Thanks").click()
    expect(task(page)).to_have_value("Thank the team for a good year.")
    page.goto("/")
    page.get_by_role("button", name="Delete the template “Thanks”").click()
    expect(page.get_by_role("link", name="Thanks")).to_have_count(0)
