"""Case-insensitive search for text in sections, Chinese and English."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, func, literal_column, select, text

from xiezuo.store.database import Database
from xiezuo.store.documents.summaries import title_of
from xiezuo.store.schema import documents, sections

_EXCERPT = 60  # characters on each side of the match


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that contains the search text, and the words around the first match."""

    document_id: str
    title: str
    position: int
    excerpt: str


class SectionSearch:
    """Full-text search over the documents of one database, outside the trash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, owner: str, words: str, most: int = 50) -> list[Hit]:
        """Sections of `owner` whose text contains `words`; last changed documents first."""
        phrase = words.strip()
        if not phrase:
            return []
        with self._database.read() as connection:
            query = _sections_with(connection, phrase).where(
                documents.c.owner == owner, documents.c.deleted.is_(None)
            )
            rows = connection.execute(query.order_by(documents.c.updated.desc()).limit(most))
            return [
                Hit(row.id, title_of(row.plan, row.brief), row.position, _excerpt(row.text, phrase))
                for row in rows
            ]


def _sections_with(connection: Connection, words: str) -> Select[*tuple[Any, ...]]:
    """Sections by the trigram index; SQLite scans every text for fewer than three characters."""
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
    matches = (
        select(literal_column("rowid", BigInteger))
        .select_from(text("section_search"))
        .where(text("section_search MATCH :phrase").bindparams(phrase=phrase))
    )
    return query.where(sections.c.number.in_(matches))


def _excerpt(body: str, words: str) -> str:
    """The first match of `words` in `body` with its surroundings."""
    at = max(body.casefold().find(words.casefold()), 0)
    start, end = max(0, at - _EXCERPT), at + len(words) + _EXCERPT
    lead, tail = "…" if start else "", "…" if end < len(body) else ""
    return f"{lead}{' '.join(body[start:end].split())}{tail}"
