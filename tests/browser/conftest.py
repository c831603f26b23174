"""A real browser on a real server: Debian's Chromium, driven by Playwright.

Chromium is installed by apt when it is missing and we may. Any error on a page's console and any
request that leaves this machine fails the test.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.support.debian import installed
from tests.support.server import Server, data_folder

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 15_000
NewPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Generator[Browser]:
    if not installed("chromium", Path(CHROMIUM).exists):
        pytest.skip("no Chromium, and none can be installed here")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory, demo_model: Path) -> Generator[Server]:
    """A server of the browser tests' own."""
    made = Server(data_folder(tmp_path_factory.mktemp("studio") / "data", demo_model))
    yield made
    made.end()


class Watch:
    """What went wrong in a context's pages.

    Attributes:
        allowed: parts of console errors that the test provokes: a server that is away, a conflict.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.dialogs: list[str] = []
        self.allowed: list[str] = []
        context.on("page", self._watch)
        context.on("request", lambda one: self._look(one.url))

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("dialog", self._dismiss)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _dismiss(self, dialog: object) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _look(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws"} and parts.hostname not in {
            "127.0.0.1",
            "localhost",
        }:
            self.outside.append(url)

    def check(self) -> None:
        bad = [one for one in self.errors if not any(word in one for word in self.allowed)]
        assert bad == []
        assert self.outside == []
        assert self.dialogs == []


@pytest.fixture
def new_page(browser: Browser, studio: Server) -> Generator[NewPage]:
    """Makes a page in a context of its own at the studio; `page.watch` has what went wrong."""
    made: list[tuple[BrowserContext, Watch]] = []

    def make(
        path: str = "/", *, language: str = "en", theme: str = "light", width: int = 1280,
        url: str | None = None, **more: object,
    ) -> Page:  # fmt: skip
        context = browser.new_context(
            locale="zh-CN" if language == "zh" else "en-US", color_scheme=theme,
            viewport={"width": width, "height": 860}, base_url=url or studio.url, **more,
        )  # fmt: skip
        watch = Watch(context)
        made.append((context, watch))
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.watch = watch
        page.goto(path)
        return page

    yield make
    for context, _ in made:
        context.close()
    for _, watch in made:
        watch.check()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()
