"""Documents, sections, revisions and events: every change is one transaction."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Text, bindparam, cast, func, insert, select, update

from xiezuo.errors import StaleSectionError, UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.records import (
    BY_HAND,
    Author,
    Provenance,
    StoredDocument,
    StoredEvent,
    StoredRevision,
    StoredSection,
)
from xiezuo.store.schema import documents, events, revisions, sections
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import SectionState, StoredDiagnostic
from xiezuo.writing.model.outline import Mode, Outline

LOCAL = "local"  # the owner of documents where login is not required
_ROWS = 8  # events per fetch
# Executed on every read of a document, so it is built once.
_VERSION_OF = select(
    documents.c.owner,
    documents.c.updated,
    documents.c.deleted,
    documents.c.tags,
    select(func.max(events.c.id)).where(events.c.document_id == bindparam("id")).scalar_subquery(),
).where(documents.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Change:
    """A new text and state for the section at `position`, which must still have `version`."""

    position: int
    version: int
    text: str
    state: SectionState
    faults: tuple[StoredDiagnostic, ...] = ()
    author: Author | None = "model"
    provenance: Provenance = BY_HAND


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A text to be stored as a revision of the section at `position`."""

    position: int
    text: str
    author: Author
    reason: str
    provenance: Provenance = BY_HAND


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A cache key of a document: two are equal if nothing changed between them."""

    owner: str
    updated: float
    deleted: float | None
    tags: tuple[str, ...]
    last_event: int


class Documents:
    """The documents of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        brief: Brief,
        mode: Mode,
        seed: int,
        document_id: str | None = None,
        owner: str = LOCAL,
    ) -> str:
        """Make a document from a brief, without an outline; returns its id."""
        now = time.time()
        document_id = document_id or uuid.uuid4().hex
        row = {
            "id": document_id,
            "created": now,
            "updated": now,
            "brief": brief.model_dump(mode="json"),
            "preamble": "",
            "mode": mode,
            "seed": seed,
            "owner": owner,
        }
        with self._database.begin() as connection:
            connection.execute(insert(documents).values(row))
        return document_id

    def exists(self, document_id: str) -> bool:
        with self._database.read() as connection:
            return connection.scalar(_by_id(document_id)) is not None

    def version(self, document_id: str) -> DocumentVersion:
        """The owner of a document, and values that differ after any change of it.

        Raises:
            UnknownDocumentError
        """
        with self._database.lookup() as connection:
            row = connection.execute(_VERSION_OF, {"id": document_id}).one_or_none()
        if row is None:
            raise UnknownDocumentError(id=document_id)
        return DocumentVersion(row[0], row[1], row[2], tuple(row[3]), row[4] or 0)

    def ids(self) -> list[str]:
        """All documents that are not in the trash, oldest first."""
        query = select(documents.c.id).where(documents.c.deleted.is_(None))
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(documents.c.created)))

    def load(self, document_id: str) -> StoredDocument:
        """Raises UnknownDocumentError when it is not there."""
        with self._database.read() as connection:
            query = select(documents).where(documents.c.id == document_id)
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise UnknownDocumentError(id=document_id)
            return StoredDocument(
                id=document_id,
                brief=Brief.model_validate(row["brief"]),
                plan=Outline.model_validate(row["plan"]) if row["plan"] else None,
                preamble=row["preamble"],
                mode=row["mode"],
                seed=row["seed"],
                owner=row["owner"],
                created=row["created"],
                updated=row["updated"],
                deleted=row["deleted"],
                sections=_sections(connection, document_id),
                last_event=_last_event(connection, document_id),
                tags=tuple(row["tags"]),
            )

    def set_outline(self, document_id: str, outline: Outline, facts: Mapping[str, Any]) -> None:
        """Set the first outline and create its sections, empty; does nothing the second time."""
        with self._database.begin() as connection:
            if _sections(connection, document_id):
                return
            values = {
                "plan": outline.model_dump(mode="json"),
                "preamble": f"# {outline.title}" if outline.title else "",
                "updated": time.time(),
            }
            connection.execute(
                update(documents).where(documents.c.id == document_id).values(values)
            )
            rows: list[dict[str, object]] = [
                {
                    "id": uuid.uuid4().hex,
                    "document_id": document_id,
                    "position": at,
                    "text": "",
                    "state": "planned",
                    "faults": [],
                    "version": 0,
                    "number": secrets.randbits(62),
                }
                for at in range(len(outline.sections))
            ]
            if rows:
                connection.execute(insert(sections), rows)
            append_events(connection, document_id, [dict(facts)])

    def record(
        self,
        document_id: str,
        happened: Sequence[Mapping[str, Any]],
        changes: Sequence[Change] = (),
        candidates: Sequence[NewRevision] = (),
    ) -> dict[int, int]:
        """Store changes and events in one transaction; returns the new versions by position.

        The last event about a section has its new version, so that clients can edit at once.

        Raises:
            StaleSectionError: one of the sections has been changed since that version.
        """
        with self._database.begin() as connection:
            versions = {
                change.position: _apply_change(connection, document_id, change)
                for change in changes
            }
            for candidate in candidates:
                section_id = _section_id(connection, document_id, candidate.position)
                _add_revision(connection, section_id, candidate)
            append_events(connection, document_id, _with_versions(happened, versions))
        return versions

    def edit(self, document_id: str, position: int, version: int, text: str) -> int:
        """Store the user's text for a section, which is final: no writer changes it again.

        Raises:
            StaleSectionError: the section no longer has this version.
        """
        with self._database.begin() as connection:
            section_id = _section_id(connection, document_id, position)
            _add_present_revision(connection, section_id, position, "before edit")
            change = Change(position, version, text, "final", author="person")
            changed = _apply_change(connection, document_id, change)
            _add_revision(connection, section_id, NewRevision(position, text, "person", "edit"))
            happened = {
                "event": "section_edited",
                "index": position,
                "text": text,
                "version": changed,
            }
            append_events(connection, document_id, [happened])
        return changed

    def reset(self, document_id: str, position: int, *, skip: bool = False) -> None:
        """Empty a section to be written again, or with `skip` make its text final.

        The present text is stored as a revision.
        """
        with self._database.begin() as connection:
            section_id = _section_id(connection, document_id, position)
            text, version, author, made_with = _add_present_revision(
                connection, section_id, position, "before retry"
            )
            change = (
                Change(position, version, text, "final", author=author, provenance=made_with)
                if skip
                else Change(position, version, "", "planned", author=None)
            )
            changed = _apply_change(connection, document_id, change)
            if not skip:
                again = update(sections).where(sections.c.id == section_id)
                connection.execute(again.values(turn=sections.c.turn + 1))
            name = "section_skipped" if skip else "section_reset"
            happened = {"event": name, "index": position, "version": changed}
            append_events(connection, document_id, [happened])

    def events(
        self, document_id: str, after: int = 0, most: int = 1000, characters: int | None = None
    ) -> list[StoredEvent]:
        """The events after the id `after`, in order.

        At most `most` events; it stops after the one that reaches `characters` of JSON in total.
        """
        size = func.length(cast(events.c.data, Text))
        query = (
            select(events.c.id, events.c.data, size)
            .where(events.c.document_id == document_id, events.c.id > after)
            .order_by(events.c.id)
            .limit(most)
        )
        stored_events: list[StoredEvent] = []
        with self._database.read() as connection:
            rows = connection.execution_options(yield_per=_ROWS).execute(query)
            for number, data, length in rows:
                stored_events.append(StoredEvent(number, data))
                if characters is not None and (characters := characters - length) <= 0:
                    break
            rows.close()
        return stored_events

    def revisions(self, document_id: str, position: int) -> list[StoredRevision]:
        """Every text that the section had or that was proposed for it, oldest first."""
        with self._database.read() as connection:
            section_id = _section_id(connection, document_id, position)
            query = (
                select(
                    revisions.c.id,
                    revisions.c.text,
                    revisions.c.author,
                    revisions.c.reason,
                    revisions.c.created,
                    revisions.c.made_with,
                )
                .where(revisions.c.section_id == section_id)
                .order_by(revisions.c.id)
            )
            return [
                StoredRevision(*row, provenance=_provenance(facts))
                for *row, facts in connection.execute(query)
            ]


