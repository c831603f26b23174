"""What belongs to the request and not to the text: prompts, chatter, talk about the text, junk."""

import re
from collections.abc import Iterator

from benchmarks.writing.reading.page import Page, pieces
from benchmarks.writing.reading.repetition import Objection
from benchmarks.writing.reading.request import Request

_CONTROL = re.compile(
    r"<\|[a-z_]+\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|</?think>|<unused\d+>"
)
_CHATTER = re.compile(
    r"\bas an? (?:ai|large) (?:language )?model\b|\bi(?:'m| am) sorry, but\b|\b(?:sure|certainly|of course)[,!] here(?:'s| is)\b"
    r"|\bhere(?:'s| is) (?:the|a|your) (?:rewritten|revised|section|article|essay|text|paragraph)\b"
    r"|\blet me know if you\b|\bi hope this helps\b|作为一个?(?:AI|人工智能|语言模型)|希望(?:以上|这些?)(?:内容|回答|信息)对你"
    r"|以下是(?:为您|为你|根据您|根据你|我为)|如果您还有(?:其他|任何)问题",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:the|this|an?) (?:article|essay|section|paragraph|document|text|story) (?:is too (?:long|short)|ends here|should (?:be|have|include|contain)|must (?:be|include|contain)|(?:has|is|contains) (?:about |around )?\.?\d+ words)"
    r"|\bas requested\b|\babout \.?\d+ words\b|\bword (?:count|limit)\b|\bi am going to write\b|\bwrite (?:the|this|next|another) (?:section|paragraph|article)\b"
    r"|\bin the (?:next|previous|above) section of (?:this|the) (?:article|essay)\b|\b(?:copy|paste) (?:some|this|the) text\b"
    r"|(?:本文|文章|全文|本节|这一节|这篇文章)(?:大约|约|共|字数|到此|就到这里)|字数(?:不少于|不超过|要求|大约|约)|请(?:写|根据|用|按照|完成|回答|选择|续写|把|将)(?:一|下|以|上|本|这|文|短|课)|不少于\d+字|作文(?:题|要求)",
    re.IGNORECASE,
)
_LENGTH_NOTE = re.compile(r"\(about \.?\d+ words\)|（约\d+字）")
_JUNK = re.compile(r"(?<![\w/.:-])[A-Za-z0-9+/=_-]{60,}(?![\w/.-])|[A-Z]{40,}|\ufffd")
_PLACE = re.compile(
    r"\[(?:insert|your name|name|date|todo)[^\]\n]{0,40}\](?!\()|\bLorem ipsum\b|（此处[^）]{0,20}）",
    re.IGNORECASE,
)
_ECHO = 9  # pieces of the brief in a row


def leaks(page: Page, request: Request | None) -> Iterator[Objection]:
    for kind, pattern in (
        ("control", _CONTROL),
        ("chatter", _CHATTER),
        ("about the text", _ABOUT),
        ("placeholder", _PLACE),
    ):
        for section in page.sections:
            for unit in section.units:
                match = pattern.search(unit.text) if unit.kind != "code" else None
                if match:
                    yield kind, unit.line, f"“{match[0]}” in “{unit.text[:60]}”"
    for section in page.sections:
        for unit in section.units:
            note = _LENGTH_NOTE.search(unit.text) if unit.kind == "code" else None
            if note:
                yield "about the text", unit.line, f"“{unit.text[:60]}”"
            match = _JUNK.search(unit.text)
            if match and "://" not in unit.text:
                yield "junk", unit.line, f"“{match[0][:30]}…”"
    if request:
        yield from _echoes(page, request)


def _echoes(page: Page, request: Request) -> Iterator[Objection]:
    requests = [request.task, request.role, *request.requirements]
    runs = {
        tuple(words[at : at + _ECHO])
        for words in map(pieces, requests)
        for at in range(len(words) - _ECHO + 1)
    }
    title = page.title or ""
    if re.match(r"\s*(?:请|写一篇|写一份|write (?:a|an|the)\b)", title, re.IGNORECASE):
        yield "echo", 1, f"the title is the request: “{title}”"
    for section in page.sections:
        for unit in section.paragraphs:
            words = pieces(unit.text)
            if any(tuple(words[at : at + _ECHO]) in runs for at in range(len(words) - _ECHO + 1)):
                yield "echo", unit.line, f"the brief's words in “{unit.text[:60]}”"
