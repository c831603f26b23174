"""Summaries of documents for lists: title, progress, beginning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.store.database import Database
from xiezuo.store.records import JobState
from xiezuo.store.schema import documents, jobs, sections
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Mode

_MOST_TASK = 200  # characters of a task that replace a missing title
_MOST_CACHED = 2000
_EXCERPT = 160  # characters of the text


@dataclass(frozen=True, slots=True)
class Summary:
    """A document in a list; times are seconds since 1970.

    Attributes:
        words: written so far, of `words_planned`.
        written: number of finished sections; `review` of them have unrepaired faults.
        job: the state of its job; None before the first one.
        excerpt: the beginning of its text.
    """

    id: str
    title: str
    words: int
    words_planned: int
    sections: int
    written: int
    review: int
    mode: Mode
    language: TextLanguage
    job: JobState | None
    excerpt: str
    created: float
    updated: float
    deleted: float | None
    tags: tuple[str, ...] = ()


class Summaries:
    """The summaries of one database, cached until their document changes.

    Counting words is slow, and most documents of a list have not changed since the last one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cached: dict[str, Summary] = {}

    def of_owner(
        self,
        owner: str,
        *,
        deleted: bool = False,
        before: float | None = None,
        most: int = 100,
        tag: str | None = None,
    ) -> list[Summary]:
        """At most `most` documents of `owner`, last changed first; with `deleted`, of the trash.

        `before` is the `updated` time of the last document on the page before. `tag` narrows the
        list to documents that have it.
        """
        where = documents.c.deleted.is_not(None) if deleted else documents.c.deleted.is_(None)
        columns = documents.c.id, documents.c.updated, documents.c.deleted, documents.c.tags
        query = select(*columns, jobs.c.state).outerjoin(jobs, jobs.c.document_id == documents.c.id)
        query = query.where(documents.c.owner == owner, where)
        if before is not None:
            query = query.where(documents.c.updated < before)
        query = query.order_by(documents.c.updated.desc(), documents.c.id).limit(most)
        with self._database.read() as connection:
            if tag is not None:
                query = query.where(_has_tag(connection, tag))
            rows = connection.execute(query).all()
            summaries = self._current(connection, {row.id: row.updated for row in rows})
        return [
            replace(summaries[row.id], deleted=row.deleted, tags=tuple(row.tags), job=row.state)
            for row in rows
        ]

    def _current(self, connection: Connection, updated: Mapping[str, float]) -> dict[str, Summary]:
        """Summaries by document id, as of the times in `updated`; job, tags and trash are unset.

        It takes two queries, however many documents have changed.
        """
        cached = {id_: self._cached[id_] for id_ in updated if id_ in self._cached}
        current = {
            id_: summary for id_, summary in cached.items() if summary.updated == updated[id_]
        }
        changed = [id_ for id_ in updated if id_ not in current]
        if len(self._cached) + len(changed) > _MOST_CACHED:
            self._cached.clear()
        fresh = _summaries(connection, changed) if changed else {}
        self._cached |= fresh
        return current | fresh


def _has_tag(connection: Connection, tag: str) -> ColumnElement[bool]:
    is_sqlite = connection.dialect.name == "sqlite"
    elements_of = func.json_each if is_sqlite else func.json_array_elements_text
    values = elements_of(documents.c.tags).table_valued("value")
    return select(values.c.value).where(values.c.value == tag).exists()


def _summaries(connection: Connection, ids: Sequence[str]) -> dict[str, Summary]:
    query = select(sections.c.document_id, sections.c.text, sections.c.state)
    query = query.where(sections.c.document_id.in_(ids)).order_by(sections.c.position)
    parts: dict[str, list[tuple[str, str]]] = {id_: [] for id_ in ids}
    for document_id, text, state in connection.execute(query):
        parts[document_id].append((text, state))
    rows = connection.execute(select(documents).where(documents.c.id.in_(ids))).mappings()
    return {row["id"]: _summary(row, parts[row["id"]]) for row in rows}


def _summary(row: RowMapping, parts: Sequence[tuple[str, str]]) -> Summary:
    brief = Brief.model_validate(row["brief"])
    planned = row["plan"]["sections"] if row["plan"] else ()
    beginning = next((stripped for text, _ in parts if (stripped := text.strip())), "")
    return Summary(
        id=row["id"],
        title=title_of(row["plan"], row["brief"]),
        words=sum(count_words(text) for text, _ in parts),
        words_planned=sum(section["words"] for section in planned) or brief.total_words,
        sections=len(parts),
        written=sum(state not in {"planned", "writing"} for _, state in parts),
        review=sum(state == "needs_review" for _, state in parts),
        mode=row["mode"],
        language=brief.written_in,
        job=None,
        excerpt=" ".join(beginning[: 2 * _EXCERPT].split())[:_EXCERPT],
        created=row["created"],
        updated=row["updated"],
        deleted=None,
    )


def title_of(plan: Mapping[str, Any] | None, brief: Mapping[str, Any]) -> str:
    """The title, or the beginning of the task if there is none."""
    title = plan["title"] if plan else brief["title"]
    return str(title or brief["task"][:_MOST_TASK])
