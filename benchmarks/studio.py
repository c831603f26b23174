"""The studio in a real browser: what it weighs, how fast keys are shown, what stays in memory.

    python -m benchmarks.studio MODEL.gguf [--keys 300] [--sections 1000] [--only PART]

PART: bundle, start, typing, heap, library.

The server is real; the text that streams is put into its store by this script, 50 events a second,
as the jobs do it, so that the figure does not depend on a model. Keys are pressed by the browser's
own driver (CDP `Input.dispatchKeyEvent`). Chromium is Debian's, installed when it is missing.
"""

import argparse
import gzip
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from tests.support.debian import installed

from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Change, Documents
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, PlannedSection

STATIC = Path(__file__).parents[1] / "src" / "xiezuo" / "static"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc", "--enable-precise-memory-info"]
SENTENCE = "The leaf is picked by hand in the early morning, when the dew has gone. "
PARAGRAPH = SENTENCE * 7 + "\n\n"
PER_SECOND = 50
FIRST_VIEW_KB = 250
QUIET_MS = 4000  # until it is asked: what Playwright looks with would run in the slowed page

PARTS = ("bundle", "start", "typing", "heap", "library")
DOCUMENTS = 500
SEARCH = """async text => {
  const field = document.querySelector('input[type=search]')
  const began = performance.now()
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)))
  return performance.now() - began
}"""

# From the moment a key was pressed, as the browser notes it: until the editor has the letter, with
# all the work on it and whatever the page was busy with before; and until the frame after it.
LATENCY = """() => {
  const content = document.querySelector('.page .cm-content')
  const { view } = content.cmTile.root
  window.works = []
  window.frames = []
  let pressed = 0
  let head = 0
  addEventListener('keydown', event => {
    pressed = event.timeStamp
    head = view.state.selection.main.head
  }, { capture: true })
  new MutationObserver(() => {
    if (!pressed || view.state.selection.main.head === head) return
    const began = pressed
    pressed = 0
    works.push(performance.now() - began)
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      channel.port1.onmessage = () => frames.push(performance.now() - began)
      channel.port2.postMessage(0)
    })
  }).observe(content, { childList: true, characterData: true, subtree: true })
}"""


# From the beginning of the navigation until a frame shows controls and keys and clicks are heard.
INTERACTIVE = """const observer = new MutationObserver(() => {
  if (!document.querySelector('main a, main button')) return
  observer.disconnect()
  requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => (window.interactive = performance.now())
    channel.port2.postMessage(0)
  })
})
observer.observe(document, { childList: true, subtree: true })"""


def main() -> None:
    args = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    args.add_argument("model", type=Path, help="the demo model; it is not asked anything")
    args.add_argument("--keys", type=int, default=300)
    args.add_argument("--sections", type=int, default=1000)
    args.add_argument("--only", choices=PARTS)
    opt = args.parse_args()
    wanted = {opt.only} if opt.only else set(PARTS)
    if "bundle" in wanted:
        bundle()
    if wanted == {"bundle"}:
        return
    with serving(opt.model) as (url, data), chromium() as browser:
        if "start" in wanted:
            start(browser, url)
        if "typing" in wanted:
            typing(browser, url, data, opt.keys)
        if "heap" in wanted:
            heap(browser, url, data, opt.sections)
        if "library" in wanted:
            library(browser, url, data)


def bundle() -> None:
    """Kilobytes of JavaScript, gzipped: of the first view, and of what is loaded when used."""
    manifest = json.loads((STATIC / ".vite" / "manifest.json").read_text())
    first = loaded_by("index.html", manifest) | loaded_by("src/features/home/Home.svelte", manifest)
    total = sum(kilobytes(one) for one in first)
    show("first view, JavaScript gzipped", f"{total:.0f} kB", f"≤ {FIRST_VIEW_KB} kB")
    for name, entry in sorted(manifest.items()):
        if entry.get("isDynamicEntry") and name.startswith("src/"):
            more = loaded_by(name, manifest) - first
            show(f"  {Path(name).stem} adds", f"{sum(kilobytes(one) for one in more):.0f} kB")


