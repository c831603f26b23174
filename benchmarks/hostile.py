"""What hostile requests cost a server, and those who read meanwhile.

    python -m benchmarks.hostile MODEL.gguf

Each flood is sent while a reader asks for the list of documents twenty times a second. Wanted: an
answer within the limits of docs/security.md, readers served at once, memory as it was.
"""

import argparse
import json
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import quantiles

import httpx
import psutil
from tests.support.floods import EXPORTED, FLOODS
from tests.support.routes import every_route
from tests.support.server import BRIEF, Server, data_folder

TOO_LARGE = 64_000_000  # bytes; a body may have 16 MB
PAUSE = 0.05


def during(server: Server, attack: Callable[[], httpx.Response]) -> str:
    """How an attack ends, and what a reader waits while it goes on."""
    waits: list[float] = []
    with ThreadPoolExecutor() as pool:
        started = time.perf_counter()
        running = pool.submit(attack)
        while not running.done():
            asked = time.perf_counter()
            server.http.get("/api/documents").raise_for_status()
            waits.append(1000 * (time.perf_counter() - asked))
            time.sleep(PAUSE)
        seconds = time.perf_counter() - started
        try:
            ended = str(running.result().status_code)
        except httpx.TransportError:
            ended = "cut off"
    worst = quantiles(waits, n=100)[98] if len(waits) > 1 else waits[0]
    memory = psutil.Process(server.process.pid).memory_info().rss / 1e6
    return f"{ended:>7} after {seconds:5.1f} s; readers' p99 {worst:4.0f} ms; {memory:.0f} MB"


def export(server: Server, text: str) -> httpx.Response:
    plan = {"brief": BRIEF, "title": "Tea", "sections": [{"heading": "Leaf", "words": 50}]}
    made = server.http.post("/api/documents", json={"brief": BRIEF, "plan": plan, "start": False})
    address = f"/api/documents/{made.json()['document']['id']}"
    edit = {"text": text, "version": 0}
    server.http.put(f"{address}/sections/0", json=edit).raise_for_status()
    return server.http.get(f"{address}/export/html", timeout=200)


def attacks(server: Server) -> Mapping[str, Callable[[], httpx.Response]]:
    lint = partial(server.http.post, "/api/lint", headers={"Content-Type": "application/json"})
    flood = {f"lint: {kind}": json.dumps({"text": text}) for kind, text in FLOODS.items()}
    bodies = flood | {
        "a body of 64 MB": json.dumps({"text": "a" * TOO_LARGE}),
        "JSON 100,000 deep": '{"text":' * 100_000,
    }
    return {title: partial(lint, content=body, timeout=90) for title, body in bodies.items()} | {
        f"export: {kind}": partial(export, server, text) for kind, text in EXPORTED.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    chosen = parser.parse_args()
    routes = Counter(one.shut for one in every_route())
    print(f"routes: {routes[True]} behind the entrance, {routes[False]} open")
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        server = Server(data_folder(Path(name) / "data", chosen.model))
        try:
            for title, attack in attacks(server).items():
                print(f"{title:18} {during(server, attack)}", flush=True)
        finally:
            server.end(signal.SIGKILL)


if __name__ == "__main__":
    main()
