"""Companies, their people and the audit log, on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, SecretStr

from embedded_server.contract.base import Email, Input, Line, Output


class RoleName(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    VIEWER = "viewer"


class MemberState(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class CompanyOut(Output):
    id: UUID
    name: str
    timezone: str
    region: str
    created_at: datetime


class CompanyIn(Input):
    """One more company on this machine."""

    name: Line


class CompanyChange(Input):
    """What is left out stays as it is."""

    name: Line | None = None
    timezone: Annotated[str, Field(max_length=64)] | None = None
    #: ISO 3166-1; phone numbers typed without a country code are read as from here.
    region: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")] | None = None


class UserIn(Input):
    """Somebody new. Who already has an account on this machine keeps its own password and name."""

    email: Email
    name: Line
    role: RoleName
    password: Annotated[SecretStr, Field(max_length=256)]


class UserChange(Input):
    """What is left out stays as it is."""

    role: RoleName | None = None
    state: MemberState | None = None


class UserOut(Output):
    id: UUID
    email: str
    name: str
    role: RoleName
    state: MemberState
    created_at: datetime


class AuditOut(Output):
    id: UUID
    created_at: datetime
    person_id: UUID | None
    device_id: UUID | None
    action: str
    subject: str | None
    details: dict[str, Any]
