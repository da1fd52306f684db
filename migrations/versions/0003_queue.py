"""The doorbell's tables, in the shape that huey 3.5 expects."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("huey_kv", "huey_schedule", "huey_task", "huey_counter")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE huey_kv (queue text NOT NULL, key text NOT NULL, value bytea NOT NULL,
                              PRIMARY KEY (queue, key));
        CREATE TABLE huey_schedule (id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL,
                                    timestamp double precision NOT NULL);
        CREATE INDEX huey_schedule_queue_timestamp ON huey_schedule (queue, timestamp);
        CREATE TABLE huey_task (id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL,
                                priority double precision NOT NULL DEFAULT 0.0);
        CREATE INDEX huey_task_queue_priority_id ON huey_task (queue, priority DESC, id);
        CREATE TABLE huey_counter (queue text NOT NULL, key text NOT NULL, value bigint NOT NULL DEFAULT 0,
                                   PRIMARY KEY (queue, key));
    """)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(TABLES)} TO masteria_app")
    op.execute("GRANT USAGE ON SEQUENCE huey_schedule_id_seq, huey_task_id_seq TO masteria_app")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
