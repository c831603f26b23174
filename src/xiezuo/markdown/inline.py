"""The inline elements of a paragraph, heading or cell: code, links, emphasis, math, HTML.

markdown-it-py parses them; its rules are wrapped so that each match is recorded with its span.
Offsets refer to the content of the block.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from xiezuo.markdown.span import Span

HIDDEN = "\u2060"  # WORD JOINER: markup that a reader does not see
OBJECT = "\ufffc"  # OBJECT REPLACEMENT CHARACTER: code, math, an image or an address in prose
_MARKUP = re.compile(r"[\\`*_\[\]<>&$~]|://")
_TEX = re.compile(r"\\\((?:[^\\]|\\[^()])*\\\)|\\\[(?:[^\\]|\\[^\[\]])*\\\]")
_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s<>\u2060\ufffc\u3000-\u303f\uff00-\uffef]+")
_RULES = (
    "escape", "backticks", "strikethrough", "emphasis", "link", "image", "autolink",
    "html_inline", "math_inline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image: its span, the span of its text, and its target."""

    span: Span
    label: Span
    href: str
    image: bool


@dataclass(frozen=True, slots=True)
class Inline:
    """The parsed content of one block.

    Attributes:
        content: as written, lines joined by a line feed.
        prose: of the same length, with markup masked by `HIDDEN`, code and math by `OBJECT`.
        code: code spans with their backticks.
        math: formulas with their delimiters.
        links: links and images, in order.
        html: tags and comments.
        strong: rendered `**…**`, with its markers.
        literal: runs of `*` and `_` that could be markers but render as themselves.
    """

    content: str
    prose: str
    code: tuple[Span, ...] = ()
    math: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()
    html: tuple[Span, ...] = ()
    strong: tuple[Span, ...] = ()
    literal: tuple[Span, ...] = ()


def parse_inline(content: str, references: Mapping[str, object]) -> Inline:
    """Parse the content of one block; `references` are the document's link definitions."""
    if not _MARKUP.search(content):
        return Inline(content, content)
    if references:
        return _InlineScan(content, references).result()
    return _read_alone(content)


@lru_cache(maxsize=4096)
def _read_alone(content: str) -> Inline:
    return _InlineScan(content, {}).result()


