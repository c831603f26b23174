"""Templates: briefs that users save to start from."""

import time
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from xiezuo.errors import UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.schema import templates
from xiezuo.writing.model.brief import Brief


@dataclass(frozen=True, slots=True)
class Template:
    """A brief to start from."""

    id: str
    name: str
    brief: Brief
    created: float


class Templates:
    """The templates of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, owner: str, name: str, brief: Brief) -> Template:
        template = Template(uuid.uuid4().hex, name, brief, time.time())
        row = {
            "id": template.id,
            "owner": owner,
            "name": name,
            "brief": brief.model_dump(mode="json"),
            "created": template.created,
        }
        with self._database.begin() as connection:
            connection.execute(insert(templates).values(row))
        return template

    def of_owner(self, owner: str) -> list[Template]:
        """The templates of `owner`, by name."""
        query = select(templates).where(templates.c.owner == owner).order_by(templates.c.name)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Template(row["id"], row["name"], Brief.model_validate(row["brief"]), row["created"])
            for row in rows
        ]

    def remove(self, owner: str, template_id: str) -> None:
        """Delete a template.

        Raises:
            UnknownDocumentError: `owner` has no such template.
        """
        removal = delete(templates).where(templates.c.owner == owner, templates.c.id == template_id)
        with self._database.begin() as connection:
            if connection.execute(removal).rowcount == 0:
                raise UnknownDocumentError(id=template_id)
