"""What the server says and keeps when its disk is full, read-only, locked or damaged."""

import os
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pysqlite3.dbapi2 as sqlite3

from tests.support.disk import filled, small_disk
from tests.support.server import DEMO, Server, created, finished
from xiezuo.engine.scripted import ScriptedEngine
from xiezuo.store.database import Database
from xiezuo.store.library import Library

DISK = 40_000_000  # bytes: what a server needs


@contextmanager
def serving(data: Path, engine: ScriptedEngine) -> Generator[Server]:
    server = Server(data, engine=engine.address.base_url)
    try:
        yield server
    finally:
        server.kill()


def save(http: httpx.Client, document: str, text: str) -> httpx.Response:
    path = f"/api/documents/{document}"
    version = http.get(path).json()["sections"][0]["version"]
    body = {"text": text, "version": version}
    return http.put(f"{path}/sections/0", json=body, timeout=240)


def text_of(http: httpx.Client, document: str) -> str:
    return http.get(f"/api/documents/{document}").json()["sections"][0]["text"]


def refused(answer: httpx.Response, word: str) -> None:
    """Nothing is called saved; what is wrong and what to do is said."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "StoreError")
    assert word in problem["detail"]
    assert problem["remedy"]


def test_on_a_full_disk_nothing_is_called_saved_and_all_goes_on_afterwards(engine: ScriptedEngine):
    with small_disk(DISK) as disk, serving(disk / "data", engine) as server:
        document = created(server.http)["id"]
        assert save(server.http, document, "Acknowledged.").status_code == 200
        job = created(server.http, start=True)["id"]
        with filled(disk):
            refused(save(server.http, document, "Not this. " * 20_000), "full")
            assert text_of(server.http, document) == "Acknowledged."
            assert server.http.get("/healthz").status_code == 200
        assert save(server.http, document, "Afterwards.").status_code == 200
        assert finished(server.http, job)["sections"][1]["text"]
        assert text_of(server.http, document) == "Afterwards."


def test_when_writing_fails_nothing_is_called_saved(server: Server):
    """Every write of the server gives an error, that of its log included."""
    document = created(server.http)["id"]
    assert save(server.http, document, "Acknowledged.").status_code == 200
    process = psutil.Process(server.process.pid)
    limit = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, limit[1]))
    try:
        refused(save(server.http, document, "Not this."), "I/O")
        assert text_of(server.http, document) == "Acknowledged."
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, limit)
    assert save(server.http, document, "Afterwards.").status_code == 200


def test_on_a_disk_that_is_read_only_it_does_not_start_and_says_why(engine: ScriptedEngine):
    with small_disk(DISK) as disk:
        with serving(disk / "data", engine) as server:
            document = created(server.http)["id"]
            server.end()
        remount = ["mount", str(disk), "-o"]
        subprocess.run([*remount, "remount,ro"], check=True)
        message = not_started(disk / "data")
        assert "read-only" in message.lower()
        assert "Traceback" not in message
        subprocess.run([*remount, "remount,rw"], check=True)
        with serving(disk / "data", engine) as server:
            assert text_of(server.http, document) == ""


def not_started(data: Path) -> str:
    """What the command line says instead of serving."""
    program = str(Path(sys.executable).with_name("xiezuo"))
    environment = {**os.environ, "XIEZUO_DATA_DIR": str(data), "XIEZUO_LANGUAGE": "en"}
    run = subprocess.run(
        [program, "serve", "--port", "0", "--model", DEMO], env=environment, timeout=240,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 6, run.stdout + run.stderr
    return run.stdout + run.stderr


def test_locked_by_another_program_readers_are_served_and_writers_told(server: Server):
    document = created(server.http)["id"]
    assert save(server.http, document, "Acknowledged.").status_code == 200
    other = sqlite3.connect(server.data / "xiezuo.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor() as pool:
        refusal = pool.submit(save, server.http, document, "Not this.")
        assert text_of(server.http, document) == "Acknowledged."
        refused(refusal.result(), "locked")
        assert text_of(server.http, document) == "Acknowledged."
    other.execute("ROLLBACK")
    other.close()
    assert save(server.http, document, "Afterwards.").status_code == 200


def test_a_damaged_database_is_set_aside_at_the_start_and_said(
    tmp_path: Path, engine: ScriptedEngine
):
    data = tmp_path / "data"
    with serving(data, engine) as server:
        for _ in range(30):
            created(server.http)
        server.end()
    path = data / "xiezuo.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:-4096] = b"\xaa" * (len(content) - 8192 - 4096)
    path.write_bytes(content)
    message = not_started(data)
    assert "set aside" in message
    assert "xiezuo restore" in message
    assert "Traceback" not in message
    (aside,) = data.glob("xiezuo.sqlite.damaged-*[0-9]")
    assert aside.read_bytes() == bytes(content)
    not_damaged = Database(f"sqlite:///{path}")
    assert Library(not_damaged).summaries.of_owner("local") == []
    not_damaged.close()
