"""`make audit`: what is vulnerable fails, a service that is away is a warning."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit.py"
NOWHERE = "http://127.0.0.1:9"
RANGE = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}
PACKAGE = {"name": "httpx", "ecosystem": "PyPI"}
VULNERABILITY = {
    "id": "PYSEC-0000-1", "summary": "x", "details": "x", "aliases": [],
    "affected": [{"package": PACKAGE, "versions": ["0.28.1"], "ranges": [RANGE]}],
}  # fmt: skip
ADVISORY = [{"id": 1, "url": "https://example.org", "title": "x", "severity": "high",
             "vulnerable_versions": "*"}]  # fmt: skip


@pytest.fixture
def service() -> Generator[tuple[str, set[str]]]:
    """Both vulnerability services on loopback; packages in the set are vulnerable."""
    bad: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if "bulk" in self.path:
                answer = {"svelte": ADVISORY} if "svelte" in bad else {}
            else:
                name = json.loads(data)["package"]["name"]
                answer = {"vulns": [VULNERABILITY]} if name in bad else {}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", bad
    server.shutdown()
    server.server_close()
    thread.join()


def audit(osv: str, npm: str) -> tuple[int, str]:
    command = [sys.executable, AUDIT, "--osv-url", osv, "--npm-registry", npm]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("vulnerable", ["", "httpx", "svelte"])
def test_what_is_vulnerable_fails(service: tuple[str, set[str]], vulnerable: str):
    url, bad = service
    bad.add(vulnerable)
    code, output = audit(url, url)
    assert "warning" not in output
    assert code == bool(vulnerable)
    assert vulnerable in output


def test_a_service_that_is_away_is_said_and_fails_nothing():
    code, output = audit(NOWHERE, NOWHERE)
    assert code == 0
    assert output.count("warning:") == 2
