"""Contacts, their tags and segments on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from embedded_server.contract.base import Input, Line, Output, PageQuery
from embedded_server.contract.channels import ChannelKindName

Name = Annotated[str, Field(max_length=200)]
#: As a person types it, with or without country code.
Phone = Annotated[str, Field(min_length=1, max_length=64)]
EmailText = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Fields = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=1000)]],
    Field(max_length=100),
]
TagIds = Annotated[list[UUID], Field(max_length=100)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class IdentityKindName(StrEnum):
    PHONE = "phone"
    WA_ID = "wa_id"
    BSUID = "bsuid"
    LID = "lid"
    USERNAME = "username"
    #: A WhatsApp group; such a contact has no other address.
    GROUP = "group"


class ContactFilter(Input):
    """``q`` looks for words of a name, a number or an e-mail; ``ids`` leaves out everybody else."""

    q: Annotated[str, Field(max_length=200)] = ""
    tag_id: UUID | None = None
    segment_id: UUID | None = None
    archived: bool = False
    #: No more than fit into one line of a request, without their hyphens.
    ids: Annotated[list[UUID], Field(max_length=200)] = Field(default_factory=list)


class ContactQuery(ContactFilter, PageQuery):
    """Which contacts, and which page of them."""


class ExportQuery(ContactFilter):
    """``language`` decides the names of the columns and what stands between them."""

    language: Literal["pt_BR", "en"] = "pt_BR"


class ContactIn(Input):
    name: Name = ""
    phone: Phone | None = None
    email: EmailText | None = None
    custom: Fields = Field(default_factory=dict)
    tag_ids: TagIds = Field(default_factory=list)


class ContactChange(Input):
    """What is left out stays. ``custom`` merges; an empty text removes its field.

    ``tag_ids`` replaces all tags; null removes the phone or the e-mail.
    """

    name: Name = ""
    phone: Phone | None = None
    email: EmailText | None = None
    custom: Fields = Field(default_factory=dict)
    tag_ids: TagIds = Field(default_factory=list)


class AddressOut(Output):
    kind: IdentityKindName
    value: str


class TagOut(Output):
    id: UUID
    name: str
    color: str | None


class ContactOut(Output):
    id: UUID
    name: str
    email: str | None
    custom: dict[str, Any]
    source: str
    addresses: list[AddressOut]
    tags: list[TagOut]
    #: Kinds of channel on which the contact must not be written to.
    opted_out: list[ChannelKindName]
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class FieldsOut(Output):
    """Names of the custom fields in use."""

    names: list[str]


class NotesIn(Input):
    """Replaces the notes; an empty text removes them."""

    text: Annotated[str, Field(max_length=10_000)]


class NotesOut(Output):
    text: str


class WishIn(Input):
    """``said`` is what the person said or where the proof is; it is kept."""

    channel_kind: ChannelKindName
    said: Annotated[str, Field(min_length=1, max_length=2000)]


class ConsentOut(Output):
    """One yes or no, and what proves it."""

    id: UUID
    channel_kind: ChannelKindName
    category: str
    granted: bool
    method: str
    evidence: dict[str, Any]
    created_at: datetime


class StandingOut(Output):
    """Where the contact must not be written to, and every yes and no so far, oldest first."""

    opted_out: list[ChannelKindName]
    history: list[ConsentOut]


class TagIn(Input):
    name: Annotated[str, Field(min_length=1, max_length=50)]
    color: Color | None = None


class CountedTagOut(TagOut):
    contacts: int


class ContactIdsIn(Input):
    contact_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class SegmentIn(Input):
    """``filter`` is ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` or one condition.

    A condition is ``{"field", "is", "value"}``; fields are name, email, source, created_at, phone, tag,
    opted_out and ``custom:`` with the name of a field.
    """

    name: Line
    filter: dict[str, Any]


class FilterIn(Input):
    filter: dict[str, Any]


class SegmentChange(FilterIn):
    """A new filter, and with ``name`` a new name."""

    name: Line | None = None


class SegmentOut(Output):
    id: UUID
    name: str
    filter: dict[str, Any]
    created_at: datetime


class CountOut(Output):
    contacts: int
