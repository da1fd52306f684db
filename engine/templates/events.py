"""What this room tells the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from engine.events import CompanyEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesSynced(CompanyEvent):
    """The templates of a channel are as the vendor has them."""

    topic: ClassVar[str | None] = "templates.synced"
    channel_id: UUID
    templates: int
    removed: int
