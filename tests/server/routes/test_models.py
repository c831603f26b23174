"""Models over the API: what there is, downloads in the background, checks, removal."""

import itertools

import httpx
import pytest

from tests.support.server import DEMO, Server
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("server")


def model(http: httpx.Client, model_id: str) -> dict:
    return next(entry for entry in http.get("/api/models").json() if entry["id"] == model_id)


@pytest.mark.engine
def test_the_list_says_what_is_here_and_in_use(model_server: Server):
    demo = model(model_server.http, DEMO)
    assert (demo["installed"], demo["in_use"], demo["pull"]) == (True, True, None)
    assert not model(model_server.http, "qwen3-4b-instruct-2507")["installed"]


@pytest.mark.engine
def test_a_file_is_checked(model_server: Server):
    http = model_server.http
    assert http.post(f"/api/models/{DEMO}/verify").status_code == 200
    other = model_server.data / "models" / "broken.gguf"
    other.write_bytes(b"no model at all")
    answer = http.post("/api/models/broken/verify")
    assert (answer.status_code, answer.json()["code"]) == (502, "ModelFileError")
    assert http.delete("/api/models/broken").status_code == 204
    assert not other.exists()


@pytest.mark.engine
def test_the_model_that_writes_is_not_removed(model_server: Server):
    http = model_server.http
    answer = http.delete(f"/api/models/{DEMO}")
    assert (answer.status_code, answer.json()["code"]) == (409, "ModelInUse")
    assert model(http, DEMO)["installed"]


def test_a_download_runs_in_the_background_and_says_why_it_failed(http: httpx.Client):
    answer = http.post("/api/models/qwen3-4b-instruct-2507/pull")
    assert (answer.status_code, answer.json()["problem"]) == (202, None)
    until(lambda: not model(http, "qwen3-4b-instruct-2507")["pull"])
    pulled = model(http, "qwen3-4b-instruct-2507")
    assert pulled["problem"]
    assert not pulled["installed"]
    again = http.delete("/api/models/qwen3-4b-instruct-2507/pull")
    assert (again.status_code, again.json()["code"]) == (404, "NoPull")


def test_names_reach_nothing_outside(http: httpx.Client):
    names = ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "CON", "a" * 300)
    actions = (("POST", "pull"), ("POST", "verify"), ("DELETE", ""))
    reached = [
        (method, name, path)
        for name, (method, path) in itertools.product(names, actions)
        if http.request(method, f"/api/models/{name}/{path}".rstrip("/")).status_code
        not in {404, 405}
    ]
    assert not reached
