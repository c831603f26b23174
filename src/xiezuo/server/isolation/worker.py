"""The worker process: runs the linter and the file readers on untrusted texts.

A regular expression or parser that does not terminate blocks its whole process, so it must not run
in the server's. Requests and replies are JSON, each preceded by its length in four bytes. The
system kills the worker at its limits of time and memory; `pool.py` starts another.
"""

import base64
import json
import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from pydantic import TypeAdapter

from xiezuo.errors import XiezuoError
from xiezuo.formats.importing import read_file
from xiezuo.formats.outline import Imported
from xiezuo.i18n import current_language
from xiezuo.lint import fix, lint
from xiezuo.server.errors import status_of
from xiezuo.server.schemas.assist import DiagnosticOut, Fixed, diagnostic_out

LENGTH = struct.Struct(">I")
MOST_MEMORY = 2 * 1024**3  # bytes
_DIAGNOSTICS = TypeAdapter(list[DiagnosticOut])
_IMPORTED = TypeAdapter(Imported)


def _lint(request: Mapping[str, Any]) -> bytes:
    diagnostics = lint(
        request["text"], select=request["select"] or (), language=request["language"]
    )
    return _DIAGNOSTICS.dump_json([diagnostic_out(diagnostic) for diagnostic in diagnostics])


def _fix(request: Mapping[str, Any]) -> bytes:
    fixed = fix(
        request["text"],
        unsafe=request["unsafe"],
        select=request["select"] or (),
        language=request["language"],
    )
    remaining = [diagnostic_out(diagnostic) for diagnostic in fixed.remaining]
    return Fixed(text=fixed.text, left=remaining).model_dump_json().encode()


def _import(request: Mapping[str, Any]) -> bytes:
    return _IMPORTED.dump_json(read_file(request["name"], base64.b64decode(request["content"])))


_TASKS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "lint": _lint,
    "fix": _fix,
    "import": _import,
}


def answer(request: Mapping[str, Any]) -> bytes:
    """Return `+` and the result, or `-` and the error, both as JSON."""
    current_language.set(request["speak"])
    try:
        return b"+" + _TASKS[request["task"]](request)
    except XiezuoError as error:
        facts = {
            "status": status_of(error),
            "code": error.code,
            "detail": error.message,
            "remedy": error.advice,
        }
        return b"-" + json.dumps(facts).encode()


def _read(file: BinaryIO) -> bytes | None:
    head = file.read(LENGTH.size)
    return file.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def main() -> None:
    for signal_number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # only the server or the end of input stops a worker
        signal.signal(signal_number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    inputs, outputs = sys.stdin.buffer, sys.stdout.buffer
    while (data := _read(inputs)) is not None:
        request = json.loads(data)
        signal.alarm(request["seconds"])
        reply = answer(request)
        signal.alarm(0)
        outputs.write(LENGTH.pack(len(reply)) + reply)
        outputs.flush()


if __name__ == "__main__":
    main()
