"""Measurements of this code base, shared by the tests that enforce limits and by `make house`.

python -m tests.house [TREE] prints each figure beside its limit, with the worst offenders.
"""

import ast
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import combinations, count
from pathlib import Path

ROOT = Path(__file__).parents[1]
# A module imports from its own layer and from layers above it in this list, never from below.
LAYERS = [
    ("version", "i18n"),
    ("errors", "machine"),
    ("settings",),
    ("markdown",),
    ("lint",),
    ("engine",),
    ("writing",),
    ("store",),
    ("jobs",),
    ("formats",),
    ("studio",),
    ("bench", "doctor"),
    ("server",),
    ("cli",),
]
ONE_FILE_A_COMMAND = {"src/xiezuo/lint/rules", "src/xiezuo/cli"}
NAMED_BY_CODE = {"rules", "versions"}  # lint rules and migrations are named by their numbers
DUPLICATE_LINES = 6
# What is left of three kinds of debt; these figures may fall and never rise.
SKIPS_LEFT, NAMES_LEFT, DUPLICATES_LEFT = 0, 0, 21

Function = ast.FunctionDef | ast.AsyncFunctionDef
Graph = dict[str, set[str]]


@dataclass(frozen=True)
class Finding:
    size: int
    place: str


@dataclass(frozen=True)
class Tree:
    """The source files of a checkout."""

    root: Path = ROOT

    @property
    def package(self) -> Path:
        return self.root / "src" / "xiezuo"

    @property
    def modules(self) -> list[Path]:
        return sorted(self.package.rglob("*.py"))

    @property
    def programs(self) -> list[Path]:
        """Python files beside the package."""
        folders = (self.root / name for name in ("tests", "docs", "benchmarks"))
        return sorted(path for folder in folders for path in folder.rglob("*.py"))

    @property
    def web(self) -> list[Path]:
        files = (self.root / "web" / "src").rglob("*")
        kinds = {".ts", ".svelte", ".css"}
        return sorted(path for path in files if path.suffix in kinds and not is_generated(path))

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def is_generated(path: Path) -> bool:
    return path.name == "schema.d.ts"


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(path)))


