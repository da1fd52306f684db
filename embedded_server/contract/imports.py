"""Imports of contacts on the wire: files, mappings, dry runs and problems."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from embedded_server.contract.base import Input, Line, Output
from embedded_server.contract.channels import ChannelKindName

Tag = Annotated[str, Field(min_length=1, max_length=50)]


class ImportStateName(StrEnum):
    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ExistingName(StrEnum):
    """What to do with a number the company already has; empty cells never erase."""

    UPDATE = "update"
    KEEP = "keep"


class UploadQuery(Input):
    #: What the file is called; only ever shown.
    name: Line


class AgreementIn(Input):
    """What the people of the list agreed to, and how the company knows."""

    channel_kinds: Annotated[list[ChannelKindName], Field(min_length=1, max_length=3)]
    statement: Annotated[str, Field(min_length=1, max_length=2000)]
    category: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] = "marketing"


class ImportOptions(Input):
    #: ISO 3166-1; numbers without a country code are read as from here.
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "BR"
    #: Names of tags every row gets; unknown ones are made.
    tags: Annotated[list[Tag], Field(max_length=20)] = Field(default_factory=list)
    existing: ExistingName = ExistingName.UPDATE
    agreement: AgreementIn | None = None


class CheckIn(Input):
    """What is left out stays as it was guessed or told before.

    ``mapping`` names, by the position of a column ("0", "1", …): ``name``, ``first_name``, ``last_name``,
    ``phone``, ``email``, ``tags``, ``notes``, ``ignore`` or ``custom:`` and the name of a field.
    """

    mapping: (
        Annotated[
            dict[Annotated[str, Field(max_length=3)], Annotated[str, Field(max_length=80)]],
            Field(max_length=512),
        ]
        | None
    ) = None
    options: ImportOptions | None = None


class ImportOut(Output):
    """One import. After a check the counts say what an import would do; ``position`` is bytes read."""

    id: UUID
    file_name: str
    state: ImportStateName
    mapping: dict[str, str]
    options: ImportOptions
    total_bytes: int
    position: int
    rows_read: int
    rows_created: int
    rows_updated: int
    rows_duplicate: int
    rows_invalid: int
    error: str | None
    created_by: UUID | None
    created_at: datetime
    finished_at: datetime | None


class ColumnOut(Output):
    """One column of the file: its name, what it is taken for, and its first cells."""

    position: str
    name: str
    target: str
    sample: list[str]


class ColumnsOut(Output):
    format: str
    encoding: str
    delimiter: str
    has_header: bool
    columns: list[ColumnOut]


class ImportProblemOut(Output):
    """A row that cannot become a contact. ``line`` counts from 1, as a spreadsheet shows it."""

    line: int
    code: str
    message: str
    excerpt: str
