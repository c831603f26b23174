"""Measures every rule: injected faults found, near-misses left alone, errors on clean text.

python -m tests.corpus.accuracy            writes docs/reference/lint-accuracy.md
python -m tests.corpus.accuracy --check    only says whether it is stale
python -m tests.corpus.accuracy --misses   shows what was missed or wrongly reported
"""

import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from tests.corpus.base import HERE, bases
from tests.corpus.faults import briefs, code, cut, form, saying, structure
from tests.corpus.faults.table import FAULTS, NEAR_MISSES, Sample, sample
from xiezuo.lint.brief import expected_of, parse_parts
from xiezuo.lint.linter import Linter
from xiezuo.lint.rule import Rule
from xiezuo.lint.rules import FAMILIES, RULES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "lint-accuracy.md"
BRIEFS = Path(__file__).parents[2] / "examples" / "briefs"
INJECTIONS = (briefs, code, cut, form, saying, structure)  # importing them fills the table
EACH = 24  # injections, and near-misses, for each rule and language
TARGETS = {"CUT": 0.95, "FMT": 0.95, "COD": 0.95, "REP": 0.95, "STR": 0.8, "PAD": 0.8, "BRF": 0.8}
MOST_ERRORS = 0.3  # for 10,000 characters of clean human text
_BUDGET = 600  # tokens, for BRF011


@dataclass
class Score:
    """How one rule did in one language."""

    code: str
    language: str
    found: int = 0
    faults: int = 0
    false: int = 0
    near_misses: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.faults


def count(rule: Rule, given: Sample) -> int:
    linter = Linter([rule], chosen=[rule.code])
    if given.brief:
        parts = replace(parse_parts(given.text), budget_tokens=_BUDGET)
        return len(linter.lint(given.text, brief=parts))
    return len(linter.lint(given.text, expected=given.expected))


def measure(rule: Rule, language: str, samples: int) -> Score:
    score = Score(rule.code, language)
    documents = bases(language)
    clean = [0 if rule.needs else count(rule, Sample(base.text)) for base in documents[:samples]]
    for number in range(samples):
        base = documents[number % len(documents)]
        before = clean[number % len(documents)]
        rng = Random(f"{rule.code} {language} {number}")
        broken = sample(FAULTS[rule.code], rng, base)
        score.faults += 1
        if count(rule, broken) > before:
            score.found += 1
        else:
            score.missed.append(broken.text)
        near = sample(NEAR_MISSES[rule.code], rng, base)
        score.near_misses += 1
        if count(rule, near) > before:
            score.false += 1
            score.wrong.append(near.text)
    return score


def scores(samples: int = EACH) -> list[Score]:
    return [measure(rule, language, samples) for rule in RULES for language in rule.languages]


@dataclass(frozen=True)
class Cleanliness:
    """Diagnostics on the human pages of one language."""

    language: str
    characters: int
    errors: Counter[str]
    warnings: Counter[str]

    @property
    def rate(self) -> float:
        """Errors for 10,000 characters, true faults of the pages (`labels.txt`) left out."""
        return 10_000 * self.errors.total() / self.characters


def labelled() -> set[str]:
    """`page CODE line` of the true faults that people left in the human pages."""
    lines = (HERE / "labels.txt").read_text("utf-8").splitlines()
    return {line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()}


def cleanliness(language: str) -> Cleanliness:
    linter = Linter()
    known = labelled()
    size = 0
    counts = {"error": Counter[str](), "warning": Counter[str](), "info": Counter[str]()}
    for path in sorted((HERE / "human" / language).glob("*.md")):
        text = path.read_text("utf-8")
        size += len(text)
        for diagnostic in linter.lint(text):
            if f"{path.stem} {diagnostic.code} {diagnostic.line}" not in known:
                counts[diagnostic.severity][diagnostic.code] += 1
    return Cleanliness(language, size, counts["error"], counts["warning"])


def demo_rows() -> list[str]:
    """What the linter says of texts that the demo model wrote in one go, and of their outlines."""
    linter = Linter()
    rows: list[str] = []
    for path in sorted((HERE / "demo").glob("*.md")):
        brief = BRIEFS / f"{path.stem}.yaml"
        expected = expected_of(parse_parts(brief.read_text("utf-8"), str(brief)))
        diagnostics = linter.lint(path.read_text("utf-8"), expected=expected)
        missing = sum(1 for diagnostic in diagnostics if diagnostic.code == "CUT006")
        families = Counter(diagnostic.code[:3] for diagnostic in diagnostics)
        others = ", ".join(f"{family} {count}" for family, count in sorted(families.items()))
        rows.append(f"| {path.stem} | {missing} of {len(expected.sections)} | {others} |")
    return rows


def page(measured: list[Score], clean: list[Cleanliness]) -> str:
    """The generated page."""
    lines = [
        "<!-- Written by tests/corpus/accuracy.py; change the code instead. -->\n",
        "# Accuracy of the linter\n",
        f"Each rule meets {EACH} faults and {EACH} near-misses in each of its languages, injected "
        "into pages that people wrote (`tests/corpus`, with licences). A fault counts as found "
        "when the rule reports more than on the clean page, a near-miss as wrong when it does. "
        "Command: `make accuracy`.\n",
        "## Families\n",
        "| family | recall | target | near-misses reported |",
        "| --- | --- | --- | --- |",
    ]
    for family, (name, _) in FAMILIES.items():
        family_scores = [score for score in measured if score.code.startswith(family)]
        recall = sum(score.found for score in family_scores) / sum(
            score.faults for score in family_scores
        )
        false = sum(score.false for score in family_scores)
        near = sum(score.near_misses for score in family_scores)
        lines.append(f"| {family} {name} | {recall:.3f} | {TARGETS[family]} | {false} of {near} |")
    lines += [
        "\n## Clean human text\n",
        f"Target: at most {MOST_ERRORS} errors for 10,000 characters. True faults that the "
        "authors left (`tests/corpus/labels.txt`) are not counted.\n",
        "| language | characters | errors | errors per 10,000 | warnings | which errors |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for language_result in clean:
        which = ", ".join(
            f"{code} {number}" for code, number in sorted(language_result.errors.items())
        )
        lines.append(
            f"| {language_result.language} | {language_result.characters:,} | {language_result.errors.total()} | {language_result.rate:.2f} | "
            f"{language_result.warnings.total()} | {which or 'none'} |"
        )
    lines += [
        "\n## Texts of the demo model\n",
        "SmolLM2-135M-Instruct, asked for the briefs of `examples/briefs` in one go "
        "(`benchmarks/demo_texts.py`), linted against their outlines.\n",
        "| text | requested sections missing | diagnostics |",
        "| --- | --- | --- |",
        *demo_rows(),
        "\n## Rules\n",
        "| rule | language | faults found | near-misses reported |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {score.code} | {score.language} | {score.found} of {score.faults} | {score.false} of {score.near_misses} |"
        for score in measured
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    measured = scores()
    if "--misses" in sys.argv:
        for score in measured:
            if score.missed or score.wrong:
                print(
                    score.code,
                    score.language,
                    f"{score.found}/{score.faults}",
                    f"{score.false} wrong",
                )
        return 0
    text = page(measured, [cleanliness("en"), cleanliness("zh")])
    if "--check" in sys.argv:
        return int(PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
