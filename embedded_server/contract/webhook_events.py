"""Stored webhook events on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from embedded_server.contract.base import Input, Output, PageQuery


class WebhookStateName(StrEnum):
    PENDING = "pending"
    DONE = "done"
    #: Put aside after its last try; a person decides.
    QUARANTINED = "quarantined"


class WebhookEventQuery(PageQuery):
    state: WebhookStateName = WebhookStateName.QUARANTINED


class WebhookEventOut(Output):
    id: UUID
    channel_id: UUID
    source: str
    kind: str
    state: WebhookStateName
    attempts: int
    next_at: datetime | None
    #: Why the last try failed.
    error: str | None
    received_at: datetime


class WebhookEventDetailOut(WebhookEventOut):
    """``payload`` is what the vendor sent, JSON as a rule; None when it cannot be decrypted."""

    payload: str | None


class ReplayIn(Input):
    """Either some events by id, done ones too, or everything that was put aside."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = None
    all_quarantined: bool = False

    @model_validator(mode="after")
    def _either(self) -> ReplayIn:
        if (self.ids is None) is not self.all_quarantined:
            raise ValueError("Give ids, or say all_quarantined")
        return self


class ReplayOut(Output):
    replayed: int
