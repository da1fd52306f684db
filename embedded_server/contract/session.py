"""Claiming, signing in, and one's own devices, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from embedded_server.contract.accounts import RoleName
from embedded_server.contract.base import Email, Input, Line, Output

Password = Annotated[SecretStr, Field(max_length=256)]


class ClaimIn(Input):
    """Makes the first owner. ``secret`` is shown on the console of the machine and nowhere else."""

    secret: Annotated[SecretStr, Field(max_length=100)]
    company: Line
    name: Line
    email: Email
    password: Password
    device: Line


class SignInIn(Input):
    email: Email
    password: Password
    device: Line
    #: None signs in to the company joined first.
    company_id: UUID | None = None


class CompanyChoiceOut(Output):
    id: UUID
    name: str
    role: RoleName


class SessionOut(Output):
    """A new session. The token is shown this once; send it as ``Authorization: Bearer``."""

    token: str
    company_id: UUID
    person_id: UUID
    device_id: UUID
    role: RoleName
    permissions: list[str]
    companies: list[CompanyChoiceOut]


class MeOut(Output):
    """Who one is, in the company one is signed in to."""

    company_id: UUID
    person_id: UUID
    device_id: UUID
    name: str
    email: str
    role: RoleName
    permissions: list[str]


class PasswordIn(Input):
    current: Password
    new: Password


class DeviceOut(Output):
    id: UUID
    name: str
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime


class DevicesOut(Output):
    #: The device this request came from.
    current: UUID
    items: list[DeviceOut]
