"""What a person keeps: documents, trash, search, snapshots, templates, settings, rounds."""

import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from xiezuo.errors import UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents import Documents
from xiezuo.store.schema import documents, jobs, rounds, sections, settings, snapshots, templates
from xiezuo.text.words import count_words
from xiezuo.writing.brief import Brief

RoundState = Literal["proposed", "taken", "left"]
KEPT_SECONDS = 30 * 24 * 3600  # in the trash
_EXCERPT = 60  # characters on each side of what was found
_MOST_TASK = 200  # characters of a task that stand for a title
_CLOSED = ("cancelled", "done", "failed")


@dataclass(frozen=True, slots=True)
class Summary:
    """A document in a list; times are seconds since 1970."""

    id: str
    title: str
    words: int
    sections: int
    written: int
    created: float
    updated: float
    deleted: float | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that has what was looked for, and the words around it."""

    document_id: str
    title: str
    position: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All sections of a document at one time, by a name."""

    id: str
    name: str
    created: float
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

    def summaries(
        self, owner: str, *, deleted: bool = False, before: float | None = None, most: int = 100
    ) -> list[Summary]:
        """The documents of `owner` or his trash, last changed first; `before` pages on."""
        where = documents.c.deleted.is_not(None) if deleted else documents.c.deleted.is_(None)
        query = select(documents).where(documents.c.owner == owner, where)
        if before is not None:
            query = query.where(documents.c.updated < before)
        query = query.order_by(documents.c.updated.desc(), documents.c.id).limit(most)
        with self._database.begin() as connection:
            rows = connection.execute(query).mappings().all()
            return [_summary(connection, dict(row)) for row in rows]

    def trash(self, document_id: str) -> None:
        """Put a document into the trash; its text stays until it is purged.

        Raises:
            UnknownDocumentError
        """
        self._mark(document_id, time.time())

    def untrash(self, document_id: str) -> None:
        """Take it out again. Raises UnknownDocumentError."""
        self._mark(document_id, None)

    def _mark(self, document_id: str, deleted: float | None) -> None:
        change = update(documents).where(documents.c.id == document_id).values(deleted=deleted)
        with self._database.begin() as connection:
            if connection.execute(change).rowcount == 0:
                raise UnknownDocumentError(id=document_id)

    def purge(self, *, owner: str | None = None, before: float | None = None) -> int:
        """Delete for good what has been in the trash since `before`; gives how many.

        A document whose job is still open stays.
        """
        before = time.time() - KEPT_SECONDS if before is None else before
        busy = select(jobs.c.document_id).where(jobs.c.state.not_in(_CLOSED))
        gone = delete(documents).where(documents.c.deleted <= before, documents.c.id.not_in(busy))
        if owner is not None:
            gone = gone.where(documents.c.owner == owner)
        with self._database.begin() as connection:
            return connection.execute(gone).rowcount

    def search(self, owner: str, words: str, most: int = 50) -> list[Hit]:
        """The sections whose text has `words`, whatever their case; newest documents first."""
        wanted = words.strip()
        if not wanted:
            return []
        with self._database.begin() as connection:
            query = _search(connection, wanted).where(
                documents.c.owner == owner, documents.c.deleted.is_(None)
            )
            rows = connection.execute(query.order_by(documents.c.updated.desc()).limit(most))
            return [
                Hit(row.id, _title(row.plan, row.brief), row.position, _excerpt(row.text, wanted))
                for row in rows
            ]

    def snapshot(self, document_id: str, name: str) -> Snapshot:
        """Keep the texts of all sections as they are now."""
        stored = self._documents.load(document_id)
        texts = [one.text for one in stored.sections]
        made = Snapshot(uuid.uuid4().hex, name, time.time(), tuple(texts))
        row = {
            "id": made.id, "document_id": document_id, "name": name, "data": texts,
            "created": made.created,
        }  # fmt: skip
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
        with self._database.begin() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Snapshot(row["id"], row["name"], row["created"], tuple(row["data"])) for row in rows
        ]

    def return_to(self, document_id: str, snapshot_id: str) -> None:
        """Give all sections the texts of a snapshot; what they had stays among the revisions.

        Raises:
            UnknownDocumentError: there is no such document or snapshot.
        """
        found = [one for one in self.snapshots(document_id) if one.id == snapshot_id]
        if not found:
            raise UnknownDocumentError(id=f"{document_id}@{snapshot_id}")
        stored = self._documents.load(document_id)
        for section, old in zip(stored.sections, found[0].texts, strict=False):
            if section.text != old:
                self._documents.edit(document_id, section.position, section.version, old)

    def add_round(self, document_id: str, instruction: str, position: int, proposal: str) -> str:
        round_id = uuid.uuid4().hex
        row = {
            "id": round_id, "document_id": document_id, "instruction": instruction,
            "position": position, "proposal": proposal, "state": "proposed",
            "created": time.time(),
        }  # fmt: skip
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
        with self._database.begin() as connection:
            rows = connection.execute(query).mappings().all()
        names = StoredRound.__slots__
        return [StoredRound(*(row[name] for name in names)) for row in rows]

    def add_template(self, owner: str, name: str, brief: Brief) -> Template:
        made = Template(uuid.uuid4().hex, name, brief, time.time())
        row = {
            "id": made.id, "owner": owner, "name": name, "brief": brief.model_dump(mode="json"),
            "created": made.created,
        }  # fmt: skip
        with self._database.begin() as connection:
            connection.execute(insert(templates).values(row))
        return made

    def templates(self, owner: str) -> list[Template]:
        query = select(templates).where(templates.c.owner == owner).order_by(templates.c.name)
        with self._database.begin() as connection:
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
        with self._database.begin() as connection:
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


