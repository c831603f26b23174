"""The tables; `migrations/` has the steps that make them."""

from sqlalchemy import (
    JSON,
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
