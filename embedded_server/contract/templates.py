"""Message templates on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from embedded_server.contract.base import Input, Output, PageQuery


class TemplateQuery(PageQuery):
    """``status`` is the vendor's word, such as APPROVED, PENDING, REJECTED or PAUSED."""

    channel_id: UUID | None = None
    status: Annotated[str, Field(pattern=r"^[A-Z_]{1,40}$")] | None = None


class TemplateOut(Output):
    """A template in one language, as the vendor last reported it."""

    id: UUID
    channel_id: UUID
    provider_template_id: str
    name: str
    language: str
    category: str
    status: str
    #: The vendor's list: header, body, footer, buttons.
    components: list[dict[str, Any]]
    #: NAMED or POSITIONAL.
    parameter_format: str | None
    quality: str | None
    rejected_reason: str | None
    synced_at: datetime


class SyncIn(Input):
    channel_id: UUID


class SyncOut(Output):
    """How many templates the vendor listed, and how many of ours it no longer has."""

    templates: int
    removed: int
