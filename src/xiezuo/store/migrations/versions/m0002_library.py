"""Owners, trash, snapshots, templates, settings, rounds, users, keys, sessions, search."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = (
    "idempotency", "sessions", "api_keys", "settings", "templates", "rounds", "snapshots", "users",
)  # fmt: skip

# The index has the texts under the numbers of their sections, and follows every change.
_SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE section_search USING fts5(text, tokenize='trigram')",
    "INSERT INTO section_search(rowid, text) SELECT number, text FROM sections",
    (
        "CREATE TRIGGER section_search_added AFTER INSERT ON sections BEGIN "
        "INSERT INTO section_search(rowid, text) VALUES (new.number, new.text); END"
    ),
    (
        "CREATE TRIGGER section_search_changed AFTER UPDATE OF text ON sections BEGIN "
        "UPDATE section_search SET text = new.text WHERE rowid = new.number; END"
    ),
    (
        "CREATE TRIGGER section_search_removed AFTER DELETE ON sections BEGIN "
        "DELETE FROM section_search WHERE rowid = old.number; END"
    ),
)
_POSTGRES_SEARCH = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX section_search ON sections USING gin (text gin_trgm_ops)",
)


def _reference(name: str, target: str, length: int = 32) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.String(length), key, nullable=False)


def _created() -> sa.Column[float]:
    return sa.Column("created", sa.Float, nullable=False)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(32), primary_key=True)


def upgrade() -> None:
    owner = sa.Column("owner", sa.String(32), nullable=False, server_default="local")
    op.add_column("documents", owner)
    op.add_column("documents", sa.Column("deleted", sa.Float))
    op.create_index("documents_of_owner", "documents", ["owner", "updated"])
    op.add_column("sections", sa.Column("number", sa.BigInteger))
    connection = op.get_bind()
    sections = sa.table("sections", sa.column("id"), sa.column("number"))
    for (section_id,) in connection.execute(sa.select(sections.c.id)).all():
        number = sections.update().where(sections.c.id == section_id)
        connection.execute(number.values(number=secrets.randbits(62)))
    op.create_index("number_of_section", "sections", ["number"], unique=True)
    _create_library_tables()
    _create_account_tables()
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE_SEARCH if is_sqlite else _POSTGRES_SEARCH:
        op.execute(statement)


def _create_library_tables() -> None:
    op.create_table(
        "snapshots",
        _id(),
        _reference("document_id", "documents.id"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        _created(),
    )
    op.create_table(
        "rounds",
        _id(),
        _reference("document_id", "documents.id"),
        sa.Column("instruction", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("proposal", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        _created(),
    )
    op.create_table(
        "templates",
        _id(),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("brief", sa.JSON, nullable=False),
        _created(),
    )
    op.create_index("snapshots_of_document", "snapshots", ["document_id"])
    op.create_index("rounds_of_document", "rounds", ["document_id"])
    op.create_index("templates_of_owner", "templates", ["owner"])


def _create_account_tables() -> None:
    op.create_table(
        "settings",
        sa.Column("owner", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )
    op.create_table(
        "users",
        _id(),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("password", sa.String(200), nullable=False),
        _created(),
    )
    op.create_table(
        "api_keys",
        _id(),
        _reference("user_id", "users.id"),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("scopes", sa.String(200), nullable=False),
        _created(),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        _reference("user_id", "users.id"),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
    )
    op.create_table(
        "idempotency",
        sa.Column("owner", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON),
        _created(),
    )
