"""Access control: users with passwords, browser sessions, API keys.

Each user has their own documents. Shared resources (model files, and backups, which hold every
user's documents) are for administrators: the first user, and those the operator appoints.

Passwords are stored as argon2id hashes, sessions and keys as SHA-256 digests: a reader of the
database cannot log in with any of them.
"""

import functools
import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, insert, select, update

from xiezuo.errors import AccountError
from xiezuo.i18n import Text
from xiezuo.store.database import Database
from xiezuo.store.schema import api_keys, sessions, users

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
KEY_PREFIX = "xz_"
SHORTEST_PASSWORD = 10  # characters
SESSION_SECONDS = 14 * 24 * 3600
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller and its scopes; `csrf` is set for browsers, which must return it."""

    user_id: str
    scopes: frozenset[Scope]
    csrf: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is listed; its token is shown once, when the key is created."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created: float


class Accounts:
    """The users of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self) -> bool:
        with self._database.read() as connection:
            return bool(connection.scalar(select(func.count()).select_from(users)))

    def names(self) -> list[str]:
        with self._database.read() as connection:
            return list(connection.scalars(select(users.c.name).order_by(users.c.name)))

    def add(self, name: str, password: str, *, admin: bool = False) -> str:
        """Create a user and return the id. The first user is always an administrator.

        Raises:
            AccountError: the name is taken or empty, or the password too short.
        """
        if not name.strip() or len(name) > 100:  # noqa: PLR2004 - the column
            raise AccountError(problem=Text("the name is empty or too long", "名称为空或过长"))
        user_id = uuid.uuid4().hex
        row = {
            "id": user_id,
            "name": name,
            "password": _hashed(password),
            "created": time.time(),
        }
        with self._database.begin() as connection:
            row["admin"] = admin or not connection.scalar(select(func.count()).select_from(users))
            if connection.scalar(select(users.c.id).where(users.c.name == name)) is not None:
                raise AccountError(problem=Text(f"{name} exists already", f"{name} 已经存在"))
            connection.execute(insert(users).values(row))
        return user_id

    def remove(self, name: str) -> None:
        """Remove a user with sessions and keys. Raises AccountError if there is no such user."""
        with self._database.begin() as connection:
            if connection.execute(delete(users).where(users.c.name == name)).rowcount == 0:
                raise AccountError(problem=Text(f"there is no user {name}", f"没有用户 {name}"))

    def set_password(self, name: str, password: str) -> None:
        """Set a user's password and end all of the user's sessions.

        API keys stay valid: they are listed and revoked one by one.

        Raises:
            AccountError: there is no such user, or the password is too short.
        """
        user_id = self.id_of(name)
        change = update(users).where(users.c.id == user_id).values(password=_hashed(password))
        with self._database.begin() as connection:
            connection.execute(change)
            connection.execute(delete(sessions).where(sessions.c.user_id == user_id))

    def id_of(self, name: str) -> str:
        """Raises AccountError if there is no such user."""
        with self._database.read() as connection:
            user_id = connection.scalar(select(users.c.id).where(users.c.name == name))
        if user_id is None:
            raise AccountError(problem=Text(f"there is no user {name}", f"没有用户 {name}"))
        return user_id

    def verify(self, name: str, password: str) -> str | None:
        """The user's id if the password is right, else None."""
        with self._database.read() as connection:
            row = connection.execute(
                select(users.c.id, users.c.password).where(users.c.name == name)
            ).one_or_none()
        decoy = _decoy_hash()
        try:
            _hasher.verify(row.password if row else decoy, _bytes(password))
        except (VerificationError, InvalidHashError):
            return None
        return row.id if row else None

    def change_password(self, user_id: str, old: str, new: str, *, keep: str) -> bool:
        """Set the password to `new` and end all sessions except the one with the token `keep`.

        False, and no change, if `old` is wrong.

        Raises:
            AccountError: the new password is too short.
        """
        hashed = _hashed(new)
        with self._database.begin() as connection:
            name = connection.scalar(select(users.c.name).where(users.c.id == user_id))
        if name is None or self.verify(name, old) != user_id:
            return False
        change = update(users).where(users.c.id == user_id)
        others = delete(sessions).where(
            sessions.c.user_id == user_id, sessions.c.digest != _digest(keep)
        )
        with self._database.begin() as connection:
            connection.execute(change.values(password=hashed))
            connection.execute(others)
        return True

    def start_session(self, user_id: str) -> tuple[str, str]:
        """Start a session: the token for the browser's cookie, and its CSRF token."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        now = time.time()
        row = {
            "digest": _digest(token),
            "user_id": user_id,
            "csrf": csrf,
            "expires": now + SESSION_SECONDS,
        }
        with self._database.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires < now))
            connection.execute(insert(sessions).values(row))
        return token, csrf

    def end_session(self, token: str) -> None:
        with self._database.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == _digest(token)))

    def by_session(self, token: str) -> Principal | None:
        query = (
            select(sessions.c.user_id, sessions.c.csrf, users.c.admin)
            .join(users, users.c.id == sessions.c.user_id)
            .where(sessions.c.digest == _digest(token), sessions.c.expires > time.time())
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return Principal(row.user_id, _allowed(SCOPES, row.admin), row.csrf) if row else None

    def add_key(self, user_id: str, name: str, scopes: tuple[Scope, ...]) -> tuple[Key, str]:
        """Create a key; returns it with its token, which is not stored."""
        token = KEY_PREFIX + secrets.token_urlsafe(32)
        key = Key(uuid.uuid4().hex, name, scopes, time.time())
        row = {
            "id": key.id,
            "user_id": user_id,
            "name": name,
            "digest": _digest(token),
            "scopes": " ".join(scopes),
            "created": key.created,
        }
        with self._database.begin() as connection:
            connection.execute(insert(api_keys).values(row))
        return key, token

    def keys(self, user_id: str) -> list[Key]:
        query = select(api_keys).where(api_keys.c.user_id == user_id).order_by(api_keys.c.created)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [Key(row["id"], row["name"], _scopes(row["scopes"]), row["created"]) for row in rows]

    def remove_key(self, user_id: str, key_id: str) -> bool:
        removal = delete(api_keys).where(api_keys.c.user_id == user_id, api_keys.c.id == key_id)
        with self._database.begin() as connection:
            return connection.execute(removal).rowcount == 1

    def by_key(self, token: str) -> Principal | None:
        query = (
            select(api_keys.c.user_id, api_keys.c.scopes, users.c.admin)
            .join(users, users.c.id == api_keys.c.user_id)
            .where(api_keys.c.digest == _digest(token))
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return Principal(row.user_id, _allowed(_scopes(row.scopes), row.admin)) if row else None


def _allowed(scopes: tuple[Scope, ...], admin: bool) -> frozenset[Scope]:
    """The scopes among `scopes` that the user has."""
    return frozenset(scope for scope in scopes if admin or scope != "admin")


def _hashed(password: str) -> str:
    """Raises AccountError when the password is too short."""
    if len(password) < SHORTEST_PASSWORD:
        problem = Text(
            f"the password has fewer than {SHORTEST_PASSWORD} characters",
            f"密码少于 {SHORTEST_PASSWORD} 个字符",
        )
        raise AccountError(problem=problem)
    return _hasher.hash(_bytes(password))


def _scopes(text: str) -> tuple[Scope, ...]:
    return tuple(scope for scope in SCOPES if scope in text.split())


def _digest(token: str) -> str:
    return hashlib.sha256(_bytes(token)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@functools.cache
def _decoy_hash() -> str:
    """A hash verified for unknown user names, so that they take as long as known ones."""
    return _hasher.hash(secrets.token_hex())
