"""The revisions of all sections of a document, newest first, without their texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import RowMapping, select

from xiezuo.markdown.words import count_words
from xiezuo.store.database import Database
from xiezuo.store.records import Author
from xiezuo.store.schema import revisions, sections


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision of the section at `position`; `model` and `seed` where a model made it."""

    id: int
    position: int
    author: Author
    reason: str
    created: float
    words: int
    model: str | None
    seed: int | None


def history(database: Database, document_id: str, most: int = 500) -> list[Entry]:
    """The newest `most` revisions of all sections that the document has now."""
    query = (
        select(
            revisions.c.id,
            sections.c.position,
            revisions.c.author,
            revisions.c.reason,
            revisions.c.created,
            revisions.c.text,
            revisions.c.made_with,
        )
        .join(sections, sections.c.id == revisions.c.section_id)
        .where(sections.c.document_id == document_id)
        .order_by(revisions.c.id.desc())
        .limit(most)
    )
    with database.begin() as connection:
        return [_entry(row) for row in connection.execute(query).mappings()]


def _entry(row: RowMapping) -> Entry:
    facts = cast("Mapping[str, Any]", row["made_with"] or {})
    return Entry(
        id=row["id"],
        position=row["position"],
        author=row["author"],
        reason=row["reason"],
        created=row["created"],
        words=count_words(row["text"]),
        model=facts.get("model"),
        seed=facts.get("seed"),
    )
