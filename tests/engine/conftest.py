"""A stand-in for WhatsApp with real clients linked to it, once for each module that asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from tests.fakes.poll import until
from tests.fakes.whatsapp_clients import Client, ClientProcess


@dataclass(frozen=True, slots=True)
class Shop:
    """An account whose phone has linked a real client."""

    person: Person
    client: Client
    device: Companion
    store: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whatsapp(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WhatsAppServer]:
    async with WhatsAppServer(tmp_path_factory.mktemp("whatsapp")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(whatsapp: WhatsAppServer) -> AsyncIterator[ClientProcess]:
    """One process for all clients of a module: the library is slow to load."""
    async with ClientProcess(whatsapp.environment) as process:
        yield process


@pytest_asyncio.fixture(loop_scope="module")
async def shop(whatsapp: WhatsAppServer, clients: ClientProcess, tmp_path: Path) -> AsyncIterator[Shop]:
    person, store = whatsapp.someone("Loja Ipê"), tmp_path / "session.db"
    client = await clients.open(person.number, store)
    device = await whatsapp.scan(await client.event("code"), person)
    await client.event("Connected")
    await until(lambda: device.is_settled)
    yield Shop(person, client, device, store)
    whatsapp.calm()
    await clients.close(person.number)
    assert whatsapp.queries.not_understood == []
