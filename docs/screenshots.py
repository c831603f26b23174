"""Take the pictures for the guide to the studio: every view, with sample documents.

python -m docs.screenshots [VIEW …]      or `make screenshots`

The server uses the demo model. The documents are created here, so the pictures are reproducible.
"""

import base64
import os
import sys
import tempfile
from pathlib import Path

import httpx
from docs.screenshot_texts import CHINESE, ENGLISH, Sample
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.support.demo import demo_model
from tests.support.server import Server, data_folder

IMAGES = Path(__file__).parent / "images"
LARGEST, LARGEST_TOGETHER = 150_000, 1_500_000  # bytes
QUALITY = 0.82
VIEWS = {
    "home": "#/", "new": "#/new", "brief": "#/d/{id}/brief", "outline": "#/d/{id}/outline",
    "write": "#/d/{id}/write", "versions": "#/d/{id}/versions", "export": "#/d/{id}/export",
    "models": "#/models", "settings": "#/settings",
}  # fmt: skip
# width, height, theme, language
LOOKS = {
    "en": (1440, 900, "light", "en"),
    "zh": (1440, 900, "dark", "zh"),
    "phone": (390, 844, "light", "en"),
}


def main(views: list[str]) -> int:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="xiezuo-screenshots-") as folder:
        server = Server(data_folder(Path(folder) / "data", demo_model()))
        try:
            made = {"en": fill(server.http, ENGLISH), "zh": fill(server.http, CHINESE)}
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                for look in LOOKS:
                    for view in views or VIEWS:
                        take(browser, server.url, view, look, made)
                browser.close()
        finally:
            server.end()
    sizes = {path.name: path.stat().st_size for path in IMAGES.glob("*.webp")}
    large = [name for name, size in sizes.items() if size > LARGEST]
    print(
        f"{len(sizes)} pictures, {sum(sizes.values()) / 1000:.0f} kB; too large: {large or 'none'}"
    )
    return int(bool(large) or sum(sizes.values()) > LARGEST_TOGETHER)


def fill(http: httpx.Client, samples: tuple[Sample, ...]) -> str:
    """Create the documents; return the id of the first, which has a history."""
    ids = [make(http, sample) for sample in reversed(samples)]
    first = ids[-1]
    for position, (_, text) in enumerate(samples[0].sections):
        edit(http, first, position, text.replace(*samples[0].edited))
    http.post(
        f"/api/documents/{first}/snapshots", json={"name": samples[0].snapshot}
    ).raise_for_status()
    for position, (_, text) in enumerate(samples[0].sections):
        edit(http, first, position, text)
    return first


def make(http: httpx.Client, sample: Sample) -> str:
    headings = [heading for heading, _ in sample.sections]
    words = max(200, 150 * len(headings))
    brief = {
        "task": sample.task, "title": sample.title, "words": words, "structure": headings,
        "language": sample.language, "audience": sample.audience,
    }  # fmt: skip
    sections = [{"heading": one, "words": words // len(headings)} for one in headings]
    plan = {"brief": brief, "title": sample.title, "sections": sections}
    body = {"brief": brief, "plan": plan, "start": False, "seed": 1}
    answer = http.post("/api/documents", json=body)
    answer.raise_for_status()
    document = answer.json()["document"]["id"]
    for position, (_, text) in enumerate(sample.sections):
        if text:
            edit(http, document, position, text)
    return document


def edit(http: httpx.Client, document: str, position: int, text: str) -> None:
    sections = http.get(f"/api/documents/{document}").json()["sections"]
    if sections[position]["text"] == text:
        return
    body = {"text": text, "version": sections[position]["version"]}
    path = f"/api/documents/{document}/sections/{position}"
    http.put(path, json=body).raise_for_status()


def take(browser: Browser, url: str, view: str, look: str, made: dict[str, str]) -> None:
    width, height, theme, language = LOOKS[look]
    context = browser.new_context(
        locale="zh-CN" if language == "zh" else "en-US", color_scheme=theme, base_url=url,
        viewport={"width": width, "height": height}, reduced_motion="reduce",
        service_workers="block",
    )  # fmt: skip
    page = context.new_page()
    page.goto("/" + VIEWS[view].format(id=made[language]))
    page.locator("main").wait_for()
    page.wait_for_timeout(int(os.environ.get("XIEZUO_SHOT_MS", "2500")))
    prepare(page, view)
    (IMAGES / f"{view}-{look}.webp").write_bytes(as_webp(context.new_page(), page.screenshot()))
    context.close()


def prepare(page: Page, view: str) -> None:
    """Bring a view into its most informative state."""
    if view == "versions":
        page.locator("section ol button").nth(1).click()
        page.wait_for_timeout(800)
        page.evaluate("scrollTo(0, 0)")


def as_webp(page: Page, png: bytes) -> bytes:
    """Convert a picture to WebP, in the browser that took it."""
    address = "data:image/png;base64," + base64.b64encode(png).decode()
    made = page.evaluate(
        """async ([address, quality]) => {
            const image = new Image()
            image.src = address
            await image.decode()
            const canvas = new OffscreenCanvas(image.width, image.height)
            canvas.getContext('2d').drawImage(image, 0, 0)
            const blob = await canvas.convertToBlob({ type: 'image/webp', quality })
            return [...new Uint8Array(await blob.arrayBuffer())]
        }""",
        [address, QUALITY],
    )
    return bytes(made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