def _summary(connection: Connection, row: dict[str, Any]) -> Summary:
    query = select(sections.c.text, sections.c.state).where(sections.c.document_id == row["id"])
    parts = connection.execute(query).all()
    return Summary(
        id=row["id"],
        title=_title(row["plan"], row["brief"]),
        words=sum(count_words(one.text) for one in parts),
        sections=len(parts),
        written=sum(one.state not in {"planned", "writing"} for one in parts),
        created=row["created"],
        updated=row["updated"],
        deleted=row["deleted"],
    )


def _title(plan: dict[str, Any] | None, brief: dict[str, Any]) -> str:
    title = plan["title"] if plan else brief["title"]
    return str(title or brief["task"][:_MOST_TASK])


def _search(connection: Connection, words: str) -> Select[*tuple[Any, ...]]:
    """Sections by the trigram index; words of less than three characters are looked for in all."""
    columns = (
        documents.c.id,
        documents.c.plan,
        documents.c.brief,
        sections.c.position,
        sections.c.text,
    )
    query = select(*columns).join(sections, sections.c.document_id == documents.c.id)
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if connection.dialect.name != "sqlite":
        return query.where(sections.c.text.ilike(f"%{escaped}%", escape="\\"))
    if len(words) < 3:  # noqa: PLR2004 - a trigram
        return query.where(func.instr(func.lower(sections.c.text), words.lower()) > 0)
    phrase = '"' + words.replace('"', '""') + '"'
    found = (
        select(literal_column("rowid", BigInteger))
        .select_from(text("section_search"))
        .where(text("section_search MATCH :phrase").bindparams(phrase=phrase))
    )
    return query.where(sections.c.number.in_(found))


def _excerpt(body: str, words: str) -> str:
    at = max(body.casefold().find(words.casefold()), 0)
    start, end = max(0, at - _EXCERPT), at + len(words) + _EXCERPT
    lead, tail = "…" if start else "", "…" if end < len(body) else ""
    return f"{lead}{' '.join(body[start:end].split())}{tail}"