def worst_first(findings: Iterator[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (-finding.size, finding.place))


# Sizes


def file_lengths(tree: Tree) -> Iterator[Finding]:
    for path in [*tree.modules, *tree.programs, *tree.web]:
        yield Finding(text_of(path).count("\n"), tree.name(path))


def function_lengths(tree: Tree) -> Iterator[Finding]:
    """Python functions only: ESLint's max-lines-per-function measures those of the studio."""
    for path in [*tree.modules, *tree.programs]:
        for node in nodes(path):
            if isinstance(node, Function):
                lines = (node.end_lineno or 0) - node.lineno + 1
                yield Finding(lines, f"{tree.name(path)}:{node.lineno} {node.name}")


def files_by_folder(tree: Tree, files: list[Path]) -> Iterator[Finding]:
    counts: dict[str, int] = defaultdict(int)
    for path in files:
        counts[tree.name(path.parent)] += 1
    for folder, size in counts.items():
        if folder not in ONE_FILE_A_COMMAND:
            yield Finding(size, folder)


def source_folders(tree: Tree) -> Iterator[Finding]:
    return files_by_folder(tree, [*tree.modules, *tree.web])


def program_folders(tree: Tree) -> Iterator[Finding]:
    return files_by_folder(tree, tree.programs)


# Imports


def part_of(tree: Tree, path: Path) -> str:
    """The part of the package that a file belongs to."""
    return path.relative_to(tree.package).parts[0].removesuffix(".py")


def own_imports(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Dotted names below `xiezuo` that a file imports; they end in a module, or a name in one."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "xiezuo":
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}".removeprefix("xiezuo.")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("xiezuo."):
                    yield node, alias.name.removeprefix("xiezuo.")


def layer_of(part: str) -> int | None:
    return next((number for number, parts in enumerate(LAYERS) if part in parts), None)


def upward_imports(tree: Tree) -> Iterator[Finding]:
    for path in tree.modules:
        if path == tree.package / "__init__.py":  # it reaches every part, lazily
            continue
        own = layer_of(part_of(tree, path))
        for node, name in own_imports(path):
            other = layer_of(name.split(".")[0])
            if own is not None and other is not None and other > own:
                yield Finding(1, f"{tree.name(path)}:{node.lineno} imports {name}")
    yield from upward_web_imports(tree)


def upward_web_imports(tree: Tree) -> Iterator[Finding]:
    """What a folder of the studio imports beyond the list in web/layers.js."""
    page = tree.root / "web" / "layers.js"
    rows = re.findall(r"^  (\w+): \[(.*)\],$", text_of(page) if page.exists() else "", re.MULTILINE)
    allowed = {folder: {folder, *re.findall(r"\w+", names)} for folder, names in rows}
    for name, imported in web_graph(tree).items():
        folder = name.split("/")[0]
        for target in sorted(imported):
            is_upward = folder in allowed and target.split("/")[0] not in allowed[folder]
            if is_upward and not target.startswith("api/types"):
                yield Finding(1, f"web/src/{name} imports {target}")


def python_graph(tree: Tree) -> Graph:
    modules = {module_name(tree, path): path for path in tree.modules}
    modules.pop("", None)  # the package itself reaches every part, lazily
    return {
        name: {
            imported if imported in modules else imported.rpartition(".")[0]
            for _, imported in own_imports(path)
        }
        & modules.keys() - {name}
        for name, path in modules.items()
    }


def module_name(tree: Tree, path: Path) -> str:
    parts = path.relative_to(tree.package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


WEB_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]""")


def web_graph(tree: Tree) -> Graph:
    source = tree.root / "web" / "src"
    graph: Graph = {}
    for path in tree.web:
        imported = {(path.parent / name).resolve() for name in WEB_IMPORT.findall(text_of(path))}
        files = {
            file
            for base in imported
            for file in (base, base.with_name(f"{base.name}.ts"))
            if file.is_file()
        }
        graph[path.relative_to(source).as_posix()] = {
            file.relative_to(source).as_posix() for file in files if file.is_relative_to(source)
        }
    return graph


def import_circles(tree: Tree) -> Iterator[Finding]:
    for graph in (python_graph(tree), web_graph(tree)):
        for circle in circles(graph):
            yield Finding(len(circle) - 1, " → ".join(circle))


def circles(graph: Graph) -> Iterator[list[str]]:
    """Circles of a graph; an edge of each is taken out before the next is looked for."""
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            graph[circle[1]].discard(circle[0])
            yield circle[::-1]
        else:
            return


# The formatter


def formatter_skips(tree: Tree) -> Iterator[Finding]:
    """`# fmt:` comments outside data tables."""
    for path in tree.modules:
        if "# fmt:" not in text_of(path):
            continue
        with tokenize.open(path) as file:
            lines = {
                token.start[0]
                for token in tokenize.generate_tokens(file.readline)
                if token.type == tokenize.COMMENT and token.string.startswith("# fmt:")
            }
        for line in sorted(lines - last_lines_of_tables(path)):
            yield Finding(1, f"{tree.name(path)}:{line}")


def last_lines_of_tables(path: Path) -> set[int]:
    """The last lines of constants whose value is written out as a dict, list, tuple or set."""
    bodies = [node.body for node in nodes(path) if isinstance(node, ast.Module | ast.ClassDef)]
    return {
        statement.end_lineno or 0
        for body in bodies
        for statement in body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and isinstance(statement.value, ast.Dict | ast.List | ast.Tuple | ast.Set)
    }


# Names

GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
STANDARD_WORDS = ROOT / "tests" / "standard_words.txt"


def glossary_terms() -> list[str]:
    """The first column of the glossary's tables."""
    rows = re.findall(r"^\| ([^|]+?) \|", text_of(GLOSSARY), re.MULTILINE)
    return [term for term in rows if term not in {"word", "name", "---"}]


def standard_words() -> list[str]:
    lines = text_of(STANDARD_WORDS).splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def words_of(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z][a-z0-9]*", name)]


def singulars(word: str) -> set[str]:
    """The word, and what it may be the plural of."""
    endings = (("s", ""), ("es", ""), ("ies", "y"))
    return {word} | {
        word.removesuffix(ending) + instead for ending, instead in endings if word.endswith(ending)
    }


def defined_names(path: Path) -> list[str]:
    module = path.parent.name if path.stem == "__init__" else path.stem
    return [module, *(node.name for node in nodes(path) if isinstance(node, ast.ClassDef))]


def names_outside_the_glossary(tree: Tree) -> Iterator[Finding]:
    """Names of modules and classes with a word of neither the glossary nor the standard list."""
    known = {word for term in glossary_terms() for word in words_of(term)} | set(standard_words())
    for path in tree.modules:
        if path.parent.name in NAMED_BY_CODE:
            continue
        for name in defined_names(path):
            strange = [word for word in words_of(name) if not known & singulars(word)]
            if strange:
                place = f"{tree.name(path)} {name}: {', '.join(strange)}"
                yield Finding(len(strange), place)


# Duplicates

Line = tuple[int, str]  # its number, its text without indentation


WEB_IMPORT_STATEMENT = re.compile(r"^[ ]*import\b[^'\"]*['\"].*$", re.MULTILINE)


def blank_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def significant_lines(path: Path) -> list[Line]:
    """The lines that carry words, without comments and imports."""
    text = text_of(path)
    skipped: set[int] = set()
    if path.suffix == ".py":
        for node in nodes(path):
            if isinstance(node, ast.Import | ast.ImportFrom):
                skipped.update(range(node.lineno, (node.end_lineno or 0) + 1))
    else:
        text = WEB_IMPORT_STATEMENT.sub(blank_lines, text)
    lines = ((number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1))
    return [
        (number, line)
        for number, line in lines
        if number not in skipped and re.search(r"\w", line) and not re.match(r"#|//|\*|/\*", line)
    ]


def duplicates(tree: Tree) -> Iterator[Finding]:
    """Runs of six or more equal lines in two source files."""
    lines = {path: significant_lines(path) for path in [*tree.modules, *tree.web]}
    places: dict[tuple[str, ...], list[tuple[Path, int]]] = defaultdict(list)
    for path, own in lines.items():
        for start in range(len(own) - DUPLICATE_LINES + 1):
            window = tuple(text for _, text in own[start : start + DUPLICATE_LINES])
            places[window].append((path, start))
    pairs: dict[tuple[Path, Path], set[tuple[int, int]]] = defaultdict(set)
    for same in places.values():
        for (first, first_start), (second, second_start) in combinations(same, 2):
            if first != second:
                pairs[first, second].add((first_start, second_start))
    for (first, second), starts in pairs.items():
        for first_start, second_start, length in runs(starts):
            first_line, second_line = lines[first][first_start][0], lines[second][second_start][0]
            place = f"{tree.name(first)}:{first_line} = {tree.name(second)}:{second_line}"
            yield Finding(length, place)


def runs(starts: set[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Equal windows that overlap, as one run: its start in both files, its length."""
    for first, second in starts:
        if (first - 1, second - 1) not in starts:
            windows = next(n for n in count(1) if (first + n, second + n) not in starts)
            yield first, second, DUPLICATE_LINES + windows - 1


# All measurements


@dataclass(frozen=True)
class Measurement:
    """A figure with its limit.

    Attributes:
        before: the figure of the tree before the reorganisation of November 2026 (c2ce70c).
        is_count: the figure is the number of findings, not the size of the largest.
    """

    title: str
    findings: Callable[[Tree], Iterator[Finding]]
    limit: int
    before: int
    is_count: bool = False

    def figure(self, findings: list[Finding]) -> int:
        return (
            len(findings)
            if self.is_count
            else max((finding.size for finding in findings), default=0)
        )

    def offenders(self, findings: list[Finding]) -> list[Finding]:
        """What breaks the limit, worst first; where findings are counted, all of them."""
        if self.is_count:
            return findings if len(findings) > self.limit else []
        return [finding for finding in findings if finding.size > self.limit]


MEASUREMENTS = [
    Measurement("longest file, lines", file_lengths, 600, 441),
    Measurement("longest Python function, lines", function_lengths, 60, 55),
    Measurement("fullest folder of src and web/src, files", source_folders, 15, 30),
    Measurement("fullest folder of tests, docs and benchmarks", program_folders, 23, 31),
    Measurement("import circles", import_circles, 0, 1, is_count=True),
    Measurement("upward imports", upward_imports, 0, 0, is_count=True),
    Measurement(
        "`# fmt: skip` outside data tables", formatter_skips, SKIPS_LEFT, 146, is_count=True
    ),
    Measurement(
        "names outside the glossary", names_outside_the_glossary, NAMES_LEFT, 71, is_count=True
    ),
    Measurement("duplicates of six lines or more", duplicates, DUPLICATES_LEFT, 21, is_count=True),
]
WORST = 3


def report(tree: Tree) -> Iterator[str]:
    yield f"{'':46}{'before':>8}{'today':>8}{'limit':>8}"
    for measurement in MEASUREMENTS:
        findings = worst_first(measurement.findings(tree))
        figure = measurement.figure(findings)
        yield f"{measurement.title:46}{measurement.before:8}{figure:8}{measurement.limit:8}"
        for finding in findings[:WORST]:
            yield f"  {finding.size:5}  {finding.place}"


if __name__ == "__main__":
    print(*report(Tree(Path(sys.argv[1]).resolve()) if sys.argv[1:] else Tree()), sep="\n")