def loaded_by(entry: str, manifest: dict[str, dict[str, Any]]) -> set[str]:
    """The scripts that Vite loads for an entry."""
    found: set[str] = set()
    waiting: list[str] = [entry]
    while waiting:
        one = waiting.pop()
        if manifest[one]["file"] not in found:
            found.add(manifest[one]["file"])
            waiting += manifest[one].get("imports", [])
    return {one for one in found if one.endswith(".js")}


def kilobytes(name: str) -> float:
    return len(gzip.compress((STATIC / name).read_bytes())) / 1000


def start(browser: Browser, url: str) -> None:
    """Until the studio can be used, with a processor four times slower."""
    milliseconds: list[float] = []
    for _ in range(7):
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script(INTERACTIVE)
        session: Any = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(url)
        page.wait_for_timeout(QUIET_MS)
        milliseconds.append(page.evaluate("interactive"))
        context.close()
    what = "interactive, processor 4 times slower, median of 7"
    show(what, f"{median(milliseconds) / 1000:.2f} s", "< 1 s")


def typing(browser: Browser, url: str, data: Path, keys: int) -> None:
    """Keys pressed in the first section of 100,000 characters, while the last one streams."""
    store = Documents(Database(f"sqlite:///{data / 'xiezuo.sqlite'}"))
    document_id = long_document(store, sections=40, characters=100_000)
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(f"{url}/#/d/{document_id}/write")
    page.wait_for_selector(".page .cm-content")
    page.wait_for_timeout(3000)
    page.locator(".page .cm-line", has_text="The leaf").first.click()
    page.evaluate(LATENCY)
    for streams in (False, True):
        page.evaluate("() => { works.length = frames.length = 0 }")
        with writing(store, document_id, 39) if streams else quiet():
            press(page, keys)
        what = "while a section streams" if streams else "nothing streams"
        works, shown = page.evaluate("() => [works, frames]")
        show(
            f"key → text in the document, 100,000 characters, {what}", spread(works), "p95 < 16 ms"
        )
        show(f"key → frame that shows it, {what}", spread(shown))
        show("  keys", f"{len(works)} of {keys}")
    page.context.close()


def heap(browser: Browser, url: str, data: Path, sections: int) -> None:
    """Megabytes that remain after so many sections were streamed into one open page."""
    store = Documents(Database(f"sqlite:///{data / 'xiezuo.sqlite'}"))
    document_id = long_document(store, sections=10, characters=20_000)
    page = browser.new_context().new_page()
    page.goto(f"{url}/#/d/{document_id}/write")
    page.wait_for_selector(".page .cm-content")
    stream_sections(store, document_id, 20)
    before = used(page)
    show("heap after 20 streamed sections", f"{before:.1f} MB")
    stream_sections(store, document_id, sections)
    after = used(page)
    show(f"heap after {sections} more", f"{after:.1f} MB", f"grew {after - before:+.1f} MB")
    page.context.close()


def library(browser: Browser, url: str, data: Path) -> None:
    """From a key in the search field until the list of 500 documents shows what was found."""
    store = Documents(Database(f"sqlite:///{data / 'xiezuo.sqlite'}"))
    with httpx.Client(base_url=url) as http:
        owner = http.get("/api/me").json()["user_id"]
    for number in range(DOCUMENTS):
        store.create(Brief(task="Take a note.", title=f"Note {number}"), "careful", 1, owner=owner)
    page = browser.new_context().new_page()
    page.goto(url)
    page.get_by_role("link", name=f"Note {DOCUMENTS - 1}", exact=True).wait_for()
    milliseconds = [page.evaluate(SEARCH, f"Note {number}") for number in range(10, 40)]
    show(f"search among {DOCUMENTS} documents", spread(milliseconds), "p95 < 1000 ms")
    page.context.close()


