"""Liveness of the processes that share one database, and takeover of the jobs of dead ones.

Each process is one worker, with an id that is never used again. It increments its count in the
database; a worker whose count does not change for `LivenessIntervals.dead` seconds is dead, and any
worker that notices queues its jobs again. A worker that was only suspended stops at its next access
to the store: `JobQueue` asks DBOS which process owns a run before anything is written.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from xiezuo.errors import StoreError
from xiezuo.store.workers import GONE, Workers

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LivenessIntervals:
    """When a worker shows that it lives, and when others count as dead; all in seconds.

    Every process on one database needs the same `heartbeat`: the others follow from it.
    """

    heartbeat: float = 2.0

    @property
    def dead(self) -> float:
        """A worker whose count stands still for longer is dead, and its jobs are taken over."""
        return 5 * self.heartbeat

    @property
    def late(self) -> float:
        """After a longer pause between two checks we may have been suspended ourselves.

        Such a check says nothing about the other workers.
        """
        return 2.5 * self.heartbeat


class WorkerLock:
    """A numbered lock file in a data folder, held by one live worker.

    The operating system frees it when the process dies, so a process that restarts after a crash
    knows at once that its predecessor is dead.
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
    """Finds dead workers by their counts, seen from time to time."""

    def __init__(self, intervals: LivenessIntervals) -> None:
        self._intervals = intervals
        self._changed: dict[str, tuple[int, float]] = {}
        self._checked = float("-inf")

    def dead(self, counts: Mapping[str, int], now: float) -> list[str]:
        """The workers that are dead at `now`, in seconds of a monotonic clock."""
        if now - self._checked > self._intervals.late:
            self._changed.clear()
        self._checked = now
        for worker, count in counts.items():
            if worker not in self._changed or self._changed[worker][0] != count:
                self._changed[worker] = count, now
        return [
            worker
            for worker, count in counts.items()
            if count == GONE or now - self._changed[worker][1] > self._intervals.dead
        ]


class FailureDetector:
    """Sends our heartbeats and detects dead workers, in a thread of its own.

    Args:
        workers: the table of counts.
        worker, home: our id, and the id of the lock that no other live worker holds.
        take_over: queues the jobs of dead workers again; may be called twice for the same worker.
        intervals: between heartbeats, and until another worker counts as dead.
    """

    def __init__(
        self,
        workers: Workers,
        worker: str,
        home: str,
        take_over: Callable[[list[str]], None],
        intervals: LivenessIntervals,
    ) -> None:
        self._workers = workers
        self._worker = worker
        self._home = home
        self._take_over = take_over
        self._intervals = intervals
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
            _log.warning("the other workers will detect our end: %s", error.message)

    def _run(self) -> None:
        monitor = HeartbeatMonitor(self._intervals)
        while not self._ended.wait(self._intervals.heartbeat):
            try:
                counts = self._workers.heartbeat(self._worker, self._home)
                self._reap(monitor.dead(counts, time.monotonic()))
            except StoreError as error:
                _log.warning("cannot check the other workers: %s", error.message)

    def _reap(self, dead: list[str]) -> None:
        if dead:
            _log.info("taking over the jobs of %s", ", ".join(dead))
            self._take_over(dead)
            self._workers.remove(dead)
