"""Fixes Python blocks without the model: keeps the part that parses, imports known modules."""

import ast
import re
import sys

from xiezuo.lint import Linter
from xiezuo.markdown.blocks import CodeBlock
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.edits import Edit, Edits

_LEAST = 2  # lines of code that must remain
_UNDEFINED = re.compile(r"[`“\"'](\w+)[`”\"']")
_USUAL = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
}


def fix_python(body: str) -> str:
    """`body` with those faults of its Python blocks fixed that have only one fix."""
    edits: list[Edit] = []
    for block in MarkdownDocument(body).codes:
        if _is_python(block) and block.content.strip() and block.closed:
            code = _parsing_part(block.content)
            if code is not None and code != block.content:
                start, end = block.source_offset(0), block.source_offset(len(block.content) - 1) + 1
                edits.append(Edit(start, end, code))
    text = Edits(edits).apply(body) if edits else body
    return _import_known(text)


def _is_python(block: CodeBlock) -> bool:
    return block.language in {"python", "py", "python3"} and not block.quoted and block.depth == 0


def _parsing_part(code: str) -> str | None:
    """The longest beginning of `code`, in whole lines, that parses; None if too little does."""
    lines = code.rstrip("\n").split("\n")
    for count in range(len(lines), 0, -1):
        part = "\n".join(lines[:count])
        try:
            tree = ast.parse(part)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if count == len(lines):
            return code
        code_lines = [
            line for line in lines[:count] if line.strip() and not line.strip().startswith("#")
        ]
        return f"{part.rstrip()}\n" if tree.body and len(code_lines) >= _LEAST else None
    return None


def _import_known(body: str) -> str:
    """Add the missing imports of standard modules and of packages with a usual alias."""
    imports: dict[str, None] = {}
    for diagnostic in Linter(chosen=["COD002"]).lint(body):
        name = diagnostic.span.of(body)
        used = re.search(rf"\b{re.escape(name)}\.\w", body) is not None
        if used and name in _USUAL:
            imports[_USUAL[name]] = None
        elif used and name in sys.stdlib_module_names:
            imports[f"import {name}"] = None
    first = next((code for code in MarkdownDocument(body).codes if _is_python(code)), None)
    if not imports or first is None:
        return body
    start = first.source_offset(0)
    gap = "\n" if first.content.lstrip().startswith(("import", "from")) else "\n\n"
    return Edits([Edit(start, start, "\n".join(imports) + gap)]).apply(body)
