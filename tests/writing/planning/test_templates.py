"""The built-in templates are good briefs."""

import pytest

from xiezuo.markdown.words import count_words, language_of
from xiezuo.writing.planning.estimate import check_brief
from xiezuo.writing.planning.templates import KINDS, Template, gallery


def test_there_is_one_of_each_kind_in_each_language():
    templates = {template.id: template for template in gallery()}
    assert len(templates) == 2 * len(KINDS)
    for kind in KINDS:
        assert {f"{kind}.en", f"{kind}.zh"} <= templates.keys()


@pytest.mark.parametrize("template", gallery(), ids=lambda one: one.id)
def test_it_is_a_good_brief(template: Template):
    brief = template.brief
    assert brief.role
    assert brief.example
    assert brief.tone
    assert brief.audience
    assert brief.structure
    assert [str(fault.diagnostic) for fault in check_brief(brief)] == []
    assert sum(section.words or 0 for section in brief.structure) == brief.total_words
    for text in (template.name, template.summary, brief.task, brief.example):
        if template.kind != "readme" or text != template.name:
            assert language_of(text) == brief.written_in, text
    assert count_words(brief.example) < 120
