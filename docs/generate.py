"""Write the generated reference pages; with `--check`, only report stale ones.

python docs/generate.py [--check]
"""

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ["XIEZUO_LANGUAGE"] = "en"
os.environ["COLUMNS"] = "100"
for name in ("NO_COLOR", "FORCE_COLOR", "HF_ENDPOINT"):
    os.environ.pop(name, None)

from pydantic import BaseModel  # noqa: E402 - the language must be set first
from typer.main import get_command  # noqa: E402

from xiezuo import errors  # noqa: E402
from xiezuo.cli import app  # noqa: E402
from xiezuo.engine.sampling import PRESETS, Sampling  # noqa: E402
from xiezuo.i18n import Language  # noqa: E402
from xiezuo.lint.catalogue import explain  # noqa: E402
from xiezuo.lint.rule import Rule  # noqa: E402
from xiezuo.lint.rules import FAMILIES, RULES  # noqa: E402
from xiezuo.server.refusals import REFUSALS  # noqa: E402
from xiezuo.settings import Settings  # noqa: E402

REFERENCE = Path(__file__).parent / "reference"
SHOWS_FAULTS = "<!-- xiezuo: ignore-file -->\n\n"
NOTE = "<!-- Written by docs/generate.py; change the code instead. -->\n\n"


def settings_page() -> str:
    rows = ["| setting | variable | default | what it does |", "| --- | --- | --- | --- |"]
    rows += [f"| {' | '.join(cells)} |" for cells in _settings(Settings, "")]
    return (
        f"{NOTE}# Settings\n\n"
        "Sources in order of precedence, lowest first: `xiezuo.toml` in the data folder, "
        "`xiezuo.toml` in the current folder, the environment variable, a command-line option. In "
        "TOML, `engine.threads` is a key of a table:\n\n"
        "```toml\n[engine]\nthreads = 4\n```\n\n" + "\n".join(rows) + "\n"
    )


def _settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _settings(field.annotation, f"{prefix}{name}.")
            continue
        variable = f"XIEZUO_{prefix}{name}".upper().replace(".", "_")
        default = "" if field.default_factory or field.default is None else f"`{field.default}`"
        yield f"`{prefix}{name}`", f"`{variable}`", default, field.description or ""


