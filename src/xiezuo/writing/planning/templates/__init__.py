"""Template briefs, one file each: `<kind>.<language>.yaml` in this folder."""

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from xiezuo.writing.model.brief import Brief, Line

KINDS = (
    "article",
    "tutorial",
    "report",
    "weekly",
    "novel",
    "essay",
    "speech",
    "email",
    "readme",
    "product",
)
_LANGUAGES = ("en", "zh")


class Template(BaseModel):
    """A complete brief; `summary` describes its purpose in one line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    name: Line
    summary: Line
    brief: Brief

    @property
    def id(self) -> str:
        return f"{self.kind}.{self.brief.written_in}"


@cache
def gallery() -> tuple[Template, ...]:
    """Every template, kind by kind, in each language."""
    return tuple(_read(kind, language) for kind in KINDS for language in _LANGUAGES)


def _read(kind: str, language: str) -> Template:
    text = files(__name__).joinpath(f"{kind}.{language}.yaml").read_text("utf-8")
    return Template.model_validate({"kind": kind, **yaml.safe_load(text)})
