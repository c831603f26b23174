"""Each measurement of `tests/house.py` finds an offender that is planted."""

from pathlib import Path

import pytest

from tests.house import (
    MEASUREMENTS,
    Finding,
    Tree,
    duplicates,
    file_lengths,
    formatter_skips,
    function_lengths,
    import_circles,
    names_outside_the_glossary,
    program_folders,
    report,
    source_folders,
    upward_imports,
    worst_first,
)

LAYERS_JS = """export const LAYERS = {
  document: [],
  sync: ['document'],
}
"""
SIX_LINES = "".join(f"total += {number}\n" for number in range(6))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    write(tmp_path / "src/xiezuo/__init__.py", "")
    write(tmp_path / "tests/test_job.py", "")
    write(tmp_path / "web/layers.js", LAYERS_JS)
    write(tmp_path / "web/src/document/outline.ts", "export const OUTLINE = 1\n")
    return Tree(tmp_path)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("name", ["src/xiezuo/job.py", "tests/job.py", "web/src/sync/Job.svelte"])
def test_a_long_file(tree: Tree, name: str):
    write(tree.root / name, "\n" * 700)
    assert worst_first(file_lengths(tree))[0] == Finding(700, name)


def test_a_long_function(tree: Tree):
    write(tree.package / "job.py", "async def run():\n" + "    pass\n" * 70)
    assert list(function_lengths(tree)) == [Finding(71, "src/xiezuo/job.py:1 run")]


@pytest.mark.parametrize("folder", ["src/xiezuo/jobs", "web/src/document"])
def test_a_full_folder_of_the_source(tree: Tree, folder: str):
    for number in range(20):
        write(tree.root / folder / f"job{number}{'.py' if 'xiezuo' in folder else '.ts'}", "")
    worst = worst_first(source_folders(tree))[0]
    assert worst.place == folder
    assert worst.size >= 20


def test_a_full_folder_of_the_tests(tree: Tree):
    for number in range(30):
        write(tree.root / f"tests/jobs/test_{number}.py", "")
    assert worst_first(program_folders(tree))[0] == Finding(30, "tests/jobs")


def test_the_folder_of_commands_may_be_full(tree: Tree):
    for number in range(20):
        write(tree.package / f"cli/job{number}.py", "")
    assert "src/xiezuo/cli" not in {finding.place for finding in source_folders(tree)}


def test_a_circle_of_modules(tree: Tree):
    write(tree.package / "jobs/queue.py", "from xiezuo.jobs import stages\n")
    write(tree.package / "jobs/stages.py", "from xiezuo.jobs.retry import again\n")
    write(tree.package / "jobs/retry.py", "import xiezuo.jobs.queue\n")
    (circle,) = import_circles(tree)
    assert circle.size == 3
    assert set(circle.place.split(" → ")) == {"jobs.queue", "jobs.stages", "jobs.retry"}


def test_a_circle_for_types_only(tree: Tree):
    hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import xiezuo.jobs.queue\n"
    write(tree.package / "jobs/queue.py", "import xiezuo.jobs.stages\n")
    write(tree.package / "jobs/stages.py", hidden)
    assert len(list(import_circles(tree))) == 1


def test_a_circle_in_the_studio(tree: Tree):
    write(tree.root / "web/src/sync/outbox.ts", "import { tabs } from './tabs.svelte'\n")
    write(tree.root / "web/src/sync/tabs.svelte.ts", "await import('./outbox')\n")
    (circle,) = import_circles(tree)
    assert set(circle.place.split(" → ")) == {"sync/outbox.ts", "sync/tabs.svelte.ts"}


def test_an_upward_import(tree: Tree):
    write(tree.package / "lint/rule.py", "\nfrom xiezuo.engine.client import EngineClient\n")
    (finding,) = upward_imports(tree)
    assert finding.place == "src/xiezuo/lint/rule.py:2 imports engine.client.EngineClient"


def test_an_upward_import_in_the_studio(tree: Tree):
    write(tree.root / "web/src/sync/outbox.ts", "import { OUTLINE } from '../document/outline'\n")
    write(tree.root / "web/src/document/words.ts", "import { send } from '../sync/outbox'\n")
    (finding,) = upward_imports(tree)
    assert finding.place == "web/src/document/words.ts imports sync/outbox.ts"


def test_a_formatter_skip_outside_a_table(tree: Tree):
    table = "ROWS = [\n    1,  2,\n]  # fmt: skip\n"
    write(tree.package / "job.py", f"{table}total = (1 +\n    2)  # fmt: skip\n")
    assert list(formatter_skips(tree)) == [Finding(1, "src/xiezuo/job.py:5")]


def test_a_metaphor(tree: Tree):
    write(tree.package / "jobs/patience.py", "class JobQueue: ...\nclass Doorkeeper: ...\n")
    places = [finding.place for finding in names_outside_the_glossary(tree)]
    assert places == [
        "src/xiezuo/jobs/patience.py patience: patience",
        "src/xiezuo/jobs/patience.py Doorkeeper: doorkeeper",
    ]


def test_a_duplicate(tree: Tree):
    write(tree.package / "jobs/queue.py", f"total = 0\n{SIX_LINES}")
    write(tree.package / "jobs/stages.py", f"import os\n\n\n{SIX_LINES}")
    place = "src/xiezuo/jobs/queue.py:2 = src/xiezuo/jobs/stages.py:4"
    assert list(duplicates(tree)) == [Finding(6, place)]


def test_a_long_duplicate_is_one(tree: Tree):
    lines = "".join(f"const total{number} = {number}\n\n  // {number}\n" for number in range(9))
    write(tree.root / "web/src/sync/outbox.ts", lines)
    write(tree.root / "web/src/sync/tabs.ts", lines)
    assert [finding.size for finding in duplicates(tree)] == [9]


def test_imports_and_comments_are_no_duplicates(tree: Tree):
    imports = "".join(f"import os{number}\n# of the system\n" for number in range(9))
    for name in ("queue", "stages"):
        write(tree.package / f"jobs/{name}.py", imports)
    several = "  import {\n" + "".join(f"  name{number},\n" for number in range(9)) + "} from 'x'\n"
    for name in ("outbox", "tabs"):
        write(tree.root / f"web/src/sync/{name}.ts", several)
    assert list(duplicates(tree)) == []


def test_the_report_has_a_line_for_each_figure_and_three_offenders(tree: Tree):
    for number in range(5):
        write(
            tree.package / f"jobs/{'abcde'[number]}.py", f"def run():\n    return {number}\n" * 400
        )
    lines = list(report(tree))
    titles = [line for line in lines if not line.startswith("  ")]
    assert [title.split("  ")[0] for title in titles] == [row.title for row in MEASUREMENTS]
    longest = lines.index(titles[0])
    assert titles[0].split()[-3:] == ["441", "800", "600"]
    assert lines[longest + 1 : longest + 4] == [
        f"    800  src/xiezuo/jobs/{letter}.py" for letter in "abc"
    ]
    assert lines[longest + 4] == titles[1]
