"""Where hosts that have no file of their own keep their keys: sealed by them, rows of their session here."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from uuid import UUID

from engine.context import Engine
from engine.linked import queries


class SessionRecords:
    """Keeps :class:`engine.providers.linked.link.Records` in the database; values travel as base64."""

    def __init__(self, engine: Engine, company_id: UUID, session_id: UUID) -> None:
        self._engine, self._company_id, self._session_id = engine, company_id, session_id

    async def read(self, names: Sequence[str]) -> dict[str, str | None]:
        async with self._engine.unit_of_work(self._company_id) as uow:
            found = await queries.read_records(uow.session, self._company_id, self._session_id, names)
        return {name: base64.b64encode(found[name]).decode() if name in found else None for name in names}

    async def write(self, values: Mapping[str, str | None]) -> None:
        records = {name: None if value is None else base64.b64decode(value) for name, value in values.items()}
        async with self._engine.unit_of_work(self._company_id) as uow:
            await queries.write_records(uow.session, self._company_id, self._session_id, records)
