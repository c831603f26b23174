"""The sample documents in the pictures of the studio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """A document; `edited` is what its text was before the last edit: new words, old words."""

    language: str
    title: str
    task: str
    audience: str
    sections: tuple[tuple[str, str], ...]
    edited: tuple[str, str] = ("", "")
    snapshot: str = ""


ENGLISH = (
    Sample(
        "en",
        "A pot of green tea",
        "Explain how green tea is made, from the leaf to the cup.",
        "curious beginners",
        (
            (
                "The leaf",
                ("Green tea begins with two leaves and a bud, picked by hand before the rains. "
                "The youngest leaves are soft and sweet; older ones are bitter and are left on the "
                "bush.\n\nA good picker fills a basket of *three kilograms* in a morning."),
            ),
            (
                "Heat",
                ("Within hours the leaves are heated, so that they stay green:\n\n"
                "- in Japan they are steamed for half a minute,\n"
                "- in China they are turned in a hot iron pan.\n\n"
                "> Steam keeps the colour; the pan gives the scent of roasted nuts."),
            ),
            (
                "The cup",
                ("Water just off the boil scalds the leaf. Let it cool to 75 °C, and pour:\n\n"
                "| Leaf | Water | Time |\n| --- | --- | --- |\n| 3 g | 150 ml | 90 s |\n\n"
                '```python title="timer.py"\nfor second in range(90, 0, -1):\n'
                "    print(second)\n```"),
            ),
        ),
        ("soft and sweet", "tender"),
        "Before the last pass",
    ),
    Sample(
        "en", "Weekly report 47", "Report what the team did this week.", "the management",
        (("Done", "The import of Word files stands, with tests."), ("Next", "")),
    ),
    Sample(
        "en", "The lighthouse", "A short story about a keeper and a storm.", "adults",
        (("Evening", "The lamp was lit an hour before dusk."), ("Storm", ""), ("Morning", "")),
    ),
)  # fmt: skip
CHINESE = (
    Sample(
        "zh",
        "一壶绿茶",
        "介绍绿茶的制作过程，从茶叶到茶杯。",
        "对茶感兴趣的初学者",
        (
            (
                "采摘",
                ("绿茶始于一芽两叶，在雨季之前由人工采下。嫩叶柔软清甜，老叶味苦，留在枝头。\n\n"
                "熟练的采茶人一个上午能采满**三公斤**的一篓。"),
            ),
            (
                "杀青",
                ("采下后数小时内要加热，使叶子保持翠绿：\n\n- 日本多用蒸汽，约半分钟；\n"
                "- 中国多用热铁锅翻炒。\n\n> 蒸青留色，炒青生香。"),
            ),
            (
                "冲泡",
                ("刚烧开的水会烫坏茶叶。待水凉至 75 °C 再冲：\n\n"
                "| 茶叶 | 水 | 时间 |\n| --- | --- | --- |\n| 3 克 | 150 毫升 | 90 秒 |\n\n"
                '```python title="timer.py"\nfor second in range(90, 0, -1):\n'
                "    print(second)\n```"),
            ),
        ),
        ("柔软清甜", "鲜嫩"),
        "最后修改之前",
    ),
    Sample(
        "zh", "第 47 周周报", "汇报本周工作。", "管理层",
        (("完成事项", "Word 文件导入已完成，并附测试。"), ("下周计划", "")),
    ),
)  # fmt: skip
