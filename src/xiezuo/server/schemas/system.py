"""Templates, settings, users and keys."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from xiezuo.markdown.words import TextLanguage
from xiezuo.server.schemas.base import BRIEF, Name, RequestBody, example
from xiezuo.store.accounts import Scope
from xiezuo.store.templates import Template
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.planning import templates

_LONGEST_SUMMARY = 200  # characters


class TemplateIn(RequestBody):
    model_config = example(name="Weekly", brief=BRIEF)

    name: Name
    brief: Brief


class TemplateOut(BaseModel):
    """A brief to start from: the user's own, or a `builtin` one that cannot be removed.

    `kind` is the brief's, or for a builtin one also `weekly`, `novel`, `readme` or `product`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "weekly.en",
                    "name": "Weekly report",
                    "kind": "weekly",
                    "language": "en",
                    "summary": "What was done, what is next.",
                    "builtin": True,
                    "brief": BRIEF,
                    "created": None,
                }
            ]
        }
    )

    id: str
    name: str
    kind: str
    language: TextLanguage
    summary: str
    builtin: bool
    brief: Brief
    created: float | None


class SettingsIn(RequestBody):
    """Settings of the studio; null removes template."""

    model_config = example(values={"theme": "dark"})

    values: dict[Annotated[str, Field(max_length=64)], Any] = Field(max_length=100)


class LoginIn(RequestBody):
    model_config = example(name="ann", password="correct horse battery")  # noqa: S106 - no secret

    name: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=1000)]


class PasswordIn(RequestBody):
    model_config = example(old="correct horse battery", new="another long password")

    old: Annotated[str, Field(max_length=1000)]
    new: Annotated[str, Field(max_length=1000)]


class Me(BaseModel):
    """The authenticated user; `csrf` goes into the header X-CSRF-Token of every change."""

    user_id: str
    scopes: list[Scope]
    csrf: str | None


class KeyIn(RequestBody):
    model_config = example(name="scripts", scopes=["read", "write"])

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)]


class KeyOut(BaseModel):
    id: str
    name: str
    scopes: list[Scope]
    created: float


class NewKey(KeyOut):
    """A new key; `token` is shown only once."""

    token: str


def template_out(template: Template) -> TemplateOut:
    return TemplateOut(
        id=template.id,
        name=template.name,
        kind=template.brief.kind,
        language=template.brief.written_in,
        summary=template.brief.task[:_LONGEST_SUMMARY],
        builtin=False,
        brief=template.brief,
        created=template.created,
    )


def gallery_out(template: templates.Template) -> TemplateOut:
    return TemplateOut(
        id=template.id,
        name=template.name,
        kind=template.kind,
        language=template.brief.written_in,
        summary=template.summary,
        builtin=True,
        brief=template.brief,
        created=None,
    )
