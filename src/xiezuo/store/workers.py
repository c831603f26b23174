"""The processes that work on jobs; each has a row with a count that it increments while it lives.

A dead worker is recognized by its unchanged count, not by a timestamp: clocks that jump or differ
between machines declare no live worker dead.
"""

from sqlalchemy import delete, insert, select, update

from xiezuo.store.database import Database
from xiezuo.store.schema import workers

GONE = -1  # the count of a worker that has shut down


class Workers:
    """The workers of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, worker: str, home: str) -> list[str]:
        """Add a worker; returns the earlier ones of its `home`, all of which are dead."""
        of_home = workers.c.home == home
        with self._database.begin() as connection:
            earlier = connection.scalars(select(workers.c.id).where(of_home)).all()
            row = {"id": worker, "home": home, "beats": 0}
            connection.execute(insert(workers).values(row))
        return list(earlier)

    def heartbeat(self, worker: str, home: str) -> dict[str, int]:
        """Increment the count of `worker` if there are others; returns the counts of the others.

        A worker that was wrongly declared dead in the meantime is added again.
        """
        with self._database.begin() as connection:
            counts = {
                row.id: row.beats
                for row in connection.execute(select(workers.c.id, workers.c.beats))
            }
            if worker not in counts:
                connection.execute(insert(workers).values(id=worker, home=home, beats=0))
            elif len(counts) > 1:
                change = update(workers).where(workers.c.id == worker)
                connection.execute(change.values(beats=workers.c.beats + 1))
        counts.pop(worker, None)
        return counts

    def unregister(self, worker: str) -> None:
        """Mark the worker as shut down: other workers take over its unfinished jobs."""
        with self._database.begin() as connection:
            connection.execute(update(workers).where(workers.c.id == worker).values(beats=GONE))

    def remove(self, dead: list[str]) -> None:
        """Delete workers, after their jobs have been queued again."""
        with self._database.begin() as connection:
            connection.execute(delete(workers).where(workers.c.id.in_(dead)))
