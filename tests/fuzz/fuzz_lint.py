"""Feeds the linter what atheris thinks up: no text may break it, none may take long.

make fuzz            (60 seconds; SECONDS=600 for more)
"""

import sys
import time

import atheris

with atheris.instrument_imports(include=["xiezuo"]):
    from xiezuo.lint import Linter, LintStream, fix

LINTER = Linter(chosen=["ALL"])
_SLOWEST = 2.0  # seconds for the few kilobytes that atheris makes, instrumentation included


def one_input(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape" if data[:1] == b"s" else "replace")
    start = time.perf_counter()
    for found in LINTER.lint(text):
        assert 0 <= found.start <= found.end <= len(text), found
    stream = LintStream()
    for at in range(0, len(text), 5):
        stream.feed(text[at : at + 5])
    once = fix(text, unsafe=True).text
    assert fix(once, unsafe=True).text == once, text
    assert time.perf_counter() - start < _SLOWEST, text


def main() -> None:
    atheris.Setup(sys.argv, lambda data: one_input(bytes(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
