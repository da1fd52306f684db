"""Facts about linked sessions, for clients that show them and for the process that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from engine.events import CompanyEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedChanged(CompanyEvent):
    """A session moved on: another code, another state, more of its history."""

    topic: ClassVar[str | None] = "linked.changed"
    session_id: UUID
    channel_id: UUID | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDue(CompanyEvent):
    """A person wants something of a session."""

    session_id: UUID
