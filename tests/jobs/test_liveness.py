"""Who lives is told by counts that grow, whatever the clocks say."""

from collections.abc import Generator
from pathlib import Path

import pytest

from xiezuo.jobs.liveness import HeartbeatMonitor, LivenessIntervals, WorkerLock
from xiezuo.store.database import Database
from xiezuo.store.login_failures import FREE_ATTEMPTS, LoginFailures
from xiezuo.store.workers import GONE, Workers

INTERVALS = LivenessIntervals()


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'xiezuo.sqlite'}")
    yield opened
    opened.close()


def test_whose_count_stands_still_is_dead():
    pulse, now = HeartbeatMonitor(INTERVALS), 0.0
    while now <= INTERVALS.dead:
        assert pulse.dead({"a": int(now), "b": 7}, now) == []
        now += INTERVALS.heartbeat
    assert pulse.dead({"a": int(now), "b": 7}, now) == ["b"]
    assert pulse.dead({"a": int(now), "b": 8}, now) == []


@pytest.mark.parametrize("heartbeat", [0.2, 2.0, 20.0])
def test_a_worker_is_dead_after_five_missed_heartbeats(heartbeat: float):
    monitor, missed = HeartbeatMonitor(LivenessIntervals(heartbeat)), 0
    while not monitor.dead({"a": 7}, missed * heartbeat):
        missed += 1
    assert missed == 6


def test_who_ended_in_good_order_is_known_at_once():
    assert HeartbeatMonitor(INTERVALS).dead({"a": GONE, "b": 0}, 1.0) == ["a"]


def test_who_did_not_look_for_a_while_declares_nobody_dead():
    pulse = HeartbeatMonitor(INTERVALS)
    pulse.dead({"a": 1}, 0.0)
    late = INTERVALS.dead + INTERVALS.late + 1
    assert pulse.dead({"a": 1}, late) == []
    assert pulse.dead({"a": 1}, late + INTERVALS.late) == []
    assert pulse.dead({"a": 1}, late + 2 * INTERVALS.late) == []
    assert pulse.dead({"a": 1}, late + 3 * INTERVALS.late) == ["a"]


def test_two_in_one_folder_have_two_homes_and_who_comes_back_has_the_old_one(tmp_path: Path):
    first, second = WorkerLock(tmp_path), WorkerLock(tmp_path)
    assert first.id != second.id
    first.leave()
    again = WorkerLock(tmp_path)
    assert again.id == first.id
    again.leave()
    second.leave()


def test_a_worker_knows_its_former_selves_and_sees_the_others(database: Database):
    workers = Workers(database)
    assert workers.register("a", "home") == []
    assert workers.heartbeat("a", "home") == {}
    assert workers.register("b", "elsewhere") == []
    assert workers.heartbeat("b", "elsewhere") == {"a": 0}  # alone it did not raise its count
    workers.heartbeat("a", "home")
    assert workers.heartbeat("b", "elsewhere") == {"a": 1}
    assert workers.register("c", "home") == ["a"]
    workers.unregister("c")
    assert workers.heartbeat("b", "elsewhere") == {"a": 1, "c": GONE}
    workers.remove(["a", "c"])
    assert workers.heartbeat("a", "home") == {"b": 3}  # declared dead, and not: it is there again
    assert "a" in workers.heartbeat("b", "elsewhere")


def test_wrong_passwords_are_counted_for_all_processes_together(database: Database):
    one, other = LoginFailures(database), LoginFailures(database)
    for number in range(FREE_ATTEMPTS):
        assert other.wait("ann 127.0.0.1") == 0
        (one, other)[number % 2].failed("ann 127.0.0.1")
    assert 0 < one.wait("ann 127.0.0.1") <= 1
    other.failed("ann 127.0.0.1")
    assert 1 < one.wait("ann 127.0.0.1") <= 2
    assert one.wait("bob 127.0.0.1") == 0
    one.succeeded("ann 127.0.0.1")
    assert other.wait("ann 127.0.0.1") == 0
