"""One prompt template for each stage and language, read from the files in this folder.

A file of the same name in the user's folder (`prompts` in the data folder) overrides it.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from xiezuo.errors import PromptError
from xiezuo.i18n import Text
from xiezuo.markdown.words import TextLanguage
from xiezuo.writing.model.brief import Brief, Kind
from xiezuo.writing.model.outline import PlannedSection, chapter_numbers

_KIND_IN_CHINESE: dict[Kind, str] = {
    "article": "文章",
    "tutorial": "教程",
    "report": "报告",
    "story": "小说章节",
    "essay": "议论文",
    "speech": "演讲稿",
    "email": "邮件",
    "answer": "解答",
}
_ROLE: dict[TextLanguage, str] = {"en": "an experienced writer", "zh": "一位经验丰富的作者"}


_folder: ContextVar[Path | None] = ContextVar("prompts_folder", default=None)


def use_folder(folder: Path) -> None:
    """Prefer the templates in `folder`, in this task and those it starts.

    Raises:
        PromptError: a template has an unknown stage or placeholder, or cannot be read.
    """
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else ():
        ours = files(__name__).joinpath(path.name)
        if not ours.is_file():
            problem = Text("there is no such stage", "没有这个阶段")
            raise PromptError(path=path, problem=problem)
        try:
            template = Template(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(path=path, problem=str(error)) from error
        known = set(Template(ours.read_text("utf-8")).get_identifiers())
        unknown = set(template.get_identifiers()) - known
        if unknown or not template.is_valid():
            names = " ".join(f"${name}" for name in sorted(known)) or "–"
            problem = Text(f"it may only use {names}", f"只能使用 {names}")
            raise PromptError(path=path, problem=problem)
    _folder.set(folder)


def _template(stage: str, language: TextLanguage) -> Template:
    return _read(_folder.get(), f"{stage}.{language}.txt")


@cache
def _read(folder: Path | None, name: str) -> Template:
    own = folder / name if folder else None
    if own is not None and own.is_file():
        return Template(own.read_text("utf-8").strip())
    return Template(files(__name__).joinpath(name).read_text("utf-8").strip())


def _kind(brief: Brief) -> str:
    return _KIND_IN_CHINESE[brief.kind] if brief.written_in == "zh" else brief.kind


def system(brief: Brief) -> str:
    language = brief.written_in
    return _template("system", language).substitute(role=brief.role or _ROLE[language])


def brief(brief: Brief) -> str:
    """The brief itself: the part of every prompt that never changes and stays in the KV cache."""
    template = _template("brief", brief.written_in)
    text = template.substitute(kind=_kind(brief), task=brief.task, details=_details(brief))
    return text.strip()


def _details(brief: Brief) -> str:
    english = brief.written_in == "en"
    lines = [
        f"{label} {value}"
        for label, value in (
            ("Title:" if english else "标题：", brief.title),
            ("Readers:" if english else "读者：", brief.audience),
            ("Tone:" if english else "语气：", brief.tone),
            ("Length:" if english else "篇幅：", _length(brief.total_words, brief.written_in)),
        )
        if value
    ]
    if brief.requirements:
        lines.append("Requirements:" if english else "要求：")
        lines += [f"- {requirement}" for requirement in brief.requirements]
    if brief.example:
        label = "An example of the style:" if english else "参考风格："
        lines += [label, brief.example]
    return "\n".join(lines)


def _length(words: int, language: TextLanguage) -> str:
    return f"about {words} words" if language == "en" else f"约 {words} 字"


def outline(brief: Brief, count: int) -> str:
    template = _template("outline", brief.written_in)
    return template.substitute(kind=_kind(brief), count=count)


def title(brief: Brief) -> str:
    return _template("title", brief.written_in).substitute(kind=_kind(brief))


def chapter(brief: Brief, chapters: Iterable[str], chapter: str, count: int) -> str:
    """Ask for the sections of one chapter."""
    listed = "\n".join(f"- {name}" for name in chapters)
    template = _template("chapter", brief.written_in)
    return template.substitute(kind=_kind(brief), outline=listed, chapter=chapter, count=count)


def heading(brief: Brief, sections: tuple[PlannedSection, ...], index: int) -> str:
    """Ask for another heading for section `index`."""
    listed = "\n".join(f"- {section.heading}" for section in sections)
    template = _template("heading", brief.written_in)
    return template.substitute(kind=_kind(brief), outline=listed, heading=sections[index].heading)


def document(brief: Brief, sections: tuple[PlannedSection, ...], index: int = 0) -> str:
    """Ask for the document, whose section `index` is written next.

    In a work with chapters, only the chapter of this section is listed with its sections.
    """
    template = _template("document", brief.written_in)
    lines = _outline_lines(sections, index, brief.written_in)
    return template.substitute(kind=_kind(brief), outline="\n".join(lines))


def _outline_lines(
    sections: tuple[PlannedSection, ...], index: int, language: TextLanguage
) -> list[str]:
    numbers = chapter_numbers(sections)
    level = "###" if numbers and numbers[-1] else "##"
    lines: list[str] = []
    for section, number in zip(sections, numbers, strict=True):
        if section.chapter:
            lines.append(f"## {section.chapter}")
        if number == numbers[index]:
            intent = f": {section.intent}" if section.intent else ""
            length = _length(section.words, language)
            lines.append(f"{level} {section.heading} ({length}){intent}")
    return lines


def memory(brief: Brief, text: str) -> str:
    """Introduce the running memory of the text that the prompt does not show."""
    return _template("memory", brief.written_in).substitute(kind=_kind(brief), memory=text)


def rewrite(brief: Brief, heading: str, passage: str, fault: str) -> str:
    """Ask for a passage without a fault."""
    template = _template("rewrite", brief.written_in)
    return template.substitute(heading=heading, passage=passage, fault=fault)


def action(language: TextLanguage, heading: str, passage: str, instruction: str) -> str:
    """Ask for a passage rewritten according to an instruction."""
    template = _template("action", language)
    return template.substitute(heading=heading, passage=passage, instruction=instruction)


def transition(brief: Brief, before: str, end: str, heading: str, start: str) -> str:
    """Ask for a sentence that connects two sections."""
    template = _template("transition", brief.written_in)
    return template.substitute(before=before, end=end, heading=heading, start=start)


def go_on(brief: Brief, heading: str) -> str:
    """Ask to continue, for engines that do not continue the last assistant message."""
    return _template("go_on", brief.written_in).substitute(heading=heading)
