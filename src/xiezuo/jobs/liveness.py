"""Who works on the jobs of one database, and what happens to the jobs of those who die.

Each process is one worker, with an id of its own that is never used again. It raises its count in
the database; one whose count stands still for `DEAD_SECONDS` is dead, and whoever sees it queues
its jobs again. A worker that was declared dead although it only stood still stops at its next look
at the store: `JobQueue` asks DBOS whose a run is before anything is written.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from xiezuo.errors import StoreError
from xiezuo.store.workers import GONE, Workers

BEAT_SECONDS = 2.0
DEAD_SECONDS = 10.0
LATE_SECONDS = 5.0  # a look later than that says nothing about others: we may have stood still
_log = logging.getLogger(__name__)


class WorkerLock:
    """A place in a data folder that one living worker has; the system frees it when that one dies.

    So whoever comes back after a crash knows at once that its former self is dead.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = 0
        while True:
            self._lock = FileLock(folder / f"worker-{number}.lock", thread_local=False)
            try:
                self._lock.acquire(blocking=False)
                break
            except Timeout:
                number += 1
        name = folder / f"worker-{number}.id"
        if not name.exists():
            name.write_text(secrets.token_hex(16))
        self.id = name.read_text()

    def leave(self) -> None:
        self._lock.release()


class HeartbeatMonitor:
    """Tells from counts, seen now and then, whose stands still."""

    def __init__(self) -> None:
        self._changed: dict[str, tuple[int, float]] = {}
        self._looked = float("-inf")

    def dead(self, counts: Mapping[str, int], now: float) -> list[str]:
        """Those who are dead at `now`, in seconds of a clock that only goes on."""
        if now - self._looked > LATE_SECONDS:
            self._changed.clear()
        self._looked = now
        for worker, count in counts.items():
            if worker not in self._changed or self._changed[worker][0] != count:
                self._changed[worker] = count, now
        return [
            worker
            for worker, count in counts.items()
            if count == GONE or now - self._changed[worker][1] > DEAD_SECONDS
        ]


class FailureDetector:
    """Lets others see that we live, and sees who does not; a thread of its own.

    Args:
        workers: where the counts are.
        worker, home: our id, and the place that nobody else alive has.
        take_over: queues the jobs of dead workers again; it may be called twice for one.
    """

    def __init__(
        self, workers: Workers, worker: str, home: str, take_over: Callable[[list[str]], None]
    ) -> None:
        self._workers = workers
        self._worker = worker
        self._home = home
        self._take_over = take_over
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Raises StoreError."""
        self._reap(self._workers.register(self._worker, self._home))
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join()
        try:
            self._workers.unregister(self._worker)
        except StoreError as error:
            _log.warning("the others will find out: %s", error.message)

    def _run(self) -> None:
        pulse = HeartbeatMonitor()
        while not self._ended.wait(BEAT_SECONDS):
            try:
                counts = self._workers.heartbeat(self._worker, self._home)
                self._reap(pulse.dead(counts, time.monotonic()))
            except StoreError as error:
                _log.warning("no look at the other workers: %s", error.message)

    def _reap(self, dead: list[str]) -> None:
        if dead:
            _log.info("taking over the jobs of %s", ", ".join(dead))
            self._take_over(dead)
            self._workers.remove(dead)
