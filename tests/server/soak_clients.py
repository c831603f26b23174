"""The clients of a soak: one makes and edits documents, one a document reads its events."""

import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field

import httpx

OPEN_DOCUMENTS = 3
HEADINGS = ("Leaf", "Cup", "Pot", "Water")
STOPPED = {"paused", "failed"}
RETRY_SECONDS = 0.3


@dataclass
class Notes:
    """What the clients saw; each list is written by one thread only.

    `faults` are answers that no server may give, whatever is killed.
    """

    documents: list[str] = field(default_factory=list)
    edits: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    shown: dict[str, list[tuple[int, str, float]]] = field(default_factory=dict)
    reconnects: int = 0
    faults: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)


class Author(threading.Thread):
    """Keeps some documents being written, edits their sections, and pauses them now and then."""

    def __init__(self, url: str, notes: Notes) -> None:
        super().__init__(daemon=True)
        self._http = httpx.Client(base_url=url, timeout=60)
        self._notes = notes
        self._chance = random.Random()
        self._open: list[str] = []
        self._readers: list[Reader] = []

    def run(self) -> None:
        with self._http:
            self._work()
        for reader in self._readers:
            reader.join()

    def _work(self) -> None:
        notes = self._notes
        while not (notes.stopping.is_set() and not self._open):
            try:
                self._look_after_all()
                if not notes.stopping.is_set():
                    if len(self._open) < OPEN_DOCUMENTS:
                        self._make(len(notes.documents))
                    self._interfere()
            except httpx.TransportError:
                pass  # it was killed; another one comes
            time.sleep(self._chance.uniform(0.2, 1.5))

    def _ask(self, method: str, path: str, **more: object) -> httpx.Response:
        answer = self._http.request(method, path, **more)
        # 503 says that the store or the engine is away; nothing else may fail.
        if answer.status_code >= 500 and answer.status_code != 503:
            self._notes.faults.append(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer

    def _look_after_all(self) -> None:
        for document in list(self._open):
            answer = self._ask("GET", f"/api/jobs/{document}")
            state = answer.json().get("state") if answer.status_code == 200 else None
            if state == "done":
                self._open.remove(document)
            elif state in STOPPED:
                self._ask("POST", f"/api/jobs/{document}/resume")

    def _make(self, number: int) -> None:
        """The same request until it is answered: it makes one document."""
        count = 2 + number % 3
        brief = {
            "task": "Explain tea.", "title": f"Tea {number}", "words": 60 * count,
            "structure": HEADINGS[:count],
        }  # fmt: skip
        body = {"brief": brief, "seed": number, "mode": "draft" if number % 4 == 3 else "careful"}
        key = {"Idempotency-Key": f"soak {number}"}
        answer = self._ask("POST", "/api/documents", json=body, headers=key)
        if answer.status_code == 201:
            document = answer.json()["document"]["id"]
            self._notes.documents.append(document)
            self._open.append(document)
            self._readers.append(Reader(str(self._http.base_url), document, self._notes))
            self._readers[-1].start()

    def _interfere(self) -> None:
        if not self._open:
            return
        document = self._chance.choice(self._open)
        if self._chance.random() < 0.1:
            self._ask("POST", f"/api/jobs/{document}/pause")
            return
        answer = self._ask("GET", f"/api/documents/{document}")
        sections = answer.json()["sections"] if answer.status_code == 200 else []
        if not sections:
            return
        section = self._chance.choice(sections)
        text = f"Edited by hand: {uuid.uuid4()}."
        body = {"text": text, "version": section["version"]}
        path = f"/api/documents/{document}/sections/{section['position']}"
        if self._ask("PUT", path, json=body).status_code == 200:
            place = document, section["position"]
            self._notes.edits.setdefault(place, []).append(text)


class Reader(threading.Thread):
    """Reads the events of one document until it is done, and comes back with the last id."""

    def __init__(self, url: str, document: str, notes: Notes) -> None:
        super().__init__(daemon=True)
        self._path = f"{url.rstrip('/')}/api/documents/{document}/events"
        self._notes = notes
        self._shown: list[tuple[int, str, float]] = notes.shown.setdefault(document, [])

    def run(self) -> None:
        while True:
            try:
                if self._read():
                    return
            except httpx.TransportError:
                pass
            self._notes.reconnects += 1
            time.sleep(RETRY_SECONDS)

    def _read(self) -> bool:
        """Whether the document is done."""
        last = self._shown[-1][0] if self._shown else 0
        number = 0
        with httpx.stream(
            "GET", self._path, headers={"Last-Event-ID": str(last)}, timeout=60
        ) as answer:
            if answer.status_code != 200:
                return False
            for line in answer.iter_lines():
                if line.startswith("id: "):
                    number = int(line[4:])
                elif line.startswith("data: "):
                    self._shown.append((number, line[6:], time.time()))
                    data = json.loads(line[6:])
                    if data["event"] == "job_state" and data["state"] == "done":
                        return True
        return False
