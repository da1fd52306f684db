"""What the engine holds while it runs: opened once, shared by every request and chore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from engine.db.address import DatabaseAddress
from engine.db.unit_of_work import UnitOfWork
from engine.events import EventBus
from engine.models import CompanyKey
from engine.providers.port import Sender
from engine.providers.transport import Transport
from engine.queue.doorbell import Doorbell
from engine.settings import Settings
from engine.vault import CompanyKeys, Vault


@dataclass(frozen=True, slots=True)
class Engine:
    """The capability every verb starts from. Built in ``engine.runtime``; whoever built it closes it."""

    settings: Settings
    address: DatabaseAddress
    pool: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    bus: EventBus
    vault: Vault
    doorbell: Doorbell
    #: Outgoing lanes by provider ("meta", "twilio"); empty in processes that never send.
    senders: Mapping[str, Sender] = field(default_factory=dict)
    #: What the outgoing lanes run on; closed with the engine.
    transport: Transport | None = None
    _keys: dict[UUID, CompanyKeys] = field(default_factory=dict, repr=False)

    def unit_of_work(self, company_id: UUID, person_id: UUID | None = None) -> UnitOfWork:
        """A transaction in which only ``company_id``'s rows exist."""
        return UnitOfWork(self.sessions, self.bus, company_id, person_id)

    def machine_work(self) -> UnitOfWork:
        """A transaction of no company: it sees the machine's own tables and the sweepers' functions."""
        return UnitOfWork(self.sessions, self.bus)

    async def keys(self, company_id: UUID) -> CompanyKeys:
        """The company's data keys, unwrapped once and kept in memory."""
        known = self._keys.get(company_id)
        if known is None:
            async with self.unit_of_work(company_id) as uow:
                known = await self.load_keys(uow)
        return known

    async def load_keys(self, uow: UnitOfWork) -> CompanyKeys:
        """The same inside an open transaction."""
        known = self._keys.get(uow.company_id)
        if known is None:
            rows = await uow.session.execute(select(CompanyKey.kid, CompanyKey.wrapped))
            known = self.vault.company_keys(uow.company_id, [(kid, wrapped) for kid, wrapped in rows])
            self._keys[uow.company_id] = known
        return known

    def forget_keys(self, company_id: UUID) -> None:
        """After a rotation or a company's end the next use reads them again."""
        self._keys.pop(company_id, None)

    async def close(self) -> None:
        for sender in set(self.senders.values()):
            await sender.close()
        if self.transport is not None:
            await self.transport.close()
        await self.pool.dispose()
