"""Every table of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    op.create_table(
        "company",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), server_default="America/Sao_Paulo", nullable=False),
        sa.Column("region", sa.String(), server_default="BR", nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_company"),
    )
    op.create_table(
        "installation",
        sa.Column("singleton", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("incarnation", sa.Uuid(), nullable=False),
        sa.Column("claim_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("singleton", name="pk_installation"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), server_default="", nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), server_default=sa.text("'-infinity'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "person",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), server_default="pt-BR", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email", name="uq_person_email"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_audit_entry_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_audit_entry"),
    )
    op.create_index(
        "ix_audit_entry_company_id_created_at", "audit_entry", ["company_id", "created_at"], unique=False
    )
    op.create_table(
        "channel",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("display", sa.String(), server_default="", nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("rate", sa.Float(), server_default=sa.text("1"), nullable=False),
        sa.Column("health", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_channel_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_channel"),
        sa.UniqueConstraint("company_id", "provider", "sender", name="uq_channel_company_id_provider_sender"),
    )
    op.create_table(
        "company_key",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("kid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_company_key_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "kid", name="pk_company_key"),
    )
    op.create_table(
        "contact",
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("name_folded", sa.String(), server_default="", nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("custom", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("notes", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.String(), server_default="manual", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column(
            "taken_notes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_contact_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_contact"),
    )
    op.create_table(
        "device",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_device_company_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_device_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_device"),
        sa.UniqueConstraint("company_id", "token_hash", name="uq_device_company_id_token_hash"),
    )
    op.create_index("ix_device_company_id_person_id", "device", ["company_id", "person_id"], unique=False)
    op.create_index("ix_device_token_hash", "device", ["token_hash"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_idempotency_key_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "device_id", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "import_job",
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_path", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_created", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_updated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_duplicate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_invalid", sa.Integer(), server_default="0", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("position >= 0", name="ck_import_job_position"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_import_job_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_import_job"),
    )
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_membership_company_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_membership_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_membership"),
        sa.UniqueConstraint("company_id", "person_id", name="uq_membership_company_id_person_id"),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_outbox_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)
    op.create_index("ix_outbox_seq", "outbox", ["seq"], unique=False)
    op.create_index(
        "ix_outbox_unsequenced", "outbox", ["id"], unique=False, postgresql_where=sa.text("seq IS NULL")
    )
    op.create_table(
        "pairing_request",
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pairing_request"),
    )
    op.create_index("ix_pairing_request_expires_at", "pairing_request", ["expires_at"], unique=False)
    op.create_table(
        "pairing_window",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_pairing_window_company_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_pairing_window_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_pairing_window"),
    )
    op.create_index(
        "ix_pairing_window_company_id_person_id", "pairing_window", ["company_id", "person_id"], unique=False
    )
    op.create_index("ix_pairing_window_request_id", "pairing_window", ["request_id"], unique=False)
    op.create_table(
        "segment",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_segment_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_segment"),
        sa.UniqueConstraint("company_id", "name", name="uq_segment_company_id_name"),
    )
    op.create_table(
        "tag",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("color", sa.String(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name="fk_tag_company_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_tag"),
        sa.UniqueConstraint("company_id", "name", name="uq_tag_company_id_name"),
    )
    op.create_table(
        "campaign",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pace", sa.Float(), nullable=True),
        sa.Column("scheduled_local", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), server_default="America/Sao_Paulo", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("misfire", sa.String(length=32), nullable=False),
        sa.Column("quiet_from", sa.String(), nullable=True),
        sa.Column("quiet_until", sa.String(), nullable=True),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("planned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_campaign_company_id_channel_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_campaign"),
    )
    op.create_index(
        "ix_campaign_active",
        "campaign",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('scheduled', 'queued', 'sending')"),
    )
    op.create_index(
        "ix_campaign_company_id_created_at", "campaign", ["company_id", "created_at"], unique=False
    )
    op.create_table(
        "consent",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("channel_kind", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(), server_default="marketing", nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name="fk_consent_company_id_contact_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_consent"),
    )
    op.create_index("ix_consent_company_id_contact_id", "consent", ["company_id", "contact_id"], unique=False)
    op.create_table(
        "contact_identity",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("match_key", sa.String(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name="fk_contact_identity_company_id_contact_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_contact_identity"),
        sa.UniqueConstraint(
            "company_id", "kind", "match_key", name="uq_contact_identity_company_id_kind_match_key"
        ),
    )
    op.create_index(
        "ix_contact_identity_company_id_contact_id",
        "contact_identity",
        ["company_id", "contact_id"],
        unique=False,
    )
    op.create_table(
        "contact_tag",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name="fk_contact_tag_company_id_contact_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "tag_id"],
            ["tag.company_id", "tag.id"],
            name="fk_contact_tag_company_id_tag_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "contact_id", "tag_id", name="pk_contact_tag"),
    )
    op.create_index(
        "ix_contact_tag_company_id_tag_id_contact_id",
        "contact_tag",
        ["company_id", "tag_id", "contact_id"],
        unique=False,
    )
    op.create_table(
        "conversation",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="open", nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "last_message_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("preview", sa.String(), server_default="", nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name="fk_conversation_company_id_contact_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_conversation"),
        sa.UniqueConstraint("company_id", "contact_id", name="uq_conversation_company_id_contact_id"),
    )
    op.create_index(
        "ix_conversation_recent",
        "conversation",
        ["company_id", sa.literal_column("last_message_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_conversation_unread",
        "conversation",
        ["company_id", sa.literal_column("last_message_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("unread > 0"),
    )
    op.create_table(
        "import_problem",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("excerpt", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "job_id"],
            ["import_job.company_id", "import_job.id"],
            name="fk_import_problem_company_id_job_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_import_problem"),
    )
    op.create_index(
        "ix_import_problem_company_id_job_id_line",
        "import_problem",
        ["company_id", "job_id", "line"],
        unique=False,
    )
    op.create_table(
        "message_template",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("provider_template_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_message_template_company_id_channel_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_message_template"),
        sa.UniqueConstraint(
            "company_id",
            "channel_id",
            "name",
            "language",
            name="uq_message_template_company_id_channel_id_name_language",
        ),
    )
    op.create_table(
        "opt_out",
        sa.Column("channel_kind", sa.String(length=32), nullable=False),
        sa.Column("match_key", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name="fk_opt_out_company_id_contact_id",
            ondelete="SET NULL (contact_id)",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name="fk_opt_out_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_opt_out"),
        sa.UniqueConstraint(
            "company_id", "channel_kind", "match_key", name="uq_opt_out_company_id_channel_kind_match_key"
        ),
    )
    op.create_table(
        "webhook_event",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_webhook_event_company_id_channel_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_webhook_event"),
        sa.UniqueConstraint(
            "company_id", "channel_id", "dedupe_key", name="uq_webhook_event_company_id_channel_id_dedupe_key"
        ),
    )
    op.create_index(
        "ix_webhook_event_quarantined",
        "webhook_event",
        ["company_id", "id"],
        unique=False,
        postgresql_where=sa.text("quarantined_at IS NOT NULL"),
    )
    op.create_table(
        "webhook_pending",
        sa.Column("track", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "id"],
            ["webhook_event.company_id", "webhook_event.id"],
            name="fk_webhook_pending_company_id_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_webhook_pending"),
    )
    op.create_table(
        "campaign_recipient",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("address_kind", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("match_key", sa.String(), nullable=False),
        sa.Column("body", sa.String(), server_default="", nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("state", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "campaign_id"],
            ["campaign.company_id", "campaign.id"],
            name="fk_campaign_recipient_company_id_campaign_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_campaign_recipient"),
        sa.UniqueConstraint(
            "company_id",
            "campaign_id",
            "match_key",
            name="uq_campaign_recipient_company_id_campaign_id_match_key",
        ),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "ix_campaign_recipient_company_id_campaign_id_id",
        "campaign_recipient",
        ["company_id", "campaign_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_campaign_recipient_company_id_contact_id",
        "campaign_recipient",
        ["company_id", "contact_id"],
        unique=False,
    )
    op.create_index(
        "ix_recipient_pending",
        "campaign_recipient",
        ["company_id", "campaign_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "campaign_run",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("local_slot", sa.String(), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "campaign_id"],
            ["campaign.company_id", "campaign.id"],
            name="fk_campaign_run_company_id_campaign_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_campaign_run"),
        sa.UniqueConstraint(
            "company_id",
            "campaign_id",
            "local_slot",
            name="uq_campaign_run_company_id_campaign_id_local_slot",
        ),
    )
    op.create_table(
        "conversation_channel",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("address_kind", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("window_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_conversation_channel_company_id_channel_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "conversation_id"],
            ["conversation.company_id", "conversation.id"],
            name="fk_conversation_channel_company_id_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "conversation_id", "channel_id", name="pk_conversation_channel"
        ),
    )
    op.create_table(
        "message",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.Column("reply_to", sa.String(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_message_company_id_channel_id",
            ondelete="SET NULL (channel_id)",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "conversation_id"],
            ["conversation.company_id", "conversation.id"],
            name="fk_message_company_id_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_message"),
    )
    op.create_index(
        "ix_message_company_id_conversation_id_id",
        "message",
        ["company_id", "conversation_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_message_due",
        "message",
        ["company_id", "channel_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_message_provider_id",
        "message",
        ["company_id", "provider_message_id"],
        unique=False,
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.create_table(
        "attempt",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("address_kind", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="dispatching", nullable=False),
        sa.Column("receipt", sa.String(length=32), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column(
            "dispatched_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.Column("wa_id", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("absent_checks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_attempt_company_id_channel_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "message_id"],
            ["message.company_id", "message.id"],
            name="fk_attempt_company_id_message_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "recipient_id"],
            ["campaign_recipient.company_id", "campaign_recipient.id"],
            name="fk_attempt_company_id_recipient_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_attempt"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_attempt_campaign",
        "attempt",
        ["company_id", "campaign_id", "id"],
        unique=False,
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.create_index(
        "ix_attempt_open",
        "attempt",
        ["company_id", "campaign_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('dispatching', 'uncertain')"),
    )
    op.create_index(
        "ix_attempt_provider_id",
        "attempt",
        ["company_id", "provider_message_id"],
        unique=False,
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.create_index(
        "uq_attempt_live_message",
        "attempt",
        ["company_id", "message_id"],
        unique=True,
        postgresql_where=sa.text(
            "message_id IS NOT NULL AND state IN ('dispatching', 'uncertain', 'accepted')"
        ),
    )
    op.create_index(
        "uq_attempt_live_recipient",
        "attempt",
        ["company_id", "recipient_id"],
        unique=True,
        postgresql_where=sa.text(
            "recipient_id IS NOT NULL AND state IN ('dispatching', 'uncertain', 'accepted')"
        ),
    )
    op.create_table(
        "media_file",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("provider_media_id", sa.String(), nullable=True),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("state", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("path", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["channel.company_id", "channel.id"],
            name="fk_media_file_company_id_channel_id",
            ondelete="SET NULL (channel_id)",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "message_id"],
            ["message.company_id", "message.id"],
            name="fk_media_file_company_id_message_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_media_file"),
    )
    op.create_index(
        "ix_media_file_company_id_message_id", "media_file", ["company_id", "message_id"], unique=False
    )
    op.create_index(
        "ix_media_file_pending",
        "media_file",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:  # noqa: PLR0915 - the same, backwards
    op.drop_index(
        "ix_media_file_pending", table_name="media_file", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_index("ix_media_file_company_id_message_id", table_name="media_file")
    op.drop_table("media_file")
    op.drop_index(
        "uq_attempt_live_recipient",
        table_name="attempt",
        postgresql_where=sa.text(
            "recipient_id IS NOT NULL AND state IN ('dispatching', 'uncertain', 'accepted')"
        ),
    )
    op.drop_index(
        "uq_attempt_live_message",
        table_name="attempt",
        postgresql_where=sa.text(
            "message_id IS NOT NULL AND state IN ('dispatching', 'uncertain', 'accepted')"
        ),
    )
    op.drop_index(
        "ix_attempt_provider_id",
        table_name="attempt",
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_attempt_open",
        table_name="attempt",
        postgresql_where=sa.text("state IN ('dispatching', 'uncertain')"),
    )
    op.drop_index(
        "ix_attempt_campaign", table_name="attempt", postgresql_where=sa.text("campaign_id IS NOT NULL")
    )
    op.drop_table("attempt")
    op.drop_index(
        "ix_message_provider_id",
        table_name="message",
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.drop_index("ix_message_due", table_name="message", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_index("ix_message_company_id_conversation_id_id", table_name="message")
    op.drop_table("message")
    op.drop_table("conversation_channel")
    op.drop_table("campaign_run")
    op.drop_index(
        "ix_recipient_pending", table_name="campaign_recipient", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_index("ix_campaign_recipient_company_id_contact_id", table_name="campaign_recipient")
    op.drop_index("ix_campaign_recipient_company_id_campaign_id_id", table_name="campaign_recipient")
    op.drop_table("campaign_recipient")
    op.drop_table("webhook_pending")
    op.drop_index(
        "ix_webhook_event_quarantined",
        table_name="webhook_event",
        postgresql_where=sa.text("quarantined_at IS NOT NULL"),
    )
    op.drop_table("webhook_event")
    op.drop_table("opt_out")
    op.drop_table("message_template")
    op.drop_index("ix_import_problem_company_id_job_id_line", table_name="import_problem")
    op.drop_table("import_problem")
    op.drop_index("ix_conversation_unread", table_name="conversation", postgresql_where=sa.text("unread > 0"))
    op.drop_index("ix_conversation_recent", table_name="conversation")
    op.drop_table("conversation")
    op.drop_index("ix_contact_tag_company_id_tag_id_contact_id", table_name="contact_tag")
    op.drop_table("contact_tag")
    op.drop_index("ix_contact_identity_company_id_contact_id", table_name="contact_identity")
    op.drop_table("contact_identity")
    op.drop_index("ix_consent_company_id_contact_id", table_name="consent")
    op.drop_table("consent")
    op.drop_index("ix_campaign_company_id_created_at", table_name="campaign")
    op.drop_index(
        "ix_campaign_active",
        table_name="campaign",
        postgresql_where=sa.text("state IN ('scheduled', 'queued', 'sending')"),
    )
    op.drop_table("campaign")
    op.drop_table("tag")
    op.drop_table("segment")
    op.drop_index("ix_pairing_window_request_id", table_name="pairing_window")
    op.drop_index("ix_pairing_window_company_id_person_id", table_name="pairing_window")
    op.drop_table("pairing_window")
    op.drop_index("ix_pairing_request_expires_at", table_name="pairing_request")
    op.drop_table("pairing_request")
    op.drop_index("ix_outbox_unsequenced", table_name="outbox", postgresql_where=sa.text("seq IS NULL"))
    op.drop_index("ix_outbox_seq", table_name="outbox")
    op.drop_index("ix_outbox_created_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_membership_person_id", table_name="membership")
    op.drop_table("membership")
    op.drop_table("import_job")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index("ix_device_token_hash", table_name="device")
    op.drop_index("ix_device_company_id_person_id", table_name="device")
    op.drop_table("device")
    op.drop_table("contact")
    op.drop_table("company_key")
    op.drop_table("channel")
    op.drop_index("ix_audit_entry_company_id_created_at", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("person")
    op.drop_table("lease")
    op.drop_table("installation")
    op.drop_table("company")
