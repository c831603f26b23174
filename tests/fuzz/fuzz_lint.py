"""Fuzz the linter with atheris: no text may break it, and none may take long.

make fuzz            (60 seconds; SECONDS=600 for more)
"""

import sys
import time

import atheris

with atheris.instrument_imports(include=["xiezuo"]):
    from xiezuo.lint import Linter, LintStream, fix

LINTER = Linter(chosen=["ALL"])
# Seconds of processor time for the few kilobytes that atheris makes, instrumentation included.
_SLOWEST = 2.0


def one_input(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape" if data[:1] == b"s" else "replace")
    start = time.process_time()
    for diagnostic in LINTER.lint(text):
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text), diagnostic
    stream = LintStream()
    for at in range(0, len(text), 5):
        stream.feed(text[at : at + 5])
    fixed = fix(text, unsafe=True).text
    assert fix(fixed, unsafe=True).text == fixed, text
    assert time.process_time() - start < _SLOWEST, text


def main() -> None:
    atheris.Setup(sys.argv, lambda data: one_input(bytes(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
