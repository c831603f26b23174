"""Files as a loss of power leaves them: what was acknowledged is there, and nothing is half."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, PlannedSection

BRIEF = Brief(task="Explain tea.", words=200)
SECTIONS = 3
PLAN = Outline(
    brief=BRIEF,
    title="Tea",
    sections=tuple(PlannedSection(heading=f"Leaf {at}", words=60) for at in range(SECTIONS)),
)
# Edits section after section and says so once each edit has been acknowledged.
EDITOR = """
import sys
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
documents = Documents(Database(sys.argv[1]))
for number in range(int(sys.argv[3]), 100_000):
    at = number % 3
    version = documents.load(sys.argv[2]).sections[at].version
    documents.edit(sys.argv[2], at, version, f"Edit {number}. " + "Tea is a leaf. " * (number % 40))
    print(number, flush=True)
"""


@pytest.fixture
def document(tmp_path: Path) -> str:
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    documents = Documents(database)
    made = documents.create(BRIEF, "careful", 1)
    documents.set_outline(made, PLAN, {"event": "plan_ready"})
    database.close()
    return made


def check(path: Path, document: str, acknowledged: int) -> int:
    """Every acknowledged edit is there, at most one more, and the events tell the same.

    Gives the number of edits that are there.
    """
    database = Database(f"sqlite:///{path}")
    documents = Documents(database)
    edits = [event.data for event in documents.events(document, 1, 100_000)]
    assert len(edits) in {acknowledged, acknowledged + 1}
    sections = documents.load(document).sections
    for at, section in enumerate(sections):
        told = [edit for edit in edits if edit["index"] == at]
        assert section.text == (told[-1]["text"] if told else "")
        assert section.version == len(told)
    numbers = [int(edit["text"].split()[1].rstrip(".")) for edit in edits]
    assert numbers == list(range(1, len(edits) + 1))
    database.close()
    return len(edits)


def test_killed_inside_a_commit_everything_acknowledged_is_there(tmp_path: Path, document: str):
    path, acknowledged = tmp_path / "store.sqlite", 0
    for delay in (0.0, 0.013, 0.031, 0.047, 0.071):
        command = [sys.executable, "-c", EDITOR, f"sqlite:///{path}", document]
        with subprocess.Popen(
            [*command, str(acknowledged + 1)], stdout=subprocess.PIPE, text=True
        ) as editor:
            assert editor.stdout is not None
            told = editor.stdout.readline()
            time.sleep(delay)
            editor.send_signal(signal.SIGKILL)
            told += editor.stdout.read()
        acknowledged = check(path, document, int(told.split()[-1]))
    assert acknowledged >= 5


def test_copied_at_any_moment_everything_acknowledged_is_there(tmp_path: Path, document: str):
    """The file first, then its WAL, which is newer: as after a loss of power."""
    path = tmp_path / "store.sqlite"
    documents = Documents(Database(f"sqlite:///{path}"))
    for number in range(1, 31):
        at = number % SECTIONS
        version = documents.load(document).sections[at].version
        documents.edit(document, at, version, f"Edit {number}. " + "x" * (97 * number))
        if number % 3 == 0:
            copy = tmp_path / f"copy{number}.sqlite"
            shutil.copy(path, copy)
            shutil.copy(f"{path}-wal", f"{copy}-wal")
            check(copy, document, number)


def test_a_wal_that_is_torn_anywhere_gives_whole_edits(tmp_path: Path, document: str):
    """The disk had not written the end of it: nothing after the tear was acknowledged."""
    path = tmp_path / "store.sqlite"
    database = Database(f"sqlite:///{path}")
    documents = Documents(database)
    wal, ends = Path(f"{path}-wal"), [0]
    shutil.copy(path, tmp_path / "before.sqlite")
    for number in range(1, 13):
        at = number % SECTIONS
        version = documents.load(document).sections[at].version
        documents.edit(document, at, version, f"Edit {number}. " + "x" * (31 * number))
        ends.append(wal.stat().st_size)
    whole = wal.read_bytes()
    database.close()
    chosen = random.Random(7)
    for tear in [*ends[1:], *(chosen.randrange(len(whole)) for _ in range(20))]:
        copy = tmp_path / f"torn{tear}.sqlite"
        shutil.copy(tmp_path / "before.sqlite", copy)
        junk = chosen.randbytes(chosen.randrange(5000)) if tear % 2 else b""
        Path(f"{copy}-wal").write_bytes(whole[:tear] + junk)
        check(copy, document, max(number for number, end in enumerate(ends) if end <= tear))


def test_a_clock_that_is_set_back_changes_no_order(
    tmp_path: Path, document: str, monkeypatch: pytest.MonkeyPatch
):
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    documents, now = Documents(database), time.time()
    texts = ["One.", "Two.", "Three."]
    for number, one in enumerate(texts):
        back = now - 86_400 * number
        monkeypatch.setattr("time.time", lambda back=back: back)
        documents.edit(document, 0, number, one)
    assert documents.load(document).sections[0].text == "Three."
    assert [revision.text for revision in documents.revisions(document, 0)][-3:] == texts
    assert [event.data["text"] for event in documents.events(document, 1)] == texts
    database.close()