def long_document(store: Documents, sections: int, characters: int) -> str:
    planned = tuple(PlannedSection(heading=f"Part {at + 1}", words=400) for at in range(sections))
    brief = Brief(task="Explain tea.", title="Tea", words=400 * sections)
    plan = Outline(brief=brief, title="Tea", sections=planned)
    document_id = store.create(brief, "careful", 1)
    store.set_outline(document_id, plan, {"event": "plan_ready", **plan.model_dump(mode="json")})
    text = (PARAGRAPH * (characters // sections // len(PARAGRAPH) + 1))[: characters // sections]
    for at in range(sections):
        store.record(document_id, [], [Change(at, 0, text.strip(), "written")])
    return document_id


@contextmanager
def quiet() -> Generator[None]:
    yield


@contextmanager
def writing(store: Documents, document_id: str, position: int) -> Generator[None]:
    """A section that grows, 50 events a second, until the end of the block."""
    ended = threading.Event()
    thread = threading.Thread(target=stream, args=(store, document_id, position, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def stream(store: Documents, document_id: str, position: int, ended: threading.Event) -> None:
    section = store.load(document_id).sections[position]
    text, version = section.text, section.version
    words = SENTENCE.split(" ")
    number = 0
    due = time.monotonic()
    while not ended.is_set():
        word = words[number % len(words)] + " "
        text += word
        number += 1
        facts = {"event": "text_added", "index": position, "text": word, "tokens": 1}
        version = store.record(document_id, [facts], [Change(position, version, text, "writing")])[
            position
        ]
        due += 1 / PER_SECOND
        ended.wait(max(0.0, due - time.monotonic()))


def stream_sections(store: Documents, document_id: str, count: int) -> None:
    """Write sections again and again: begun, added to, finished."""
    for number in range(count):
        position = number % 10
        store.reset(document_id, position)
        version = store.load(document_id).sections[position].version
        begun = {"event": "section_started", "index": position, "total": 10, "resumed": False}
        text = ""
        for at in range(8):
            piece = SENTENCE * 2
            text += piece
            facts = [{"event": "text_added", "index": position, "text": piece, "tokens": 30}]
            change = Change(position, version, text, "writing")
            version = store.record(document_id, ([begun] if at == 0 else []) + facts, [change])[
                position
            ]
        done: dict[str, Any] = {"event": "section_finished", "index": position, "words": 200,
                                "state": "written", "faults": []}  # fmt: skip
        store.record(document_id, [done], [Change(position, version, text, "written")])


def press(page: Page, keys: int) -> None:
    """A fast writer: a key every 40 ms."""
    for number in range(keys):
        page.keyboard.press("abcdefghij klmno"[number % 16].replace(" ", "Space"))
        page.wait_for_timeout(40)


def used(page: Page) -> float:
    """Megabytes in use once all was shown and what is not needed was given back."""
    page.wait_for_timeout(4000)
    session: Any = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    megabytes = float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
    session.detach()
    return megabytes


@contextmanager
def chromium() -> Generator[Browser]:
    if not installed("chromium", Path(CHROMIUM).exists):
        raise SystemExit("no Chromium, and none can be installed here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serving(model: Path) -> Generator[tuple[str, Path]]:
    """A server on a data folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "models").mkdir()
        (data / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf").symlink_to(model.resolve())
        environment = {**os.environ, "XIEZUO_DATA_DIR": folder, "XIEZUO_LANGUAGE": "en"}
        program = str(Path(sys.executable).with_name("xiezuo"))
        command = [program, "serve", "--port", "0", "--model", "smollm2-135m-instruct"]
        log = data / "serve.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            while not (found := re.search(r"http://\S+", log.read_text())):
                time.sleep(0.1)
            wait_for(f"{found[0]}/readyz")
            yield found[0], data
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_for(address: str) -> None:
    with httpx.Client() as client:
        for _ in range(600):
            try:
                if client.get(address).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise TimeoutError(address)


def spread(milliseconds: list[float]) -> str:
    if len(milliseconds) < 2:
        return "nothing was measured"
    cuts = statistics.quantiles(milliseconds, n=20)
    return f"p50 {median(milliseconds):.1f} ms, p95 {cuts[18]:.1f} ms"


def median(values: list[float]) -> float:
    return statistics.median(values)


def show(what: str, value: str, wanted: str = "") -> None:
    print(f"{what:<72} {value:<28} {wanted}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
