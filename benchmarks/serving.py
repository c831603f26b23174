"""What readers of a server cost the document that is being written, and how long they wait.

    python -m benchmarks.serving MODEL.gguf [--postgres] [--rounds 3] [--curve]

The same document is written with the same seed, alternately alone and with load: the same tokens
are generated, so the tokens/s can be compared; they are the engine's own count, by the time that
the job took. Their ratio is the median of the pairs. Wanted: 50 readers and 20 reads/s cost at most
15 %, p99 of reads below 250 ms; with the engine idle 400 reads/s at a p99 below 50 ms.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from subprocess import PIPE
from typing import Any

import psutil
from benchmarks.load_client import READY
from tests.support.postgres import postgres
from tests.support.server import Server, data_folder

CLIENT = Path(__file__).with_name("load_client.py")
HEADINGS = ("Leaf", "Water", "Cup")
WORDS = 120  # a section
SEED = 1
PLAN = {
    "brief": {"task": "Explain how tea is made.", "title": "Tea", "words": WORDS * len(HEADINGS)},
    "title": "Tea",
    "sections": [{"heading": heading, "words": WORDS} for heading in HEADINGS],
}
LONGEST = 3600.0  # seconds of load, if the document does not end before
TARGET = (50, 20)
CURVE = ((0, 20), (50, 0), (50, 20), (100, 50), (200, 100), (500, 200))
IDLE_RATES = (200, 400, 600)
IDLE_SECONDS = 15.0


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
    def __init__(self, server: Server) -> None:
        self._server = server
        self._process = psutil.Process(server.process.pid)
        self._document = ""  # the last one that was written

    def writing(self, readers: int = 0, rate: float = 0) -> Window:
        """A document is written, with this load from its first token on to its last."""
        self._document = self._make()
        with self._load(readers, rate, LONGEST) as client:
            return self._window(client, self._write)

    def idle(self, rate: float) -> Window:
        """Nothing is written; the document that was written last is read."""
        with self._load(0, rate, IDLE_SECONDS) as client:
            return self._window(client, lambda: time.sleep(IDLE_SECONDS))

    def _make(self) -> str:
        body = {"brief": PLAN["brief"], "plan": PLAN, "seed": SEED, "start": False}
        answer = self._server.http.post("/api/documents", json=body)
        return answer.json()["document"]["id"]

    def _write(self) -> None:
        self._server.http.post(f"/api/documents/{self._document}/write").raise_for_status()
        while (state := self._state()) != "done":
            assert state in {"queued", "running"}, state
            time.sleep(0.2)

    def _state(self) -> str:
        return self._server.http.get(f"/api/jobs/{self._document}").json()["state"]

    def _tokens(self) -> float:
        told = self._server.http.get("/metrics").text
        found = re.search(r"^xiezuo_engine_tokens_total (\S+)", told, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system

    def _window(self, client: subprocess.Popen[str] | None, work: Callable[[], None]) -> Window:
        started, tokens, cpu = time.perf_counter(), self._tokens(), self._cpu()
        work()
        elapsed = time.perf_counter() - started
        tokens, cpu = self._tokens() - tokens, self._cpu() - cpu
        resident = self._process.memory_info().rss / 1e6
        told: dict[str, Any] = json.loads(client.communicate()[0]) if client else {}
        statuses: dict[str, int] = told.get("statuses", {})
        return Window(
            tokens=tokens / elapsed,
            latencies=tuple(1000 * one for one in told.get("latencies", [])),
            answered=statuses.get("200", 0) / told.get("elapsed", elapsed),
            refused=told.get("sent", 0) - statuses.get("200", 0),
            server=cpu / elapsed,
            client=told.get("cpu", 0.0) / elapsed,
            resident=resident,
        )

    @contextmanager
    def _load(
        self, readers: int, rate: float, seconds: float
    ) -> Generator[subprocess.Popen[str] | None]:
        """A client that is connected, and ends after `seconds` or when it is told to."""
        if not readers and not rate:
            yield None
            return
        of_document = f"/api/documents/{self._document}"
        port = int(self._server.url.rpartition(":")[2])
        paths = [
            of_document,
            f"/api/jobs/{self._document}",
            f"{of_document}/text",
            "/api/documents",
        ]
        wanted = {
            "port": port, "paths": paths, "stream": f"{of_document}/events", "readers": readers,
            "rate": rate, "seconds": seconds,
        }  # fmt: skip
        command = [sys.executable, str(CLIENT), json.dumps(wanted)]
        with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as client:
            assert client.stdout is not None
            assert client.stdout.readline().strip() == READY
            yield client


def writing(bench: Bench, readers: int, rate: float, rounds: int) -> None:
    """A line: what this load costs a document that is being written."""
    pairs = [(bench.writing(), bench.writing(readers, rate)) for _ in range(rounds)]
    without = median(one.tokens for one, _ in pairs)
    costs = sorted(100 * (1 - loaded.tokens / one.tokens) for one, loaded in pairs)
    loads = [loaded for _, loaded in pairs]
    waits = Window(0, tuple(each for load in loads for each in load.latencies))
    half = median(waits.latencies) if waits.latencies else 0
    print(
        f"{readers:4} readers {rate:4.0f} reads/s: tokens/s {without:6.1f} → "
        f"{median(load.tokens for load in loads):6.1f} (cost {median(costs):5.1f} %, "
        f"{costs[0]:.1f} to {costs[-1]:.1f}), reads "
        f"{median(load.answered for load in loads):5.1f}/s, p50 {half:.1f} p99 {waits.p99:.1f} ms, "
        f"{sum(load.refused for load in loads)} refused or late; CPU of the server "
        f"{median(one.server for one, _ in pairs):.2f} → "
        f"{median(load.server for load in loads):.2f}, of the client "
        f"{median(load.client for load in loads):.2f}; "
        f"{max(load.resident for load in loads):.0f} MB",
        flush=True,
    )


def idle(bench: Bench) -> None:
    for rate in IDLE_RATES:
        one = bench.idle(rate)
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
            bench = Bench(server)
            print("PostgreSQL" if database else "SQLite", flush=True)
            bench.writing()  # the first one also reads what all have in common
            for readers, rate in CURVE if chosen.curve else (TARGET,):
                writing(bench, readers, rate, chosen.rounds)
            idle(bench)
        finally:
            server.end(signal.SIGKILL)


if __name__ == "__main__":
    main()
