"""Counts wrong passwords, for all processes of one database together."""

import hashlib
import time

from sqlalchemy import delete, func, insert, select, update

from xiezuo.store.database import Database
from xiezuo.store.schema import login_failures

FREE_ATTEMPTS = 5  # wrong passwords before one has to wait
LONGEST_WAIT = 300.0  # seconds
KEPT_SECONDS = 24 * 3600  # that failures are remembered after the last one
_MOST_DOUBLINGS = 10


class LoginFailures:
    """Each wrong password doubles the wait for its name and address."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def wait(self, who: str) -> float:
        """Seconds until `who` may try again."""
        query = select(login_failures.c.until).where(login_failures.c.who == _key(who))
        with self._database.read() as connection:
            until = connection.scalar(query) or 0.0
        # A clock that was set back must not lock anybody out for longer than a failure does.
        return min(max(0.0, until - time.time()), LONGEST_WAIT)

    def failed(self, who: str) -> None:
        mine = login_failures.c.who == _key(who)
        now = time.time()
        with self._database.begin() as connection:
            old = delete(login_failures).where(login_failures.c.until < now - KEPT_SECONDS)
            connection.execute(old)
            raised = update(login_failures).where(mine).values(count=login_failures.c.count + 1)
            if connection.execute(raised).rowcount == 0:
                row = {"who": _key(who), "count": 1, "until": now}
                connection.execute(insert(login_failures).values(row))
            count = connection.scalar(select(func.max(login_failures.c.count)).where(mine)) or 0
            over = min(count - FREE_ATTEMPTS, _MOST_DOUBLINGS)
            if over >= 0:
                until = now + min(LONGEST_WAIT, 2.0**over)
                connection.execute(update(login_failures).where(mine).values(until=until))

    def succeeded(self, who: str) -> None:
        with self._database.begin() as connection:
            connection.execute(delete(login_failures).where(login_failures.c.who == _key(who)))


def _key(who: str) -> str:
    return hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()
