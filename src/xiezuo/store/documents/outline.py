"""Changing the outline of a document that has text: sections keep theirs wherever they go."""

import secrets
import time
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, case, delete, insert, select, update

from xiezuo.errors import DocumentBusyError, UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import append_events
from xiezuo.store.records import ACTIVE
from xiezuo.store.schema import documents, jobs, sections
from xiezuo.writing.model.outline import Outline


def change_outline(
    database: Database,
    document_id: str,
    outline: Outline,
    origins: Sequence[str | None],
    texts: Mapping[int, str] | None = None,
) -> None:
    """Give a document another outline, in one transaction.

    `origins` has for each section of `plan` the id of the stored section that it is, none for a new
    one; a stored section that is not among them is deleted. `texts` are of new ones, by position.

    Raises:
        DocumentBusyError: it is being written.
        UnknownDocumentError: there is no such document.
    """
    texts = texts or {}
    with database.begin() as connection:
        known = _lock(connection, document_id)
        _place(connection, document_id, {one: at for at, one in enumerate(origins) if one})
        new = [
            _new(document_id, at, texts.get(at, "")) for at, one in enumerate(origins) if not one
        ]
        if new:
            connection.execute(insert(sections), new)
        values = {
            "plan": outline.model_dump(mode="json"),
            "updated": time.time(),
            "preamble": f"# {outline.title}" if outline.title else "",
        }
        connection.execute(update(documents).where(documents.c.id == document_id).values(values))
        happened = {
            "event": "outline_changed",
            "plan": outline.model_dump(mode="json", exclude={"brief"}),
            "origins": [known.get(origin) if origin else None for origin in origins],
            "texts": {str(at): text for at, text in texts.items()},
        }
        append_events(connection, document_id, [happened])


def _place(connection: Connection, document_id: str, places: Mapping[str, int]) -> None:
    """Move the sections of a document to their places by id, and delete the others."""
    of_document = sections.c.document_id == document_id
    connection.execute(delete(sections).where(of_document, sections.c.id.not_in(places)))
    # Positions are unique: all step aside before each takes its new one.
    aside = update(sections).where(of_document).values(position=-1 - sections.c.position)
    connection.execute(aside)
    if places:
        moved = {
            "position": case(dict(places), value=sections.c.id),
            "version": sections.c.version + 1,
        }
        connection.execute(update(sections).where(of_document).values(moved))


def _lock(connection: Connection, document_id: str) -> dict[str, int]:
    """The positions of the document's sections by id, while nobody else changes them."""
    row = select(documents.c.id).where(documents.c.id == document_id).with_for_update()
    if connection.scalar(row) is None:
        raise UnknownDocumentError(id=document_id)
    busy = select(jobs.c.id).where(jobs.c.document_id == document_id, jobs.c.state.in_(ACTIVE))
    if connection.scalar(busy) is not None:
        raise DocumentBusyError
    query = select(sections.c.id, sections.c.position).where(sections.c.document_id == document_id)
    return {row.id: row.position for row in connection.execute(query)}


def _new(document_id: str, position: int, text: str) -> dict[str, object]:
    return {
        "id": uuid.uuid4().hex,
        "document_id": document_id,
        "position": position,
        "text": text,
        "state": "final" if text else "planned",
        "faults": [],
        "version": 0,
        "number": secrets.randbits(62),
        "author": "person" if text else None,
    }
