"""The stream of events: the same from any point, for any number of readers."""

import json
import threading
from collections.abc import Generator
from contextlib import closing

import httpx
import pytest

from tests.support.replay import replay
from tests.support.server import Server, created, finished, read
from xiezuo.store.records import StoredEvent

pytestmark = pytest.mark.xdist_group("server")


def test_readers_from_any_point_see_the_same(server: Server):
    document = created(server.http, start=True)["id"]
    seen: dict[int, list[StoredEvent]] = {}

    def follow(number: int) -> None:
        seen[number] = read(server, document)

    readers = [threading.Thread(target=follow, args=(number,)) for number in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    whole = read(server, document)
    assert all(events == whole for events in seen.values())
    assert len(seen) == 8
    texts = replay(whole)
    stored = finished(server.http, document)
    assert texts == {part["position"]: part["text"] for part in stored["sections"]}
    for after in (1, len(whole) // 2, len(whole) - 1):
        assert read(server, document, after) == whole[after:]
        assert read(server, document, after, header=True) == whole[after:]


def test_an_event_id_that_is_no_number_is_refused(server: Server):
    document = created(server.http)["id"]
    path = f"/api/documents/{document}/events"
    assert server.http.get(path, headers={"Last-Event-ID": "x"}).status_code == 422
    assert server.http.get(path, params={"after": -1}).status_code == 422


def states(server: Server, last: str = "") -> Generator[tuple[str, str, list[dict]]]:
    """The events of the system: name, id, data."""
    path, headers = f"{server.url}/api/events", {"Last-Event-ID": last}
    fields: dict[str, str] = {}
    with httpx.stream("GET", path, headers=headers, timeout=60) as answer:
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            fields[name] = value
            if not line and "data" in fields:
                yield fields["event"], fields["id"], json.loads(fields["data"])
                fields = {}


def test_the_system_tells_its_state_and_then_only_what_changes(server: Server):
    with closing(states(server)) as stream:
        first = [next(stream) for _ in range(4)]
    assert [name for name, _, _ in first] == ["jobs", "models", "engine", "metrics"]
    document = created(server.http)["id"]
    server.http.post(f"/api/documents/{document}/write")
    with closing(states(server, first[-1][1])) as stream:
        name, _, jobs = next(stream)
    assert name == "jobs"
    assert document in [job["document_id"] for job in jobs]
    finished(server.http, document)
