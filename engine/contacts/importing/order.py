"""What a person decided about one import; kept with the job, so that a resumed one decides the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from engine.contacts.importing.mapping import Mapping, resolve
from engine.contacts.importing.table import Layout
from engine.models import ChannelKind, ImportJob


class Existing(StrEnum):
    """What to do with a number the company already has."""

    #: Filled cells replace what is there; empty cells never erase.
    UPDATE = "update"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the people of a list agreed to, and how the company knows."""

    channel_kinds: tuple[ChannelKind, ...]
    #: The text they were shown, or where the proof is.
    statement: str
    category: str = "marketing"


@dataclass(frozen=True, slots=True)
class Options:
    #: Region of numbers without a country code.
    region: str = "BR"
    #: Tags every row gets.
    tags: tuple[str, ...] = ()
    existing: Existing = Existing.UPDATE
    agreement: Agreement | None = None

    def to_json(self) -> dict[str, Any]:
        agreement = self.agreement and {
            "channel_kinds": [kind.value for kind in self.agreement.channel_kinds],
            "statement": self.agreement.statement,
            "category": self.agreement.category,
        }
        return {
            "region": self.region,
            "tags": list(self.tags),
            "existing": self.existing.value,
            "agreement": agreement,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Options:
        told = values.get("agreement")
        agreement = told and Agreement(
            tuple(ChannelKind(kind) for kind in told["channel_kinds"]), told["statement"], told["category"]
        )
        return cls(
            region=values.get("region", "BR"),
            tags=tuple(values.get("tags", ())),
            existing=Existing(values.get("existing", Existing.UPDATE)),
            agreement=agreement or None,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """One import, ready to be read: from which file, how, and how far it already came."""

    company_id: UUID
    job_id: UUID
    path: Path
    layout: Layout
    mapping: Mapping
    options: Options
    rows_read: int

    @classmethod
    def of(cls, job: ImportJob) -> Order:
        layout = Layout.from_json(job.options["layout"])
        return cls(
            job.company_id,
            job.id,
            Path(job.file_path),
            layout,
            resolve(job.mapping, layout.columns),
            Options.from_json(job.options),
            job.rows_read,
        )
