"""How fast the linter is: a megabyte, an edit, a stream, and texts made to be slow.

python benchmarks/lint_speed.py [--hostile SECONDS]

The megabyte is made of the human pages of `tests/corpus`, varied so that nothing is read twice. For
hostile texts the time for a size and for twice the size is compared: about 2 is linear.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from xiezuo.lint import Linter, LintStream

ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000
ROUNDS = 3
STREAM_TOKENS = 100_000

HOSTILE: dict[str, Callable[[int], str]] = {
    "nested [": lambda size: "[" * size,
    "nested [ and ]": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "[a](": lambda size: "[a](" * (size // 4),
    "![[]()": lambda size: "![[]()" * (size // 6),
    "asterisks": lambda size: "*" * size,
    "a** b": lambda size: "a** b" * (size // 5),
    "*_ *_": lambda size: "*a _b " * (size // 6),
    "backticks": lambda size: "`" * size,
    "growing backticks": lambda size: " ".join("`" * (at % 50 + 1) for at in range(size // 26)),
    "one line": lambda size: "word " * (size // 5),
    "one Chinese line": lambda size: "水开以后，再放茶叶。" * (size // 10),
    "one line without spaces": lambda size: "a" * size,
    "dollars": lambda size: "$" * size,
    "$a$": lambda size: "$a " * (size // 3),
    "quotes": lambda size: ">" * size,
    "quote lines": lambda size: "> a\n" * (size // 4),
    "nested lists": lambda size: "".join("  " * (at % 60) + "- a\n" for at in range(size // 64)),
    "columns": lambda size: f"{'|a' * (size // 8)}|\n{'|-' * (size // 8)}|\n{'|b' * (size // 8)}|\n",
    "rows": lambda size: "|a|b|\n|-|-|\n" + "|c|d|\n" * (size // 6),
    "ragged rows": lambda size: "|a|b|\n|-|-|\n" + "|c\n" * (size // 3),
    "open tags": lambda size: "<a " * (size // 3),
    "<!--": lambda size: "<!--" * (size // 4),
    "open scripts": lambda size: "<script>" * (size // 8),
    "<think>": lambda size: "<think>" * (size // 7),
    "entities": lambda size: "&amp;" * (size // 5),
    "backslashes": lambda size: "\\" * size,
    "zalgo": lambda size: "a" + "\u0301" * size,
    "surrogates": lambda size: "\ud800 a" * (size // 3),
    "NUL": lambda size: "\0" * size,
    "headings": lambda size: "# a\n" * (size // 4),
    "references": lambda size: "[a]: b\n" * (size // 7) + "[a] " * (size // 4),
    "same sentence": lambda size: "Tea is good and tea is old. " * (size // 28),
    "same paragraph": lambda size: ("Tea is good, and tea is old, and it is drunk. " * 6 + "\n\n") * (size // 280),
    "open fence": lambda size: "```python\n" + "x = (\n" * (size // 6),
    "fences": lambda size: "```\na\n```\n" * (size // 10),
    "Python blocks": lambda size: "```python\nx = y\n```\n\n" * (size // 22),
    "brackets in code": lambda size: "```python\n" + "(" * size + "\n```\n",
    "brackets in C": lambda size: "```cpp\n" + "(" * size + "\n```\n",
    "JSON": lambda size: "```json\n" + "[" * size + "\n```\n",
    "list numbers": lambda size: "".join(f"{at}. a\n" for at in range(1, size // 8)),
    "the the": lambda size: "the " * (size // 4),
    "我们": lambda size: "我们" * (size // 2),
    "quotes in prose": lambda size: "“" * size,
    "suppressions": lambda size: "<!-- xiezuo: ignore CUT001 -->\n\na\n\n" * (size // 36),
    "control tokens": lambda size: "<|a" * (size // 3),
    "colons": lambda size: "a:\n" * (size // 3),
    "C:\\": lambda size: "\\(" * (size // 2),
    "numbers": lambda size: "1. " * (size // 3),
    "footnotes": lambda size: "[^1]" * (size // 4),
    "admonitions": lambda size: "??? note\n" * (size // 9),
    "code lines": lambda size: "int x = 1;\n" * (size // 11),
}  # fmt: skip


def megabyte() -> str:
    pages = sorted((ROOT / "tests" / "corpus" / "human").rglob("*.md"))
    texts = [page.read_text("utf-8") for page in pages]
    parts: list[str] = []
    size = turn = 0
    while size < MEGABYTE:
        for text in texts:
            varied = text.replace("的", f"的{turn} ", turn).replace(" the ", f" the {turn} ", turn)
            parts.append(varied)
            size += len(varied)
        turn += 1
    return "\n\n".join(parts)[:MEGABYTE]


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def everyday() -> list[tuple[str, str, str]]:
    linter = Linter()
    text = megabyte()
    linter.lint(text[:5000])
    whole = best(lambda: linter.lint(text))
    document = text[:20_000]
    linter.lint(document)
    edits = iter(range(100))
    edited = best(
        lambda: linter.lint(f"{document[:9000]} Edit {next(edits)}. {document[9000:]}"), 10
    )
    tokens = [text[at : at + 4] for at in range(0, 4 * STREAM_TOKENS, 4)]

    def stream() -> None:
        watcher = LintStream()
        for token in tokens:
            watcher.feed(token)

    each = best(stream) / len(tokens)
    return [
        ("1 MB of mixed Markdown, all default rules", f"{whole:.2f} s", "1.5 s"),
        ("20,000 characters again after an edit", f"{1000 * edited:.0f} ms", "60 ms"),
        ("streaming, one token", f"{1e6 * each:.1f} µs", "20 µs"),
    ]


def hostile(seconds: float) -> list[tuple[str, int, float, float]]:
    """Name, size, seconds for that size, and how many times longer twice the size takes."""
    linter = Linter()
    rows: list[tuple[str, int, float, float]] = []
    for name, make in HOSTILE.items():
        size = 50_000
        taken = best(lambda make=make, size=size: linter.lint(make(size)), 1)
        while taken < seconds / 8 and size < 5 * MEGABYTE:
            size *= 2
            taken = best(lambda make=make, size=size: linter.lint(make(size)), 1)
        double = best(lambda make=make, size=size: linter.lint(make(2 * size)), 1)
        rows.append((name, size, taken, double / taken))
        print(f"| {name} | {size:,} | {taken:.2f} | {double / taken:.1f} |", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--hostile", type=float, default=1.0, metavar="SECONDS")
    given = parser.parse_args()
    print("| what | measured | target |\n| --- | --- | --- |")
    for row in everyday():
        print(f"| {' | '.join(row)} |", flush=True)
    print(
        "\n| hostile text | characters | seconds | twice the size takes |\n| --- | --- | --- | --- |"
    )
    hostile(given.hostile)


if __name__ == "__main__":
    main()
