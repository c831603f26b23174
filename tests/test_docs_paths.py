"""Pages of the docs that errors and settings name exist."""

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