def _by_id(document_id: str):  # noqa: ANN202 - a select
    return select(documents.c.id).where(documents.c.id == document_id)


def _sections(connection: Connection, document_id: str) -> tuple[StoredSection, ...]:
    query = (
        select(sections).where(sections.c.document_id == document_id).order_by(sections.c.position)
    )
    return tuple(
        StoredSection(
            id=row["id"],
            position=row["position"],
            text=row["text"],
            state=row["state"],
            faults=tuple(StoredDiagnostic(**diagnostic) for diagnostic in row["faults"]),
            version=row["version"],
            turn=row["turn"],
        )
        for row in connection.execute(query).mappings()
    )


def _section_id(connection: Connection, document_id: str, position: int) -> str:
    query = select(sections.c.id).where(
        sections.c.document_id == document_id, sections.c.position == position
    )
    section_id = connection.scalar(query)
    if section_id is None:
        raise UnknownDocumentError(id=f"{document_id}#{position + 1}")
    return section_id


def _apply_change(connection: Connection, document_id: str, change: Change) -> int:
    query = (
        update(sections)
        .where(
            sections.c.document_id == document_id,
            sections.c.position == change.position,
            sections.c.version == change.version,
        )
        .values(
            text=change.text,
            state=change.state,
            faults=[asdict(fault) for fault in change.faults],
            version=change.version + 1,
            author=change.author,
            made_with=_as_json(change.provenance),
        )
    )
    if connection.execute(query).rowcount != 1:
        raise StaleSectionError(section=change.position + 1)
    return change.version + 1


