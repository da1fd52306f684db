"""Campaigns on the wire: drafts, flight plans, ledgers and reports."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from embedded_server.contract.base import Input, Line, Output, PageQuery

TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
#: What a wall clock shows: ``2026-11-30T09:00``.
WallTime = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]


class CampaignStateName(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class MisfireName(StrEnum):
    """What to do with a start that was missed by more than 15 minutes."""

    ASK = "ask"
    RUN = "run"
    SKIP = "skip"


class StandingName(StrEnum):
    """The words a ledger counts people under. They nest: who has ``read`` it is also ``delivered``."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    REPLIED = "replied"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    UNCONFIRMED = "unconfirmed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class CampaignQuery(PageQuery):
    state: CampaignStateName | None = None


class TextContent(Input):
    """Free text with variables such as ``{{nome|cliente}}``."""

    type: Literal["text"]
    body: Annotated[str, Field(min_length=1, max_length=4096)]


class TemplateContent(Input):
    """An approved template. ``components`` is the vendor's list; variables may stand in its text parameters.

    ``body`` is what the person will read, for the timeline and the preview.
    """

    type: Literal["template"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
    body: Annotated[str, Field(max_length=4096)] = ""
    components: Annotated[list[dict[str, Any]], Field(max_length=10)] = Field(default_factory=list)


class Audience(Input):
    """Everyone, or whoever carries one of the tags, is listed, or fits the segment."""

    everyone: bool = False
    tags: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)
    segment_id: UUID | None = None
    contact_ids: Annotated[list[UUID], Field(max_length=5000)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _somebody(self) -> Audience:
        if not (self.everyone or self.tags or self.segment_id or self.contact_ids):
            raise ValueError("An audience names everyone, tags, a segment or contacts")
        return self


class CampaignIn(Input):
    """A draft. ``content`` may come later, but nothing starts without it.

    ``scheduled_local`` is the time its author has in mind; only scheduling the campaign makes it start then.
    """

    name: Line
    channel_id: UUID
    content: Annotated[TextContent | TemplateContent, Field(discriminator="type")] | None = None
    audience: Audience
    #: Messages per second; never above the number's own rate.
    pace: Annotated[float, Field(gt=0, le=1000)] | None = None
    timezone: Annotated[str, Field(max_length=64)] = "America/Sao_Paulo"
    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = None
    misfire: MisfireName = MisfireName.ASK
    scheduled_local: WallTime | None = None


class CampaignOut(Output):
    id: UUID
    name: str
    channel_id: UUID
    state: CampaignStateName
    #: Empty while the message is not written.
    content: dict[str, Any]
    audience: dict[str, Any]
    pace: float | None
    timezone: str
    quiet_from: str | None
    quiet_until: str | None
    misfire: MisfireName
    scheduled_local: str | None
    due_at: datetime | None
    #: A code for why it stands still, as the vendor or the schedule gave it.
    stop_reason: str | None
    planned: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ListedCampaignOut(CampaignOut):
    """``total`` people to write to, ``done`` of whom no longer wait; both 0 before the start."""

    total: int
    done: int


class ScheduleIn(Input):
    """A wall time and the zone whose clocks it is read on."""

    local: WallTime
    timezone: Annotated[str, Field(max_length=64)] = "America/Sao_Paulo"


class SampleOut(Output):
    """How the message will read for one real contact."""

    contact_id: UUID
    name: str
    address: str
    body: str


class MissingOut(Output):
    """A variable without a value: how many people it leaves out, and who the first of them are."""

    variable: str
    people: int
    names: list[str]


class FlightPlanOut(Output):
    """``planned`` is the whole audience: ``sending`` plus everyone under ``skipped``."""

    planned: int
    sending: int
    skipped: dict[str, int]
    rate: float
    duration_seconds: float
    #: Quiet hours included; None where they would stretch it beyond a year.
    finishes_at: datetime | None
    units: int
    cost: Decimal | None
    currency: str | None
    samples: list[SampleOut]
    missing: list[MissingOut]
    #: Codes of what stands in the way of a start.
    problems: list[str]
    #: Codes of what should be known before, and how many people each is about.
    warnings: dict[str, int]


class LedgerOut(Output):
    """Where every recipient stands. The numbers add up to ``planned``.

    ``accepted`` counts everyone the vendor took and did not report as failed; ``delivered`` and ``read`` are
    parts of it.
    """

    planned: int
    skipped: dict[str, int]
    pending: int
    #: Those of ``pending`` for whom a linked number has no room yet, by the code of why.
    held: dict[str, int] = Field(default_factory=dict)
    #: When the first of them may be written to.
    held_until: datetime | None = None
    sending: int
    accepted: int
    delivered: int
    read: int
    replied: int
    failed: dict[str, int]
    uncertain: int
    unconfirmed: int
    cancelled: int


class RecipientQuery(PageQuery):
    """``q`` is any part of a number. With a filter, pages may be short and still have a next one."""

    status: StandingName | None = None
    q: Annotated[str, Field(max_length=64)] = ""


class ReportQuery(Input):
    """Which recipients a file has, and the language of its words."""

    status: StandingName | None = None
    q: Annotated[str, Field(max_length=64)] = ""
    language: Literal["pt_BR", "en"] = "pt_BR"


class RecipientOut(Output):
    """One line of the report. ``status`` is the word the ledger counts it under, or a finer one of it."""

    id: UUID
    contact_id: UUID | None
    #: As the contact is called now; empty for one that is gone.
    name: str
    address: str
    body: str
    status: str
    #: A code of ours or of the vendor; ``said`` is the vendor's own sentence.
    reason: str | None
    said: str | None
    tries: int
    sent_at: datetime | None
    status_at: datetime | None
    provider_message_id: str | None


class ResendIn(Input):
    """Send again to recipients in doubt; some may get the message twice, and somebody answers for that."""

    recipient_ids: Annotated[list[UUID], Field(min_length=1, max_length=5000)] | None = None
    i_accept_duplicates: Literal[True]


class ResendOut(Output):
    released: int
