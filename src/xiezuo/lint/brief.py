"""Lenient reader of a brief's YAML: every part that can be read can be linted."""

import yaml
from yaml.reader import ReaderError

from xiezuo.errors import LintInputError
from xiezuo.i18n import Text
from xiezuo.lint.expected import BriefParts, Expected, ExpectedSection
from xiezuo.markdown.span import Span

_LARGEST = 200_000  # characters


def parse_parts(text: str, path: str = "-") -> BriefParts:
    """The parts of the brief in `text`, each with its span.

    Raises:
        LintInputError: the text is too large, not YAML, or not a mapping.
    """
    if len(text) > _LARGEST:
        raise LintInputError(path=path, problem=Text("it is too large", "内容过大"))
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.MarkedYAMLError, ReaderError, RecursionError) as error:
        problem = str(error).split("\n", 1)[0]
        raise LintInputError(
            path=path, problem=Text(f"it is not YAML ({problem})", f"不是 YAML（{problem}）")
        ) from error
    if not isinstance(root, yaml.MappingNode):
        raise LintInputError(
            path=path,
            problem=Text("it does not consist of `key: value` lines", "不是“键: 值”格式"),
        )
    values = {str(key.value): value for key, value in root.value}
    words = _plain(values.get("words"))
    return BriefParts(
        role=_plain(values.get("role")),
        task=_plain(values.get("task")),
        structure=_sections(values.get("structure")),
        example=_plain(values.get("example")),
        words=int(words) if words.isdecimal() else None,
        spans={
            key: Span(node.start_mark.index, node.end_mark.index) for key, node in values.items()
        },
    )


def expected_of(parts: BriefParts) -> Expected:
    """The outline that a document written to this brief should follow."""
    return Expected(parts.structure, parts.task, parts.words)


def _plain(node: yaml.Node | None) -> str:
    return str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""


def _sections(node: yaml.Node | None) -> tuple[ExpectedSection, ...]:
    if isinstance(node, yaml.ScalarNode):
        return (ExpectedSection(_plain(node)),) if _plain(node) else ()
    if not isinstance(node, yaml.SequenceNode):
        return ()
    return tuple(section for item in node.value if (section := _section(item)))


def _section(node: yaml.Node) -> ExpectedSection | None:
    if isinstance(node, yaml.ScalarNode) and _plain(node):
        return ExpectedSection(_plain(node))
    if not isinstance(node, yaml.MappingNode):
        return None
    fields = {str(key.value): _plain(value) for key, value in node.value}
    words = fields.get("words", "")
    heading = fields.get("heading", "")
    return ExpectedSection(heading, int(words) if words.isdecimal() else None) if heading else None