def _add_present_revision(
    connection: Connection, section_id: str, position: int, reason: str
) -> tuple[str, int, Author | None, Provenance]:
    """Store the text of a section as a revision; returns it, its version, author and provenance."""
    query = select(
        sections.c.text, sections.c.version, sections.c.author, sections.c.made_with
    ).where(sections.c.id == section_id)
    text, version, author, facts = connection.execute(query).one()
    made_with = _provenance(facts)
    _add_revision(
        connection, section_id, NewRevision(position, text, author or "model", reason, made_with)
    )
    return text, version, author, made_with


def _add_revision(connection: Connection, section_id: str, revision: NewRevision) -> None:
    """Store a text as a revision, unless it is the newest one already."""
    digest = hashlib.sha256(revision.text.encode("utf-8", "surrogatepass")).hexdigest()
    newest = connection.scalar(
        select(revisions.c.digest)
        .where(revisions.c.section_id == section_id)
        .order_by(revisions.c.id.desc())
        .limit(1)
    )
    if revision.text and newest != digest:
        values = {
            "section_id": section_id,
            "digest": digest,
            "text": revision.text,
            "author": revision.author,
            "reason": revision.reason,
            "made_with": _as_json(revision.provenance),
            "created": time.time(),
        }
        connection.execute(insert(revisions).values(values))


def _as_json(made_with: Provenance) -> dict[str, Any] | None:
    return None if made_with == BY_HAND else asdict(made_with)


def _provenance(facts: dict[str, Any] | None) -> Provenance:
    if not facts:
        return BY_HAND
    return Provenance(facts["model"], facts["sampling"], facts["seed"], tuple(facts["rules"]))


def append_events(
    connection: Connection, document_id: str, happened: Sequence[Mapping[str, Any]]
) -> None:
    """Add events to a document, in the transaction of the changes they report; set `updated`."""
    now = time.time()
    # This locks the document's row, so that two writers cannot take the same ids.
    changed = update(documents).where(documents.c.id == document_id).values(updated=now)
    connection.execute(changed)
    first = _last_event(connection, document_id)
    rows = [
        {"document_id": document_id, "id": first + at, "data": dict(event), "created": now}
        for at, event in enumerate(happened, 1)
    ]
    if rows:
        connection.execute(insert(events), rows)


def _last_event(connection: Connection, document_id: str) -> int:
    """The id of the newest event; 0 before the first."""
    return (
        connection.scalar(select(func.max(events.c.id)).where(events.c.document_id == document_id))
        or 0
    )


def _with_versions(
    happened: Sequence[Mapping[str, Any]], versions: Mapping[int, int]
) -> list[Mapping[str, Any]]:
    """The events; the last one about each changed section has its new version."""
    last = {
        event["index"]: at for at, event in enumerate(happened) if event.get("index") in versions
    }
    return [
        {**event, "version": versions[event["index"]]}
        if last.get(event.get("index")) == at
        else event
        for at, event in enumerate(happened)
    ]
