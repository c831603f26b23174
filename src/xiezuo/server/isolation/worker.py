"""What runs inside a worker: the linter and the readers of files, over texts of unknown intent.

A regular expression or a parser that does not end holds a whole process, so it is not the server's.
Requests and answers are JSON, each after its length in four bytes. The system ends us at the limits
of time and memory; `pool.py` starts another.
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
_FOUND = TypeAdapter(list[DiagnosticOut])
_IMPORTED = TypeAdapter(Imported)


def _lint(asked: Mapping[str, Any]) -> bytes:
    found = lint(asked["text"], select=asked["select"] or (), language=asked["language"])
    return _FOUND.dump_json([diagnostic_out(one) for one in found])


def _fix(asked: Mapping[str, Any]) -> bytes:
    done = fix(
        asked["text"], unsafe=asked["unsafe"], select=asked["select"] or (),
        language=asked["language"],
    )  # fmt: skip
    left = [diagnostic_out(one) for one in done.remaining]
    return Fixed(text=done.text, left=left).model_dump_json().encode()


def _import(asked: Mapping[str, Any]) -> bytes:
    return _IMPORTED.dump_json(read_file(asked["name"], base64.b64decode(asked["content"])))


_TASKS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "lint": _lint, "fix": _fix, "import": _import,
}  # fmt: skip


def answer(asked: Mapping[str, Any]) -> bytes:
    """`+` and the answer, or `-` and the error, both as JSON."""
    current_language.set(asked["speak"])
    try:
        return b"+" + _TASKS[asked["task"]](asked)
    except XiezuoError as error:
        facts = {
            "status": status_of(error), "code": error.code, "detail": error.message,
            "remedy": error.advice,
        }  # fmt: skip
        return b"-" + json.dumps(facts).encode()


def _read(file: BinaryIO) -> bytes | None:
    head = file.read(LENGTH.size)
    return file.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # the server ends us, or the end of our input
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    inputs, outputs = sys.stdin.buffer, sys.stdout.buffer
    while (data := _read(inputs)) is not None:
        asked = json.loads(data)
        signal.alarm(asked["seconds"])
        made = answer(asked)
        signal.alarm(0)
        outputs.write(LENGTH.pack(len(made)) + made)
        outputs.flush()


if __name__ == "__main__":
    main()
