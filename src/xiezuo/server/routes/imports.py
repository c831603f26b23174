"""A file of somebody's own as a new document."""

import asyncio
import base64
import binascii
from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field, TypeAdapter, field_validator

from xiezuo.formats.outline import Imported
from xiezuo.server.dependencies import CurrentPrincipal, Services, ServicesDep
from xiezuo.server.idempotency import run_once
from xiezuo.server.middleware.security import LARGEST_BODY
from xiezuo.server.request_classes import TEXT, request_class
from xiezuo.server.routes.documents import Key
from xiezuo.server.schemas.base import Shape
from xiezuo.server.schemas.documents import Started, document_out
from xiezuo.store.documents.documents import NewRevision
from xiezuo.store.documents.outline import change_outline
from xiezuo.studio import new_seed
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import SMALLEST_SECTION, Outline, PlannedSection

router = APIRouter(prefix="/api", tags=["documents"])
_IMPORTED = TypeAdapter(Imported)


class FileIn(Shape):
    """A file; of its name only the ending counts, and the stem where the text has no title."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "tea.md", "content": "IyBUZWEKCkEgbGVhZi4K"}]}
    )

    name: Annotated[str, Field(min_length=1, max_length=300)]
    content: Annotated[
        str,
        Field(
            max_length=LARGEST_BODY, description="The file in Base64.",
            json_schema_extra={"format": "byte"},
        ),
    ]  # fmt: skip

    @field_validator("content")
    @classmethod
    def _base64(cls, content: str) -> str:
        try:
            base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise ValueError("it must be Base64") from error
        return content


@router.post("/import", status_code=201)
@request_class(TEXT)
async def import_file(
    who: CurrentPrincipal, inside: ServicesDep, asked: FileIn, key: Key = None
) -> Started:
    """A new document from Markdown, plain text, DOCX or EPUB: its headings become sections.

    The sections are final. Pictures are left out. 400 with a reason where it cannot be read.
    """

    async def create(document_id: str) -> Started:
        answer = await inside.workers.run("import", name=asked.name, content=asked.content)
        made = _IMPORTED.validate_json(answer)
        await asyncio.to_thread(_keep, inside, document_id, who.user_id, made)
        stored = await asyncio.to_thread(inside.queue.documents.load, document_id)
        return Started(document=document_out(stored), job=None)

    return await run_once(inside.database, who.user_id, key, asked, Started, create)


def _keep(inside: Services, document_id: str, owner: str, made: Imported) -> None:
    """Store it; what an earlier try has stored before a crash is not stored twice."""
    documents = inside.queue.documents
    words = min(200_000, max(10, sum(section.words for section in made.sections)))
    task = f"《{made.title}》" if made.language == "zh" else f"“{made.title}”"
    brief = Brief(task=task, title=made.title, words=words, language=made.language)
    sections = tuple(
        PlannedSection(
            heading=section.heading, chapter=section.chapter,
            words=min(200_000, section.words) or SMALLEST_SECTION,
        )
        for section in made.sections
    )  # fmt: skip
    if not documents.exists(document_id):
        documents.create(brief, "careful", new_seed(), document_id, owner)
    if documents.load(document_id).plan is not None:
        return
    texts = {at: one.text for at, one in enumerate(made.sections) if one.text}
    plan = Outline(brief=brief, title=made.title, sections=sections)
    change_outline(inside.database, document_id, plan, [None] * len(sections), texts)
    kept = [NewRevision(at, text, "person", "import") for at, text in texts.items()]
    documents.record(document_id, [], candidates=kept)
