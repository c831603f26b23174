"""A document in a list: what it is called, how far it is, how it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.store.records import JobState
from xiezuo.store.schema import documents, sections
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Mode

_MOST_TASK = 200  # characters of a task that stand for a title
_MOST_KEPT = 2000
_EXCERPT = 160  # characters of the text


@dataclass(frozen=True, slots=True)
class Summary:
    """A document in a list; times are seconds since 1970.

    Attributes:
        words: that it has, of `words_planned`.
        written: sections that are finished; of those, `review` have faults that were left.
        job: the state of its job, none before there is one.
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
    """Summaries, made again only when their document has changed: counting words takes long."""

    def __init__(self) -> None:
        self._made: dict[str, Summary] = {}

    def of(self, connection: Connection, updated: Mapping[str, float]) -> dict[str, Summary]:
        """The summaries of documents by id, which must be there, as they were when `updated`.

        Two queries, however many have changed; job, tags and trash are left to the caller.
        """
        made = {one: self._made.get(one) for one in updated}
        changed = [one for one, found in made.items() if not found or found.updated != updated[one]]
        if len(self._made) + len(changed) > _MOST_KEPT:
            self._made.clear()
        fresh = _summaries(connection, changed) if changed else {}
        self._made |= fresh
        return {one: found for one, found in made.items() if found} | fresh


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
    begun = next((stripped for text, _ in parts if (stripped := text.strip())), "")
    return Summary(
        id=row["id"],
        title=title_of(row["plan"], row["brief"]),
        words=sum(count_words(text) for text, _ in parts),
        words_planned=sum(one["words"] for one in planned) or brief.total_words,
        sections=len(parts),
        written=sum(state not in {"planned", "writing"} for _, state in parts),
        review=sum(state == "needs_review" for _, state in parts),
        mode=row["mode"],
        language=brief.written_in,
        job=None,
        excerpt=" ".join(begun[: 2 * _EXCERPT].split())[:_EXCERPT],
        created=row["created"],
        updated=row["updated"],
        deleted=None,
    )


def title_of(plan: Mapping[str, Any] | None, brief: Mapping[str, Any]) -> str:
    """The title, or where there is none the beginning of the task."""
    title = plan["title"] if plan else brief["title"]
    return str(title or brief["task"][:_MOST_TASK])
