"""Rules of the house that no linter knows: layers, sizes, the public surface, no addresses."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xiezuo
import xiezuo.lint
from xiezuo.text.document import Document

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "xiezuo"
MODULES = sorted(SOURCE.rglob("*.py"))

# A module imports from its own layer and from layers above it in this list, never from below.
LAYERS = [
    ("version", "language"),
    ("errors", "machine"),
    ("settings",),
    ("text",),
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
SETTINGS_READERS = {"studio", "doctor", "cli"}  # doctor composes, as studio does
LONGEST_MODULE, LONGEST_FUNCTION = 600, 60


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def home(path: Path) -> str:
    """The part of the package that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def own_imports(node: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Imports of our own modules, each with the part it takes from."""
    for found in ast.walk(node):
        if isinstance(found, ast.ImportFrom) and (found.module or "").startswith("xiezuo"):
            parts = found.module.split(".")
            names = [parts[1]] if len(parts) > 1 else [alias.name for alias in found.names]
            yield from ((found, name) for name in names)
        elif isinstance(found, ast.Import):
            names = [alias.name for alias in found.names if alias.name.startswith("xiezuo.")]
            yield from ((found, name.split(".")[1]) for name in names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
class TestModule:
    def test_imports_point_one_way(self, path: Path):
        if path == SOURCE / "__init__.py":
            return  # the public surface reaches everywhere, lazily
        mine = layer(home(path))
        for statement, part in own_imports(tree(path)):
            assert layer(part) <= mine, f"line {statement.lineno}: {home(path)} imports {part}"

    def test_only_the_composition_root_and_commands_read_settings(self, path: Path):
        if home(path) not in {*SETTINGS_READERS, "settings", "__init__"}:
            assert "settings" not in {part for _, part in own_imports(tree(path))}

    def test_no_import_hides_in_a_function_outside_the_commands(self, path: Path):
        if home(path) == "cli":
            return
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
                assert not hidden, f"line {hidden[0].lineno}"

    def test_nothing_is_long(self, path: Path):
        text = path.read_text("utf-8")
        assert text.count("\n") <= LONGEST_MODULE
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno - node.lineno <= LONGEST_FUNCTION, node.name

    def test_no_broad_except(self, path: Path):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                names = {
                    n.id
                    for n in ast.walk(node.type or ast.Name("Exception"))
                    if isinstance(n, ast.Name)
                }
                reraises = any(isinstance(n, ast.Raise) for n in ast.walk(node))
                assert reraises or not names & {"Exception", "BaseException"}, f"line {node.lineno}"

    def test_it_says_what_it_is(self, path: Path):
        if path.parent.name == "rules" and path.name != "__init__.py":
            return  # a rule's page is its class's docstring: tests/lint/test_rules.py
        if path.read_text("utf-8").strip():
            assert ast.get_docstring(tree(path)) or path.name == "version.py"


def test_every_part_of_the_package_has_its_layer():
    parts = {home(path) for path in MODULES} - {"__init__"}
    assert {part for part in parts if not any(part in names for names in LAYERS)} == set()


def test_every_public_name_exists_and_explains_itself():
    assert set(xiezuo.__all__) - {"__version__"} == set(xiezuo._HOMES)
    for name in xiezuo._HOMES:
        value = getattr(xiezuo, name)
        assert value is not None
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name
    with pytest.raises(AttributeError):
        xiezuo.nonesuch  # noqa: B018


def test_the_linter_is_public_by_itself():
    assert set(xiezuo.lint.__all__) == set(xiezuo.lint._HOMES)
    for name in xiezuo.lint._HOMES:
        assert inspect.getdoc(getattr(xiezuo.lint, name)), name
    with pytest.raises(AttributeError):
        xiezuo.lint.nonesuch  # noqa: B018


@pytest.mark.parametrize(
    "module",
    [
        "studio",
        "engine.client",
        "engine.process",
        "engine.models",
        "engine.download",
        "writing.brief",
    ],
)
def test_public_functions_and_classes_explain_themselves(module: str):
    loaded = importlib.import_module(f"xiezuo.{module}")
    for name, value in vars(loaded).items():
        public = not name.startswith("_") and getattr(value, "__module__", "") == loaded.__name__
        if public and inspect.isclass(value):
            assert inspect.getdoc(value), name


def test_help_loads_nothing_heavy():
    check = "import sys, xiezuo.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"httpx", "pydantic", "yaml", "xllamacpp", "psutil", "asyncio"} & set(loaded)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted|registry\.npm|deb\.debian|npmmirror|tuna\.tsinghua"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|home|root|opt)/\w")


@pytest.mark.parametrize("path", tracked(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_registry_and_no_path_of_a_machine(path: Path):
    assert path.stat().st_size < 1_000_000
    if path.suffix in {".png", ".webp"}:
        return
    if path == Path(__file__) or ROOT / "tests" / "corpus" / "human" in path.parents:
        return  # this list, and pages that other people wrote
    text = path.read_text("utf-8")
    assert not REGISTRIES.search(text)
    assert not MACHINE_PATHS.search(text)


def test_pins_are_exact_and_without_addresses():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[\w.]+", line), line


def test_everything_the_package_needs_is_pinned():
    pinned = {
        re.sub(r"[-_.]+", "-", line.split("==")[0]).lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    text = (ROOT / "pyproject.toml").read_text()
    wanted = re.findall(r'^\s+"([\w-]+)>=', text, re.MULTILINE) + re.findall(
        r'[\[ ]"([\w-]+)>=', text
    )
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in wanted} <= pinned


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")) + sorted(ROOT.glob("*.md")))
def test_links_in_the_docs_lead_somewhere(page: Path):
    for block in Document(page.read_text("utf-8")).texts:
        for link in block.inline.links:
            target = link.href.partition("#")[0]
            assert re.match("https?:", target) or (page.parent / target).exists(), target


def test_every_page_for_users_exists_in_both_languages():
    pages = [
        ROOT / "README.md",
        ROOT / "docs" / "tutorial.md",
        ROOT / "docs" / "security.md",
        *(ROOT / "docs" / "how-to").glob("*.md"),
    ]
    for page in pages:
        if not page.name.endswith(".zh.md"):
            assert page.with_suffix(".zh.md").exists(), page
