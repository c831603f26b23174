"""The processes that work on jobs: each has a row with a count that it raises while it lives.

A count that stands still tells of a death without any clock, so that neither clocks that jump nor
two machines that disagree about the time declare anybody dead.
"""

from sqlalchemy import delete, insert, select, update

from xiezuo.store.database import Database
from xiezuo.store.schema import workers

GONE = -1  # the count of a worker that ended in good order


class Workers:
    """The workers of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, worker: str, home: str) -> list[str]:
        """A new worker; gives the earlier ones of its `home`, none of which lives any more."""
        mine = workers.c.home == home
        with self._database.begin() as connection:
            earlier = connection.scalars(select(workers.c.id).where(mine)).all()
            row = {"id": worker, "home": home, "beats": 0}
            connection.execute(insert(workers).values(row))
        return list(earlier)

    def heartbeat(self, worker: str, home: str) -> dict[str, int]:
        """Raise the count of `worker` if anybody is there to see it; gives the others' counts.

        One that was declared dead meanwhile, wrongly, is entered again.
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
        """The worker ends in good order: what it leaves undone is for the others."""
        with self._database.begin() as connection:
            connection.execute(update(workers).where(workers.c.id == worker).values(beats=GONE))

    def remove(self, dead: list[str]) -> None:
        """Forget workers, once their jobs are queued again."""
        with self._database.begin() as connection:
            connection.execute(delete(workers).where(workers.c.id.in_(dead)))
