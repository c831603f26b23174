"""Models over the API: what there is, downloads in the background, checks, removal."""

import time

import httpx
import pytest

from tests.server.conftest import Server

pytestmark = pytest.mark.engine

DEMO = "smollm2-135m-instruct"


@pytest.fixture(scope="module")
def http(server: Server) -> httpx.Client:
    return server.http


def model(http: httpx.Client, model_id: str) -> dict:
    return next(one for one in http.get("/api/models").json() if one["id"] == model_id)


def test_the_list_says_what_is_here_and_in_use(http: httpx.Client):
    demo = model(http, DEMO)
    assert (demo["installed"], demo["in_use"], demo["pull"]) == (True, True, None)
    assert not model(http, "qwen3-4b-instruct-2507")["installed"]


def test_a_file_is_checked(http: httpx.Client, server: Server):
    assert http.post(f"/api/models/{DEMO}/verify").status_code == 200
    other = server.data / "models" / "broken.gguf"
    other.write_bytes(b"no model at all")
    answer = http.post("/api/models/broken/verify")
    assert (answer.status_code, answer.json()["code"]) == (502, "ModelFileError")
    assert http.delete("/api/models/broken").status_code == 204
    assert not other.exists()


def test_the_model_that_writes_is_not_removed(http: httpx.Client, server: Server):
    answer = http.delete(f"/api/models/{DEMO}")
    assert (answer.status_code, answer.json()["code"]) == (409, "ModelInUse")
    assert model(http, DEMO)["installed"]


def test_a_download_runs_in_the_background_and_says_why_it_failed(http: httpx.Client):
    answer = http.post("/api/models/qwen3-4b-instruct-2507/pull")
    assert (answer.status_code, answer.json()["problem"]) == (202, None)
    end = time.monotonic() + 60
    while (one := model(http, "qwen3-4b-instruct-2507"))["pull"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert one["problem"]
    assert not one["installed"]
    again = http.delete("/api/models/qwen3-4b-instruct-2507/pull")
    assert (again.status_code, again.json()["code"]) == (404, "NoPull")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "CON", "a" * 300])
def test_names_reach_nothing_outside(http: httpx.Client, name: str):
    for method, path in (("POST", "pull"), ("POST", "verify"), ("DELETE", "")):
        answer = http.request(method, f"/api/models/{name}/{path}".rstrip("/"))
        assert answer.status_code in {404, 405}
