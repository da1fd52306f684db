"""How Alembic reaches the database: one transaction a migration, and no waiting behind long locks."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from engine.db.schema import sqlalchemy_url
from engine.models import Base

LOCK_TIMEOUT = "5s"


def run() -> None:
    engine = create_engine(sqlalchemy_url(context.config.attributes["dsn"]), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        # Two appliances that start together take turns.
        connection.execute(text("SELECT pg_advisory_lock(hashtext('master-ia migrations'))"))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


run()
