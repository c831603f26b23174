"""What readers of a server cost the document that is being written, and how long they wait.

    python -m benchmarks.serving MODEL.gguf [--postgres] [--seconds 15] [--rounds 3] [--curve]

Tokens/s are the engine's own count, over windows that alternate without and with load in one run;
the ratio is the median of the pairs. Wanted: 50 readers and 20 reads/s cost at most 15 %, p99 of
reads below 250 ms; with the engine idle 400 reads/s at a p99 below 50 ms.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from benchmarks.load_client import READY
from tests.postgres import postgres
from tests.server.conftest import Server, data_folder

CLIENT = Path(__file__).with_name("load_client.py")
SECTIONS = 40
PLAN = {
    "brief": {"task": "Explain how tea is made.", "title": "Tea", "words": 250 * SECTIONS},
    "title": "Tea",
    "sections": [{"heading": f"Leaf {at}", "words": 250} for at in range(SECTIONS)],
}
TARGET = (50, 20)
CURVE = ((0, 20), (50, 0), (50, 20), (100, 50), (200, 100), (500, 200))
IDLE_RATES = (200, 400, 600)


@dataclass(frozen=True)
class Window:
    """Rates over some seconds; latencies in ms, CPU in seconds a second."""

    tokens: float
    latencies: tuple[float, ...] = ()
    answered: float = 0.0
    refused: int = 0
    server: float = 0.0
    client: float = 0.0
    resident: float = 0.0  # MB

    @property
    def p99(self) -> float:
        return quantiles(self.latencies, n=100)[98] if len(self.latencies) > 1 else 0.0


class Bench:
    def __init__(self, server: Server, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._process = psutil.Process(server.process.pid)
        self.document = ""

    def make(self, *, start: bool) -> None:
        body = {"brief": PLAN["brief"], "plan": PLAN, "seed": 1, "start": start}
        answer = self._server.http.post("/api/documents", json=body)
        self.document = answer.json()["document"]["id"]

    def until_written(self) -> None:
        while self._tokens() < 50:
            time.sleep(0.2)

    def stop(self) -> None:
        self._server.http.post(f"/api/jobs/{self.document}/cancel")
        while self._server.http.get(f"/api/jobs/{self.document}").json()["state"] == "running":
            time.sleep(0.2)

    def _tokens(self) -> float:
        told = self._server.http.get("/metrics").text
        found = re.search(r"^xiezuo_engine_tokens_total (\S+)", told, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system

    def window(self, readers: int = 0, rate: float = 0) -> Window:
        client = None
        if readers or rate:
            client = self._client(readers, rate)
        started, tokens, cpu = time.perf_counter(), self._tokens(), self._cpu()
        if client is None:
            time.sleep(self._seconds)
        told: dict[str, Any] = json.loads(client.communicate()[0]) if client else {}
        elapsed = time.perf_counter() - started
        latencies: list[float] = told.get("latencies", [])
        statuses: dict[str, int] = told.get("statuses", {})
        return Window(
            tokens=(self._tokens() - tokens) / elapsed,
            latencies=tuple(1000 * one for one in latencies),
            answered=statuses.get("200", 0) / elapsed,
            refused=int(rate * self._seconds) - statuses.get("200", 0) if client else 0,
            server=(self._cpu() - cpu) / elapsed,
            client=told.get("cpu", 0.0) / elapsed,
            resident=self._process.memory_info().rss / 1e6,
        )

    def _client(self, readers: int, rate: float) -> subprocess.Popen[str]:
        of_document = f"/api/documents/{self.document}"
        port = int(self._server.url.rpartition(":")[2])
        paths = [of_document, f"/api/jobs/{self.document}", f"{of_document}/text", "/api/documents"]
        wanted = {
            "port": port, "paths": paths, "stream": f"{of_document}/events", "readers": readers,
            "rate": rate or 1e-9, "seconds": self._seconds,
        }  # fmt: skip
        made = subprocess.Popen(
            [sys.executable, str(CLIENT), json.dumps(wanted)], stdout=subprocess.PIPE, text=True
        )
        assert made.stdout is not None
        assert made.stdout.readline().strip() == READY
        return made


def writing(bench: Bench, readers: int, rate: float, rounds: int) -> None:
    """A line: what this load costs a document that is being written."""
    pairs = [(bench.window(), bench.window(readers, rate)) for _ in range(rounds)]
    without = median(one.tokens for one, _ in pairs)
    cost = 1 - median(loaded.tokens / max(one.tokens, 1e-9) for one, loaded in pairs)
    loads = [loaded for _, loaded in pairs]
    waits = Window(0, tuple(each for one in loads for each in one.latencies))
    half = median(waits.latencies) if waits.latencies else 0
    print(
        f"{readers:4} readers {rate:4.0f} reads/s: tokens/s {without:6.1f} → "
        f"{median(one.tokens for one in loads):6.1f} (cost {100 * cost:5.1f} %), reads "
        f"{median(one.answered for one in loads):5.1f}/s, p50 {half:.1f} p99 {waits.p99:.1f} ms, "
        f"{sum(one.refused for one in loads)} refused or late; CPU of the server "
        f"{median(one.server for one, _ in pairs):.2f} → {median(one.server for one in loads):.2f},"
        f" of the client {median(one.client for one in loads):.2f}; "
        f"{max(one.resident for one in loads):.0f} MB",
        flush=True,
    )


def idle(bench: Bench) -> None:
    for rate in IDLE_RATES:
        one = bench.window(0, rate)
        print(
            f"engine idle, {rate} reads/s: {one.answered:.0f}/s, p50 {median(one.latencies):.1f} "
            f"p99 {one.p99:.1f} ms; CPU of the server {one.server:.2f}, client {one.client:.2f}; "
            f"{one.resident:.0f} MB",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--curve", action="store_true")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="serving-") as name,
        postgres() if chosen.postgres else nullcontext() as database,
    ):
        more = {"XIEZUO_ENGINE_CONTEXT": "2048"}
        server = Server(
            data_folder(Path(name) / "data", chosen.model), database=database, more=more
        )
        try:
            bench = Bench(server, chosen.seconds)
            print("PostgreSQL" if database else "SQLite", flush=True)
            bench.make(start=True)
            bench.until_written()
            for readers, rate in CURVE if chosen.curve else (TARGET,):
                writing(bench, readers, rate, chosen.rounds)
            bench.stop()
            idle(bench)
        finally:
            server.end(signal.SIGKILL)


if __name__ == "__main__":
    main()
