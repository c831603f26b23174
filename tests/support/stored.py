"""A short document for tests of the store."""

from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, PlannedSection

BRIEF = Brief(task="介绍茶叶。", words=200)
PLAN = Outline(
    brief=BRIEF,
    title="茶",
    sections=(PlannedSection(heading="叶", words=100), PlannedSection(heading="杯", words=100)),
)