class _InlineScan:
    """One run of the parser over the content of a block."""

    def __init__(self, content: str, references: Mapping[str, object]) -> None:
        self.content = content.replace("\0", "\ufffd")
        self.code: list[Span] = []
        self.math: list[Span] = []
        self.links: list[Link] = []
        self.html: list[Span] = []
        self.hidden: list[Span] = []
        self.addresses: list[Span] = []
        self.delimiters: list[tuple[Token, Span]] = []
        parser = _parser()
        environment = {"references": references} if references else {}
        state = _State(self.content, parser, environment, [])
        state.reading = self
        parser.inline.tokenize(state)
        for rule in parser.inline.ruler2.getRules(""):
            rule(state)

    def result(self) -> Inline:
        content = self.content
        strong, literal = self._emphasis()
        self.math += [Span(*formula.span()) for formula in _TEX.finditer(content)]
        objects = [
            *self.code,
            *self.math,
            *self.addresses,
            *(link.span for link in self.links if link.image),
        ]
        hidden = [*self.hidden, *self.html]
        prose = _masked(_masked(content, hidden, HIDDEN), objects, OBJECT)
        if "://" in prose:
            prose = _ADDRESS.sub(lambda address: OBJECT * len(address[0]), prose)
        return Inline(
            content,
            prose,
            code=tuple(self.code),
            math=tuple(self.math),
            links=tuple(sorted(self.links, key=lambda link: link.span)),
            html=tuple(self.html),
            strong=strong,
            literal=literal,
        )

    def note(self, rule: str, state: StateInline, span: Span) -> None:
        """Record that a rule matched `span`."""
        last = state.tokens[-1] if state.tokens else None
        match rule:
            case "backticks" if last and last.type == "code_inline" and not state.pending:
                self.code.append(span)
            case "math_inline":
                self.math.append(span)
            case "html_inline":
                self.html.append(span)
            case "escape" if self.content[span.start + 1 : span.end] not in {"\n", *"()[]"}:
                self.hidden.append(Span(span.start, span.start + 1))
            case "emphasis" | "strikethrough":
                self._run(state, span)
            case "autolink":
                self._link(state, span, Span(span.start + 1, span.end - 1), image=False)
                self.addresses.append(span)
            case "link":
                label = Span(span.start + 1, _label_end(state, span.start))
                self._link(state, span, label, image=False)
                self.hidden += [Span(span.start, label.start), Span(label.end, span.end)]
            case "image":
                label = Span(span.start + 2, _label_end(state, span.start + 1))
                self._link(state, span, label, image=True)
            case _:
                pass

    def _run(self, state: StateInline, span: Span) -> None:
        """Record the span of each delimiter token of a run, last token first."""
        end, at = span.end, len(state.tokens)
        while end > span.start:
            at -= 1
            token = state.tokens[at]
            start = end - len(token.content)
            self.delimiters.append((token, Span(start, end)))
            end = start

    def _link(self, state: StateInline, span: Span, label: Span, *, image: bool) -> None:
        kind, attribute = ("image", "src") if image else ("link_open", "href")
        token = next(candidate for candidate in reversed(state.tokens) if candidate.type == kind)
        self.links.append(Link(span, label, str(token.attrs.get(attribute, "")), image=image))

    def _emphasis(self) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """The spans of strong text, and the delimiters that stay literal."""
        opened: list[int] = []
        strong: list[Span] = []
        literal: list[Span] = []
        for token, span in sorted(self.delimiters, key=lambda pair: pair[1]):
            if token.type == "strong_open":
                opened.append(span.start - 1)
            elif token.type == "strong_close" and opened:
                strong.append(Span(opened.pop(), span.end + 1))
            if token.type != "text" or not token.content:
                self.hidden.append(span)
            elif literal and literal[-1].end == span.start:
                literal[-1] = Span(literal[-1].start, span.end)
            elif token.content[0] in "*_":
                literal.append(span)
        return tuple(sorted(strong)), tuple(literal)


class _State(StateInline):
    """markdown-it's state for one block, with the reading that records its matches.

    The text of an image is parsed with a separate plain state and is not recorded.
    """

    reading: _InlineScan


def _label_end(state: StateInline, bracket: int) -> int:
    """The position of the `]` of the label that opens at `bracket`."""
    position, state.pos = state.pos, bracket
    end = state.md.helpers.parseLinkLabel(state, bracket)
    state.pos = position
    return max(end, bracket)


def _masked(text: str, spans: Iterable[Span], mask: str) -> str:
    parts: list[str] = []
    reached = 0
    for start, end in sorted(spans):
        if start >= reached:
            parts += [text[reached:start], mask * (end - start)]
        elif end > reached:
            parts.append(mask * (end - reached))
        reached = max(reached, end)
    return "".join([*parts, text[reached:]])


def _recorded(name: str, rule: Callable[[StateInline, bool], bool]) -> Callable[..., bool]:
    def record(state: StateInline, silent: bool) -> bool:
        start = state.pos
        matched = rule(state, silent)
        if matched and not silent and isinstance(state, _State):
            state.reading.note(name, state, Span(start, state.pos))
        return matched

    return record


@cache
def _parser() -> MarkdownIt:
    """CommonMark with GFM's strikethrough and dollar math; unsafe links are accepted too."""
    parser = MarkdownIt("commonmark").enable("strikethrough").disable("fragments_join")
    dollarmath_plugin(parser, allow_space=False, allow_digits=False, double_inline=True)
    parser.validateLink = _accept_link
    parser.normalizeLink = lambda url: url
    parser.normalizeLinkText = lambda link: link
    ruler = parser.inline.ruler
    for name, rule in zip(ruler.get_active_rules(), ruler.getRules(""), strict=True):
        if name in _RULES:
            ruler.at(name, _recorded(name, rule))
    return parser


def _accept_link(url: str) -> bool:  # noqa: ARG001 - markdown-it's signature
    """Accept every link, safe or not; lint rules check the targets."""
    return True
