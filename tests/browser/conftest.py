"""A real browser on a real server: Debian's Chromium, driven by Playwright.

The model behind the server is scripted where a test is about what the studio shows, and the demo
model where text must really be written (`studio_with_model`). Chromium is installed by apt when it
is missing and we may. Any error on a page's console and any request that leaves this machine fails
the test.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.support.debian import CHROMIUM, has_chromium, installed
from tests.support.scripted_model import ScriptedModel, scripted_model
from tests.support.server import Server, data_folder

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 60_000  # only a failure waits so long; a busy machine is slow
NewPage = Callable[..., Page]
expect.set_options(timeout=WAIT_MS)
ROOM = {"test_accessibility", "test_hostile", "test_words", "test_write"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser; two groups of about the same length share one each."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            group = "browser-room" if item.path.stem in ROOM else "browser"
            item.add_marker(pytest.mark.xdist_group(group))
            if "browser" in item.fixturenames:
                item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Generator[Browser]:
    if not installed("chromium", has_chromium):
        pytest.skip("no Chromium, and none can be installed here")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def model() -> Generator[ScriptedModel]:
    with scripted_model() as running:
        yield running


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory, model: ScriptedModel) -> Generator[Server]:
    """A server of the browser tests' own, whose model is scripted."""
    server = scripted_server(tmp_path_factory.mktemp("studio"), model)
    yield server
    server.end()


@pytest.fixture(scope="package")
def studio_with_model(
    tmp_path_factory: pytest.TempPathFactory, demo_model: Path
) -> Generator[Server]:
    server = Server(data_folder(tmp_path_factory.mktemp("studio") / "data", demo_model))
    yield server
    server.end()


def scripted_server(data: Path, model: ScriptedModel, port: int = 0) -> Server:
    return Server(data, "--base-url", model.base_url, model="scripted", port=port)


@pytest.fixture
def held(model: ScriptedModel) -> Generator[ScriptedModel]:
    """The model, which stops in the middle of what it writes until it is released."""
    model.hold()
    yield model
    model.release()


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
        context.on("request", self._check_origin)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note_error)
        page.on("dialog", self._dismiss)

    def _note_error(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _check_origin(self, request: Request) -> None:
        parts = urlsplit(request.url)
        local = parts.hostname in {"127.0.0.1", "localhost"}
        if parts.scheme in {"http", "https", "ws"} and not local:
            self.outside.append(request.url)

    def check(self) -> None:
        unexpected = [
            error for error in self.errors if not any(part in error for part in self.allowed)
        ]
        assert unexpected == []
        assert self.outside == []
        assert self.dialogs == []


@pytest.fixture
def new_page(browser: Browser, studio: Server) -> Generator[NewPage]:
    """Makes a page in a context of its own at the studio; `page.watch` has what went wrong."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def make(
        path: str = "/", *, language: str = "en", theme: str = "light", width: int = 1280,
        url: str | None = None, **more: object,
    ) -> Page:  # fmt: skip
        context = browser.new_context(
            locale="zh-CN" if language == "zh" else "en-US", color_scheme=theme,
            viewport={"width": width, "height": 860}, base_url=url or studio.url, **more,
        )  # fmt: skip
        watch = Watch(context)
        opened.append((context, watch))
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.watch = watch
        page.goto(path)
        return page

    yield make
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        watch.check()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()
