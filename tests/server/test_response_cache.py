"""What is kept is given out only as long as it is true, and takes bounded memory."""

import httpx
import pytest

from tests.support.server import Server, created
from xiezuo.server.response_cache import ResponseCache


@pytest.mark.anyio
async def test_an_answer_is_made_again_when_its_mark_changes():
    cache, computed = ResponseCache(), iter([b"one", b"two"])
    answers = [await cache.get("a", mark, lambda: next(computed)) for mark in (1, 1, 2, 2)]
    assert answers == [b"one", b"one", b"two", b"two"]


@pytest.mark.anyio
async def test_the_oldest_answers_make_room():
    cache = ResponseCache(largest=10)
    for name in "abcd":
        await cache.get(name, 1, lambda: b"12345")
    assert list(cache._responses) == ["c", "d"]
    assert await cache.get("huge", 1, lambda: b"x" * 11) == b"x" * 11
    assert cache._bytes == 0


@pytest.mark.engine
def test_a_reader_sees_every_change_at_once(server: Server):
    http: httpx.Client = server.http
    document = created(http)["id"]
    path = f"/api/documents/{document}"

    def summary() -> dict:
        listed = http.get("/api/documents").json()
        return next(entry for entry in listed if entry["id"] == document)

    seen = [http.get(path).json()]
    for change in (
        lambda: http.put(f"{path}/sections/0", json={"text": "Mine.", "version": 0}),
        lambda: http.patch(path, json={"tags": ["tea"]}),
        lambda: http.patch(path, json={"title": "Green Tea"}),
        lambda: http.post(f"{path}/sections/1/skip"),
        lambda: http.post(f"{path}/trash"),
        lambda: http.post(f"{path}/untrash"),
    ):
        assert change().is_success
        now = http.get(path).json()
        assert now != seen[-1]
        seen.append(now)
    assert "Mine." in http.get(f"{path}/text").text
    assert (summary()["title"], summary()["tags"], summary()["words"]) == ("Green Tea", ["tea"], 1)
    http.put(f"{path}/sections/0", json={"text": "Mine now.", "version": 1})
    assert (summary()["words"], http.get("/api/documents").json()[0]["id"]) == (2, document)
    assert "Mine now." in http.get(f"{path}/text").text
