"""One template per stage and language, read from the files beside this one."""

from functools import cache
from importlib.resources import files
from string import Template

from xiezuo.text.words import TextLanguage
from xiezuo.writing.brief import Brief, Kind
from xiezuo.writing.plan import PlannedSection

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


@cache
def _template(stage: str, language: TextLanguage) -> Template:
    name = f"{stage}.{language}.txt"
    return Template(files(__name__).joinpath(name).read_text("utf-8").strip())


def _kind(brief: Brief) -> str:
    return _KIND_IN_CHINESE[brief.kind] if brief.written_in == "zh" else brief.kind


def system(brief: Brief) -> str:
    language = brief.written_in
    return _template("system", language).substitute(role=brief.role or _ROLE[language])


def brief(brief: Brief) -> str:
    """The brief itself: the part of every prompt that never changes, so that it stays cached."""
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
        lines += [f"- {one}" for one in brief.requirements]
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


def document(brief: Brief, sections: tuple[PlannedSection, ...]) -> str:
    lines = [_outline_line(section, brief.written_in) for section in sections]
    template = _template("document", brief.written_in)
    return template.substitute(kind=_kind(brief), outline="\n".join(lines))


def _outline_line(section: PlannedSection, language: TextLanguage) -> str:
    intent = f": {section.intent}" if section.intent else ""
    return f"## {section.heading} ({_length(section.words, language)}){intent}"


def memory(brief: Brief, text: str) -> str:
    """What stands in a part of the document that is out of view."""
    return _template("memory", brief.written_in).substitute(kind=_kind(brief), memory=text)


def rewrite(brief: Brief, heading: str, passage: str, fault: str) -> str:
    """Asks for a passage again, with what is wrong with it."""
    template = _template("rewrite", brief.written_in)
    return template.substitute(heading=heading, passage=passage, fault=fault)


def action(language: TextLanguage, heading: str, passage: str, instruction: str) -> str:
    """Asks for a passage again, as an instruction says."""
    template = _template("action", language)
    return template.substitute(heading=heading, passage=passage, instruction=instruction)


def transition(brief: Brief, before: str, end: str, heading: str, start: str) -> str:
    """Asks for a sentence between two sections."""
    template = _template("transition", brief.written_in)
    return template.substitute(before=before, end=end, heading=heading, start=start)


def go_on(brief: Brief, heading: str) -> str:
    """For engines that answer a trailing assistant message instead of continuing it."""
    return _template("go_on", brief.written_in).substitute(heading=heading)
