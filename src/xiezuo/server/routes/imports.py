"""Import of a file as a new document."""

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
from xiezuo.server.schemas.base import RequestBody
from xiezuo.server.schemas.documents import Started, document_out
from xiezuo.store.documents.documents import NewRevision
from xiezuo.store.documents.outline import change_outline
from xiezuo.studio import new_seed
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import SMALLEST_SECTION, Outline, PlannedSection

router = APIRouter(prefix="/api", tags=["documents"])
_IMPORTED = TypeAdapter(Imported)


class FileIn(RequestBody):
    """A file; its extension gives the format, its stem the title of a text without one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "tea.md", "content": "IyBUZWEKCkEgbGVhZi4K"}]}
    )

    name: Annotated[str, Field(min_length=1, max_length=300)]
    content: Annotated[
        str,
        Field(
            max_length=LARGEST_BODY,
            description="The file in Base64.",
            json_schema_extra={"format": "byte"},
        ),
    ]

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
    principal: CurrentPrincipal, services: ServicesDep, body: FileIn, key: Key = None
) -> Started:
    """Create a document from Markdown, plain text, DOCX or EPUB: headings become sections.

    The sections are final. Images are left out. 400 with a reason if the file cannot be read.
    """

    async def create(document_id: str) -> Started:
        answer = await services.workers.run("import", name=body.name, content=body.content)
        imported = _IMPORTED.validate_json(answer)
        await asyncio.to_thread(_store, services, document_id, principal.user_id, imported)
        stored = await asyncio.to_thread(services.queue.documents.load, document_id)
        return Started(document=document_out(stored), job=None)

    return await run_once(services.database, principal.user_id, key, body, Started, create)


def _store(services: Services, document_id: str, owner: str, imported: Imported) -> None:
    """Store the document; parts that a crashed attempt has stored are not stored again."""
    documents = services.queue.documents
    words = min(200_000, max(10, sum(section.words for section in imported.sections)))
    task = f"《{imported.title}》" if imported.language == "zh" else f"“{imported.title}”"
    brief = Brief(task=task, title=imported.title, words=words, language=imported.language)
    sections = tuple(
        PlannedSection(
            heading=section.heading,
            chapter=section.chapter,
            words=min(200_000, section.words) or SMALLEST_SECTION,
        )
        for section in imported.sections
    )
    if not documents.exists(document_id):
        documents.create(brief, "careful", new_seed(), document_id, owner)
    if documents.load(document_id).plan is not None:
        return
    texts = {at: section.text for at, section in enumerate(imported.sections) if section.text}
    plan = Outline(brief=brief, title=imported.title, sections=sections)
    change_outline(services.database, document_id, plan, [None] * len(sections), texts)
    revisions = [NewRevision(at, text, "person", "import") for at, text in texts.items()]
    documents.record(document_id, [], candidates=revisions)
