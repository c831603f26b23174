"""Loose structure."""

from random import Random

from tests.corpus.base import Base, bases
from tests.corpus.faults.cut import plan
from tests.corpus.faults.table import Sample, fault, near_miss
from xiezuo.lint.expected import Expected, ExpectedSection


def _sentence(base: Base, rng: Random) -> str:
    return rng.choice(base.paragraphs(8)).content


def _section(base: Base, rng: Random, level: int, title: str = "") -> str:
    return f"{'#' * level} {title or ' '.join(base.words(rng, 3))}\n\n{_sentence(base, rng)}\n"


@fault("STR001")
def skip_level(rng: Random, base: Base) -> str:
    return (
        f"{base.text}\n## {base.words(rng, 1)[0]}\n\n{_section(base, rng, rng.choice([4, 5, 6]))}"
    )


@near_miss("STR001")
def next_level(rng: Random, base: Base) -> str:
    return f"{base.text}\n## {base.words(rng, 1)[0]}\n\n{_section(base, rng, rng.choice([2, 3]))}"


@fault("STR002")
def two_titles(rng: Random, base: Base) -> str:
    return f"# {base.words(rng, 1)[0]}\n\n{base.text}\n{_section(base, rng, 1)}"


@near_miss("STR002")
def one_title(rng: Random, base: Base) -> str:
    return f"# {base.words(rng, 1)[0]}\n\n{base.text}\n```bash\n# {base.words(rng, 1)[0]}\n```\n"


@fault("STR003")
def same_heading(rng: Random, base: Base) -> str:
    title = rng.choice([section.title for section in base.document.sections if section.level == 2])
    return (
        f"{base.text}\n{_section(base, rng, 2, rng.choice([title, f'9. {title}', f'**{title}**']))}"
    )


@near_miss("STR003")
def same_heading_elsewhere(rng: Random, base: Base) -> str:
    title = base.words(rng, 1)[0]
    return base.text + "".join(
        f"\n## {title} {at}\n\n{_section(base, rng, 3, 'Notes')}" for at in "ABC"
    )


@fault("STR004")
def empty(rng: Random, base: Base) -> str:
    title = f"## {' '.join(base.words(rng, 2))}\n"
    if rng.random() < 0.5:
        return f"{base.text}\n{title}"
    return f"{title}\n{base.text}"


@near_miss("STR004")
def only_code_or_children(rng: Random, base: Base) -> str:
    body = rng.choice(
        [
            "```text\nx\n```\n",
            "| a |\n| - |\n| b |\n",
            f"### {base.words(rng, 1)[0]}\n\n{_sentence(base, rng)}\n",
        ]
    )
    return f"{base.text}\n## {' '.join(base.words(rng, 2))}\n\n{body}"


@fault("STR005")
def other_sections(rng: Random, base: Base) -> Sample:
    titles = [f"{word}{at}" for at, word in enumerate(base.words(rng, 4))]
    order = (
        [titles[1], titles[0], *titles[2:]] if rng.random() < 0.5 else [*titles, "X" + titles[0]]
    )
    text = "".join(_section(base, rng, 2, title) + "\n" for title in order)
    return Sample(text, Expected(tuple(ExpectedSection(title) for title in titles)))


@near_miss("STR005")
def planned_sections(_: Random, base: Base) -> Sample:
    return Sample(base.text, plan(base))


@fault("STR006")
def wrong_length(rng: Random, base: Base) -> Sample:
    section = next(
        candidate
        for candidate in base.document.sections
        if candidate.level == 2 and candidate.words > 30
    )
    target = round(section.words * rng.choice([0.3, 0.5, 2.5, 4]))
    return Sample(base.text, Expected((ExpectedSection(section.title, target),)))


@near_miss("STR006")
def right_length(rng: Random, base: Base) -> Sample:
    section = next(
        candidate
        for candidate in base.document.sections
        if candidate.level == 2 and candidate.words > 30
    )
    target = round(section.words * rng.uniform(0.8, 1.3))
    return Sample(base.text, Expected((ExpectedSection(section.title, target),)))


_ZH = "一二三四五六七八九"


def _numbered(rng: Random, base: Base, numbers: list[int]) -> str:
    style = rng.randrange(3)
    words = base.words(rng, len(numbers))
    if style == 0:
        return (
            base.text
            + "\n"
            + "\n".join(f"{n}. {word}" for n, word in zip(numbers, words, strict=True))
        )
    mark = (lambda n: f"## {_ZH[n - 1]}、") if base.language == "zh" else (lambda n: f"## {n}. ")
    if style == 2:
        mark = (
            (lambda n: f"## 第{_ZH[n - 1]}步 ")
            if base.language == "zh"
            else (lambda n: f"## Step {n}: ")
        )
    pairs = zip(numbers, words, strict=True)
    return base.text + "".join(
        f"\n{mark(n)}{word}\n\n{_sentence(base, rng)}\n" for n, word in pairs
    )


@fault("STR007")
def skip_a_number(rng: Random, base: Base) -> str:
    return _numbered(rng, base, rng.choice([[1, 2, 4], [1, 3, 4], [1, 2, 2, 3], [1, 2, 3, 5]]))


@near_miss("STR007")
def count_up(rng: Random, base: Base) -> str:
    return _numbered(rng, base, [1, 2, 3, 4])


