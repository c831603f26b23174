"""What is answered by the short way is answered as by the long one."""

import pytest

from tests.support.server import Server, created, finished

pytestmark = pytest.mark.xdist_group("server")
NOBODYS = "0" * 32


def test_both_ways_lead_to_the_same_answer(server: Server):
    document = created(server.http, start=True)["id"]
    finished(server.http, document)
    for path in (
        "/api/documents",
        f"/api/documents/{document}",
        f"/api/documents/{document}/text",
        f"/api/jobs/{document}",
        f"/api/documents/{NOBODYS}",
        f"/api/documents/{NOBODYS}/text",
        f"/api/jobs/{NOBODYS}",
    ):
        short, long = server.http.get(path), server.http.get(path, params={"x": ""})
        assert short.status_code == long.status_code
        assert short.content == long.content
        for answer in (short, long):
            del answer.headers["x-request-id"], answer.headers["date"]
        assert short.headers == long.headers
