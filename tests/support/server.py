"""`xiezuo serve` as a process of its own, and what tests ask of it over HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.support.demo import link
from tests.support.waiting import PATIENCE_SECONDS, until
from xiezuo.store.records import StoredEvent

PASSWORD = "correct horse battery"
BRIEF_TASK = "Explain how tea is made."
BRIEF = {
    "task": BRIEF_TASK, "title": "Tea", "words": 90, "structure": ["Leaf", "Cup"],
}  # fmt: skip
DEMO = "smollm2-135m-instruct"
DEMO_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
ENDED = {"done", "failed", "cancelled", "paused"}
_NOWHERE = "http://127.0.0.1:9"  # nobody listens there


def program() -> str:
    return str(Path(sys.executable).with_name("xiezuo"))


class Server:
    """`xiezuo serve`, on a free port unless told; `http` speaks to it.

    Without a `model` it has no engine, unless `engine` is the address of one.
    """

    def __init__(
        self, data: Path, *words: str, database: str | None = None, port: int = 0,
        more: Mapping[str, str] | None = None, model: str | None = DEMO, engine: str | None = None,
    ) -> None:  # fmt: skip
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ, **(more or {}), "XIEZUO_DATA_DIR": str(data), "XIEZUO_LANGUAGE": "en",
        }  # fmt: skip
        for hub in ("MODELSCOPE", "HUGGINGFACE", "MIRROR"):
            environment[f"XIEZUO_HUB_{hub}"] = _NOWHERE
        if database:
            environment["XIEZUO_DATABASE"] = database
        self.log = data / f"serve-{time.time_ns()}.log"
        local = ["--model", model] if model else []
        chosen = ["--base-url", engine] if engine else local
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [program(), "serve", "--port", str(port), *chosen, *words],
                env=environment, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            self._connect(200 if chosen else 503)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _connect(self, status: int) -> None:
        """Wait until the server says its address and answers `/readyz` with `status`."""
        self._wait(lambda: re.search(r"http://\S+", self.log.read_text()))
        address = re.search(r"http://\S+", self.log.read_text())
        assert address
        self.url = address[0].replace("//0.0.0.0", "//127.0.0.1")
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self._wait(lambda: self._answers(status))

    def _wait(self, condition: Callable[[], object]) -> None:
        def met() -> object:
            assert self.process.poll() is None, self.log.read_text()
            return condition()

        until(met, report=self.log.read_text)

    def _answers(self, status: int) -> bool:
        try:
            return self.http.get("/readyz").status_code == status
        except httpx.TransportError:
            return False

    def end(self, number: int = signal.SIGTERM) -> int:
        self.http.close()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self.process.poll() is None:
            self.end(signal.SIGKILL)


def data_folder(path: Path, demo_model: Path) -> Path:
    """A data folder that has the demo model."""
    link(demo_model, path / "models" / DEMO_FILE)
    return path


def created(
    http: httpx.Client, *, task: str = BRIEF_TASK, start: bool = False, **more: object
) -> dict[str, Any]:
    """A new document with an outline; not written unless `start`."""
    brief = {**BRIEF, "task": task}
    plan = {
        "brief": brief, "title": "Tea",
        "sections": [{"heading": "Leaf", "words": 45}, {"heading": "Cup", "words": 45}],
    }  # fmt: skip
    body = {"brief": brief, "seed": 1, "start": start, "plan": plan, **more}
    answer = http.post("/api/documents", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["document"]


def job_state(http: httpx.Client, document_id: str) -> str:
    return http.get(f"/api/jobs/{document_id}").json()["state"]


def finished(http: httpx.Client, document_id: str) -> dict[str, Any]:
    """The document when its job is over."""
    until(lambda: job_state(http, document_id) in ENDED)
    return http.get(f"/api/documents/{document_id}").json()


def section(http: httpx.Client, document_id: str, position: int = 0) -> dict[str, Any]:
    return http.get(f"/api/documents/{document_id}").json()["sections"][position]


def save_section(
    http: httpx.Client, document_id: str, position: int, text: str, version: int
) -> httpx.Response:
    body = {"text": text, "version": version}
    return http.put(f"/api/documents/{document_id}/sections/{position}", json=body)


def read(server: Server, document: str, after: int = 0, header: bool = False) -> list[StoredEvent]:
    """Events after `after` until the job is done."""
    headers = {"Last-Event-ID": str(after)} if header else {}
    params = {} if header else {"after": after}
    path = f"{server.url}/api/documents/{document}/events"
    events: list[StoredEvent] = []
    number = 0
    with httpx.stream("GET", path, params=params, headers=headers, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                events.append(StoredEvent(number, json.loads(line[6:])))
                if events[-1].data["event"] == "job_state":
                    return events
    raise AssertionError("the stream ended")
