"""Who may see and change what belongs to all: models, backups. The first user, to begin with."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    admin = sa.Column("admin", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("users", admin)
    users = sa.table("users", sa.column("id"), sa.column("created"), sa.column("admin"))
    first = sa.select(users.c.id).order_by(users.c.created, users.c.id).limit(1).scalar_subquery()
    op.execute(users.update().where(users.c.id == first).values(admin=sa.true()))
