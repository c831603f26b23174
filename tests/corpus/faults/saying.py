"""Repetition and padding."""

from random import Random

from tests.corpus.base import Base, bases
from tests.corpus.faults.table import Sample, fault, near_miss
from xiezuo.lint.expected import Expected


def _words_changed(text: str, rng: Random, base: Base, count: int) -> str:
    """The text with a few of its words (or characters) replaced."""
    parts = text.split(" ") if base.language == "en" else list(text)
    for _ in range(count):
        parts[rng.randrange(1, len(parts) - 1)] = base.words(rng, 1)[0][
            : None if base.language == "en" else 1
        ]
    return (" " if base.language == "en" else "").join(parts)


@fault("REP001")
def say_again(rng: Random, base: Base) -> str:
    pool = [
        sentence
        for block in base.paragraphs()
        for sentence in block.sentences
        if sentence.ended and sentence.words > (10 if base.language == "en" else 14)
    ]
    sentence = rng.choice(pool)
    text = sentence.span.of(base.text)
    at = sentence.block.span.end
    return base.text[:at] + ("" if base.language == "zh" else " ") + text + base.text[at:]


@near_miss("REP001")
def say_otherwise(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    return base.insert(
        rng,
        rng.choice(
            [
                f"{first}！{second}。{first}！",
                f"- {first} {second}\n- {first} {second}",
                f"{first} 1. {first} 2.",
            ]
        ),
    )


@fault("REP002")
def paragraph_again(rng: Random, base: Base) -> str:
    block = rng.choice(base.paragraphs(40))
    again = _words_changed(block.content.replace("\n", " "), rng, base, max(1, block.words // 30))
    return base.insert(rng, again)


@near_miss("REP002")
@near_miss("REP003")
def another_paragraph(rng: Random, base: Base) -> str:
    others = [
        other
        for other in bases(base.language)
        if other.name.split(":")[0] != base.name.split(":")[0]
    ]
    other = rng.choice(others)
    return (
        f"{base.text}\n## {base.words(rng, 1)[0]}\n\n{rng.choice(other.paragraphs(30)).content}\n"
    )


@fault("REP003")
def section_again(rng: Random, base: Base) -> str:
    parts = [
        section
        for section in base.document.sections
        if section.heading and sum(b.words for b in section.paragraphs) > 70
    ]
    if not parts:
        blocks = base.paragraphs(20)[:3]
        body = "\n\n".join(block.content for block in blocks)
        return f"{base.text}\n## {base.words(rng, 1)[0]}\n\n{body}\n\n## {base.words(rng, 1)[0]}s\n\n{body}\n"
    section = rng.choice(parts)
    body = base.text[section.body[0].span.start : section.end]
    return (
        f"{base.text}\n## {' '.join(base.words(rng, 2))}\n\n{_words_changed(body, rng, base, 3)}\n"
    )


@fault("REP004")
def loop(rng: Random, base: Base) -> str:
    unit = " ".join(base.words(rng, rng.randrange(2, 9))) + rng.choice([", ", "，", ". ", "\n\n"])
    turns = max(5, 80 // len(unit) + 1)
    start = base.text[: rng.choice(base.paragraphs()).span.end]
    return f"{start}\n\n{(unit * turns)[: -rng.randrange(1, max(2, len(unit) // 2))]}"


@near_miss("REP004")
def refrain(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return (
        base.text
        + "\n"
        + rng.choice(
            [f"{word}, {word}, {word}!", "-" * 80, f"| {word} |\n| - |\n" + f"| {word} |\n" * 3]
        )
    )


@fault("REP005")
def monotonous(rng: Random, base: Base) -> str:
    words = base.words(rng, 12)
    if base.language == "en":
        return base.insert(
            rng,
            " ".join(
                f"The {words[0]} {a} {b}." for a, b in zip(words[1:6], words[6:11], strict=True)
            ),
        )
    return base.insert(
        rng, "".join(f"我们{a}{b}。" for a, b in zip(words[1:6], words[6:11], strict=True))
    )


@near_miss("REP005")
def parallel_items(rng: Random, base: Base) -> str:
    words = base.words(rng, 6)
    return base.insert(rng, "\n".join(f"- The {words[0]} {word}" for word in words))


@fault("REP006")
def echo(rng: Random, base: Base) -> str:
    heading = rng.choice([candidate for candidate in base.document.headings if candidate.level > 1])
    title = heading.shown.strip()
    end = "。" if base.language == "zh" else "."
    line = rng.choice(
        [f"**{title}**\n\n", f"{title}\n\n", f"{title}{'' if title[-1] in '?？!！.。' else end} "]
    )
    rest = base.text[heading.span.end :].lstrip("\n")
    if rest.startswith(("#", "-", "*", "1", "|", "`", ">", "<", "$")):
        line = f"{line.rstrip()}\n\n"
    return f"{base.text[: heading.span.end]}\n\n{line}{rest}"


@near_miss("REP006")
def about_the_heading(rng: Random, base: Base) -> str:
    title = " ".join(base.words(rng, 2))
    return f"{base.text}\n## {title}\n\n{title} {base.words(rng, 1)[0]}。\n"


@fault("REP007")
def doubled(rng: Random, base: Base) -> str:
    words = base.words(rng, 4)
    if base.language == "en":
        twice = rng.choice(["the", "of", "and", "to", "in", "is"])
        return base.insert(rng, f"{words[0]} {twice} {twice} {words[1]}.")
    twice = rng.choice(["我们", "这个", "因此", "但是", "时候", "问题", "方法"])
    return base.insert(rng, f"{words[0]}，{twice}{twice}{words[1]}。")


@near_miss("REP007")
def doubled_on_purpose(rng: Random, base: Base) -> str:
    return base.insert(
        rng,
        rng.choice(
            [
                "He had had enough.",
                "很多人常常一步一步慢慢来。",
                "It is very very good.",
                "大家讨论讨论，研究研究。",
                "New York, New York",
            ]
        ),
    )


_STOCK = {
    "en": ("It is a testament to teamwork.", "This plays a crucial role in success.", "It is important to note that time matters.",
           "We delve into the details.", "It unlocks the full potential of people.", "The possibilities are endless.", "This is a game-changer."),
    "zh": ("这发挥着重要作用。", "总而言之，它很好。", "它具有重要意义。", "它是生活中不可或缺的一部分。", "为发展注入新的活力。", "综上所述，应当重视。", "它扮演着重要角色。"),
}  # fmt: skip


@fault("PAD001")
def stock(rng: Random, base: Base) -> str:
    text = base.text
    for phrase in rng.sample(_STOCK[base.language], 6):
        text = Base("", text, base.language).insert(rng, phrase)
    return text


@near_miss("PAD001")
def one_stock_phrase(rng: Random, base: Base) -> str:
    return base.insert(rng, rng.choice(_STOCK[base.language]))


@fault("PAD002")
def stock_opening(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    en = (
        f"In today's fast-paced world, {word} matters.",
        f"Have you ever wondered about {word}?",
        f"In the ever-evolving landscape of {word}, people matter.",
        f"In the digital age of {word}, In today's society, things change.",
        f"It is no secret that {word} matters.",
    )
    zh = (
        f"随着{word}的不断发展，情况变了。",
        f"众所周知，{word}很重要。",
        f"在当今社会，{word}很重要。",
        f"在这个{word}的时代，人人都要学。",
        f"随着科技的飞速进步，{word}越来越多。",
    )
    block = rng.choice(en if base.language == "en" else zh)
    return base.insert(
        rng,
        block
        if not block.startswith("In the digital age")
        else f"In today's society, {word} matters.",
    )


@near_miss("PAD002")
def no_opening(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return base.insert(
        rng,
        rng.choice(
            [f"{word} in the world of today.", f"{word}随着天气变化。", f"The world {word}."]
        ),
    )


@fault("PAD003")
def say_little(rng: Random, base: Base) -> str:
    words = base.words(rng, 12)
    joined = "" if base.language == "zh" else " "
    end = "。" if base.language == "zh" else ". "
    lines = [joined.join(rng.choice(words) for _ in range(8)) + end for _ in range(8)]
    text = "".join(rng.choice(lines) for _ in range(150))[:4200]
    return f"{base.text}\n{text}\n"


@near_miss("PAD003")
def say_much(rng: Random, base: Base) -> str:
    other = rng.choice(bases(base.language))
    return f"{base.text}\n{other.text}\n"


_PRAISE = {
    "en": (
        "powerful",
        "flexible",
        "robust",
        "seamless",
        "innovative",
        "remarkable",
        "vibrant",
        "unique",
        "stunning",
    ),
    "zh": ("高效", "便捷", "强大", "灵活", "独特", "卓越", "精彩", "智能", "可靠"),
}


@fault("PAD004")
def pile(rng: Random, base: Base) -> str:
    first, second, third = rng.sample(_PRAISE[base.language], 3)
    word = base.words(rng, 1)[0]
    if base.language == "en":
        return base.insert(
            rng,
            rng.choice(
                [
                    f"It is a {first}, {second}, and {third} {word}.",
                    f"The {word} is {first}, {second} and truly {third}.",
                ]
            ),
        )
    return base.insert(
        rng,
        rng.choice(
            [f"这是一种{first}、{second}、{third}的{word}。", f"{word}{first}、{second}而{third}。"]
        ),
    )


@near_miss("PAD004")
def two_adjectives(rng: Random, base: Base) -> str:
    first, second = rng.sample(_PRAISE[base.language], 2)
    word = base.words(rng, 1)[0]
    return base.insert(
        rng,
        f"It is a {first} and {second} {word}."
        if base.language == "en"
        else f"{word}{first}、{second}。",
    )


@fault("PAD005")
def restate(rng: Random, base: Base) -> "str | Sample":
    word = base.words(rng, 1)[0]
    task = (
        f"Explain to new members how {word} is kept and why it matters to the group"
        if base.language == "en"
        else f"向新成员说明如何保存{word}以及它对大家为什么重要"
    )
    if rng.random() < 0.3:
        end = "." if base.language == "en" else "。"
        return Sample(f"{task}{end}\n\n{base.text}", Expected((), task))
    en = (
        f"In this article, we will explore {word}.",
        f"This guide aims to explain {word}.",
        f"In this tutorial, you will learn about {word}.",
    )
    zh = (f"本文将介绍{word}。", f"本文旨在探讨{word}。", f"这篇文章将从三个方面分析{word}。")
    return f"{rng.choice(en if base.language == 'en' else zh)}\n\n{base.text}"


@near_miss("PAD005")
def articles(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return f"{f'The article on {word} is long.' if base.language == 'en' else f'关于{word}的文章很长。'}\n\n{base.text}"


@fault("PAD006")
def summaries(rng: Random, base: Base) -> str:
    words = base.words(rng, 6)
    leads = (
        ("In summary,", "Overall,", "In conclusion,", "Ultimately,")
        if base.language == "en"
        else ("总之，", "综上所述，", "总的来说，", "由此可见，")
    )
    parts = [
        f"## {word}{at}\n\n{rng.choice(base.paragraphs(10)).content}\n\n{rng.choice(leads)} {word}.\n"
        for at, word in enumerate(words)
    ]
    return "\n".join(parts)


@near_miss("PAD006")
def one_summary(rng: Random, base: Base) -> str:
    return f"{base.text}\n## End\n\n{'Overall,' if base.language == 'en' else '总之，'} {base.words(rng, 1)[0]}.\n"
