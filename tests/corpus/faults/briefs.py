"""Poor briefs: made by taking good ones apart."""

from random import Random

from tests.corpus.base import Base
from tests.corpus.faults.table import Sample, fault, near_miss

_ROLE = {"en": "role: a gardener of thirty years\n", "zh": "role: 种了三十年花的园丁\n"}
_STRUCTURE = {"en": "structure: [Soil, Water, Light]\n", "zh": "structure: [土壤, 浇水, 光照]\n"}
_EXAMPLE = {"en": "example: Dig in the morning.\n", "zh": "example: 清晨松土。\n"}


def _task(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    if base.language == "en":
        return f"task: Explain to people who never gardened how {word} are planted in a small garden.\n"
    return f"task: 向从没种过花的人说明怎样在小院子里栽种{word}，以及为什么要这样做。\n"


def _brief(rng: Random, base: Base, leave_out: str = "", task: str = "", extra: str = "") -> Sample:
    parts = {
        "role": _ROLE[base.language],
        "task": task or _task(rng, base),
        "structure": _STRUCTURE[base.language],
        "example": _EXAMPLE[base.language],
    }
    parts.pop(leave_out, None)
    return Sample("".join(parts.values()) + extra, brief=True)


for _code, _key in (
    ("BRF001", "role"),
    ("BRF002", "task"),
    ("BRF003", "structure"),
    ("BRF004", "example"),
):
    fault(_code)(lambda rng, base, key=_key: _brief(rng, base, key))
    near_miss(_code)(_brief)


@fault("BRF005")
def vague(rng: Random, base: Base) -> Sample:
    word = base.words(rng, 1)[0]
    en = (
        f"task: {word} please\n",
        f"task: Write something interesting about {word} for my class at school.\n",
        f"task: An article on {word}, flowers, and so on, for everybody who reads.\n",
    )
    zh = (
        f"task: 写{word}\n",
        f"task: 随便写点关于{word}的内容给大家看看。\n",
        f"task: 写一篇关于{word}什么的文章，给同学看。\n",
    )
    return _brief(rng, base, task=rng.choice(en if base.language == "en" else zh))


@fault("BRF006")
def several(rng: Random, base: Base) -> Sample:
    word = base.words(rng, 1)[0]
    en = (
        f"task: Write an article about {word} and then translate it into French.\n",
        f"task: Describe {word} for beginners, and also create a table of prices and plus write a poem.\n",
    )
    zh = (
        f"task: 写一篇关于{word}的文章，然后翻译成法文。\n",
        f"task: 介绍{word}的做法，同时生成一份价格表，并写一首诗。\n",
    )
    return _brief(rng, base, task=rng.choice(en if base.language == "en" else zh))


@fault("BRF007")
def impossible(rng: Random, base: Base) -> Sample:
    return _brief(rng, base, extra=f"words: {rng.choice([30, 60, 90, 100])}\n")


@fault("BRF008")
def open_fence(rng: Random, base: Base) -> Sample:
    return _brief(
        rng, base, "example", extra=f"example: |\n  ```python\n  print({rng.randrange(99)})\n"
    )


@fault("BRF009")
def unfilled(rng: Random, base: Base) -> Sample:
    place = rng.choice(
        ["{topic}", "{{ name }}", "[insert topic]", "<your topic>", "XXX"]
        if base.language == "en"
        else ["{主题}", "【填写主题】", "{name}", "XXX"]
    )
    text = (
        f"task: Explain {place} to people who never gardened before.\n"
        if base.language == "en"
        else f"task: 向从没种过花的人说明怎样栽种 {place} 这种花。\n"
    )
    return _brief(rng, base, task=text)


@fault("BRF010")
def code_of_no_language(rng: Random, base: Base) -> Sample:
    word = base.words(rng, 1)[0]
    en = (
        f"task: Write a tutorial with code that sorts {word} by size.\n",
        f"task: Explain {word} with a runnable program and its output.\n",
    )
    zh = (
        f"task: 写一篇教程，用代码给{word}排序。\n",
        f"task: 用可运行的程序说明{word}，并给出输出结果。\n",
    )
    return _brief(rng, base, task=rng.choice(en if base.language == "en" else zh))


@fault("BRF011")
def too_long(rng: Random, base: Base) -> Sample:
    text = " ".join(
        paragraph.plain.replace("\n", " ").replace(":", " ").replace("#", " ")
        for paragraph in base.paragraphs(10) * 40
    )
    return _brief(rng, base, "example", extra=f"example: >\n  x {text[:9000]}\n")


for _code in ("BRF005", "BRF006", "BRF007", "BRF008", "BRF009", "BRF010", "BRF011"):
    near_miss(_code)(
        lambda rng, base: _brief(rng, base, extra=f"words: {rng.choice([300, 600, 900])}\n")
    )
