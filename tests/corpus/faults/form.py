"""Broken format."""

import re
from random import Random

from tests.corpus.base import Base
from tests.corpus.faults.code_samples import PYTHON, fenced
from tests.corpus.faults.cut import table
from tests.corpus.faults.table import fault, near_miss


@fault("FMT001")
def lose_delimiter(rng: Random, base: Base) -> str:
    lines = table(base, rng, rng.randrange(1, 5))
    delimiter = rng.choice(["", "| --- | --- |", "|——|——|——|"])
    return base.insert(rng, "\n".join([lines[0], *([delimiter] if delimiter else []), *lines[2:]]))


@near_miss("FMT001")
@near_miss("FMT002")
@near_miss("FMT003")
def sound_table(rng: Random, base: Base) -> str:
    lines = table(base, rng, rng.randrange(1, 5))
    if rng.random() < 0.5:
        lines = [line.strip("| ") for line in lines]
    return base.insert(rng, "\n".join(lines))


@fault("FMT002")
def ragged(rng: Random, base: Base) -> str:
    lines = table(base, rng, rng.randrange(1, 5))
    at = rng.randrange(2, len(lines))
    extra = rng.random() < 0.5
    lines[at] = (
        lines[at] + f" {base.words(rng, 1)[0]} |"
        if extra
        else lines[at][: lines[at].rindex("|", 0, -2) + 1]
    )
    return base.insert(rng, "\n".join(lines))


@fault("FMT003")
def touching(rng: Random, base: Base) -> str:
    rows = "\n".join(table(base, rng))
    word = " ".join(base.words(rng, 4))
    return base.insert(rng, rng.choice([f"{rows}\n{word}.", f"{word}:\n{rows}"]))


@fault("FMT004")
def no_space(rng: Random, base: Base) -> str:
    heading = rng.choice([heading for heading in base.document.headings if heading.level > 1])
    line = heading.span.of(base.text)
    return (
        base.text[: heading.span.start]
        + re.sub(r"^(#+) +", r"\1", line)
        + base.text[heading.span.end :]
    )


