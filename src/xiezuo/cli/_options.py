"""Arguments and options that several commands share, and how their values are read."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.writing.model.brief import Brief
    from xiezuo.writing.model.outline import Mode

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="BRIEF", help=str(Text("YAML file, words, or -", "YAML 文件、文字或 -"))
    ),
]
MarkdownFile = Annotated[
    Path, typer.Argument(metavar="FILE", help=str(Text("A Markdown file.", "Markdown 文件。")))
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help=str(Text("File to save to; named after the brief.", "保存位置；默认按写作要求命名。")),
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(help=str(Text("A model id or a .gguf file.", "模型名称或 .gguf 文件。"))),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        help=str(Text("An OpenAI-compatible engine to use.", "改用某个 OpenAI 兼容的引擎。"))
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, max=2**31 - 1, help=str(Text("Same seed, same text.", "种子相同则文本相同。"))
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help=str(Text("Replace an existing file.", "覆盖已有文件。"))),
]
AsJson = Annotated[
    bool, typer.Option("--json", help=str(Text("Print JSON.", "以 JSON 格式输出。")))
]
AcceptAll = Annotated[
    bool, typer.Option("--yes", "-y", help=str(Text("Accept every edit.", "接受全部修改。")))
]
OnlyDiff = Annotated[
    bool,
    typer.Option(
        "--diff", help=str(Text("Show the edits, change nothing.", "只显示修改，不写入文件。"))
    ),
]


def engine_flags(model: str | None, base_url: str | None) -> dict[str, object]:
    """The options `--model` and `--base-url` as settings."""
    flags: dict[str, object] = {"engine": {"base_url": base_url}} if base_url else {}
    return flags | ({"model": model} if model else {})


def check_mode(name: str) -> "Mode":
    """Return `name` as a mode.

    Raises:
        typer.BadParameter: there is no such mode.
    """
    from xiezuo.writing.model.outline import MODES

    if name not in MODES:
        raise typer.BadParameter(
            Text("choose one of {modes}", "请选择其一：{modes}").fill(modes=", ".join(MODES)),
            param_hint="--mode",
        )
    return name


def read_words(words: list[str]) -> "Brief":
    """Read a brief from a YAML file, from standard input (`-`), or from the words themselves."""
    from xiezuo.writing.model.brief import (
        MAX_BRIEF_BYTES,
        brief_from_words,
        parse_brief,
        read_brief,
    )

    if words == ["-"]:
        data = sys.stdin.buffer.read(MAX_BRIEF_BYTES + 1)
        if len(data) > MAX_BRIEF_BYTES or re.search(rb"^task\s*:", data, re.MULTILINE):
            return parse_brief(data, "-")
        return brief_from_words(data.decode("utf-8", "replace"))
    if len(words) == 1 and (words[0].endswith((".yaml", ".yml")) or Path(words[0]).is_file()):
        return read_brief(Path(words[0]))
    return brief_from_words(" ".join(words))
