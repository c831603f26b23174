"""Replacing the outline of a document: each section takes its text along."""

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
    """Replace the outline of a document, in one transaction.

    `origins` has the id of the stored section for each section of `outline`, None for a new one;
    stored sections that are not among them are deleted. `texts` are of new sections, by position.

    Raises:
        DocumentBusyError: the document is being written.
        UnknownDocumentError: there is no such document.
    """
    texts = texts or {}
    with database.begin() as connection:
        positions = _lock(connection, document_id)
        _move(connection, document_id, {origin: at for at, origin in enumerate(origins) if origin})
        rows = [
            _new_section(document_id, at, texts.get(at, ""))
            for at, origin in enumerate(origins)
            if not origin
        ]
        if rows:
            connection.execute(insert(sections), rows)
        values = {
            "plan": outline.model_dump(mode="json"),
            "updated": time.time(),
            "preamble": f"# {outline.title}" if outline.title else "",
        }
        connection.execute(update(documents).where(documents.c.id == document_id).values(values))
        happened = {
            "event": "outline_changed",
            "plan": outline.model_dump(mode="json", exclude={"brief"}),
            "origins": [positions.get(origin) if origin else None for origin in origins],
            "texts": {str(at): text for at, text in texts.items()},
        }
        append_events(connection, document_id, [happened])


def _move(connection: Connection, document_id: str, places: Mapping[str, int]) -> None:
    """Move the sections of a document to their new positions by id, and delete the others."""
    of_document = sections.c.document_id == document_id
    connection.execute(delete(sections).where(of_document, sections.c.id.not_in(places)))
    # Positions are unique: all become negative before each gets its new one.
    aside = update(sections).where(of_document).values(position=-1 - sections.c.position)
    connection.execute(aside)
    if places:
        moved = {
            "position": case(dict(places), value=sections.c.id),
            "version": sections.c.version + 1,
        }
        connection.execute(update(sections).where(of_document).values(moved))


def _lock(connection: Connection, document_id: str) -> dict[str, int]:
    """Lock the document; returns the positions of its sections by id."""
    row = select(documents.c.id).where(documents.c.id == document_id).with_for_update()
    if connection.scalar(row) is None:
        raise UnknownDocumentError(id=document_id)
    busy = select(jobs.c.id).where(jobs.c.document_id == document_id, jobs.c.state.in_(ACTIVE))
    if connection.scalar(busy) is not None:
        raise DocumentBusyError
    query = select(sections.c.id, sections.c.position).where(sections.c.document_id == document_id)
    return {row.id: row.position for row in connection.execute(query)}


def _new_section(document_id: str, position: int, text: str) -> dict[str, object]:
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
