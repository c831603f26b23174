"""What errors, settings and pages name exists: pages, source files, tests."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from tests.support.errors import CONCRETE
from xiezuo.settings import Settings

ROOT = Path(__file__).parents[1]
PAGE = re.compile(r"[\w./-]+\.md\b")


def sentences(model: type[BaseModel]) -> Iterator[str]:
    for field in model.model_fields.values():
        yield field.description or ""
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from sentences(field.annotation)


def test_pages_named_in_errors_and_settings_exist():
    texts = [
        sentence
        for error in CONCRETE
        for text in (error.what, error.remedy)
        for sentence in (text.en, text.zh)
    ]
    named = {page for text in (*texts, *sentences(Settings)) for page in PAGE.findall(text)}
    assert named
    assert sorted(page for page in named if not (ROOT / page).is_file()) == []


PAGES = [
    ROOT / "README.md",
    ROOT / "README.zh.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FOLDERS = (
    ROOT,
    *(ROOT / name for name in ("src/xiezuo", "src/xiezuo/writing", "tests", "docs", "web/src")),
)
FILE = re.compile(
    r"`(?!/)([\w./-]+/[\w.-]+\.(?:py|toml|js|ts|json|lua|txt|md|yaml))(?:::(\w+)…?)?`"
)


def test_source_files_and_tests_named_on_pages_exist():
    missing: list[str] = []
    named = 0
    for page in PAGES:
        for name, test in FILE.findall(page.read_text("utf-8")):
            named += 1
            file = next((path for folder in FOLDERS if (path := folder / name).is_file()), None)
            if file is None or (test and f"def {test}" not in file.read_text("utf-8")):
                missing.append(f"{page.relative_to(ROOT)}: {name} {test}".strip())
    assert named > 150
    assert not missing, "\n".join(missing)
