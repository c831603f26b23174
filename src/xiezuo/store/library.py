"""What a person keeps: documents, trash, search, snapshots, templates, settings, rounds."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from xiezuo.errors import UnfinishedJobError, UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.documents.outline import change_outline
from xiezuo.store.documents.search import excerpt, sections_with
from xiezuo.store.documents.summaries import Summaries, Summary, title_of
from xiezuo.store.records import JOB_STATES, OVER
from xiezuo.store.schema import documents, jobs, rounds, settings, snapshots, templates
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline

RoundState = Literal["proposed", "taken", "left"]
KEPT_SECONDS = 30 * 24 * 3600  # in the trash
_HAS_NO_OPEN_JOB = documents.c.id.not_in(
    select(jobs.c.document_id).where(jobs.c.state.not_in(OVER))
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that has what was looked for, and the words around it."""

    document_id: str
    title: str
    position: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document's outline and its sections at one time, by a name."""

    id: str
    name: str
    created: float
    plan: Outline
    section_ids: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredRound:
    """An instruction, the section it was about, and what came of it."""

    id: str
    instruction: str
    position: int
    proposal: str
    state: RoundState
    created: float


@dataclass(frozen=True, slots=True)
class Template:
    """A brief to start from."""

    id: str
    name: str
    brief: Brief
    created: float


