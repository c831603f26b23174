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

LOCAL = "local"  # the owner of documents where nobody has to log in
_ROWS = 8  # events that are fetched together
# Asked for with every read of a document: made once.
_MARK = select(
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
    """A text to be kept as a revision of the section at `position`."""

    position: int
    text: str
    author: Author
    reason: str
    provenance: Provenance = BY_HAND


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """Equal as long as nothing of a document has changed."""

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
        """A new document, of which only the brief is known."""
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
        """Whose the document is, and what changes whenever anything of it does.

        Raises:
            UnknownDocumentError
        """
        with self._database.lookup() as connection:
            row = connection.execute(_MARK, {"id": document_id}).one_or_none()
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
        """The outline stands: its sections are made, empty; once only."""
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
        """Store what was written and what happened, all or nothing; gives the new versions.

        The last event about a section names its new version: who follows the events may edit.

        Raises:
            StaleSectionError: somebody else changed one of the sections in between.
        """
        with self._database.begin() as connection:
            versions = {
                change.position: _change(connection, document_id, change) for change in changes
            }
            for candidate in candidates:
                section_id = _section_id(connection, document_id, candidate.position)
                _keep(connection, section_id, candidate)
            append_events(connection, document_id, _with_versions(happened, versions))
        return versions

    def edit(self, document_id: str, position: int, version: int, text: str) -> int:
        """A person's text for a section: it is final, and no writer changes it again.

        Raises:
            StaleSectionError: the section is not at `version` any more.
        """
        with self._database.begin() as connection:
            section_id = _section_id(connection, document_id, position)
            _keep_present(connection, section_id, position, "before edit")
            change = Change(position, version, text, "final", author="person")
            changed = _change(connection, document_id, change)
            _keep(connection, section_id, NewRevision(position, text, "person", "edit"))
            happened = {
                "event": "section_edited",
                "index": position,
                "text": text,
                "version": changed,
            }
            append_events(connection, document_id, [happened])
        return changed

    def reset(self, document_id: str, position: int, *, skip: bool = False) -> None:
        """Have a section written again, or with `skip` leave it as it is; its text is kept."""
        with self._database.begin() as connection:
            section_id = _section_id(connection, document_id, position)
            text, version, author, made_with = _keep_present(
                connection, section_id, position, "before retry"
            )
            change = (
                Change(position, version, text, "final", author=author, provenance=made_with)
                if skip
                else Change(position, version, "", "planned", author=None)
            )
            changed = _change(connection, document_id, change)
            if not skip:
                again = update(sections).where(sections.c.id == section_id)
                connection.execute(again.values(turn=sections.c.turn + 1))
            name = "section_skipped" if skip else "section_reset"
            happened = {"event": name, "index": position, "version": changed}
            append_events(connection, document_id, [happened])

    def events(
        self, document_id: str, after: int = 0, most: int = 1000, characters: int | None = None
    ) -> list[StoredEvent]:
        """What happened after the event with id `after`, in order.

        At most `most` of them, and none after those that have `characters` together.
        """
        size = func.length(cast(events.c.data, Text))
        query = (
            select(events.c.id, events.c.data, size)
            .where(events.c.document_id == document_id, events.c.id > after)
            .order_by(events.c.id)
            .limit(most)
        )
        found: list[StoredEvent] = []
        with self._database.read() as connection:
            rows = connection.execution_options(yield_per=_ROWS).execute(query)
            for number, data, length in rows:
                found.append(StoredEvent(number, data))
                if characters is not None and (characters := characters - length) <= 0:
                    break
            rows.close()
        return found

    def revisions(self, document_id: str, position: int) -> list[StoredRevision]:
        """Every text the section had or that was tried for it, oldest first."""
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
            faults=tuple(StoredDiagnostic(**one) for one in row["faults"]),
            version=row["version"],
            turn=row["turn"],
        )
        for row in connection.execute(query).mappings()
    )


def _section_id(connection: Connection, document_id: str, position: int) -> str:
    query = select(sections.c.id).where(
        sections.c.document_id == document_id, sections.c.position == position
    )
    found = connection.scalar(query)
    if found is None:
        raise UnknownDocumentError(id=f"{document_id}#{position + 1}")
    return found


def _change(connection: Connection, document_id: str, one: Change) -> int:
    query = (
        update(sections)
        .where(
            sections.c.document_id == document_id,
            sections.c.position == one.position,
            sections.c.version == one.version,
        )
        .values(
            text=one.text,
            state=one.state,
            faults=[asdict(fault) for fault in one.faults],
            version=one.version + 1,
            author=one.author,
            made_with=_as_json(one.provenance),
        )
    )
    if connection.execute(query).rowcount != 1:
        raise StaleSectionError(section=one.position + 1)
    return one.version + 1


def _keep_present(
    connection: Connection, section_id: str, position: int, reason: str
) -> tuple[str, int, Author | None, Provenance]:
    """Keep the text that a section has; gives it, its version, and who or what made it."""
    query = select(
        sections.c.text, sections.c.version, sections.c.author, sections.c.made_with
    ).where(sections.c.id == section_id)
    text, version, author, facts = connection.execute(query).one()
    made_with = _provenance(facts)
    _keep(connection, section_id, NewRevision(position, text, author or "model", reason, made_with))
    return text, version, author, made_with


def _keep(connection: Connection, section_id: str, one: NewRevision) -> None:
    """Keep a text as a revision, unless it is the newest one already."""
    digest = hashlib.sha256(one.text.encode("utf-8", "surrogatepass")).hexdigest()
    newest = connection.scalar(
        select(revisions.c.digest)
        .where(revisions.c.section_id == section_id)
        .order_by(revisions.c.id.desc())
        .limit(1)
    )
    if one.text and newest != digest:
        values = {
            "section_id": section_id,
            "digest": digest,
            "text": one.text,
            "author": one.author,
            "reason": one.reason,
            "made_with": _as_json(one.provenance),
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
    """Add events to a document, in the transaction that makes what they tell; date the change."""
    now = time.time()
    # This locks the document's row, so that two writers cannot take the same ids.
    changed = update(documents).where(documents.c.id == document_id).values(updated=now)
    connection.execute(changed)
    first = _last_event(connection, document_id)
    rows = [
        {"document_id": document_id, "id": first + at, "data": dict(one), "created": now}
        for at, one in enumerate(happened, 1)
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
    last = {one["index"]: at for at, one in enumerate(happened) if one.get("index") in versions}
    return [
        {**one, "version": versions[one["index"]]} if last.get(one.get("index")) == at else one
        for at, one in enumerate(happened)
    ]
