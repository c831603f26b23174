"""Replacing the outline of a document at the user's request, without losing text."""

from collections.abc import Sequence

from xiezuo.errors import UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.documents.outline import change_outline
from xiezuo.store.documents.snapshots import Snapshots
from xiezuo.writing.model.outline import Outline


def replan(
    database: Database, document_id: str, outline: Outline, origins: Sequence[int | None]
) -> None:
    """Give a document another outline; if that drops sections with text, take a snapshot first.

    `origins` has the present position of each section of `outline`, or None for a new section.

    Raises:
        UnknownDocumentError: there is no such document, or no section at an origin.
        DocumentBusyError: the document is being written.
    """
    document = Documents(database).load(document_id)
    ids = {section.position: section.id for section in document.sections}
    if unknown := [origin for origin in origins if origin is not None and origin not in ids]:
        raise UnknownDocumentError(id=f"{document_id}#{unknown[0] + 1}")
    if any(section.text for section in document.sections if section.position not in origins):
        Snapshots(database).take(document_id, outline.title or "")
    section_ids = [None if origin is None else ids[origin] for origin in origins]
    change_outline(database, document_id, outline, section_ids)
