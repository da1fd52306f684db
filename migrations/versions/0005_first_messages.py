"""Which sends were the first a linked number ever wrote to somebody: its day has room for few of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempt", sa.Column("is_first", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_attempt_first",
        "attempt",
        ["company_id", "channel_id", "id"],
        postgresql_where=sa.text("is_first"),
    )


def downgrade() -> None:
    op.drop_index("ix_attempt_first", table_name="attempt")
    op.drop_column("attempt", "is_first")
