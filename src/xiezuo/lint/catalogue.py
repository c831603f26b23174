"""Documentation pages of the rules, generated from their docstrings and attributes."""

import difflib

from xiezuo.errors import LintConfigError
from xiezuo.i18n import Language, Text
from xiezuo.lint.rule import Rule
from xiezuo.lint.rules import FAMILIES, RULES

_SEVERITIES = {
    "error": Text("error", "错误"),
    "warning": Text("warning", "警告"),
    "info": Text("note", "提示"),
}
_FIXES = {
    None: Text("none", "无"),
    "safe": Text("safe", "安全"),
    "unsafe": Text("unsafe", "不安全"),
}
_NEEDS = {
    None: Text("the text", "正文"),
    "outline": Text("the text and its outline", "正文和大纲"),
    "brief": Text("a brief", "写作要求"),
}
_LANGUAGES = {"en": Text("English", "英文"), "zh": Text("Chinese", "中文")}


def find_rule(code: str) -> Rule:
    """The rule with this code or name.

    Raises:
        LintConfigError: no rule has it.
    """
    for rule in RULES:
        if code.upper() == rule.code or code.lower() == rule.name:
            return rule
    names = [name for rule in RULES for name in (rule.code, rule.name)]
    close = difflib.get_close_matches(code, names, n=1) or difflib.get_close_matches(
        code.upper(), names, n=1
    )
    hint = (
        Text(f"; did you mean {close[0]}?", f"；你是不是要找 {close[0]}？")
        if close
        else Text("", "")
    )
    raise LintConfigError(
        problem=Text(f"there is no rule {code!r}{hint.en}", f"没有名为 {code!r} 的规则{hint.zh}")
    )


def explain(rule: Rule, language: Language) -> str:
    """A rule's documentation page as Markdown."""
    facts = Text(
        "{severity} · family {family} · reads {languages} · needs {needs} · fix: {fix}{off}",
        "{severity} · {family}类 · 检查{languages} · 需要{needs} · 修复：{fix}{off}",
    ).in_language(language)
    english, chinese = FAMILIES[rule.code[:3]]
    joined = (" and " if language == "en" else "和").join(
        _LANGUAGES[code].in_language(language) for code in rule.languages
    )
    line = facts.format(
        severity=_SEVERITIES[rule.severity].in_language(language),
        family=f"{rule.code[:3]} ({english})"
        if language == "en"
        else f" {rule.code[:3]} {chinese}",
        languages=joined,
        needs=_NEEDS[rule.needs].in_language(language),
        fix=_FIXES[rule.fixes].in_language(language),
        off=""
        if rule.default
        else Text(" · off by default", " · 默认不启用").in_language(language),
    )
    title = rule.title(language).rstrip(".。")
    return f"# {rule.code} {rule.name}: {title}\n\n{line}\n\n{rule.page(language)}\n"
