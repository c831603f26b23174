"""What a brief asks for, as far as the form of a document can show it."""

import re
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

_TABLE = re.compile(r"\btable\b|表格|用表|对照表|一张表", re.IGNORECASE)
_CODE = re.compile(r"\bcode\b|\bscript\b|\blisting\b|```|代码|源码|脚本", re.IGNORECASE)
_NO_CODE = re.compile(r"\b(?:no|without) code\b|(?:不要|不含|没有)代码", re.IGNORECASE)
_LIST = re.compile(
    r"\blists?\b|\bchecklist\b|\bbullet|\bsteps?\b|\binstructions\b|\brecipe\b"
    r"|清单|列表|步骤|要点|分条|逐条",
    re.IGNORECASE,
)
_QUIZ = re.compile(
    r"quiz|exam|multiple.choice|test questions|选择题|试题|测验|习题|问答", re.IGNORECASE
)


def _entries(value: object) -> object:
    return [value] if isinstance(value, str) else value or []


def _section(value: object) -> object:
    return {"heading": value} if isinstance(value, str) else value


class RequestedSection(BaseModel):
    heading: str
    words: int | None = None
    intent: str = ""
    form: Any = None


class Request(BaseModel):
    """A brief as its YAML says it; what the reader does not check is left out."""

    model_config = ConfigDict(extra="ignore")

    task: str = ""
    role: str = ""
    kind: str = ""
    words: int | None = None
    requirements: Annotated[list[str], BeforeValidator(_entries)] = []
    structure: Annotated[
        list[Annotated[RequestedSection, BeforeValidator(_section)]], BeforeValidator(_entries)
    ] = []

    @classmethod
    def read(cls, path: Path) -> "Request":
        return cls.model_validate(yaml.safe_load(path.read_text("utf-8")))

    @property
    def _said(self) -> str:
        of_sections = (
            f"{section.heading} {section.intent} {section.form or ''}" for section in self.structure
        )
        return "\n".join([self.task, *self.requirements, *of_sections])

    @property
    def headings(self) -> list[str]:
        return [section.heading for section in self.structure]

    @property
    def length(self) -> int | None:
        """Words of the whole document, or of all its sections if each has a number."""
        lengths = [section.words for section in self.structure if section.words]
        if self.words or not lengths or len(lengths) < len(self.structure):
            return self.words
        return sum(lengths)

    @property
    def table(self) -> bool:
        return bool(_TABLE.search(self._said))

    @property
    def code(self) -> bool:
        return bool(_CODE.search(self._said)) and not _NO_CODE.search(self._said)

    @property
    def lists(self) -> bool:
        return bool(_LIST.search(self._said)) or self.kind in {"tutorial", "recipe"}

    @property
    def quiz(self) -> bool:
        return bool(_QUIZ.search(self._said))