@fault("STR008")
def bold_line(rng: Random, base: Base) -> str:
    block = rng.choice(base.paragraphs(10))
    title = " ".join(base.words(rng, 2))
    line = rng.choice([f"**{title}**", f"**{title}:**"])
    return f"{base.text[: block.span.start]}{line}\n\n{base.text[block.span.start :]}"


@near_miss("STR008")
def bold_sentence(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    end = "。" if base.language == "zh" else "."
    return base.insert(
        rng,
        rng.choice(
            [
                f"**{first}** {second}{end}",
                f"**{first} {second}{end}**",
                f"- **{first}**\n- **{second}**",
            ]
        ),
    )


@fault("STR009")
def wall(rng: Random, base: Base) -> str:
    joined = "" if base.language == "zh" else " "
    pool = [
        paragraph.plain.replace("\n", joined)
        for other in bases(base.language)
        for paragraph in other.paragraphs(10)
    ]
    text = ""
    while len(text) < (700 if base.language == "zh" else 2800):
        text += rng.choice(pool) + joined
    return base.insert(rng, text)


@near_miss("STR009")
def long_list(rng: Random, base: Base) -> str:
    return base.insert(rng, "\n".join(f"- {' '.join(base.words(rng, 8))}" for _ in range(40)))


_FOREIGN = {
    "en": ("Locomotives crossed the viaduct while engineers inspected boilers. Boilers burst; engineers rebuilt the viaduct with granite arches. "
           "Granite arches carried locomotives over the ravine, and the ravine echoed whenever boilers whistled. ", "Volcanic basalt cools slowly. Basalt "
           "columns form hexagons; hexagons fracture as magma contracts. Magma chambers feed the caldera, and the caldera vents sulphur over the columns. "),
    "zh": ("铁路桥梁横跨峡谷，机车锅炉轰鸣。工程师检修锅炉，花岗岩桥墩承载机车。峡谷里桥墩林立，机车穿过隧道，锅炉冒出蒸汽，隧道回响。",
           "玄武岩缓慢冷却，岩浆收缩形成六棱石柱。火山口喷出硫磺，岩浆房供给火山口，石柱排列在海岸，玄武岩海岸布满石柱与硫磺。"),
}  # fmt: skip


@fault("STR010")
def foreign_section(rng: Random, base: Base) -> str:
    paragraph = rng.choice(_FOREIGN[base.language]) * 2
    return f"{base.text}\n## {'铁路' if base.language == 'zh' else 'Railways'}\n\n{paragraph}\n"


@near_miss("STR010")
def related_section(rng: Random, base: Base) -> str:
    blocks = rng.sample(base.paragraphs(15), 2)
    return (
        f"{base.text}\n## {base.words(rng, 1)[0]}\n\n"
        + "\n\n".join(block.content for block in blocks)
        + "\n"
    )


_VARIANTS = {
    "en": (("GitHub", "Github"), ("JavaScript", "Javascript"), ("e-mail", "email"), ("PostgreSQL", "Postgresql"), ("TypeScript", "Typescript"), ("front-end", "frontend")),
    "zh": (("登录", "登陆"), ("账号", "帐号"), ("GitHub", "Github"), ("阈值", "阀值"), ("订阅", "定阅"), ("JavaScript", "Javascript")),
}  # fmt: skip


@fault("STR011")
def two_spellings(rng: Random, base: Base) -> str:
    usual, rare = rng.choice(_VARIANTS[base.language])
    first, second = base.words(rng, 2)
    glue = "" if not usual.isascii() else " "
    once = base.insert(rng, f"{first}{glue}{usual}{glue}{second}{glue}{usual}{glue}{first}.")
    return f"{once}\n{second}{glue}{rare}{glue}{first}.\n"


@near_miss("STR011")
def one_spelling(rng: Random, base: Base) -> str:
    usual = rng.choice(
        [common for common, other in _VARIANTS[base.language] if other not in base.text]
    )
    return f"{base.text}\n{usual} {usual}.\n\n{base.words(rng, 1)[0].title()} {base.words(rng, 1)[0]}.\n"


@fault("STR012")
def two_values(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    first, second = rng.sample(range(10, 99), 2)
    if base.language == "en":
        lines = rng.choice(
            [
                (
                    f"The project has a total of {first} members.",
                    f"Of a total of {second} members, four left.",
                ),
                (
                    f"The cost of {word} is {first} dollars.",
                    f"As said, the cost of {word} is {second} dollars.",
                ),
                (f"The course consists of {first} lessons.", f"It consists of {second} lessons."),
            ]
        )
    else:
        lines = rng.choice(
            [
                (f"项目共有{first}名成员。", f"如今共有{second}名成员。"),
                (f"这门课程总共{first}个小时。", f"全部学完总共{second}个小时。"),
                (f"{word}的价格为{first}元。", f"如前所述，{word}的价格为{second}元。"),
            ]
        )
    return f"{base.insert(rng, lines[0])}\n{lines[1]}\n"


@near_miss("STR012")
def same_value(rng: Random, base: Base) -> str:
    value = rng.randrange(10, 99)
    if base.language == "en":
        return f"{base.insert(rng, f'The group has a total of {value} members.')}\nAll in all, a total of {value} members.\n"
    return f"{base.insert(rng, f'小组共有{value}名成员。')}\n全组共有{value}名成员。\n"
