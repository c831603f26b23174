"""Kills server, engine and PostgreSQL at random moments while clients write and read.

make soak SECONDS=1200     (or: python -m tests.server.soak --seconds 1200 --model M [--postgres])

At the end every document is complete, every acknowledged edit is there, no finished section was
written twice, and what each reader saw, byte for byte, is what is stored.
"""

import argparse
import json
import random
import signal
import socket
import tempfile
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil
from sqlalchemy import select, text

from tests.server.soak_clients import Author, Notes
from tests.support.postgres import Postgres, postgres_server
from tests.support.replay import replay
from tests.support.server import Server, data_folder
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.schema import events

CALM = (1.5, 10.0)  # seconds between two kills
OUTAGE = (0.0, 4.0)  # seconds until PostgreSQL is back
ENGINE = {"XIEZUO_ENGINE_SLOTS": "2", "XIEZUO_ENGINE_CONTEXT": "2048"}
COMPLETE = {"written", "needs_review", "final"}


@dataclass
class Outcome:
    kills: dict[str, int]
    documents: int = 0
    sections: int = 0
    edits: int = 0
    events: int = 0
    reconnects: int = 0
    behind: list[float] = field(default_factory=list)
    memory: list[tuple[int, float, int]] = field(default_factory=list)  # pid, time, bytes

    def grown(self) -> tuple[int, int]:
        """Memory of the longest life: after a third of it, and at its end."""
        lives: dict[int, list[int]] = {}
        for pid, _, rss in self.memory:
            lives.setdefault(pid, []).append(rss)
        longest = max(lives.values(), key=len)
        return longest[len(longest) // 3], longest[-1]

    def __str__(self) -> str:
        first, last = self.grown()
        kills = ", ".join(f"{name} {count}" for name, count in self.kills.items())
        return (
            f"kills: {kills}; at a kill the store was {median(self.behind or [0]):.2f} s behind "
            f"(at most {max(self.behind, default=0):.2f}); {self.documents} documents with "
            f"{self.sections} sections complete, {self.edits} edits kept, {self.events} events "
            f"shown and stored alike over {self.reconnects} reconnects; memory of the server "
            f"{first / 1e6:.0f} → {last / 1e6:.0f} MB, at most "
            f"{max(rss for _, _, rss in self.memory) / 1e6:.0f} MB"
        )


class Soak:
    """One run: `run` gives the outcome, or an AssertionError says what is amiss."""

    def __init__(self, folder: Path, model: Path, postgres: Postgres | None = None) -> None:
        self._data = data_folder(folder / "data", model)
        self._postgres = postgres
        self._port = _free_port()
        self._server = self._start()
        self._chance = random.Random()
        self._notes = Notes()
        self._outcome = Outcome({"server": 0, "engine": 0})
        if postgres:
            self._outcome.kills["PostgreSQL"] = 0

    def run(self, seconds: float) -> Outcome:
        author = Author(self._server.url, self._notes)
        author.start()
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                self._live(min(end, time.monotonic() + self._chance.uniform(*CALM)))
                self._kill(self._chance.choice([*self._outcome.kills, "server"]))
            self._notes.stopping.set()
            last = time.monotonic() + max(120, seconds / 4)
            while author.is_alive():
                assert time.monotonic() < last, f"it does not finish\n{self._log()}"
                self._live(time.monotonic() + 1)
        finally:
            self._notes.stopping.set()
            self._server.end(signal.SIGKILL)
        return self._check()

    def _start(self) -> Server:
        database = self._postgres.url if self._postgres else None
        return Server(
            self._data, "--parallel", "2", database=database, port=self._port, more=ENGINE
        )

    def _live(self, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            assert self._server.process.poll() is None, f"it ended by itself\n{self._log()}"
            process = psutil.Process(self._server.process.pid)
            sample = process.pid, time.time(), process.memory_info().rss
            self._outcome.memory.append(sample)
            time.sleep(min(left, 1))

    def _kill(self, victim: str) -> None:
        self._outcome.kills[victim] += 1
        if victim == "engine":
            for child in psutil.Process(self._server.process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if "xiezuo.engine.local.worker" in child.cmdline():
                        child.kill()
        elif victim == "PostgreSQL":
            assert self._postgres
            self._postgres.kill()
            self._live(time.monotonic() + self._chance.uniform(*OUTAGE))
            self._postgres.start()
        else:
            killed = time.time()
            self._server.end(signal.SIGKILL)
            self._outcome.behind += self._behind(killed)
            self._server = self._start()

    def _behind(self, killed: float) -> list[float]:
        """How old the newest stored text of each document was whose text came in a steady flow.

        Text is generated all the time then, so what is missing is at most that old.
        """
        ages: list[float] = []
        opened = Database(self._url())
        flowing = select(events.c.document_id, events.c.data, events.c.created)
        with opened.begin() as connection:
            rows = connection.execute(flowing.where(events.c.created > killed - 5)).all()
        opened.close()
        for document in {row.document_id for row in rows}:
            times = sorted(
                row.created for row in rows
                if row.document_id == document and row.data["event"] == "text_added"
            )  # fmt: skip
            if len(times) > 1 and times[-1] - times[-2] < 1.5:
                ages.append(killed - times[-1])
        return ages

    def _url(self) -> str:
        return self._postgres.url if self._postgres else f"sqlite:///{self._data}/xiezuo.sqlite"

    def _log(self) -> str:
        logs = sorted(self._data.glob("serve-*.log"))
        return "\n".join(path.read_text("utf-8", "replace")[-2000:] for path in logs[-2:])

    def _check(self) -> Outcome:
        notes, outcome = self._notes, self._outcome
        assert not notes.faults, notes.faults[:5]
        opened = Database(self._url())
        if self._postgres is None:
            with opened.begin() as connection:
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        documents, jobs = Documents(opened), Jobs(opened).all()
        assert sorted(job.id for job in jobs) == sorted(notes.documents)
        for job in jobs:
            assert job.state == "done", job
            self._check_document(documents, job.document_id)
        opened.close()
        outcome.documents = len(jobs)
        outcome.edits = sum(map(len, notes.edits.values()))
        outcome.reconnects = notes.reconnects
        return outcome

    def _check_document(self, documents: Documents, document: str) -> None:
        stored = documents.load(document)
        happened = documents.events(document, most=1_000_000)
        stored_data = [
            json.dumps(event.data, ensure_ascii=False, separators=(",", ":")) for event in happened
        ]
        shown = self._notes.shown[document]
        # Ids without gap or repeat, and each event byte for byte as it is stored.
        assert [number for number, _, _ in shown] == list(range(1, len(shown) + 1)), document
        assert [data for _, data, _ in shown] == stored_data[: len(shown)], document
        assert shown[-1][1] == stored_data[len(shown) - 1]
        texts = replay(happened)
        finished: set[int] = set()
        for event in happened:
            index = event.data.get("index")
            if event.data["event"] in {"text_added", "section_started"}:
                assert index not in finished, f"section {index} of {document} is written twice"
            elif event.data["event"] == "section_finished":
                finished.add(index)
        for section in stored.sections:
            assert section.state in COMPLETE, (document, section)
            assert section.text.strip()
            assert texts[section.position] == section.text
            edits = self._notes.edits.get((document, section.position), [])
            saved = [
                event.data["text"]
                for event in happened
                if event.data["event"] == "section_edited"
                and event.data["index"] == section.position
            ]
            # A kill may come between an edit and its acknowledgement, never the other way round.
            assert [edit for edit in saved if edit in edits] == edits
            assert not saved or section.text == saved[-1]
            sentences = [line for line in section.text.split(". ") if len(line) > 40]
            assert len(sentences) == len(set(sentences)), section.text
        self._outcome.sections += len(stored.sections)
        self._outcome.events += len(shown)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--postgres", action="store_true")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as name,
        postgres_server() if chosen.postgres else nullcontext() as database,
    ):
        print(Soak(Path(name), chosen.model, database).run(chosen.seconds))


if __name__ == "__main__":
    main()
