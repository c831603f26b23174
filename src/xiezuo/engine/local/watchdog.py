"""Runs one child process that never outlives the parent.

Started as a bare script (`python -I -S watchdog.py LOG COMMAND...`), standard library only. The
parent holds the other end of this process's standard input. When that closes, however the parent
ended (SIGKILL included), the child is ended too. If this process itself is killed, Linux kills the
child (PR_SET_PDEATHSIG). The child's output goes to a log of bounded size.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn

LOG_BYTES = 2_000_000
GRACE_SECONDS = 1.0
COMMAND_NOT_FOUND = 127
SIGNALLED = 128  # a higher exit code is 128 plus the signal's number, as in a shell
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _die_with_guardian() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class _Log:
    """A file that is renamed to `NAME.1` when it grows past `LOG_BYTES`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        if self._file.tell() + len(data) > LOG_BYTES:
            self._file.close()
            self._path.replace(f"{self._path}.1")
            self._file = self._path.open("ab", buffering=0)
        self._file.write(data)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _watch(child: subprocess.Popen[bytes], log: _Log) -> None:
    """Copy the child's output to the log until the child or the parent ends."""
    assert child.stdout is not None
    output, parent = child.stdout.fileno(), sys.stdin.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        selector.register(parent, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                data = os.read(key.fd, 65536)
                if key.fd == output and data:
                    log.write(data)
                elif not data:
                    return


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(SIGNALLED + number)


def main() -> int:
    log_path, *command = sys.argv[1:]
    log = _Log(Path(log_path))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_guardian if sys.platform == "linux" else None,  # noqa: PLW1509 - one thread
        )
    except OSError as error:
        log.write(f"{command[0]}: {error.strerror}\n".encode())
        return COMMAND_NOT_FOUND
    print(child.pid, flush=True)  # noqa: T201 - the parent reads it
    try:
        _watch(child, log)
    finally:
        _end(child)
    return child.returncode if child.returncode >= 0 else SIGNALLED - child.returncode


if __name__ == "__main__":
    sys.exit(main())
