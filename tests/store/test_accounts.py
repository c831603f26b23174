"""Users, sessions and keys; nothing that lets anyone in can be read out of the database."""

import pytest
from sqlalchemy import select, update

from xiezuo.errors import AccountError
from xiezuo.store.accounts import Accounts
from xiezuo.store.database import Database
from xiezuo.store.schema import api_keys, sessions, users

PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(database: Database) -> Accounts:
    made = Accounts(database)
    for name in made.names():
        made.remove(name)
    made.add("ann", PASSWORD)
    return made


def test_only_the_right_password_opens(accounts: Accounts):
    assert accounts.verify("ann", PASSWORD) == accounts.id_of("ann")
    for name, password in [("ann", "wrong"), ("bob", PASSWORD), ("", ""), ("ann", "\ud800")]:
        assert accounts.verify(name, password) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", PASSWORD), ("", PASSWORD), ("bob", "short"), ("b" * 101, PASSWORD)],
)
def test_what_is_no_account_is_refused(accounts: Accounts, name: str, password: str):
    with pytest.raises(AccountError):
        accounts.add(name, password)
    assert accounts.names() == ["ann"]


def test_a_session_ends(accounts: Accounts, database: Database):
    token, csrf = accounts.start_session(accounts.id_of("ann"))
    found = accounts.by_session(token)
    assert found is not None
    assert (found.user_id, found.csrf) == (accounts.id_of("ann"), csrf)
    assert accounts.by_session(csrf) is None
    accounts.end_session(token)
    assert accounts.by_session(token) is None
    token, _ = accounts.start_session(accounts.id_of("ann"))
    with database.begin() as connection:
        connection.execute(update(sessions).values(expires=1.0))
    assert accounts.by_session(token) is None


def test_a_key_has_its_scopes_until_it_is_removed(accounts: Accounts):
    key, token = accounts.add_key(accounts.id_of("ann"), "script", ("read",))
    found = accounts.by_key(token)
    assert found is not None
    assert found.scopes == {"read"}
    assert [one.name for one in accounts.keys(accounts.id_of("ann"))] == ["script"]
    assert not accounts.remove_key("somebody else", key.id)
    assert accounts.remove_key(accounts.id_of("ann"), key.id)
    assert accounts.by_key(token) is None


def test_a_removed_user_leaves_no_way_in(accounts: Accounts):
    user = accounts.id_of("ann")
    token, _ = accounts.start_session(user)
    _, key = accounts.add_key(user, "script", ("read", "write"))
    accounts.remove("ann")
    assert accounts.by_session(token) is None
    assert accounts.by_key(key) is None
    assert not accounts.any()
    with pytest.raises(AccountError):
        accounts.remove("ann")


def test_the_database_tells_no_secret(accounts: Accounts, database: Database):
    user = accounts.id_of("ann")
    token, _ = accounts.start_session(user)
    _, key = accounts.add_key(user, "script", ("read",))
    with database.begin() as connection:
        every = [
            str(tuple(row))
            for table in (users, sessions, api_keys)
            for row in connection.execute(select(table))
        ]
    kept = " ".join(every)
    assert not any(secret in kept for secret in (PASSWORD, token, key))
