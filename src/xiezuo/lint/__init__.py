"""A linter for text that a language model wrote; usable without the engine and the web server.

Example:
    ```python
    from xiezuo.lint import fix, lint

    for diagnostic in lint("**注意：**水开了,再放茶叶。"):
        print(diagnostic.code, diagnostic.message)
    print(fix("**注意：**水开了,再放茶叶。").text)
    ```
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xiezuo.lint.diagnostic import Diagnostic, Fix
    from xiezuo.lint.expected import Expected, ExpectedSection
    from xiezuo.lint.linter import FixResult, Linter, fix, lint
    from xiezuo.lint.stream import LintStream

__all__ = [
    "Diagnostic",
    "Expected",
    "ExpectedSection",
    "Fix",
    "FixResult",
    "LintStream",
    "Linter",
    "fix",
    "lint",
]

# Loaded on first use, so that importing one name does not load every rule and grammar.
_HOMES = {
    "Diagnostic": "diagnostic",
    "Expected": "expected",
    "ExpectedSection": "expected",
    "Fix": "diagnostic",
    "FixResult": "linter",
    "LintStream": "stream",
    "Linter": "linter",
    "fix": "linter",
    "lint": "linter",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'xiezuo.lint' has no attribute {name!r}")
    return getattr(import_module(f"xiezuo.lint.{_HOMES[name]}"), name)
