"""WhatsApp's linked devices: sessions, the records an engine keeps of them, and who has to run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("linked_session", "linked_record")
CURRENT = "NULLIF(current_setting('app.company_id', true), '')::uuid"


def upgrade() -> None:
    _make_session()
    op.create_table(
        "linked_record",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "session_id"],
            ["linked_session.company_id", "linked_session.id"],
            name="fk_linked_record_company_id_linked_session",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "session_id", "name", name="pk_linked_record"),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY company ON {table} USING (company_id = {CURRENT})"
            f" WITH CHECK (company_id = {CURRENT})"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO masteria_app")
    _let_sweep()


def _make_session() -> None:
    op.create_table(
        "linked_session",
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("simulated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("wish", sa.String(length=32), server_default="run", nullable=False),
        sa.Column("state", sa.String(), server_default="starting", nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("jid", sa.String(), nullable=True),
        sa.Column("lid", sa.String(), nullable=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("restricted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("history_percent", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_linked_session_company_id_company", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_linked_session_company_id_channel",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_linked_session"),
    )
    op.create_index(
        "uq_linked_session_live",
        "linked_session",
        ["company_id", "channel_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND channel_id IS NOT NULL"),
    )


def _let_sweep() -> None:
    """Whoever holds the hosts looks across companies for sessions that are not over."""
    op.execute("GRANT SELECT ON linked_session TO masteria_sweeper")
    op.execute("CREATE POLICY sweeper ON linked_session FOR SELECT TO masteria_sweeper USING (true)")
    op.execute("GRANT CREATE ON SCHEMA public TO masteria_sweeper")
    op.execute("""
        CREATE FUNCTION live_sessions() RETURNS TABLE (company_id uuid, session_id uuid)
        AS $$ SELECT company_id, id FROM linked_session WHERE ended_at IS NULL $$
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    """)
    op.execute("ALTER FUNCTION live_sessions() OWNER TO masteria_sweeper")
    op.execute("REVOKE ALL ON FUNCTION live_sessions() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION live_sessions() TO masteria_app")
    op.execute("REVOKE CREATE ON SCHEMA public FROM masteria_sweeper")


def downgrade() -> None:
    op.execute("DROP FUNCTION live_sessions()")
    op.drop_table("linked_record")
    op.drop_table("linked_session")
