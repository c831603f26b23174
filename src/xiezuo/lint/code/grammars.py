"""tree-sitter parsers, loaded on the first block of their language."""

from collections.abc import Callable
from functools import cache

import tree_sitter_bash
import tree_sitter_javascript
import tree_sitter_sql
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

GRAMMARS: dict[str, Callable[[], object]] = {
    "javascript": tree_sitter_javascript.language,
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
    "bash": tree_sitter_bash.language,
    "sql": tree_sitter_sql.language,
}
_MOST_DETAIL = 40


@cache
def _parser(name: str) -> Parser:
    return Parser(Language(GRAMMARS[name]()))


def first_error(name: str, source: str) -> tuple[int, int, str] | None:
    """Start, end (in characters) and description of the first syntax error."""
    data = source.encode("utf-8", "replace")
    root = _parser(name).parse(data).root_node
    if not root.has_error:
        return None
    node = _first(root)
    start = len(data[: node.start_byte].decode("utf-8", "ignore"))
    end = len(data[: node.end_byte].decode("utf-8", "ignore"))
    if node.is_missing:
        return start, start, f"'{node.type}' is missing"
    text = source[start:end].strip().split("\n", 1)[0][:_MOST_DETAIL]
    return start, end, f"unexpected '{text}'"


def _first(node: Node) -> Node:
    """The first error node below a node that contains one."""
    while not (node.is_error or node.is_missing):
        faulty = next(
            (child for child in node.children if child.has_error or child.is_missing), None
        )
        if faulty is None:
            return node
        node = faulty
    return node
