"""Counts of wrong passwords, shared by all processes on one database."""

import hashlib
import time

from sqlalchemy import delete, func, insert, select, update

from xiezuo.store.database import Database
from xiezuo.store.schema import login_failures

FREE_ATTEMPTS = 5  # wrong passwords without a wait
LONGEST_WAIT = 300.0  # seconds
KEPT_SECONDS = 24 * 3600  # after the last failure
_MOST_DOUBLINGS = 10


class LoginFailures:
    """Failures by name and address; each further one doubles the wait."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def wait(self, client: str) -> float:
        """Seconds until `client` may try again."""
        query = select(login_failures.c.until).where(login_failures.c.who == _key(client))
        with self._database.read() as connection:
            until = connection.scalar(query) or 0.0
        # A clock that is set back must not lock a client out for longer than `LONGEST_WAIT`.
        return min(max(0.0, until - time.time()), LONGEST_WAIT)

    def failed(self, client: str) -> None:
        of_client = login_failures.c.who == _key(client)
        now = time.time()
        with self._database.begin() as connection:
            expired = delete(login_failures).where(login_failures.c.until < now - KEPT_SECONDS)
            connection.execute(expired)
            increment = (
                update(login_failures).where(of_client).values(count=login_failures.c.count + 1)
            )
            if connection.execute(increment).rowcount == 0:
                row = {"who": _key(client), "count": 1, "until": now}
                connection.execute(insert(login_failures).values(row))
            count = (
                connection.scalar(select(func.max(login_failures.c.count)).where(of_client)) or 0
            )
            over = min(count - FREE_ATTEMPTS, _MOST_DOUBLINGS)
            if over >= 0:
                until = now + min(LONGEST_WAIT, 2.0**over)
                connection.execute(update(login_failures).where(of_client).values(until=until))

    def succeeded(self, client: str) -> None:
        with self._database.begin() as connection:
            connection.execute(delete(login_failures).where(login_failures.c.who == _key(client)))


def _key(client: str) -> str:
    return hashlib.sha256(client.encode("utf-8", "surrogatepass")).hexdigest()
