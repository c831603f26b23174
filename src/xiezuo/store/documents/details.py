"""Updating title, brief, mode and tags of a document, and copying a document."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update

from xiezuo.errors import DocumentBusyError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents, append_events
from xiezuo.store.documents.outline import change_outline
from xiezuo.store.records import ACTIVE, StoredDocument
from xiezuo.store.schema import documents, jobs, sections
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import JobMode, Outline


@dataclass(frozen=True, slots=True)
class DocumentUpdate:
    """New values; None leaves one unchanged. A title changes in both brief and outline."""

    title: str | None = None
    no_title: bool = False
    brief: Brief | None = None
    mode: JobMode | None = None
    tags: Sequence[str] | None = None


def update_document(database: Database, document: StoredDocument, changes: DocumentUpdate) -> None:
    """Change a document and add one event; sections and their versions stay.

    Raises:
        DocumentBusyError: brief or mode would change while it is being written.
    """
    brief, outline = _renamed(changes.brief or document.brief, document.plan, changes)
    tags = document.tags if changes.tags is None else tuple(dict.fromkeys(changes.tags))
    values: dict[str, Any] = {
        "brief": brief.model_dump(mode="json"),
        "mode": changes.mode or document.mode,
        "tags": list(tags),
        "updated": time.time(),
    }
    title = brief.title
    if outline is not None:
        title = outline.title
        values["plan"] = outline.model_dump(mode="json")
        values["preamble"] = f"# {title}" if title else ""
    by_id = documents.c.id == document.id
    with database.begin() as connection:
        connection.execute(select(documents.c.id).where(by_id).with_for_update())
        if changes.brief is not None or changes.mode is not None:
            busy = jobs.c.document_id == document.id, jobs.c.state.in_(ACTIVE)
            if connection.scalar(select(jobs.c.id).where(*busy)) is not None:
                raise DocumentBusyError
        connection.execute(update(documents).where(by_id).values(values))
        happened = {
            "event": "document_changed",
            "title": title,
            "mode": values["mode"],
            "tags": list(tags),
            "brief": values["brief"],
        }
        append_events(connection, document.id, [happened])


def _renamed(
    brief: Brief, outline: Outline | None, changes: DocumentUpdate
) -> tuple[Brief, Outline | None]:
    title = brief.title if outline is None or changes.brief is not None else outline.title
    if changes.title is not None or changes.no_title:
        title = changes.title
    brief = brief.model_copy(update={"title": title})
    if outline is not None:
        outline = outline.model_copy(update={"brief": brief, "title": title})
    return brief, outline


def copy_document(
    database: Database, document: StoredDocument, copy_id: str, title: str | None
) -> None:
    """Copy brief, outline, texts with their states, and tags to a new document; no revisions.

    Does nothing if `copy_id` exists already.
    """
    stored = Documents(database)
    if stored.exists(copy_id):
        return
    changes = DocumentUpdate(title=title, no_title=title is None)
    brief, outline = _renamed(document.brief, document.plan, changes)
    stored.create(brief, document.mode, document.seed, copy_id, document.owner)
    if outline is not None:
        texts = {section.position: section.text for section in document.sections if section.text}
        change_outline(database, copy_id, outline, [None] * len(document.sections), texts)
    copied = stored.load(copy_id)
    update_document(database, replace(copied, plan=outline), DocumentUpdate(tags=document.tags))
    _copy_states(database, document, copy_id)


def _copy_states(database: Database, document: StoredDocument, copy_id: str) -> None:
    names = ("state", "faults", "turn", "author", "made_with")
    columns = [sections.c[name] for name in ("position", *names)]
    with database.begin() as connection:
        of_original = select(*columns).where(sections.c.document_id == document.id)
        for row in connection.execute(of_original).mappings().all():
            of_copy = sections.c.document_id == copy_id, sections.c.position == row["position"]
            values = {name: row[name] for name in names}
            connection.execute(update(sections).where(*of_copy).values(values))