def cli_page() -> str:
    parts = [f"{NOTE}# Command line\n\nExit codes: [exit-codes.md](exit-codes.md).\n"]
    root = get_command(app)
    for path, command in _commands("xiezuo", root):
        context = command.make_context(path, [], resilient_parsing=True)
        parts.append(f"\n## `{path}`\n\n{command.help or ''}\n")
        rows = [
            f"| {_usage(parameter)} | {getattr(parameter, 'help', '') or ''} |"
            for parameter in command.get_params(context)
            if parameter.name != "help"
        ]
        if rows:
            parts.append("\n| option | what it does |\n| --- | --- |\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def _commands(path: str, command: object) -> Iterator[tuple[str, object]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(f"{path} {name}", child)


def _usage(parameter: object) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    return names if parameter.is_flag else f"{names} VALUE"


def exit_codes_page() -> str:
    lines = [
        f"{NOTE}# Exit codes\n",
        "| code | meaning |",
        "| --- | --- |",
        "| 0 | done |",
        "| 1 | an error in xiezuo; please report it |",
    ]
    by_code: dict[int, list[str]] = {}
    for error in vars(errors).values():
        if inspect.isclass(error) and issubclass(error, errors.XiezuoError):
            by_code.setdefault(error.exit_code, []).append(error.__name__)
    lines += [
        f"| {code} | {', '.join(f'`{name}`' for name in names)} |"
        for code, names in sorted(by_code.items())
        if code != errors.XiezuoError.exit_code
    ]
    lines += [
        "| 130 | interrupted (Ctrl-C); everything is saved |",
        "| 143 | terminated (SIGTERM, closed terminal); everything is saved |",
    ]
    same = "<!-- xiezuo: ignore-file REP, CUT001: errors of one family share their remedies -->\n\n"
    parts = [same + "\n".join(lines) + "\n\n## Errors\n"]
    for error in vars(errors).values():
        if inspect.isclass(error) and "what" in vars(error):
            remedy = error.remedy.en.replace("\n", " ")
            parts.append(f"\n### `{error.__name__}`\n\n{error.what.en} {remedy}\n")
    parts += [
        "\n## Refusals of the API\n\n",
        "Besides the errors above, the API answers with these codes.\n\n",
        "| code | status | meaning |\n| --- | --- | --- |\n",
        *(
            f"| `{row.code}` | {row.status} | {f'{row.what.en} {row.remedy.en}'.strip()} |\n"
            for row in sorted(REFUSALS, key=lambda row: (row.code, row.status))
        ),
    ]
    return "".join(parts)


def sampling_page() -> str:
    names = list(Sampling.__dataclass_fields__)
    rows = [f"| value | {' | '.join(PRESETS)} |", "| --- " * (len(PRESETS) + 1) + "|"]
    rows += [
        f"| `{name}` | {' | '.join(str(getattr(preset, name)) for preset in PRESETS.values())} |"
        for name in names
    ]
    return (
        f"{NOTE}# Sampling presets\n\nOne per task; a model may override them in the catalogue. "
        "`src/xiezuo/engine/sampling.py` gives the reason for each number. The article on which "
        "they are based recommends temperature 0.7, top_p 0.9, repetition_penalty 1.1, "
        "and 512 new tokens for an answer, 1024–2048 for long form.\n\n" + "\n".join(rows) + "\n"
    )


def rule_page(rule: Rule, language: Language) -> str:
    other = "zh" if language == "en" else "en"
    name = f"{rule.code}.zh.md" if other == "zh" else f"{rule.code}.md"
    link = {"en": f"[English]({name})", "zh": f"[中文]({name})"}[other]
    index = "README.md" if language == "en" else "README.zh.md"
    back = {"en": f"[all rules]({index})", "zh": f"[全部规则]({index})"}[language]
    return f"{NOTE}{SHOWS_FAULTS}{explain(rule, language)}\n{link} · {back}\n"


def rules_index(language: Language) -> str:
    suffix = ".md" if language == "en" else ".zh.md"
    title = {"en": "# Rules", "zh": "# 规则"}[language]
    lead = {
        "en": "`[*]`: has a safe fix; `[?]`: has a fix that is applied only on request. Codes are "
        "never reused. Accuracy of each rule: [lint-accuracy.md](../lint-accuracy.md).",
        "zh": "`[*]` 表示有安全修正，`[?]` 表示修正须明确要求才会应用。编号不会重复使用。"
        "各规则的准确度见 [lint-accuracy.md](../lint-accuracy.md)。",
    }[language]
    head = {
        "en": "| code | name | what | severity | fix |",
        "zh": "| 代码 | 名称 | 内容 | 级别 | 修正 |",
    }[language]
    parts = [f"{NOTE}{title}\n\n{lead}\n"]
    for family, names in FAMILIES.items():
        name = names[0] if language == "en" else names[1]
        parts.append(f"\n## {family} {name}\n\n{head}\n| --- | --- | --- | --- | --- |\n")
        for rule in RULES:
            if rule.code.startswith(family):
                fix = {"safe": "`[*]`", "unsafe": "`[?]`"}.get(rule.fixes or "", "")
                what = rule.title(language).rstrip(".。").replace("|", "\\|")
                row = (f"[{rule.code}]({rule.code}{suffix})", rule.name, what, rule.severity, fix)
                parts.append(f"| {' | '.join(row)} |\n")
    return "".join(parts)


def rule_pages() -> dict[str, Callable[[], str]]:
    pages: dict[str, Callable[[], str]] = {}
    for language, suffix in (("en", ".md"), ("zh", ".zh.md")):
        pages[f"rules/README{suffix}"] = partial(rules_index, language)
        for rule in RULES:
            pages[f"rules/{rule.code}{suffix}"] = partial(rule_page, rule, language)
    return pages


PAGES = {
    **rule_pages(),
    "settings.md": settings_page,
    "cli.md": cli_page,
    "exit-codes.md": exit_codes_page,
    "sampling.md": sampling_page,
}


def main() -> int:
    stale: list[str] = []
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        print(f"stale: {', '.join(stale)}; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
