"""The measure of finished documents: what it must object to, and what it must let pass."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.writing.reader import Reading, judge
from benchmarks.writing.reading.request import Request

CASES = Path(__file__).parent / "cases"
HUMAN = sorted((Path(__file__).parents[1] / "corpus/human").rglob("*.md"))
TUTORIAL = Request(task="Explain asyncio.", requirements=["Put code in ```python blocks."])


def kinds(reading: Reading) -> set[str]:
    return {kind for kind, _, _ in reading.objections}


def test_it_shares_no_code_with_what_it_measures():
    code = "import sys, benchmarks.writing.reader; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not [name for name in done.stdout.split() if name.startswith("xiezuo")]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        (
            "list-loop-en",
            {"repeat", "counter", "empty heading", "heading inside", "list"},
        ),
        ("list-loop-zh", {"quiz", "template", "collapse", "echo"}),
        ("template-loop-zh", {"template", "collapse", "stutter"}),
        ("fences-en", {"code", "about the text", "junk", "counter"}),
    ],
)
def test_the_documents_that_once_passed_fall(name: str, seen: set[str]):
    brief = CASES / f"{name}.yaml"
    request = Request.read(brief) if brief.exists() else None
    assert seen <= kinds(judge((CASES / f"{name}.md").read_text("utf-8"), request))


def test_code_that_only_the_requirements_ask_for_is_missed():
    text = (CASES / "no-code-en.md").read_text("utf-8")
    assert {"code", "about the text"} <= kinds(judge(text, TUTORIAL))
    without = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "no code" in kinds(judge(without, TUTORIAL))


def test_what_people_wrote_passes():
    """Two of the nineteen pages hold a list of contests that is a template indeed."""
    blamed = [page.name for page in HUMAN if not judge(page.read_text("utf-8")).sound]
    assert blamed == ["contest__oi.md"]


SOUND_EN = """# Bread

## Flour

Strong flour holds more water than soft flour, because it has more protein. A baker who changes
the flour changes the water as well, a spoonful at a time, and watches how the dough moves.

## Rest

A dough that rests overnight in the cold tastes of more than flour. Fold it twice in the evening,
cover the bowl, and leave it alone until the morning.
"""
SOUND_ZH = """# 面包

## 面粉

高筋面粉的蛋白质多，能吸收更多的水。换了面粉，水量也要跟着变，一次加一勺，看面团怎么动。

## 静置

在冰箱里过夜的面团，味道不只是面粉味。晚上折叠两次，盖好碗，早上再去看它。
"""
FAULTS_EN = {
    "repeat": "The oven must be hot before the bread goes in, and it must stay hot. " * 3,
    "template": " ".join(f"The best bread of the town of {place} is baked before the sun comes up."
                         for place in ("Ulm", "Bern", "Graz", "Linz", "Trier", "Basel")),
    "stutter": "The dough must be very very very very soft.",
    "chatter": "Sure, here is the section you wanted, with all its parts in place.",
    "about the text": "The article is too long and must be cut.",
    "control": "The dough rises.<|im_end|> Then it is baked.",
    "junk": "QmFzZTY0IGlzIG5vdCBhIHRleHQgdGhhdCBhbnlib2R5IHJlYWRzIGFuZCBsaWtlcw==",
    "empty heading": "###\n\nThe dough rises for an hour.",
    "code": "```python\nfor x in\n```",
    "open mark": "The dough is **soft and must rest.",
    "cut off": "The dough rises for an hour, and after that the",
    "table": "| flour | water |\n| one | two |\n\nThe dough rises.",
    "enumeration": "\n".join(f"- grain number {n} of the mill" for n in range(45)),
    "counter": "4. The dough rises.\n5. The oven is heated.",
}  # fmt: skip
FAULTS_ZH = {
    "repeat": "烤箱要先烧热，面包才能放进去，而且要一直热着。" * 3,
    "template": "".join(f"在{place}，最好的面包总是在天亮以前就烤好了。"
                        for place in ("苏州", "杭州", "绍兴", "宁波", "温州", "嘉兴")),
    "stutter": "面团要嫩嫩嫩嫩嫩的才好。",
    "chatter": "以下是为您准备的小节内容，希望您喜欢。",
    "about the text": "本文大约一千字，请按照要求完成。",
    "control": "面团发起来了。<end_of_turn>然后烤。",
    "quiz": "a. 高筋面粉\n\nb. 低筋面粉\n\nc. 玉米面\n\nd. 荞麦面",
    "cut off": "面团发了一个小时，然后再放进冰箱里等到第二天的",
    "counter": "祝福语有： 1. 祝福 2. 祝愿 3. 祝贺 4. 祝词 都在这里。",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "headings", "faults"),
    [(SOUND_EN, ["Flour", "Rest"], FAULTS_EN), (SOUND_ZH, ["面粉", "静置"], FAULTS_ZH)],
    ids=["en", "zh"],
)
def test_a_fault_put_into_a_sound_text_is_named(
    text: str, headings: list[str], faults: dict[str, str]
):
    request = Request.model_validate({"structure": headings})
    assert judge(text, request).sound
    for kind, fault in faults.items():
        reading = judge(f"{text.rstrip()}\n\n{fault}\n", request)
        assert (kind in kinds(reading), reading.unsound) == (True, (headings[1],)), kind


def test_a_request_is_compared_with_the_document():
    request = Request.model_validate(
        {"task": "Write about bread.", "words": 65, "structure": ["Flour", "Rest"]}
    )
    assert judge(SOUND_EN, request).sound
    wanted = request.model_copy(update={"words": 140, "requirements": ["Include a table."]})
    assert kinds(judge(SOUND_EN, wanted)) == {"length", "no table"}
    assert "headings" in kinds(judge(SOUND_EN.replace("## Rest", "Rest"), request))
    assert "heading inside" in kinds(judge(SOUND_EN.replace("## Rest", "**Rest**"), request))
    assert "echo" in kinds(
        judge(SOUND_EN.replace("# Bread", "# Write an article on bread"), request)
    )


def test_style_of_people_is_left_alone():
    """Reduplication, refrains, parallel lists, letters and dialogue."""
    texts = [
        "雨一滴一滴地落，水咕嘟咕嘟地响，他反省反省，再看看书。",
        2 * "Tyger Tyger, burning bright,\nIn the forests of the night.\n\n",
        "- Flour, 500 g\n- Water, 350 g\n- Salt, 10 g\n- Yeast, 3 g",
        "Dear Ann,\n\nThank you for the bread. We ate it all.\n\nYours,\nTom",
        "“Okay,” she said.\n\n“Okay,” he said.\n\n“Shall we go?”",
        "有人爱春天，有人爱夏天，有人爱秋天，也有人爱冬天。",
    ]
    assert [judge(text).objections for text in texts] == [()] * len(texts)
