"""An alternative text for one section, which the user compares with the present one."""

from dataclasses import replace

from xiezuo.writing.model.manuscript import Manuscript, ManuscriptSection
from xiezuo.writing.model.outline import PlannedSection

_LONGEST_INTENT = 500  # characters, as a brief's line


def without_section(manuscript: Manuscript, index: int, instruction: str) -> Manuscript:
    """A copy of `manuscript` in which section `index` is still to be written.

    Args:
        manuscript: the document; it is not changed, and must not change meanwhile.
        index: of the section, from 0.
        instruction: what its new text should be like; it is added to the section's intent.
    """
    planned = _with_request(manuscript.parts[index].planned, instruction)
    listed = manuscript.outline.sections
    sections = (*listed[:index], planned, *listed[index + 1 :])
    copy = Manuscript(manuscript.outline.model_copy(update={"sections": sections}))
    copy.preamble = manuscript.preamble
    copy.parts = [replace(part) for part in manuscript.parts]
    copy.parts[index] = ManuscriptSection(planned)
    return copy


def _with_request(planned: PlannedSection, instruction: str) -> PlannedSection:
    request = " ".join(instruction.split())
    if not request:
        return planned
    intent = f"{planned.intent} {request}" if planned.intent else request
    return planned.model_copy(update={"intent": intent[:_LONGEST_INTENT]})
