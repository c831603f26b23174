"""Rules of this code base that no linter knows. Each test lists every offender, not the first."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import xiezuo
import xiezuo.lint
from tests.house import (
    LAYERS,
    MEASUREMENTS,
    ROOT,
    Function,
    Measurement,
    Tree,
    nodes,
    own_imports,
    parsed,
    part_of,
    text_of,
    worst_first,
)
from xiezuo.markdown.document import MarkdownDocument

TREE = Tree()
MODULES = TREE.modules
PROGRAMS = TREE.programs
SETTINGS_READERS = {"studio", "doctor", "cli"}  # doctor composes, as studio does


def none(offenders: Iterable[str], hint: str = "") -> None:
    """Fail with all of them; a bare assert would cut the list short."""
    listed = sorted(offenders)
    if listed:
        pytest.fail("\n".join([hint or f"{len(listed)} found", *listed]), pytrace=False)


def place(path: Path, node: ast.stmt | ast.expr | ast.ExceptHandler) -> str:
    return f"{TREE.name(path)}:{node.lineno}"


@pytest.mark.parametrize("measurement", MEASUREMENTS, ids=lambda measurement: measurement.title)
def test_no_measurement_is_above_its_limit(measurement: Measurement):
    offenders = measurement.offenders(worst_first(measurement.findings(TREE)))
    none(f"{finding.place} ({finding.size})" for finding in offenders)


def test_every_part_of_the_package_has_its_layer():
    parts = {part_of(TREE, path) for path in MODULES} - {"__init__"}
    none(part for part in parts if not any(part in names for names in LAYERS))


def test_the_architecture_page_lists_the_layers_as_they_are():
    page = text_of(ROOT / "docs" / "architecture.md")
    table = page.split("## Layers")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert [tuple(re.findall(r"`(\w+)`", cell)) for cell in cells] == LAYERS


def test_only_the_composition_root_and_commands_read_settings():
    wrong = [
        place(path, statement)
        for path in MODULES
        if part_of(TREE, path) not in {*SETTINGS_READERS, "settings", "__init__"}
        for statement, name in own_imports(path)
        if name.split(".")[0] == "settings"
    ]
    none(wrong)


def test_no_import_hides_in_a_function_outside_the_commands():
    hidden = {
        place(path, node)
        for path in MODULES
        if part_of(TREE, path) != "cli"
        for function in nodes(path)
        if isinstance(function, Function)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    none(hidden)


def imported_modules(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Each dotted name that a file imports, absolute or relative."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module or ''}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)


def test_no_test_module_is_imported():
    wrong = {
        f"{place(path, statement)} {name}"
        for path in PROGRAMS
        for statement, name in imported_modules(path)
        if re.search(r"(^|\.)test_\w+\.", f"{name}.") and not name.startswith("xiezuo.")
    }
    none(wrong, "what several tests use belongs in conftest.py or tests/support")


def test_no_broad_except():
    wrong = []
    for path in MODULES:
        for handler in nodes(path):
            if isinstance(handler, ast.ExceptHandler):
                caught = ast.walk(handler.type or ast.Name("Exception"))
                names = {node.id for node in caught if isinstance(node, ast.Name)}
                reraises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
                if names & {"Exception", "BaseException"} and not reraises:
                    wrong.append(place(path, handler))
    none(wrong)


def test_every_module_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in MODULES
        # The page of a rule is the docstring of its class: tests/lint/test_rules.py.
        if (path.parent.name != "rules" or path.name == "__init__.py")
        and path.name != "version.py"
        and text_of(path).strip()
        and not ast.get_docstring(parsed(path))
    ]
    none(silent)


def test_every_public_name_exists_and_explains_itself():
    for package in (xiezuo, xiezuo.lint):
        assert set(package.__all__) - {"__version__"} == set(package._HOMES)
        values = {name: getattr(package, name) for name in package._HOMES}
        silent = [name for name, it in values.items() if it is None or not inspect.getdoc(it)]
        none(silent)
        with pytest.raises(AttributeError):
            package.nonesuch  # noqa: B018


EXPLAINED = (
    "studio engine.client engine.local.process engine.models.store engine.models.download"
    " writing.model.brief"
)


def test_public_classes_explain_themselves():
    modules = [importlib.import_module(f"xiezuo.{name}") for name in EXPLAINED.split()]
    silent = [
        f"{module.__name__}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and not name.startswith("_")
        and value.__module__ == module.__name__
        and not inspect.getdoc(value)
    ]
    none(silent)


def test_help_loads_nothing_heavy():
    check = "import sys, xiezuo.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"httpx", "pydantic", "yaml", "xllamacpp", "psutil", "asyncio"} & set(loaded)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


LARGEST = 1_000_000  # bytes
PICTURES = {".png", ".webp"}
OF_OTHERS = ROOT / "tests" / "corpus" / "human"  # pages that other people wrote
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted|registry\.npm|deb\.debian|npmmirror|tuna\.tsinghua"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|home|root|opt)/\w")


def test_no_registry_and_no_path_of_a_machine():
    wrong = []
    for path in tracked():
        if path.suffix in PICTURES or path == Path(__file__) or OF_OTHERS in path.parents:
            continue
        text = path.read_text("utf-8")
        if REGISTRIES.search(text) or MACHINE_PATHS.search(text):
            lines = enumerate(text.splitlines(), 1)
            name = path.relative_to(ROOT)
            wrong += [
                f"{name}:{number}: {line.strip()[:80]}"
                for number, line in lines
                if REGISTRIES.search(line) or MACHINE_PATHS.search(line)
            ]
    none(wrong)


def test_no_file_is_large():
    large = [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size >= LARGEST]
    none(large)


def pins() -> list[str]:
    return (ROOT / "constraints.txt").read_text().splitlines()


def test_pins_are_exact_and_without_addresses():
    none(line for line in pins() if not re.fullmatch(r"[A-Za-z0-9._-]+==[\w.]+", line))


def test_everything_the_package_needs_is_pinned():
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in pins()}
    text = (ROOT / "pyproject.toml").read_text()
    wanted = re.findall(r'^\s+"([\w-]+)>=', text, re.MULTILINE) + re.findall(
        r'[\[ ]"([\w-]+)>=', text
    )
    none({re.sub(r"[-_.]+", "-", name).lower() for name in wanted} - pinned)


def test_links_in_the_docs_lead_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {link.href}"
        for page in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
        for block in MarkdownDocument(page.read_text("utf-8")).texts
        for link in block.inline.links
        if not re.match("https?:", link.href)
        and not (page.parent / link.href.partition("#")[0]).exists()
    ]
    none(broken)


def test_every_page_for_users_exists_in_both_languages():
    pages = [
        ROOT / "README.md",
        ROOT / "docs" / "tutorial.md",
        ROOT / "docs" / "security.md",
        *(ROOT / "docs" / "how-to").glob("*.md"),
    ]
    missing = [
        str(page.relative_to(ROOT))
        for page in pages
        if not page.name.endswith(".zh.md") and not page.with_suffix(".zh.md").exists()
    ]
    none(missing)
