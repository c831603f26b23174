"""Documents, sections, revisions and events: every change is one transaction."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from xiezuo.errors import StaleSectionError, UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.records import Author, StoredDocument, StoredEvent, StoredRevision, StoredSection
from xiezuo.store.schema import documents, events, revisions, sections
from xiezuo.writing.brief import Brief
from xiezuo.writing.events import Fault, SectionState
from xiezuo.writing.plan import Mode, Plan

LOCAL = "local"  # the owner of documents where nobody has to log in


@dataclass(frozen=True, slots=True)
class Change:
    """A new text and state for the section at `position`, which must still have `version`."""

    position: int
    version: int
    text: str
    state: SectionState
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text to be kept as a revision of the section at `position`."""

    position: int
    text: str
    author: Author
    reason: str


class Documents:
    """The documents of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, brief: Brief, mode: Mode, seed: int, document_id: str | None = None,
        owner: str = LOCAL,
    ) -> str:  # fmt: skip
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
        with self._database.begin() as connection:
            return connection.scalar(_by_id(document_id)) is not None

    def ids(self) -> list[str]:
        """All documents that are not in the trash, oldest first."""
        query = select(documents.c.id).where(documents.c.deleted.is_(None))
        with self._database.begin() as connection:
            return list(connection.scalars(query.order_by(documents.c.created)))

    def load(self, document_id: str) -> StoredDocument:
        """Raises UnknownDocumentError when it is not there."""
        with self._database.begin() as connection:
            query = select(documents).where(documents.c.id == document_id)
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise UnknownDocumentError(id=document_id)
            return StoredDocument(
                id=document_id,
                brief=Brief.model_validate(row["brief"]),
                plan=Plan.model_validate(row["plan"]) if row["plan"] else None,
                preamble=row["preamble"],
                mode=row["mode"],
                seed=row["seed"],
                owner=row["owner"],
                created=row["created"],
                updated=row["updated"],
                deleted=row["deleted"],
                sections=_sections(connection, document_id),
            )

    def set_plan(self, document_id: str, plan: Plan, facts: Mapping[str, Any]) -> None:
        """The outline stands: its sections are made, empty; once only."""
        with self._database.begin() as connection:
            if _sections(connection, document_id):
                return
            values = {
                "plan": plan.model_dump(mode="json"),
                "preamble": f"# {plan.title}" if plan.title else "",
                "updated": time.time(),
            }
            connection.execute(
                update(documents).where(documents.c.id == document_id).values(values)
            )
            rows: list[dict[str, object]] = [
                {
                    "id": uuid.uuid4().hex, "document_id": document_id, "position": at, "text": "",
                    "state": "planned", "faults": [], "version": 0, "number": secrets.randbits(62),
                }
                for at in range(len(plan.sections))
            ]  # fmt: skip
            if rows:
                connection.execute(insert(sections), rows)
            _append(connection, document_id, [dict(facts)])

    def record(
        self, document_id: str, happened: Sequence[Mapping[str, Any]],
        changes: Sequence[Change] = (), candidates: Sequence[Candidate] = (),
    ) -> dict[int, int]:  # fmt: skip
        """Store what was written and what happened, all or nothing; gives the new versions.

        Raises:
            StaleSectionError: somebody else changed one of the sections in between.
        """
        with self._database.begin() as connection:
            versions = {one.position: _change(connection, document_id, one) for one in changes}
            for one in candidates:
                section_id = _section_id(connection, document_id, one.position)
                _keep(connection, section_id, one.text, one.author, one.reason)
            _append(connection, document_id, happened)
            values = {"updated": time.time()}
            connection.execute(
                update(documents).where(documents.c.id == document_id).values(values)
            )
        return versions

    def edit(self, document_id: str, position: int, version: int, text: str) -> int:
        """A person's text for a section: it is final, and no writer changes it again.

        Raises:
            StaleSectionError: the section is not at `version` any more.
        """
        with self._database.begin() as connection:
            section_id = _section_id(connection, document_id, position)
            before = connection.scalar(select(sections.c.text).where(sections.c.id == section_id))
            _keep(connection, section_id, before or "", "model", "before edit")
            changed = _change(connection, document_id, Change(position, version, text, "final"))
            _keep(connection, section_id, text, "person", "edit")
            happened = {
                "event": "section_edited",
                "index": position,
                "text": text,
                "version": changed,
            }
            _append(connection, document_id, [happened])
        return changed

    def reset(self, document_id: str, position: int, *, skip: bool = False) -> None:
        """Have a section written again, or with `skip` leave it as it is; its text is kept."""
        with self._database.begin() as connection:
            section_id = _section_id(connection, document_id, position)
            query = select(sections.c.text, sections.c.version).where(sections.c.id == section_id)
            text, version = connection.execute(query).one()
            _keep(connection, section_id, text, "model", "before retry")
            change = (
                Change(position, version, text, "final")
                if skip
                else Change(position, version, "", "planned")
            )
            _change(connection, document_id, change)
            name = "section_skipped" if skip else "section_reset"
            _append(connection, document_id, [{"event": name, "index": position}])

    def events(self, document_id: str, after: int = 0, most: int = 1000) -> list[StoredEvent]:
        """What happened after the event with id `after`, in order."""
        query = (
            select(events.c.id, events.c.data)
            .where(events.c.document_id == document_id, events.c.id > after)
            .order_by(events.c.id)
            .limit(most)
        )
        with self._database.begin() as connection:
            return [StoredEvent(number, data) for number, data in connection.execute(query)]

    def revisions(self, document_id: str, position: int) -> list[StoredRevision]:
        """Every text the section had or that was tried for it, oldest first."""
        with self._database.begin() as connection:
            section_id = _section_id(connection, document_id, position)
            query = select(
                revisions.c.id, revisions.c.text, revisions.c.author, revisions.c.reason,
                revisions.c.created,
            ).where(revisions.c.section_id == section_id).order_by(revisions.c.id)  # fmt: skip
            return [StoredRevision(*row) for row in connection.execute(query)]


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
            faults=tuple(Fault(**one) for one in row["faults"]),
            version=row["version"],
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
        )
    )
    if connection.execute(query).rowcount != 1:
        raise StaleSectionError(section=one.position + 1)
    return one.version + 1


def _keep(connection: Connection, section_id: str, text: str, author: Author, reason: str) -> None:
    """Keep a text as a revision, unless it is the newest one already."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    newest = connection.scalar(
        select(revisions.c.digest)
        .where(revisions.c.section_id == section_id)
        .order_by(revisions.c.id.desc())
        .limit(1)
    )
    if text and newest != digest:
        values = {
            "section_id": section_id, "digest": digest, "text": text, "author": author,
            "reason": reason, "created": time.time(),
        }  # fmt: skip
        connection.execute(insert(revisions).values(values))


def _append(
    connection: Connection, document_id: str, happened: Sequence[Mapping[str, Any]]
) -> None:
    if not happened:
        return
    # The document's row is locked first, so that two writers cannot take the same ids.
    connection.execute(_by_id(document_id).with_for_update())
    newest = select(func.coalesce(func.max(events.c.id), 0)).where(
        events.c.document_id == document_id
    )
    first = connection.scalar(newest) or 0
    now = time.time()
    rows = [
        {"document_id": document_id, "id": first + at, "data": dict(one), "created": now}
        for at, one in enumerate(happened, 1)
    ]
    connection.execute(insert(events), rows)
