"""The linter's configuration: `[lint]` of xiezuo.toml, or `[tool.xiezuo.lint]` of pyproject.toml."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from xiezuo.errors import LintConfigError
from xiezuo.i18n import Text
from xiezuo.lint.diagnostic import SEVERITIES, Severity
from xiezuo.lint.rule import Rule
from xiezuo.lint.rules import RULES

_FILES = (("xiezuo.toml", ("lint",)), ("pyproject.toml", ("tool", "xiezuo", "lint")))
_LISTS = ("select", "ignore", "exclude")


@dataclass(frozen=True)
class LintConfig:
    """A project's configuration of the linter.

    Attributes:
        select, ignore: codes, or prefixes of codes.
        exclude: patterns of files to skip, relative to `root`.
        per_file_ignores: codes to ignore in the files that match a pattern.
        fail_on: the lowest severity that makes the exit code 1.
        rules: all rules, with their options tuned.
        root: the folder of the configuration file.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    fail_on: Severity = "warning"
    rules: tuple[Rule, ...] = RULES
    root: Path = Path()

    def ignored_in(self, path: Path) -> tuple[str, ...]:
        """The codes to ignore in the file at `path`."""
        return tuple(
            code
            for pattern, codes in self.per_file_ignores.items()
            if self._fits(path, pattern)
            for code in codes
        )

    def leaves_out(self, path: Path) -> bool:
        return any(self._fits(path, pattern) for pattern in self.exclude)

    def _fits(self, path: Path, pattern: str) -> bool:
        absolute, root = path.resolve(), self.root.resolve()
        inside = absolute.is_relative_to(root)
        name = absolute.relative_to(root).as_posix() if inside else absolute.as_posix()
        return fnmatch(name, pattern) or name.startswith(pattern.rstrip("/") + "/")


def find_config(start: Path) -> LintConfig:
    """The configuration in `start` or its nearest parent folder; the defaults if there is none.

    Raises:
        LintConfigError: a file is not TOML, or has an unknown key or an invalid value.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        for name, keys in _FILES:
            table = _table(folder / name, keys)
            if table is not None:
                return parse_config(table, folder)
    return LintConfig()


def _table(path: Path, keys: tuple[str, ...]) -> Mapping[str, Any] | None:
    try:
        table: Any = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _error(f"{path}: {error}", f"{path}：{error}") from error
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return table if isinstance(table, dict) else None  # pyright: ignore[reportUnknownVariableType]


def parse_config(table: Mapping[str, Any], root: Path) -> LintConfig:
    """The configuration in a TOML table.

    Raises:
        LintConfigError: a key is unknown or a value invalid.
    """
    known = {*_LISTS, "per-file-ignores", "fail-on", "rules"}
    if unknown := sorted(set(table) - known):
        raise _error(f"unknown key `{unknown[0]}`", f"未知的键 `{unknown[0]}`")
    lists = {key: _strings(table.get(key, []), key) for key in _LISTS}
    per_file = {
        str(pattern): _strings(codes, "per-file-ignores")
        for pattern, codes in _mapping(table.get("per-file-ignores", {}), "per-file-ignores")
    }
    fail_on = table.get("fail-on", "warning")
    if fail_on not in SEVERITIES:
        raise _error(
            f"`fail-on` must be one of {', '.join(SEVERITIES)}",
            f"`fail-on` 应为 {'、'.join(SEVERITIES)} 之一",
        )
    rules = tuned(dict(_mapping(table.get("rules", {}), "rules")))
    return LintConfig(**lists, per_file_ignores=per_file, fail_on=fail_on, rules=rules, root=root)


def tuned(options: Mapping[str, Any]) -> tuple[Rule, ...]:
    """All rules, with the values of `options` (`{"STR009": {"words": 400}}`) set.

    Raises:
        LintConfigError: there is no such rule or option, or the value is not a number.
    """
    by_code = {rule.code: rule for rule in RULES}
    for code, values in options.items():
        if code not in by_code:
            raise _error(f"there is no rule `{code}`", f"没有名为 `{code}` 的规则")
        names = {option.name for option in fields(by_code[code])}
        for name, value in _mapping(values, code):
            if name not in names or not isinstance(value, int | float):
                raise _error(
                    f"{code} has no numeric option `{name}` (options: {', '.join(sorted(names)) or 'none'})",
                    f"{code} 没有数值选项 `{name}`（可用选项：{'、'.join(sorted(names)) or '无'}）",
                )
        by_code[code] = replace(by_code[code], **values)
    return tuple(by_code.values())


def _strings(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType]
        raise _error(f"`{key}` must be a list of strings", f"`{key}` 应为字符串列表")
    return tuple(str(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _mapping(value: object, key: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise _error(f"`{key}` must be a table", f"`{key}` 应为表")
    return iter(value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _error(english: str, chinese: str) -> LintConfigError:
    return LintConfigError(problem=Text(english, chinese))
