"""Broken code."""

from collections.abc import Callable
from random import Random

from tests.corpus.base import Base
from tests.corpus.faults.code_samples import OTHERS, PYTHON, fenced
from tests.corpus.faults.table import FAULTS, NEAR_MISSES, fault, near_miss

_BROKEN_PYTHON = (
    lambda code: code.replace("(", "", 1),
    lambda code: code.replace(":\n", "\n", 1),
    lambda code: code.replace(" = ", " = = ", 1) if " = " in code else code + "\nx = = 1",
    lambda code: code + "\nprint 'done'",
    lambda code: "else:\n    pass\n" + code,
)
_BROKEN: dict[str, tuple[str, Callable[[str], str]]] = {
    "COD003": ("json", lambda code: code.replace("\n}", ",\n}").replace("}\n]", "},\n]")),
    "COD004": ("yaml", lambda code: code.replace(": ", ": a: ", 1) if ": " in code else code + "\n b: ["),
    "COD005": ("toml", lambda code: code.replace('"', "", 2)),
    "COD007": ("bash", lambda code: code + "\n)"),
    "COD008": ("html", lambda code: code.replace("</b>", "</i>", 1).replace("</span>", "</div>", 1)),
    "COD009": ("sql", lambda code: code.replace("SELECT", "SELEC").replace(" VALUES", " VALUE S")),
}  # fmt: skip


def _broken(language: str, change: Callable[[str], str]) -> Callable[[Random, Base], str]:
    return lambda rng, base: base.insert(
        rng, fenced(language, change(rng.choice(OTHERS[language])))
    )


def _sound(language: str) -> Callable[[Random, Base], str]:
    return lambda rng, base: base.insert(rng, fenced(language, rng.choice(OTHERS[language])))


for _code, (_language, _change) in _BROKEN.items():
    FAULTS[_code] = _broken(_language, _change)
    NEAR_MISSES[_code] = _sound(_language)


@fault("COD015")
def broken_braces(rng: Random, base: Base) -> str:
    language = rng.choice(["cpp", "java"])
    code = rng.choice(OTHERS[language])
    at = rng.choice([at for at, mark in enumerate(code) if mark in "()"])
    return base.insert(rng, fenced(language, code[:at] + code[at + 1 :]))


@near_miss("COD015")
def sound_braces(rng: Random, base: Base) -> str:
    language = rng.choice(["cpp", "java"])
    return base.insert(rng, fenced(language, rng.choice(OTHERS[language])))


@fault("COD001")
def broken_python(rng: Random, base: Base) -> str:
    while True:
        code = rng.choice(PYTHON)
        broken = rng.choice(_BROKEN_PYTHON)(code)
        if broken != code:
            return base.insert(rng, fenced("python", broken))


@near_miss("COD001")
@near_miss("COD010")
@near_miss("COD012")
@near_miss("COD013")
@near_miss("COD014")
def sound_python(rng: Random, base: Base) -> str:
    return base.insert(
        rng, fenced("python", rng.choice(PYTHON) + f"\nprint('{base.words(rng, 1)[0]}')")
    )


@fault("COD002")
def undefined(rng: Random, base: Base) -> str:
    return base.insert(
        rng,
        fenced(
            "python",
            f"x = 1\nprint({rng.choice(['numpy.zeros(3)', 'brew(x)', 'total + x', 'json.dumps(x)'])})",
        ),
    )


@near_miss("COD002")
def defined_before(rng: Random, base: Base) -> str:
    word = base.words(rng, 1)[0]
    return f"{base.text}\n{fenced('python', 'import json')}\n\n{word}\n\n{fenced('python', 'print(json.dumps(1))')}\n"


@fault("COD006")
def broken_script(rng: Random, base: Base) -> str:
    language = rng.choice(["javascript", "typescript"])
    code = rng.choice(OTHERS[language])
    broken = rng.choice(
        [code.replace("(", "", 1), code.replace(" = ", " = = ", 1), code + "\nlet x = ;"]
    )
    return base.insert(rng, fenced(language, broken if broken != code else code + "\nconst = 1"))


@near_miss("COD006")
def sound_script(rng: Random, base: Base) -> str:
    language = rng.choice(["javascript", "typescript"])
    return base.insert(rng, fenced(language, rng.choice(OTHERS[language])))


@fault("COD010")
def full_width(rng: Random, base: Base) -> str:
    language = rng.choice(["python", "javascript"])
    code = rng.choice(PYTHON if language == "python" else OTHERS[language])
    old, new = rng.choice([("'", "‘"), ("(", "（"), (":", "："), (",", "，")])
    return base.insert(
        rng, fenced(language, code.replace(old, new) if old in code else f"{code}\nprint（1）")
    )


@fault("COD011")
def unfenced(rng: Random, base: Base) -> str:
    return base.insert(
        rng,
        rng.choice(
            [
                PYTHON[0],
                PYTHON[1],
                PYTHON[2],
                *OTHERS["javascript"],
                *OTHERS["cpp"],
                "pip install tea\nnpm install",
            ]
        ),
    )


@near_miss("COD011")
def prose_like_code(rng: Random, base: Base) -> str:
    first, second = base.words(rng, 2)
    return base.insert(
        rng,
        rng.choice(
            [
                f"{first}; {second}\n{second}: {first}",
                f"print {first}\nimport {second} from {first}s of the sea",
                f"({first})\n{second}",
            ]
        ),
    )


@fault("COD012")
def wrong_tag(rng: Random, base: Base) -> str:
    real, tag = rng.choice(
        [
            ("javascript", "python"),
            ("python", "json"),
            ("json", "bash"),
            ("python", "javascript"),
            ("bash", "python"),
            ("html", "python"),
        ]
    )
    code = rng.choice(PYTHON[:2] if real == "python" else OTHERS[real])
    return base.insert(rng, fenced(tag, code))


@fault("COD013")
def mixed_indent(rng: Random, base: Base) -> str:
    return base.insert(
        rng, fenced(rng.choice(["python", "javascript"]), "if (x) {\n    a()\n\tb()\n}")
    )


@fault("COD014")
def misuse(rng: Random, base: Base) -> str:
    return base.insert(
        rng,
        fenced(
            "python",
            rng.choice(
                [
                    "x = 1\nif x is 'a':\n    pass",
                    "print('%s %s' % ('a',))",
                    "assert (1, 'x')",
                    "x = {'a': 1, 'a': 2}",
                    "print('{} {}'.format(1))",
                ]
            ),
        ),
    )
