"""Code blocks with syntax errors, except those that a more specific rule reports."""

import re
from collections.abc import Iterator

from xiezuo.lint.code.syntax import CodeProblem, can_check, canonical, problem_of
from xiezuo.lint.context import LintContext
from xiezuo.markdown.blocks import CodeBlock

# Patterns typical of a language; a guess needs two matches.
_SIGNS: dict[str, tuple[str, ...]] = {
    "python": (r"^\s*def \w+\(.*\).*:\s*$", r"^(?:import \w+|from [\w.]+ import )", r"^\s*(?:elif .*|else|try|if .*|for .* in .*|while .*|with .*|class \w+.*):\s*(?:#.*)?$",
               r"\bprint\(", r"\bself\.", r"^\s*@\w+"),
    "javascript": (r"\b(?:const|let|var) \w+ =", r"=>\s*[{(\w]", r"\bfunction\b.*\(.*\)\s*\{", r"console\.log\(",
                   r"\brequire\(['\"]", r"===|!=="),
    "json": (r"\A\s*[{\[]", r'^\s*"[^"\n]+"\s*:', r"[}\]]\s*\Z"),
    "bash": (r"^#!.*\b(?:ba|z)?sh\b", r"^\s*(?:sudo|apt|pip3? install|npm|cd|mkdir|export|echo|git|docker|curl|chmod|source)\s\S",
             r"^\s*(?:fi|done|esac)\s*$", r"\$\{?\w+", r"^\s*if \[", r"\s\|\s+(?:grep|awk|sed|head|sort|xargs)\b"),
    "html": (r"\A\s*<!doctype html", r"<(?:html|head|body|div|span|ul|table|script|style)\b[^>]*>", r"</\w+>\s*$"),
    "sql": (r"^\s*SELECT\b[\s\S]*\bFROM\b", r"^\s*(?:INSERT INTO|CREATE TABLE|UPDATE \w+ SET|DELETE FROM)\b", r";\s*\Z"),
    "cpp": (r"^\s*#include\s*[<\"]", r"\bstd::", r"\bint main\s*\(", r"\bcout\s*<<", r"^\s*using namespace"),
    "java": (r"\bpublic (?:static|class|void)\b", r"System\.out\.print", r"\bString\[\] args", r"^import java"),
    "yaml": (r"\A---\s*$", r"^\w[\w-]*:\s+\S", r"^\w[\w-]*:\s*$", r"^\s+- \w+:"),
}  # fmt: skip
_COMPILED = {
    language: tuple(
        re.compile(
            sign, re.MULTILINE | re.IGNORECASE if language in {"sql", "html"} else re.MULTILINE
        )
        for sign in signs
    )
    for language, signs in _SIGNS.items()
}
_NEVER_JSON = {
    "bash",
    "sql",
    "html",
    "cpp",
    "c",
    "java",
    "rust",
    "go",
}  # some of their parsers accept JSON
_CERTAIN = 2
_LONGEST_LOOK = 5000  # characters of a block that are examined
_PROMPT = re.compile(r"^\s*[$>%] \S", re.MULTILINE)
_FAMILIES = ({"javascript", "typescript", "tsx", "jsx"}, {"c", "cpp"})
FULL_WIDTH = re.compile(r"[“”‘’，。；：（）！？、【】《》「」]")
# A string (also one between full-width quotes in a comment) or a comment, in most languages.
_LITERAL = re.compile(
    r"\"\"\"[\s\S]*?(?:\"\"\"|\Z)|'''[\s\S]*?(?:'''|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|"
    r"`(?:\\.|[^`\\])*`|/\*[\s\S]*?(?:\*/|\Z)|<!--[\s\S]*?(?:-->|\Z)|(?://|#|(?:^|\s)--\s|%)[^\n]*"
)


def guess_language(content: str) -> str | None:
    """The language that most patterns indicate; None with fewer than two matches or a tie."""
    text = content[:_LONGEST_LOOK]
    scores = {
        name: sum(1 for sign in signs if sign.search(text)) for name, signs in _COMPILED.items()
    }
    best = max(scores, key=lambda name: scores[name])
    rivals = [name for name, score in scores.items() if score == scores[best]]
    return best if scores[best] >= _CERTAIN and len(rivals) == 1 else None


def real_language(block: CodeBlock) -> str | None:
    """The language that a wrongly tagged block is written in; None if its tag is right."""
    tagged = canonical(block.language)
    if tagged in _NEVER_JSON and guess_language(block.content) == "json":
        return "json" if problem_of("json", block.content) is None else None
    if not can_check(tagged) or problem_of(tagged, block.content) is None:
        return None
    guess = guess_language(block.content)
    if guess is None or guess == tagged or any({guess, tagged} <= family for family in _FAMILIES):
        return None
    return guess if problem_of(guess, block.content) is None else None


def full_width_marks(block: CodeBlock) -> list[re.Match[str]]:
    """Full-width punctuation and curly quotes outside strings and comments."""
    if not FULL_WIDTH.search(block.content):
        return []
    bare = _LITERAL.sub(lambda literal: " " * len(literal[0]), block.content)
    return list(FULL_WIDTH.finditer(bare))


def syntax_problems(
    context: LintContext, *languages: str
) -> Iterator[tuple[CodeBlock, CodeProblem]]:
    """Blocks in one of `languages` that do not parse, each with its first error."""
    for block in context.document.fences:
        name = canonical(block.language)
        if name not in languages:
            continue
        if not block.closed:
            continue  # it may have swallowed prose; CUT002 reports the missing fence
        if name == "bash" and _PROMPT.search(block.content):
            continue  # a session, with output between the commands
        problem = problem_of(name, block.content)
        if (
            problem
            and not problem.unfinished
            and not full_width_marks(block)
            and not real_language(block)
        ):
            yield block, problem
