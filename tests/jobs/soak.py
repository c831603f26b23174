"""Kills the program again and again while it writes; every document must be whole at the end.

make soak SECONDS=1800        (or: python -m tests.jobs.soak --seconds 1800 [--postgres])

Sums up: kills, documents, edits that were acknowledged and are there, texts that a reader of the
events sees, memory at the beginning and the end of the longest lives.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.jobs.replay import replay
from tests.postgres import postgres
from xiezuo.store.database import Database
from xiezuo.store.documents import Documents
from xiezuo.store.jobs import Jobs

ROOT = Path(__file__).parents[2]
LIVES = (4.0, 15.0)  # seconds between two kills


@dataclass(frozen=True)
class Outcome:
    kills: int
    documents: int
    sections: int
    edits: int
    events: int
    first_rss: int
    last_rss: int
    lost: float

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, each losing at most {self.lost:.2f} s of text, "
            f"{self.documents} documents with {self.sections} sections "
            f"complete, {self.edits} edits kept, {self.events} events replayed; memory "
            f"{self.first_rss / 1e6:.0f} → {self.last_rss / 1e6:.0f} MB"
        )


def soak(seconds: float, folder: Path, model: str, database: str | None = None) -> Outcome:
    """Let the worker live and die for so long, then finish; AssertionError if anything is amiss."""
    chance = random.Random()
    kills, losses = 0, [0.0]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.time()
        worker = start(folder, model, database)
        lifetime = min(chance.uniform(*LIVES), max(2.0, end - time.monotonic()))
        try:
            worker.wait(lifetime)
            raise AssertionError(f"the worker ended by itself: {worker.returncode}\n{log(folder)}")
        except subprocess.TimeoutExpired:
            killed = time.time()
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            kills += 1
            losses.append(lost(folder, database, started, killed))
    (folder / "stop").touch()
    worker = start(folder, model, database)
    try:
        code = worker.wait(max(120.0, seconds / 4))
    except subprocess.TimeoutExpired:
        worker.kill()
        raise AssertionError(f"it does not finish\n{log(folder)}") from None
    assert code == 0, log(folder)
    return check(kills, max(losses), folder, database)


def start(folder: Path, model: str, database: str | None) -> subprocess.Popen[bytes]:
    worker = [sys.executable, "-m", "tests.jobs.soak_worker"]
    with (folder / "worker.log").open("ab") as output:
        return subprocess.Popen(
            [*worker, str(folder), model, *([database] if database else [])],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )


def log(folder: Path) -> str:
    return (folder / "worker.log").read_text("utf-8", "replace")[-4000:]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def lost(folder: Path, database: str | None, started: float, killed: float) -> float:
    """The seconds before the kill whose text is not in the store.

    A writer that begins anew, as after an edit, tells what it begins with; only what it added
    since counts.
    """
    written: dict[str, dict[int, list[tuple[float, int]]]] = {}
    path = folder / "written.jsonl"
    notes = path.read_text().splitlines() if path.exists() else []
    for one in map(json.loads, notes[-4000:]):
        if one["at"] < started:
            continue
        if "length" not in one:
            written[one["title"]] = {}
            continue
        growing = written[one["title"]].setdefault(one["index"], [])
        while growing and growing[-1][1] >= one["length"]:
            growing.pop()
        growing.append((one["at"], one["length"]))
    opened = Database(url(folder, database))
    stored = {
        (document.plan.title, section.position): section
        for job in Jobs(opened).all()
        if (document := Documents(opened).load(job.document_id)).plan
        for section in document.sections
    }
    opened.close()
    missing = [
        killed - at
        for title, sections in written.items()
        for index, growing in sections.items()
        for at, length in growing
        if stored[title, index].state == "writing" and length > len(stored[title, index].text)
    ]
    return max(missing, default=0.0)


def url(folder: Path, database: str | None) -> str:
    return database or f"sqlite:///{folder / 'xiezuo.sqlite'}"


def check(kills: int, loss: float, folder: Path, database: str | None) -> Outcome:
    opened = Database(url(folder, database))
    documents, jobs = Documents(opened), Jobs(opened).all()
    acknowledged = lines(folder / "edits.jsonl")
    sections = events = 0
    for job in jobs:
        assert job.state == "done", (job, log(folder))
        stored = documents.load(job.document_id)
        happened = documents.events(job.document_id, most=1_000_000)
        seen = replay(happened)
        events += len(happened)
        for section in stored.sections:
            assert section.state in {"written", "needs_review", "final"}
            assert section.text.strip()
            assert seen[section.position] == section.text
            place = (job.document_id, section.position)
            edits = [
                one["text"] for one in acknowledged if (one["document"], one["position"]) == place
            ]
            made = [
                one.data["text"]
                for one in happened
                if one.data["event"] == "section_edited" and one.data["index"] == section.position
            ]
            # A kill may come between an edit and its acknowledgement, never the other way round.
            assert [text for text in made if text in edits] == edits
            assert not made or section.text == made[-1]
            sentences = [line for line in section.text.split(". ") if len(line) > 40]
            assert len(sentences) == len(set(sentences))
            sections += 1
    opened.close()
    lives: dict[int, list[int]] = {}
    for one in lines(folder / "memory.jsonl"):
        lives.setdefault(one["pid"], []).append(one["rss"])
    longest = max(lives.values(), key=len)
    return Outcome(
        kills,
        len(jobs),
        sections,
        len(acknowledged),
        events,
        longest[len(longest) // 3],
        longest[-1],
        loss,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--model", required=True)
    parser.add_argument("--postgres", action="store_true")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as name,
        postgres() if chosen.postgres else nullcontext() as database,
    ):
        print(soak(chosen.seconds, Path(name), chosen.model, database))


if __name__ == "__main__":
    main()
