"""The blocks that a section must contain besides prose, read from its heading and intent."""

import re
from typing import Literal

from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import PlannedSection

BlockRequest = Literal["code", "table"]

_CODE = re.compile(
    r"\b(?:code|script|snippet|function|program|command|implementation)s?\b|代码|程序|脚本|函数|命令",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"\btables?\b(?! (?:of contents|tennis))|表格|一览表|对照表|列表对比", re.IGNORECASE
)
_LANGUAGES = (
    ("python", r"\bpython\b|\bpandas\b|\bflask\b|\bdjango\b|\bpytest\b"),
    ("javascript", r"\bjavascript\b|\bnode(?:\.js)?\b|\breact\b"),
    ("typescript", r"\btypescript\b"),
    ("bash", r"\bbash\b|\bshell\b|\bcommand line\b|\bterminal\b|命令行"),
    ("sql", r"\bsql\b|\bsqlite\b|\bpostgres(?:ql)?\b|\bmysql\b"),
    ("html", r"\bhtml\b"),
    ("rust", r"\brust\b"),
    ("go", r"\bgolang\b"),
    ("java", r"\bjava\b"),
    ("c", r"\bC language\b|C 语言"),
)


def block_requests(planned: PlannedSection) -> frozenset[BlockRequest]:
    """The blocks that the heading or the intent of a section names."""
    text = f"{planned.heading}. {planned.intent or ''}"
    requests: set[BlockRequest] = set()
    if _CODE.search(planned.intent or "") or re.search(r"\bcode\b|代码", text, re.IGNORECASE):
        requests.add("code")
    if _TABLE.search(text):
        requests.add("table")
    return frozenset(requests)


def code_language(brief: Brief, planned: PlannedSection) -> str:
    """The programming language that the section or else the brief names; `text` if none."""
    for text in (
        f"{planned.heading} {planned.intent or ''}",
        brief.task,
        " ".join(brief.requirements),
    ):
        for language, pattern in _LANGUAGES:
            if re.search(pattern, text, re.IGNORECASE):
                return language
    return "text"