@near_miss("FMT004")
def hashtags(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    return base.insert(
        rng, rng.choice([f"#{first} #{second}", f"{first}\n#1 {second}", "`##x`", "#fff"])
    )


@fault("FMT005")
def literal_bold(rng: Random, base: Base) -> str:
    first, second, third = base.words(rng, 3)
    zh = (
        f"**{first}：**{second}。",
        f"{first}**“{second}”**{third}。",
        f"{first}**（{second}）**{third}。",
        f"**{first}。**{second}",
    )
    en = (
        f"** {first}:** {second}.",
        f"{first} ** {second} ** {third}.",
        f"{first} **{second} **{third}.",
        f"**{first}:**{second}.",
    )
    return base.insert(rng, rng.choice(zh if base.language == "zh" else en))


@near_miss("FMT005")
def real_bold(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    return base.insert(
        rng,
        rng.choice(
            [
                f"**{first}**：{second}",
                f"**{first}:** {second}",
                f"{first} `**` {second}",
                f"{first} **{second}**",
            ]
        ),
    )


@fault("FMT006")
def false_items(rng: Random, base: Base) -> str:
    words = base.words(rng, rng.randrange(2, 6))
    marks = rng.choice(["-{}", "•{}", "• {}", "·{}", "{n}.{}", "{n}、{}"])
    return base.insert(rng, "\n".join(marks.format(word, n=at) for at, word in enumerate(words, 1)))


@near_miss("FMT006")
def real_items(rng: Random, base: Base) -> str:
    words = base.words(rng, 4)
    return base.insert(
        rng,
        rng.choice(
            [
                "\n".join(f"- {word}" for word in words),
                f"-{words[0]} {words[1]}",
                "-5 °C\n-3 °C",
                "3.5 m\n4.5 m",
            ]
        ),
    )


@fault("FMT007")
def half_width(rng: Random, base: Base) -> str:
    block = rng.choice(
        [
            paragraph
            for paragraph in base.paragraphs(10)
            if re.search(r"[\u4e00-\u9fff][，；：？！][\u4e00-\u9fff]", paragraph.content)
        ]
    )
    text = block.span.of(base.text)
    spots = list(re.finditer(r"(?<=[\u4e00-\u9fff])[，；：？！](?=[\u4e00-\u9fff])", text))
    spot = rng.choice(spots)
    half = dict(zip("，；：？！", ",;:?!", strict=True))[spot[0]]
    changed = text[: spot.start()] + half + rng.choice(["", " "]) + text[spot.end() :]
    return base.text[: block.span.start] + changed + base.text[block.span.end :]


@near_miss("FMT007")
def numbers_and_code(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return base.insert(
        rng,
        rng.choice(
            [
                f"{word} 10:30 有 1,000 人。",
                f"`{word},{word}`",
                f"{word}，yes, please。",
                f"见 https://example.org/{word},a 。",
            ]
        ),
    )


@fault("FMT008")
def full_width(rng: Random, base: Base) -> str:
    block = rng.choice(
        [
            paragraph
            for paragraph in base.paragraphs(10)
            if re.search(r"\w[,;:] \w", paragraph.content)
        ]
    )
    text = block.span.of(base.text)
    spot = rng.choice(
        list(re.finditer(r"(?<=[a-z])[,;:] (?=[a-z])", text)) or list(re.finditer(r"[,;:] ", text))
    )
    full = dict(zip(",;:", "，；：", strict=True))[spot[0][0]]
    return (
        base.text[: block.span.start]
        + text[: spot.start()]
        + full
        + text[spot.end() :]
        + base.text[block.span.end :]
    )


@near_miss("FMT008")
def chinese_in_brackets(rng: Random, base: Base) -> str:
    return base.insert(rng, f"The book (《茶经》，陆羽) names {base.words(rng, 1)[0]}.")


@fault("FMT009")
def wrapped(rng: Random, base: Base) -> str:
    body = base.text.replace("```", "~~~")
    lead = (
        "" if rng.random() < 0.5 else ("好的：\n\n" if base.language == "zh" else "Here it is:\n\n")
    )
    return f"{lead}```{rng.choice(['markdown', 'md', ''])}\n{body}```\n"


@near_miss("FMT009")
def markdown_example(rng: Random, base: Base) -> str:
    return base.insert(rng, f"```markdown\n# {base.words(rng, 1)[0]}\n```")


_OPENINGS = {
    "en": ("Sure! Here is the article you asked for:", "Certainly! Below is a tutorial on the topic.", "Of course. Here's a draft:",
           "Here is a comprehensive article about the topic:", "I'd be happy to help you with that!", "Absolutely! Let's get started."),
    "zh": ("好的，以下是您要的文章：", "当然可以！下面是一篇关于这个主题的文章：", "没问题，我来为您写这篇文章。", "以下是根据您的要求撰写的文章：", "好的，我将为你介绍。"),
}  # fmt: skip
_CLOSINGS = {
    "en": ("I hope this helps!", "Let me know if you have any questions.", "Feel free to ask if you need more details.",
           "If you have any further questions, just ask.", "Would you like me to expand any section?", "I hope you enjoy this article!"),
    "zh": ("希望这篇文章对你有帮助！", "如果您还有其他问题，请随时告诉我。", "希望以上内容对您有所帮助。", "如有任何疑问，欢迎随时联系我。", "如果需要进一步修改，请告诉我。"),
}  # fmt: skip


@fault("FMT010")
def chatter(rng: Random, base: Base) -> str:
    if rng.random() < 0.5:
        return f"{rng.choice(_OPENINGS[base.language])}\n\n{base.text}"
    before = base.text.rstrip()
    glue = rng.choice(["\n\n", "\n\n---\n\n"])
    return f"{before}{glue}{rng.choice(_CLOSINGS[base.language])}\n"


@near_miss("FMT010")
def no_chatter(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    near = {
        "en": (
            f"Here is where {word} begins, and the road ends.",
            f"I hope, she said, that {word} will come.",
        ),
        "zh": (f"以下是{word}的三个要点。", f"人们希望{word}越来越好。"),
    }[base.language]
    return (
        f"{rng.choice(near)}\n\n{base.text}"
        if rng.random() < 0.5
        else base.insert(rng, rng.choice(near))
    )


@fault("FMT011")
def leak(rng: Random, base: Base) -> str:
    block = rng.choice(base.paragraphs(10))
    token = rng.choice(
        [
            "<|im_end|>",
            "<|endoftext|>",
            "</s>",
            "<|im_start|>",
            "[/INST]",
            "<think>x</think>",
            "<|eot_id|>",
        ]
    )
    at = block.span.end
    if rng.random() < 0.2:
        return f"{'助手：' if base.language == 'zh' else 'Assistant: '}{base.words(rng, 1)[0]}\n\n{base.text}"
    return base.text[:at] + token + base.text[at:]


@near_miss("FMT011")
def tokens_in_code(rng: Random, base: Base) -> str:
    return base.insert(
        rng, rng.choice(["`<|im_end|>`", "```text\n<think>\n```", "<b>x</b>", "a < b | c > d"])
    )


@fault("FMT012")
def open_formula(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return base.insert(
        rng,
        rng.choice(
            [
                f"{word} $x^2 + y^2 = 1 {word}.",
                f"{word} \\(x^2 {word}.",
                "$$\n\\begin{aligned}\nx &= 1\n$$",
                f"{word} $\\frac{{1}}{{2}} {word}.",
            ]
        ),
    )


@near_miss("FMT012")
def formulas(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return base.insert(
        rng,
        rng.choice(
            [
                f"{word} $x^2$ {word}.",
                f"{word} \\(x^2\\).",
                "$$\n\\begin{aligned}\nx &= 1\n\\end{aligned}\n$$",
                f"{word} $5, $6.",
            ]
        ),
    )


@fault("FMT013")
def unsafe_html(rng: Random, base: Base) -> str:
    return base.insert(
        rng,
        rng.choice(
            [
                "<script>alert(1)</script>",
                '<img src=x onerror="alert(1)">',
                '<iframe src="https://example.org"></iframe>',
                'x <a href="#" onclick="go()">y</a> z',
                '<object data="x"></object>',
            ]
        ),
    )


@near_miss("FMT013")
def safe_html(rng: Random, base: Base) -> str:
    return base.insert(
        rng,
        rng.choice(
            [
                "<kbd>Enter</kbd>",
                "<details><summary>x</summary></details>",
                "`<script>`",
                "<br>",
                '<a href="https://example.org">x</a>',
            ]
        ),
    )


@fault("FMT014")
def unsafe_link(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    target = rng.choice(
        [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html;base64,AAAA",
            "vbscript:x",
            "java&#115;cript:alert(1)",
            "file:///etc/passwd",
        ]
    )
    return base.insert(rng, rng.choice([f"[{word}]({target})", f"![{word}]({target})"]))


@near_miss("FMT014")
def safe_link(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return base.insert(
        rng,
        rng.choice(
            [
                f"[{word}](https://example.org)",
                f"[{word}](javascript.md)",
                f"![{word}](data:image/png;base64,AA)",
                f"[{word}](mailto:a@example.org)",
            ]
        ),
    )


@fault("FMT015")
def other_language(rng: Random, base: Base) -> str:
    if rng.random() < 0.3:
        block = rng.choice(base.paragraphs(10))
        word = rng.choice([" хорошо", " 감사합니다", " مرحبا"])
        end = block.span.end - 1
        return base.text[:end] + word + base.text[end:]
    en = "The leaves are dried on trays for a day, and then they are sorted by hand and packed."
    zh = rng.choice(
        [
            "茶叶先摊开晾干，然后按照大小分级，最后装进不透光的罐子里保存。",
            "Then 我们需要把这些内容全部翻译成中文 and go on.",
        ]
    )
    return base.insert(rng, en if base.language == "zh" else zh)


@near_miss("FMT015")
def quoted_language(rng: Random, base: Base) -> str:
    return base.insert(
        rng,
        rng.choice(
            [
                "> 茶之为饮，发乎神农氏，闻于鲁周公。",
                "> The leaves are dried on trays for a day, and sorted by hand.",
                "Git, Docker, Python",
                "(зелёный чай)",
            ]
        ),
    )


@fault("FMT016")
def nameless_fence(rng: Random, base: Base) -> str:
    return base.insert(rng, fenced("", rng.choice(PYTHON[:3]))) + "\n" + fenced("python", "x = 1")


@near_miss("FMT016")
def named_fence(rng: Random, base: Base) -> str:
    return base.insert(rng, fenced(rng.choice(["python", "text"]), rng.choice(PYTHON)))


@fault("FMT018")
def escapes(rng: Random, base: Base) -> str:
    block = rng.choice(base.paragraphs(10))
    end = block.span.end
    return (
        base.text[:end]
        + rng.choice(["\\n\\n", "\\n", "\\n\\t"])
        + base.words(rng, 1)[0].title()
        + base.text[end:]
    )


@near_miss("FMT018")
def paths(rng: Random, base: Base) -> str:
    return base.insert(rng, rng.choice(["`a\\nb`", "C:\\new\\tea", "$\\nabla x$", "\\* x"]))


@fault("FMT019")
def broken_character(rng: Random, base: Base) -> str:
    block = rng.choice(base.paragraphs(10))
    at = rng.randrange(block.span.start + 1, block.span.end)
    return (
        base.text[:at] + rng.choice(["\ufffd", "\u200b", "â€™", "\x08", "\u202e"]) + base.text[at:]
    )


@near_miss("FMT019")
def unusual_characters(rng: Random, base: Base) -> str:
    return base.insert(
        rng, rng.choice(["Café naïve", "👨‍👩‍👧", "中文（全角）", "½ × ±", "a\u00a0b"])
    )


@fault("FMT017")
def glued(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    return base.insert(rng, f"{first}{rng.choice(['Python', '3', 'API'])}{second}。")


@near_miss("FMT017")
def spaced(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    return base.insert(rng, f"{first} {rng.choice(['Python', '3', 'API'])} {second}。")
