"""The tables; `migrations/` has the steps that make them.

The index of texts for the search is no table of these: `section_search` is a trigram index in
SQLite (FTS5) and in PostgreSQL (pg_trgm), kept by the database itself.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created", Float, nullable=False),  # seconds since 1970, UTC
    Column("updated", Float, nullable=False),
    Column("brief", JSON, nullable=False),
    Column("plan", JSON),  # none until the outline stands
    Column("preamble", Text, nullable=False, default=""),
    Column("mode", String(16), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("owner", String(32), nullable=False, server_default="local"),
    Column("deleted", Float),  # when it was put into the trash
    Column("tags", JSON, nullable=False, default=list, server_default="[]"),
    Index("documents_of_owner", "owner", "updated"),
)

sections = Table(
    "sections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column(
        "document_id", String(32), ForeignKey("documents.id", ondelete="CASCADE"), nullable=False
    ),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("state", String(16), nullable=False, default="planned"),
    Column("faults", JSON, nullable=False, default=list),
    Column("version", Integer, nullable=False, default=0),  # grows with every change
    Column("number", BigInteger),  # its row in the search index
    Column("turn", Integer, nullable=False, default=0, server_default="0"),  # grows with retries
    Column("author", String(16)),  # of the text it has, as in `revisions`; none when not known
    Column("made_with", JSON(none_as_null=True)),
    Index("number_of_section", "number", unique=True),
    UniqueConstraint("document_id", "position"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("section_id", String(32), ForeignKey("sections.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the text
    Column("text", Text, nullable=False),
    Column("author", String(16), nullable=False),  # person, model, fixer
    Column("reason", String(32), nullable=False, default=""),
    Column("made_with", JSON(none_as_null=True)),  # model, sampling, seed, rules
    Column("created", Float, nullable=False),
    Index("revisions_of_section", "section_id", "id"),
)

events = Table(
    "events",
    metadata,
    Column(
        "document_id", String(32), ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("id", Integer, primary_key=True),  # from 1 in each document, without gaps
    Column("data", JSON, nullable=False),
    Column("created", Float, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column(
        "document_id", String(32), ForeignKey("documents.id", ondelete="CASCADE"), nullable=False
    ),
    Column("state", String(16), nullable=False),  # queued, running, paused, cancelled, done, failed
    Column("wanted", String(16), nullable=False, default="run"),  # run, pause, cancel
    Column("priority", Integer, nullable=False, default=10),  # smaller goes first
    Column("run", Integer, nullable=False, default=0),  # grows with every start
    Column("problem", Text, nullable=False, default=""),
    Column("output", Text),  # where to export the finished document
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Index("jobs_of_document", "document_id"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", String(32), primary_key=True),
    Column(
        "document_id", String(32), ForeignKey("documents.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", String(200), nullable=False),
    Column("data", JSON, nullable=False),  # the texts of all sections
    Column("created", Float, nullable=False),
    Index("snapshots_of_document", "document_id"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column(
        "document_id", String(32), ForeignKey("documents.id", ondelete="CASCADE"), nullable=False
    ),
    Column("instruction", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("proposal", Text, nullable=False),
    Column("state", String(16), nullable=False),  # proposed, taken, left
    Column("created", Float, nullable=False),
    Index("rounds_of_document", "document_id"),
)

templates = Table(
    "templates",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False),
    Column("name", String(200), nullable=False),
    Column("brief", JSON, nullable=False),
    Column("created", Float, nullable=False),
    Index("templates_of_owner", "owner"),
)

settings = Table(
    "settings",
    metadata,
    Column("owner", String(32), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("password", String(200), nullable=False),  # an argon2 hash
    Column("admin", Boolean, nullable=False, server_default=false()),
    Column("created", Float, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256; the key is not kept
    Column("scopes", String(200), nullable=False),
    Column("created", Float, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires", Float, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", String(32), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("request", String(64), nullable=False),  # SHA-256 of what was asked
    Column("answer", JSON),  # none while the first request is being answered
    Column("created", Float, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),  # DBOS's executor id
    Column("home", String(64), nullable=False),  # only one of them lives at a time
    Column("beats", Integer, nullable=False),  # grows while the worker lives; -1: it ended
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("who", String(64), primary_key=True),  # SHA-256 of name and address
    Column("count", Integer, nullable=False),
    Column("until", Float, nullable=False),  # no attempt before
)
