"""The brief: what the user wants written, as YAML or as plain words."""

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import PydanticCustomError
from yaml.reader import ReaderError

from xiezuo.errors import BriefError
from xiezuo.i18n import Text
from xiezuo.markdown.words import TextLanguage, language_of

Kind = Literal["article", "tutorial", "report", "story", "essay", "speech", "email", "answer"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_BRIEF_BYTES = 256 * 1024  # about 64,000 tokens, too many to prefill on a slow CPU
DEEPEST = 20  # levels of YAML; a brief has three, and each costs PyYAML time and stack

DEFAULT_WORDS: dict[Kind, int] = {
    "article": 800,
    "tutorial": 1000,
    "report": 1000,
    "story": 1200,
    "essay": 800,
    "speech": 600,
    "email": 200,
    "answer": 300,
}


def _heading_only(value: object) -> object:
    return {"heading": value} if isinstance(value, str) else value


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # CommonMark replaces or drops them


def _one_line(heading: str) -> str:
    """A heading with words and without line breaks, which can be found in the document later."""
    line = " ".join(_CONTROL.sub(" ", heading).split())
    if not line.strip("# "):
        raise PydanticCustomError("heading_without_words", "a heading needs words")
    return line


_WITH_WORDS = Field(json_schema_extra={"pattern": r"\S"})
_WITH_NAME = Field(json_schema_extra={"pattern": r"[^\s#\x00-\x1f\x7f]"})
Line = Annotated[str, Field(min_length=1, max_length=500), _WITH_WORDS]
Heading = Annotated[Line, AfterValidator(_one_line), _WITH_NAME]
Paragraph = Annotated[str, Field(min_length=1, max_length=100_000), _WITH_WORDS]
WordCount = Annotated[int, Field(ge=10, le=200_000)]


class RequestedSection(BaseModel):
    """One heading of `structure`, with an optional length and intent.

    `chapter` is the heading of a chapter that starts with this section.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    heading: Heading
    words: WordCount | None = None
    intent: Line | None = None
    chapter: Heading | None = None


class Brief(BaseModel):
    """What to write. Everything but `task` is optional.

    `words` counts Latin words and Chinese characters alike. `language` is the language to
    write in; by default, the language of the task.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    task: Paragraph
    role: Line | None = None
    kind: Kind = "article"
    language: TextLanguage | None = None
    words: WordCount | None = None
    structure: Annotated[
        list[
            Annotated[
                RequestedSection,
                BeforeValidator(_heading_only, json_schema_input_type=RequestedSection | Heading),
            ]
        ],
        Field(max_length=400),
    ] = []
    requirements: Annotated[
        list[Line],
        BeforeValidator(_one_or_many, json_schema_input_type=list[Line] | Line),
        Field(max_length=50),
    ] = []
    example: Paragraph | None = None
    tone: Line | None = None
    audience: Line | None = None
    title: Heading | None = None

    @property
    def written_in(self) -> TextLanguage:
        return self.language or language_of(self.task)

    @property
    def total_words(self) -> int:
        """The requested length, else the sum of the sections, else the default of the kind."""
        if self.words is not None:
            return self.words
        lengths = [section.words for section in self.structure if section.words is not None]
        if lengths:
            return sum(lengths) * len(self.structure) // len(lengths)
        return DEFAULT_WORDS[self.kind]


def read_brief(path: Path) -> Brief:
    """The brief in a YAML file.

    Raises:
        BriefError: unreadable, too large, not UTF-8, not YAML, or not a brief; with the line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BRIEF_BYTES + 1)
    except OSError as error:
        raise _error(
            str(path), Text(str(error.strerror), f"{error.strerror}"), _CHECK_PATH
        ) from error
    return parse_brief(data, str(path))


def parse_brief(data: bytes, source: str) -> Brief:
    """The brief in `data`; `source` names it in errors.

    Raises:
        BriefError: as `read_brief`.
    """
    if len(data) > MAX_BRIEF_BYTES:
        limit = MAX_BRIEF_BYTES // 1024
        problem = Text(f"it is larger than {limit} KB", f"超过了 {limit} KB")
        raise _error(source, problem, _TOO_LARGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Text(f"line {line} is not UTF-8", f"第 {line} 行不是 UTF-8 编码")
        raise _error(source, problem, _NOT_UTF8) from error
    if not text.strip():
        raise _error(source, Text("it is empty", "内容为空"), _NEEDS_TASK)
    root = _compose(text, source)
    if not isinstance(root, yaml.MappingNode):
        problem = Text("it is not a list of `key: value` lines", "不是“键: 值”的形式")
        raise _error(source, problem, _NEEDS_TASK)
    _check_keys(root, source)
    try:
        return Brief.model_validate(_plain(root))
    except ValidationError as error:
        raise _invalid(error, root, source) from error


def brief_from_words(words: str) -> Brief:
    """A brief that is only a task, as given on the command line.

    Raises:
        BriefError: there are no words.
    """
    try:
        return Brief(task=words)
    except ValidationError as error:
        problem = Text("it is empty or far too long", "内容为空或过长")
        raise _error("-", problem, _NEEDS_TASK) from error


_NEEDS_TASK = Text(
    "A brief needs at least one line: `task: what to write`. See docs/how-to/write-a-brief.md.",
    "写作要求至少要有一行：`task: 要写什么`。见 docs/how-to/write-a-brief.zh.md。",
)
_TOO_LARGE = Text(
    "Keep the task and a short example; the model reads every word of it, slowly.",
    "请只保留任务和简短的示例；模型要逐字读完，会很慢。",
)
_NOT_UTF8 = Text(
    "Save it as UTF-8 (for a file from older Chinese Windows: `iconv -f GB18030 -t UTF-8`).",
    "请以 UTF-8 保存（旧版中文 Windows 的文件可用 `iconv -f GB18030 -t UTF-8` 转换）。",
)
_CHECK_PATH = Text("Check the path.", "请检查路径。")
_CHECK_YAML = Text(
    "It must be YAML; put quotes around text that has `: ` or starts with a special character.",
    "内容须为 YAML；含有 `: ` 或以特殊字符开头的文字请加引号。",
)

_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def _error(source: str, problem: Text, hint: Text) -> BriefError:
    return BriefError(source=source, problem=problem, hint=hint)


def _compose(text: str, source: str) -> yaml.Node | None:
    try:
        _check_tokens(text, source)
        return yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = Text(
            f"line {line} is not valid YAML ({error.problem})",
            f"第 {line} 行不是有效的 YAML（{error.problem}）",
        )
        raise _error(source, problem, _CHECK_YAML) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = Text(
            f"line {line} is not valid YAML (a control character)",
            f"第 {line} 行不是有效的 YAML（有控制字符）",
        )
        raise _error(source, problem, _CHECK_YAML) from error


def _check_tokens(text: str, source: str) -> None:
    """Refuse aliases, which can expand without limit, and deep nesting, before building nodes."""
    depth = 0
    for token in yaml.scan(text):
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        line = token.start_mark.line + 1
        if isinstance(token, yaml.AliasToken):
            problem = Text(
                f"line {line} uses YAML aliases (`*name`)",
                f"第 {line} 行使用了 YAML 别名（`*name`）",
            )
            raise _error(source, problem, _CHECK_YAML)
        if depth > DEEPEST:
            problem = Text(f"line {line} is nested too deeply", f"第 {line} 行嵌套层数过多")
            raise _error(source, problem, _CHECK_YAML)


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401 - YAML holds anything
    """Scalars stay text: `no`, `1.10` and `2024-01-01` are headings, not values."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value


def _check_keys(node: yaml.Node, source: str) -> None:
    """Refuse keys that are not text, and duplicate keys, which PyYAML accepts."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item, source)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problem = Text(f"line {line} has a key that is not text", f"第 {line} 行的键不是文字")
            raise _error(source, problem, _CHECK_YAML)
        if key.value in seen:
            problem = Text(
                f"line {line} repeats `{key.value}`", f"第 {line} 行重复了 `{key.value}`"
            )
            raise _error(source, problem, Text("Keep one of them.", "请只保留一个。"))
        seen.add(str(key.value))
        _check_keys(value, source)


def _invalid(error: ValidationError, root: yaml.MappingNode, source: str) -> BriefError:
    first = error.errors(include_url=False, include_input=False)[0]
    location = first["loc"]
    line = _line_of(root, location)
    name = ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)
    if first["type"] == "extra_forbidden":
        return _unknown_key(source, line, str(location[-1]), nested=len(location) > 1)
    if first["type"] == "missing" and location == ("task",):
        return _error(source, Text("it has no `task`", "缺少 `task`"), _NEEDS_TASK)
    hint = Text(
        "See docs/how-to/write-a-brief.md for every key.",
        "各个键的说明见 docs/how-to/write-a-brief.zh.md。",
    )
    problem = Text(
        f"line {line}, `{name}`: {first['msg']}", f"第 {line} 行，`{name}`：{_in_chinese(first)}"
    )
    return _error(source, problem, hint)


def _unknown_key(source: str, line: int, key: str, *, nested: bool) -> BriefError:
    known = list(RequestedSection.model_fields if nested else Brief.model_fields)
    close = difflib.get_close_matches(key, known, n=1)
    hint = (
        Text(f"Did you mean `{close[0]}`?", f"是否想写 `{close[0]}`？")
        if close
        else Text(f"Known keys: {', '.join(known)}.", f"可用的键：{'、'.join(known)}。")
    )
    return _error(
        source,
        Text(f"line {line} has the unknown key `{key}`", f"第 {line} 行有未知的键 `{key}`"),
        hint,
    )


_CHINESE = {
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "string_type": "应为文字",
    "string_too_short": "不能为空",
    "string_too_long": "文字过长",
    "literal_error": "应为 {expected} 之一",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "list_type": "应为列表",
    "too_long": "项目过多",
    "missing": "缺少该键",
    "heading_without_words": "标题不能没有文字",
    "model_type": "应为标题文字，或 heading、words、intent 三个键",
}


def _in_chinese(detail: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    template = _CHINESE.get(detail["type"])
    return template.format(**detail.get("ctx", {})) if template else str(detail["msg"])


def _line_of(root: yaml.Node, location: tuple[int | str, ...]) -> int:
    """The line, from 1, of the innermost node on the way to `location`."""
    node, line = root, 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            item = next((item for item in node.value if item[0].value == part), None)
            if item is None:
                break
            line, node = item[0].start_mark.line + 1, item[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
