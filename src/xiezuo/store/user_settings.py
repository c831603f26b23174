"""Settings of the studio that belong to a user: theme, goals, language."""

from typing import Any

from sqlalchemy import delete, insert, select

from xiezuo.store.database import Database
from xiezuo.store.schema import settings


class UserSettings:
    """The settings of all users of one database, as JSON values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_owner(self, owner: str) -> dict[str, Any]:
        query = select(settings.c.name, settings.c.value).where(settings.c.owner == owner)
        with self._database.read() as connection:
            return {row.name: row.value for row in connection.execute(query)}

    def update(self, owner: str, values: dict[str, Any]) -> None:
        """Set these settings and leave the others unchanged; None removes a setting."""
        rows = [
            {"owner": owner, "name": name, "value": value}
            for name, value in values.items()
            if value is not None
        ]
        removal = delete(settings).where(settings.c.owner == owner, settings.c.name.in_(values))
        with self._database.begin() as connection:
            connection.execute(removal)
            if rows:
                connection.execute(insert(settings), rows)
