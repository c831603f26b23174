"""Snapshots: the outline and all texts of a document at one time, under a name."""

import time
import uuid
from dataclasses import dataclass

from sqlalchemy import insert, select

from xiezuo.errors import UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.documents.outline import change_outline
from xiezuo.store.schema import snapshots
from xiezuo.writing.model.outline import Outline


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The outline of a document and the ids and texts of its sections, in order."""

    id: str
    name: str
    created: float
    plan: Outline
    section_ids: tuple[str, ...]
    texts: tuple[str, ...]


class Snapshots:
    """The snapshots of all documents of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._documents = Documents(database)

    def take(self, document_id: str, name: str) -> Snapshot:
        """Store the outline and the texts of all sections as they are now.

        Raises:
            UnknownDocumentError: there is no such document, or it has no outline yet.
        """
        document = self._documents.load(document_id)
        if document.plan is None:
            raise UnknownDocumentError(id=f"{document_id}#1")
        snapshot = Snapshot(
            uuid.uuid4().hex,
            name,
            time.time(),
            document.plan,
            tuple(section.id for section in document.sections),
            tuple(section.text for section in document.sections),
        )
        data = {
            "plan": snapshot.plan.model_dump(mode="json"),
            "sections": snapshot.section_ids,
            "texts": snapshot.texts,
        }
        row = {
            "id": snapshot.id,
            "document_id": document_id,
            "name": name,
            "data": data,
            "created": snapshot.created,
        }
        with self._database.begin() as connection:
            connection.execute(insert(snapshots).values(row))
        return snapshot

    def of_document(self, document_id: str) -> list[Snapshot]:
        """The snapshots of a document, newest first."""
        query = (
            select(snapshots)
            .where(snapshots.c.document_id == document_id)
            .order_by(snapshots.c.created.desc())
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Snapshot(
                row["id"],
                row["name"],
                row["created"],
                Outline.model_validate(row["data"]["plan"]),
                tuple(row["data"]["sections"]),
                tuple(row["data"]["texts"]),
            )
            for row in rows
        ]

    def restore(self, document_id: str, snapshot_id: str) -> None:
        """Give the document the outline and the texts of a snapshot.

        Replaced texts stay among the revisions of their sections. Sections deleted since the
        snapshot are created again. Sections that the snapshot lacks are deleted: take a snapshot
        of them first.

        Raises:
            UnknownDocumentError: there is no such document or snapshot.
            DocumentBusyError: the outline differs, and the document is being written.
        """
        by_id = {snapshot.id: snapshot for snapshot in self.of_document(document_id)}
        snapshot = by_id.get(snapshot_id)
        if snapshot is None:
            raise UnknownDocumentError(id=f"{document_id}@{snapshot_id}")
        document = self._documents.load(document_id)
        present_ids = tuple(section.id for section in document.sections)
        if present_ids != snapshot.section_ids or document.plan != snapshot.plan:
            origins = [id_ if id_ in present_ids else None for id_ in snapshot.section_ids]
            lost_texts = {
                position: snapshot.texts[position]
                for position, origin in enumerate(origins)
                if origin is None
            }
            change_outline(self._database, document_id, snapshot.plan, origins, lost_texts)
            document = self._documents.load(document_id)
        for section, text in zip(document.sections, snapshot.texts, strict=True):
            if section.text != text:
                self._documents.edit(document_id, section.position, section.version, text)
