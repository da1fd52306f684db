"""The fixtures of the tests that hold a number with the Baileys sidecar."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest_asyncio

from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.context import Engine
from tests.fakes.baileys_host import Number, make_number


class Shop:
    """An account whose phone has linked the number."""

    def __init__(self, person: Person, number: Number, device: Companion) -> None:
        self.person, self.number, self.device = person, number, device


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[WhatsAppServer]:
    async with WhatsAppServer(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def number(
    engine: Engine, company_id: UUID, server: WhatsAppServer, tmp_path: Path
) -> AsyncIterator[Number]:
    """Started, and not linked yet."""
    folder = tmp_path / "session"
    folder.mkdir(mode=0o700)
    held = await make_number(engine, company_id, server, folder)
    await held.start()
    yield held
    await held.end()


@pytest_asyncio.fixture
async def shop(server: WhatsAppServer, number: Number) -> Shop:
    person = server.someone("Loja Ipê")
    return Shop(person, number, await number.link_by_qr(person))
