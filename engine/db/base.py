"""What every table shares: names, keys, and the company that owns the row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Enum, ForeignKeyConstraint, MetaData, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from engine.ids import new_id

# Alembic can only drop a constraint it can name.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        # Store "sending", not "SENDING"; plain VARCHAR, so adding a value needs no ALTER TYPE.
        StrEnum: Enum(StrEnum, native_enum=False, length=32, values_callable=lambda e: [m.value for m in e]),
    }


class Identified:
    """A row outside any company: the machine's own bookkeeping."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Owned:
    """A row of one company. The key begins with the company, and row-level security stands on that column."""

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Timestamped:
    created_at: Mapped[Moment] = mapped_column(server_default=func.now())


def owned_by_company() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE")


def reference(column: str, table: str, *, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """A foreign key that cannot point into another company.

    ``ondelete="SET NULL"`` clears only ``column`` (PostgreSQL 15), never the company.
    """
    action = f"SET NULL ({column})" if ondelete == "SET NULL" else ondelete
    return ForeignKeyConstraint(
        ["company_id", column], [f"{table}.company_id", f"{table}.id"], ondelete=action
    )
