"""Texts that stop too early."""

import re
from random import Random

from tests.corpus.base import Base
from tests.corpus.faults.code_samples import OTHERS, PYTHON, fenced
from tests.corpus.faults.table import Sample, fault, near_miss
from xiezuo.lint.expected import Expected, ExpectedSection


def _prefix(base: Base, rng: Random) -> tuple[str, str]:
    """The text up to a paragraph, and that paragraph."""
    block = rng.choice(base.paragraphs(30)[1:] or base.paragraphs(30))
    return base.text[: block.span.start], block.span.of(base.text)


_MAY_END = re.compile(
    r"[.。！？!?:：;；…)）”\"'’\\]>`*]\s*$|https?:[A-Za-z0-9/._?=&%-]*$|\]\([^)]*$"
)


@fault("CUT001")
def cut_in_sentence(rng: Random, base: Base) -> str:
    before, paragraph = _prefix(base, rng)
    spots = [
        at
        for at in range(len(paragraph) // 2, len(paragraph) - 3)
        if not _MAY_END.search(paragraph[max(0, at - 60) : at])
    ]
    return before + paragraph[: rng.choice(spots)]


@near_miss("CUT001")
def end_of_a_paragraph(rng: Random, base: Base) -> str:
    before, paragraph = _prefix(base, rng)
    return before + paragraph + rng.choice(["", "\n\n---\n", "\n\n<!-- end -->\n", " 🙂\n"])


@fault("CUT002")
def lose_a_closing_fence(rng: Random, base: Base) -> str:
    block = fenced("python", rng.choice(PYTHON)).removesuffix("\n```")
    if rng.random() < 0.5:
        return base.text + "\n" + block
    return base.insert(rng, block + "\n\n" + fenced("bash", rng.choice(OTHERS["bash"])))


@near_miss("CUT002")
def fences_in_fences(rng: Random, base: Base) -> str:
    inner = fenced("python", rng.choice(PYTHON))
    return base.insert(
        rng, rng.choice([inner, f"````markdown\n{inner}\n````", f"~~~text\n{inner}\n~~~"])
    )


@fault("CUT003")
def lose_a_bracket(rng: Random, base: Base) -> str:
    first, second, third = base.words(rng, 3)
    pairs = ("（）", "《》", "“”", "【】") if base.language == "zh" else ("()", "[]", "“”")
    left, right = rng.choice(pairs)
    lost = rng.choice([left + second, f"{left}{second} "])
    end = "。" if base.language == "zh" else "."
    del right
    return base.insert(rng, f"{first} {lost}{third}{end}")


@near_miss("CUT003")
def paired_brackets(rng: Random, base: Base) -> str:
    first, second, third = base.words(rng, 3)
    left, right = rng.choice(("（）", "《》", "()", "“”"))
    return base.insert(
        rng,
        rng.choice(
            [
                f"{first}{left}{second}{right}{third}.",
                f"1) {first} 2) {second}",
                f"{first} :) {second}",
            ]
        ),
    )


@fault("CUT004")
def lose_bold(rng: Random, base: Base) -> str:
    block = rng.choice(base.paragraphs(20))
    space = " " if base.language == "en" else ""
    words = block.content.split(" ") if space else list(block.content)
    at = rng.randrange(2, max(3, min(len(words) - 2, 20)))
    broken = space.join([*words[:at], "**" + words[at], *words[at + 1 :]])
    if not re.search(r"\*\*\w", broken) or "\n" in block.content:
        broken = block.content.replace("\n", " ")[:-1] + f"{space}**{base.words(rng, 1)[0]}."
    return base.text[: block.span.start] + broken + base.text[block.span.end :]


@near_miss("CUT004")
def bold(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    return base.insert(
        rng, rng.choice([f"{first} **{second}** {first}.", f"`**{first}`", "2**10 = 1024"])
    )


@fault("CUT005")
def cut_code(rng: Random, base: Base) -> str:
    language = rng.choice(["python", "python", "json", "javascript", "bash", "cpp", "java"])
    code = rng.choice(PYTHON if language == "python" else OTHERS[language])
    if language == "python":
        lines = code.split("\n")
        stops = [at for at, line in enumerate(lines) if line.rstrip().endswith(":")]
        cut = (
            "\n".join(lines[: rng.choice(stops) + 1])
            if stops and rng.random() < 0.6
            else code.rstrip(")]}'\n")
        )
        if cut == code:
            cut = code + "\nprint(max("
    else:
        cut = re.sub(r"[\s;]*(?:[\])}>;]|done|fi)\s*$", "", code)
    return base.insert(rng, fenced(language, cut))


@near_miss("CUT005")
def whole_code(rng: Random, base: Base) -> str:
    language = rng.choice(["python", "json", "javascript", "bash", "cpp", "java"])
    return base.insert(
        rng, fenced(language, rng.choice(PYTHON if language == "python" else OTHERS[language]))
    )


def plan(base: Base, extra: tuple[str, ...] = ()) -> Expected:
    titles = [section.title for section in base.document.sections if section.level == 2]
    return Expected(tuple(ExpectedSection(title) for title in (*titles, *extra)))


@fault("CUT006")
def miss_a_section(rng: Random, base: Base) -> Sample:
    title = " ".join(base.words(rng, 2))
    if rng.random() < 0.5:
        return Sample(f"{base.text}\n## {title}\n", plan(base, (title,)))
    return Sample(base.text, plan(base, (title,)))


@near_miss("CUT006")
def renumbered_sections(rng: Random, base: Base) -> Sample:
    number = iter(range(1, 99))
    style = rng.choice(["## {}. ", "## {}、"])
    text = re.sub(r"^## ", lambda _: style.format(next(number)), base.text, flags=re.MULTILINE)
    return Sample(text, plan(base))


NUMBERS = {"en": ("three", "four", "five", "6"), "zh": ("三", "四", "五", "6")}
_THINGS = {"en": ("steps", "reasons", "ways", "tips"), "zh": ("个步骤", "点", "个原因", "种方法")}


def _announcement(rng: Random, base: Base, number: int, given: int) -> str:
    word = NUMBERS[base.language][number - 3]
    thing = rng.choice(_THINGS[base.language])
    if base.language == "en":
        lead = rng.choice(
            [
                f"There are {word} {thing} to do it:",
                f"Follow these {word} {thing}:",
                f"We will use the following {word} {thing}:",
            ]
        )
    else:
        lead = rng.choice(
            [f"主要有以下{word}{thing}：", f"可以分为{word}{thing}：", f"请看下面{word}{thing}："]
        )
    items = [f"{at}. {' '.join(base.words(rng, 4))}" for at in range(1, given + 1)]
    return lead + "\n\n" + "\n".join(items) + "\n\n---"


@fault("CUT007")
def too_few_items(rng: Random, base: Base) -> str:
    number = rng.randrange(3, 7)
    block = rng.choice(base.paragraphs(10))
    section_end = base.text[: block.span.end]
    return f"{section_end}\n\n## {base.words(rng, 1)[0]}\n\n{_announcement(rng, base, number, number - 1)}\n"


@near_miss("CUT007")
def enough_items(rng: Random, base: Base) -> str:
    number = rng.randrange(3, 7)
    return (
        f"{base.text}\n## {base.words(rng, 1)[0]}\n\n{_announcement(rng, base, number, number)}\n"
    )


@fault("CUT008")
def promise(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    en = (
        f"The most important kinds of {word} are:",
        f"Next, we will look at {word}.",
        f"Here is what to know about {word}:",
    )
    zh = (
        f"关于{word}，需要注意的地方如下：",
        f"下面将介绍{word}。",
        f"接下来，我们将详细讲解{word}。",
        f"{word}的步骤：",
    )
    return f"{base.text}\n{rng.choice(en if base.language == 'en' else zh)}\n"


@near_miss("CUT008")
def kept_promise(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    lead = (
        f"The most important kinds of {word} are:"
        if base.language == "en"
        else f"{word}的要点如下："
    )
    return f"{base.text}\n{lead}\n\n- {word}\n"


@fault("CUT009")
def placeholder(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    prose = {
        "en": (
            f"Dear [insert {word} here], welcome.",
            "TODO: write this part.",
            "(The rest of the article goes here.)",
            "[Your name]",
            "Lorem ipsum dolor sit amet.",
        ),
        "zh": (
            "具体内容此处省略。",
            "（略）",
            f"【请填写{word}】",
            "TODO：补充这一段。",
            "这一部分待补充。",
        ),
    }[base.language]
    code = {
        "en": (
            "# ... rest of the code",
            "# your code here",
            "# TODO: implement",
            "# ... existing code ...",
        ),
        "zh": ("# 其余代码省略", "# 在这里写你的代码", "# 此处省略若干代码", "# 待实现"),
    }[base.language]
    if rng.random() < 0.5:
        return base.insert(rng, rng.choice(prose))
    return base.insert(rng, fenced("python", f"x = 1\n{rng.choice(code)}\nprint(x)"))


@near_miss("CUT009")
def no_placeholder(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    near = {
        "en": (
            f"The rest of the {word} was fine.",
            f"See [your {word}](https://example.org).",
            f"Keep a to-do list for {word}.",
        ),
        "zh": (
            f"句子里省略了{word}，意思不变。",
            f"见[你的{word}](https://example.org)。",
            f"{word}可以补充。",
        ),
    }[base.language]
    return base.insert(rng, rng.choice(near))


def table(base: Base, rng: Random, rows: int = 3) -> list[str]:
    cells = base.words(rng, 3 * (rows + 1))
    lines = [f"| {' | '.join(cells[3 * at : 3 * at + 3])} |" for at in range(rows + 1)]
    return [lines[0], "| --- | --- | --- |", *lines[1:]]


@fault("CUT010")
def cut_table(rng: Random, base: Base) -> str:
    lines = table(base, rng, rng.randrange(1, 5))
    last = lines[-1]
    cut = last[: rng.randrange(3, last.rindex("|") - 1)]
    return base.text + "\n" + "\n".join([*lines[:-1], cut])


@near_miss("CUT010")
def whole_table(rng: Random, base: Base) -> str:
    return base.text + "\n" + "\n".join(table(base, rng, rng.randrange(1, 5)))


@fault("CUT011")
def empty_item(rng: Random, base: Base) -> str:
    items = base.words(rng, rng.randrange(2, 5))
    mark = rng.choice(["- ", "* ", ""])
    lines = [f"{mark or f'{at}. '}{word}" for at, word in enumerate(items, 1)]
    lines.append(mark.strip() or f"{len(items) + 1}.")
    return base.text + "\n" + "\n".join(lines)


@near_miss("CUT011")
def full_items(rng: Random, base: Base) -> str:
    return base.text + "\n" + "\n".join(f"- {word}" for word in base.words(rng, 4))
