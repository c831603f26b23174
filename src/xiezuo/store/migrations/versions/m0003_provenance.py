"""Who or what made a text, how often a section was asked for, tags of documents."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("tags", sa.JSON, nullable=False, server_default="[]"))
    turn = sa.Column("turn", sa.Integer, nullable=False, server_default="0")
    op.add_column("sections", turn)
    op.add_column("sections", sa.Column("author", sa.String(16)))
    op.add_column("sections", sa.Column("made_with", sa.JSON))
    op.add_column("revisions", sa.Column("made_with", sa.JSON))