class Library:
    """Everything of one database that belongs to its owners."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._documents = Documents(database)
        self._summaries = Summaries()

    def summaries(
        self,
        owner: str,
        *,
        deleted: bool = False,
        before: float | None = None,
        most: int = 100,
        tag: str | None = None,
    ) -> list[Summary]:
        """The documents of `owner` or his trash, last changed first; `before` pages on.

        With a `tag`, only those that have it.
        """
        where = documents.c.deleted.is_not(None) if deleted else documents.c.deleted.is_(None)
        jobs_of = jobs.c.document_id == documents.c.id
        columns = documents.c.id, documents.c.updated, documents.c.deleted, documents.c.tags
        query = select(*columns, jobs.c.state).outerjoin(jobs, jobs_of)
        query = query.where(documents.c.owner == owner, where)
        if before is not None:
            query = query.where(documents.c.updated < before)
        query = query.order_by(documents.c.updated.desc(), documents.c.id).limit(most)
        with self._database.read() as connection:
            if tag is not None:
                query = query.where(_has_tag(connection, tag))
            rows = connection.execute(query).all()
            made = self._summaries.of(connection, {row.id: row.updated for row in rows})
        return [
            replace(made[row.id], deleted=row.deleted, tags=tuple(row.tags), job=row.state)
            for row in rows
        ]

    def trash(self, document_id: str) -> None:
        """Put a document into the trash; its text stays until it is purged.

        Raises:
            UnknownDocumentError
        """
        self._set(document_id, deleted=time.time())

    def untrash(self, document_id: str) -> None:
        """Take it out again. Raises UnknownDocumentError."""
        self._set(document_id, deleted=None)

    def _set(self, document_id: str, **values: object) -> None:
        change = update(documents).where(documents.c.id == document_id).values(values)
        with self._database.begin() as connection:
            if connection.execute(change).rowcount == 0:
                raise UnknownDocumentError(id=document_id)

    def purge(self, *, owner: str | None = None, before: float | None = None) -> int:
        """Delete for good what has been in the trash since `before`; gives how many.

        A document whose job is not over stays.
        """
        before = time.time() - KEPT_SECONDS if before is None else before
        gone = delete(documents).where(documents.c.deleted <= before, _HAS_NO_OPEN_JOB)
        if owner is not None:
            gone = gone.where(documents.c.owner == owner)
        with self._database.begin() as connection:
            return connection.execute(gone).rowcount

    def delete(self, document_id: str) -> None:
        """Delete a document for good.

        Raises:
            UnknownDocumentError
            UnfinishedJobError: its job is queued, running or paused.
        """
        gone = delete(documents).where(documents.c.id == document_id, _HAS_NO_OPEN_JOB)
        with self._database.begin() as connection:
            if connection.execute(gone).rowcount == 0:
                of_document = jobs.c.document_id == document_id
                state = connection.scalar(select(jobs.c.state).where(of_document))
                if state is None:
                    raise UnknownDocumentError(id=document_id)
                raise UnfinishedJobError(state=JOB_STATES[state])

    def search(self, owner: str, words: str, most: int = 50) -> list[Hit]:
        """The sections whose text has `words`, whatever their case; newest documents first."""
        wanted = words.strip()
        if not wanted:
            return []
        with self._database.read() as connection:
            query = sections_with(connection, wanted).where(
                documents.c.owner == owner, documents.c.deleted.is_(None)
            )
            rows = connection.execute(query.order_by(documents.c.updated.desc()).limit(most))
            return [
                Hit(row.id, title_of(row.plan, row.brief), row.position, excerpt(row.text, wanted))
                for row in rows
            ]

    def snapshot(self, document_id: str, name: str) -> Snapshot:
        """Keep the outline and the texts of all sections as they are now.

        Raises:
            UnknownDocumentError: it is not there, or has no outline yet.
        """
        stored = self._documents.load(document_id)
        if stored.plan is None:
            raise UnknownDocumentError(id=f"{document_id}#1")
        made = Snapshot(
            uuid.uuid4().hex,
            name,
            time.time(),
            stored.plan,
            tuple(section.id for section in stored.sections),
            tuple(section.text for section in stored.sections),
        )
        data = {
            "plan": made.plan.model_dump(mode="json"),
            "sections": made.section_ids,
            "texts": made.texts,
        }
        row = {
            "id": made.id,
            "document_id": document_id,
            "name": name,
            "data": data,
            "created": made.created,
        }
        with self._database.begin() as connection:
            connection.execute(insert(snapshots).values(row))
        return made

    def snapshots(self, document_id: str) -> list[Snapshot]:
        """Newest first."""
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

    def return_to(self, document_id: str, snapshot_id: str) -> None:
        """Give the document the outline and the texts of a snapshot.

        What sections had stays among their revisions. Sections that are no longer there are made
        again; those that the snapshot does not have are deleted, so keep a snapshot of them.

        Raises:
            UnknownDocumentError: there is no such document or snapshot.
            DocumentBusyError: the outline differs, and the document is being written.
        """
        found = [snapshot for snapshot in self.snapshots(document_id) if snapshot.id == snapshot_id]
        if not found:
            raise UnknownDocumentError(id=f"{document_id}@{snapshot_id}")
        (old,) = found
        stored = self._documents.load(document_id)
        now = {one.id for one in stored.sections}
        if tuple(one.id for one in stored.sections) != old.section_ids or stored.plan != old.plan:
            origins = [id_ if id_ in now else None for id_ in old.section_ids]
            lost = {at: old.texts[at] for at, one in enumerate(origins) if one is None}
            change_outline(self._database, document_id, old.plan, origins, lost)
            stored = self._documents.load(document_id)
        for section, kept in zip(stored.sections, old.texts, strict=True):
            if section.text != kept:
                self._documents.edit(document_id, section.position, section.version, kept)

    def replan(self, document_id: str, outline: Outline, origins: Sequence[int | None]) -> None:
        """Give a document another outline; a snapshot keeps what is dropped with its text.

        `origins` has for each section of `plan` the position where it stands now, or none.

        Raises:
            UnknownDocumentError: there is no such document, or section in it.
            DocumentBusyError: it is being written.
        """
        stored = self._documents.load(document_id)
        ids = {section.position: section.id for section in stored.sections}
        if unknown := [origin for origin in origins if origin is not None and origin not in ids]:
            raise UnknownDocumentError(id=f"{document_id}#{unknown[0] + 1}")
        if any(section.text for section in stored.sections if section.position not in origins):
            self.snapshot(document_id, outline.title or "")
        chosen = [None if origin is None else ids[origin] for origin in origins]
        change_outline(self._database, document_id, outline, chosen)

    def add_round(self, document_id: str, instruction: str, position: int, proposal: str) -> str:
        round_id = uuid.uuid4().hex
        row = {
            "id": round_id,
            "document_id": document_id,
            "instruction": instruction,
            "position": position,
            "proposal": proposal,
            "state": "proposed",
            "created": time.time(),
        }
        with self._database.begin() as connection:
            connection.execute(insert(rounds).values(row))
        return round_id

    def settle_round(self, document_id: str, round_id: str, state: RoundState) -> None:
        """A person took or left what was proposed. Raises UnknownDocumentError."""
        change = (
            update(rounds)
            .where(rounds.c.id == round_id, rounds.c.document_id == document_id)
            .values(state=state)
        )
        with self._database.begin() as connection:
            if connection.execute(change).rowcount == 0:
                raise UnknownDocumentError(id=f"{document_id}/{round_id}")

    def rounds(self, document_id: str) -> list[StoredRound]:
        """Oldest first."""
        query = select(rounds).where(rounds.c.document_id == document_id).order_by(rounds.c.created)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        names = StoredRound.__slots__
        return [StoredRound(*(row[name] for name in names)) for row in rows]

    def add_template(self, owner: str, name: str, brief: Brief) -> Template:
        made = Template(uuid.uuid4().hex, name, brief, time.time())
        row = {
            "id": made.id,
            "owner": owner,
            "name": name,
            "brief": brief.model_dump(mode="json"),
            "created": made.created,
        }
        with self._database.begin() as connection:
            connection.execute(insert(templates).values(row))
        return made

    def templates(self, owner: str) -> list[Template]:
        query = select(templates).where(templates.c.owner == owner).order_by(templates.c.name)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Template(row["id"], row["name"], Brief.model_validate(row["brief"]), row["created"])
            for row in rows
        ]

    def remove_template(self, owner: str, template_id: str) -> None:
        """Raises UnknownDocumentError when it is not there."""
        gone = delete(templates).where(templates.c.owner == owner, templates.c.id == template_id)
        with self._database.begin() as connection:
            if connection.execute(gone).rowcount == 0:
                raise UnknownDocumentError(id=template_id)

    def settings(self, owner: str) -> dict[str, Any]:
        query = select(settings.c.name, settings.c.value).where(settings.c.owner == owner)
        with self._database.read() as connection:
            return {row.name: row.value for row in connection.execute(query)}

    def set_settings(self, owner: str, values: dict[str, Any]) -> None:
        """Set these settings and leave the others; none removes one."""
        rows = [
            {"owner": owner, "name": name, "value": value}
            for name, value in values.items()
            if value is not None
        ]
        old = delete(settings).where(settings.c.owner == owner, settings.c.name.in_(values))
        with self._database.begin() as connection:
            connection.execute(old)
            if rows:
                connection.execute(insert(settings), rows)


def _has_tag(connection: Connection, tag: str) -> ColumnElement[bool]:
    is_sqlite = connection.dialect.name == "sqlite"
    each = func.json_each if is_sqlite else func.json_array_elements_text
    values = each(documents.c.tags).table_valued("value")
    return select(values.c.value).where(values.c.value == tag).exists()
