"""A model hub on loopback: it speaks the hubs' URL scheme, and breaks off on cue."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hub:
    """Serves `content` for any path that ends in `resolve/REVISION/FILE`, by way of a redirect.

    `break_after` closes every connection after that many bytes; `ranges` is whether it can resume;
    `status` and `page` answer with an error, or with an HTML page, instead.
    """

    content: bytes
    break_after: int | None = None
    ranges: bool = True
    status: int | None = None
    page: bool = False
    delay: float = 0.0
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        range_header = handler.headers.get("Range")
        if handler.path.startswith("/cdn/"):
            self.requests.append((handler.path, range_header))
            self._send_file(handler, range_header)
        elif "/resolve/" not in handler.path:
            _send(handler, 200, b"", {})
        elif self.status is not None:
            _send(handler, self.status, b"no", {})
        elif self.page:
            _send(handler, 200, b"<html>sign in</html>", {"Content-Type": "text/html"})
        else:
            self.requests.append((handler.path, range_header))
            _send(handler, 302, b"", {"Location": f"{self.url}/cdn/file"})

    def _send_file(self, handler: BaseHTTPRequestHandler, range_header: str | None) -> None:
        start = (
            int(range_header.removeprefix("bytes=").rstrip("-"))
            if range_header and self.ranges
            else 0
        )
        if start >= len(self.content):
            _send(handler, 416, b"", {})
            return
        body = self.content[start:]
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Content-Range", f"bytes {start}-/{len(self.content)}")
        handler.end_headers()
        step = 64 * 1024
        for sent in range(0, len(body), step):
            if self.break_after is not None and sent >= self.break_after:
                handler.connection.close()
                return
            handler.wfile.write(body[sent : sent + step])
            threading.Event().wait(self.delay)


def _send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def hub(content: bytes, **options: object) -> Iterator[Hub]:
    """A hub that is listening."""
    served = Hub(content, **options)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def do_HEAD(self) -> None:
            _send(self, 200, b"", {})

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError, OSError):
                self.close_connection = True  # the client, or the script, broke off

        def finish(self) -> None:
            try:
                super().finish()
            except (ConnectionError, ValueError, OSError):
                self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
