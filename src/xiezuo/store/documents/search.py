"""Finding text in sections, in Chinese and English, whatever its case."""

from typing import Any

from sqlalchemy import BigInteger, Connection, Select, func, literal_column, select, text

from xiezuo.store.schema import documents, sections

_EXCERPT = 60  # characters on each side of what was found


def sections_with(connection: Connection, words: str) -> Select[*tuple[Any, ...]]:
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


def excerpt(body: str, words: str) -> str:
    """`words` where they are first in `body`, with some of what is around them."""
    at = max(body.casefold().find(words.casefold()), 0)
    start, end = max(0, at - _EXCERPT), at + len(words) + _EXCERPT
    lead, tail = "…" if start else "", "…" if end < len(body) else ""
    return f"{lead}{' '.join(body[start:end].split())}{tail}"
