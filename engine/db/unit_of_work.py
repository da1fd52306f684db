"""One transaction of one company; facts are announced only after it is committed."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engine.db import outbox
from engine.events import Event, EventBus

_ENTER = text(
    "SELECT set_config('app.company_id', :company, true), set_config('app.person_id', :person, true)"
)


class UnitOfWork:
    """Commits once, at the edge, and announces events only after the commit.

    Services receive the unit of work, use ``session`` and ``announce`` and never commit: a failure half-way
    leaves nothing behind. Row-level security shows this transaction the rows of ``company_id`` and no others;
    without a company it sees none.
    """

    session: AsyncSession

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        bus: EventBus,
        company_id: UUID | None = None,
        person_id: UUID | None = None,
    ) -> None:
        self._sessions = sessions
        self._bus = bus
        self._company_id = company_id
        self._person_id = person_id
        self._announced: list[Event] = []

    @property
    def company_id(self) -> UUID:
        """Raises:
        LookupError: the unit of work belongs to the machine, not to a company. There is no fall-back.
        """
        if self._company_id is None:
            raise LookupError("This unit of work has no company")
        return self._company_id

    def announce(self, event: Event) -> None:
        self._announced.append(event)

    async def act_for(self, company_id: UUID | None, person_id: UUID | None = None) -> None:
        """Change whose rows are visible from here on (sign-in, and founding a company)."""
        self._company_id, self._person_id = company_id, person_id
        await self._enter()

    async def __aenter__(self) -> Self:
        self.session = self._sessions()
        try:
            await self._enter()
        except BaseException:
            await self.session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                if self._company_id is not None:
                    await outbox.write(self.session, self._company_id, self._announced)
                await self.session.commit()
        finally:
            await self.session.close()
        if kind is None:
            for event in self._announced:
                await self._bus.publish(event)

    async def _enter(self) -> None:
        company = "" if self._company_id is None else str(self._company_id)
        person = "" if self._person_id is None else str(self._person_id)
        await self.session.execute(_ENTER, {"company": company, "person": person})
