"""A real server, in a process of its own, with the real engine and the demo model."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.support.demo import link
from xiezuo.store.accounts import Accounts
from xiezuo.store.database import Database

PASSWORD = "correct horse battery"
BRIEF = {
    "task": "Explain how tea is made.", "title": "Tea", "words": 90, "structure": ["Leaf", "Cup"],
}  # fmt: skip
DEMO = "smollm2-135m-instruct"
NOWHERE = "http://127.0.0.1:9"  # nobody listens there
OVER = {"done", "failed", "cancelled", "paused"}


class Server:
    """`xiezuo serve`, on a free port unless told; `http` speaks to it.

    Without a `model` it has no engine yet.
    """

    def __init__(
        self, data: Path, *words: str, database: str | None = None, port: int = 0,
        more: Mapping[str, str] | None = None, model: str | None = DEMO,
    ) -> None:  # fmt: skip
        self.data = data
        environment = {
            **os.environ, **(more or {}), "XIEZUO_DATA_DIR": str(data), "XIEZUO_LANGUAGE": "en",
        }  # fmt: skip
        for hub in ("MODELSCOPE", "HUGGINGFACE", "MIRROR"):
            environment[f"XIEZUO_HUB_{hub}"] = NOWHERE
        if database:
            environment["XIEZUO_DATABASE"] = database
        self.log = data / f"serve-{time.time_ns()}.log"
        program = str(Path(sys.executable).with_name("xiezuo"))
        chosen = ["--model", model] if model else []
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [program, "serve", "--port", str(port), *chosen, *words],
                env=environment, stdout=output, stderr=output,
            )  # fmt: skip
        self.url = self._address()
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self._ready(200 if model else 503)

    def _address(self) -> str:
        for _ in range(1200):  # a minute: a busy machine is slow
            found = re.search(r"http://\S+", self.log.read_text())
            if found:
                return found[0].replace("//0.0.0.0", "//127.0.0.1")
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def _ready(self, status: int) -> None:
        for _ in range(1200):  # a minute: a busy machine is slow
            try:
                if self.http.get("/readyz").status_code == status:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def end(self, number: int = signal.SIGTERM) -> int:
        self.http.close()
        self.process.send_signal(number)
        return self.process.wait(30)


def data_folder(path: Path, demo_model: Path) -> Path:
    """A data folder that has the demo model."""
    link(demo_model, path / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf")
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, demo_model: Path) -> Generator[Server]:
    """A server that asks nobody to log in."""
    made = Server(data_folder(tmp_path_factory.mktemp("server") / "data", demo_model))
    yield made
    made.end()


@pytest.fixture(scope="session")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, demo_model: Path
) -> Generator[tuple[Server, dict[str, str]]]:
    """A server with users, ann the administrator; keys of ann and bob with every scope."""
    data = data_folder(tmp_path_factory.mktemp("guarded") / "data", demo_model)
    database = Database(f"sqlite:///{data / 'xiezuo.sqlite'}")
    accounts = Accounts(database)
    keys = {}
    for name in ("ann", "bob"):
        user = accounts.add(name, PASSWORD)
        keys[name] = accounts.add_key(user, "all", ("read", "write", "admin"))[1]
    keys["reader"] = accounts.add_key(accounts.id_of("ann"), "read", ("read",))[1]
    for name in ("eve", "mallory"):
        accounts.add(name, PASSWORD)
    database.close()
    made = Server(data)
    yield made, keys
    made.end()


def created(http: httpx.Client, *, start: bool = False, **more: object) -> dict:
    """A new document with an outline; not written unless `start`."""
    plan = {
        "brief": BRIEF, "title": "Tea",
        "sections": [{"heading": "Leaf", "words": 45}, {"heading": "Cup", "words": 45}],
    }  # fmt: skip
    body = {"brief": BRIEF, "seed": 1, "start": start, "plan": plan, **more}
    answer = http.post("/api/documents", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["document"]


def finished(http: httpx.Client, document_id: str, seconds: float = 60) -> dict:
    """The document when its job is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if http.get(f"/api/jobs/{document_id}").json()["state"] in OVER:
            return http.get(f"/api/documents/{document_id}").json()
        time.sleep(0.1)
    raise AssertionError("the job does not end")
