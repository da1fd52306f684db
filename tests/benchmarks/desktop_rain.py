"""People who write 200 messages a second to a company: ``python -m tests.benchmarks.desktop_rain``.

They write through the engine's own verb, so every message is a committed fact that the server tells live.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from engine import inbox, runtime
from engine.context import Engine
from engine.inbox import Arrivals
from engine.models import ChannelKind, Role
from engine.providers.inbound import InboundMessage, MessageKind
from engine.settings import Settings
from tests.fakes.api import join

RATE = 200
PEOPLE = 2_000
#: Messages of one webhook, as they come in bursts.
_BATCH = 10


def message(n: int) -> InboundMessage:
    """The ``n``-th message, of one person after the other."""
    who = n * 7919 % PEOPLE
    return InboundMessage(
        f"wamid.rain{n}",
        datetime.now(UTC) - timedelta(seconds=1),
        sender_wa_id=f"551197{who:07d}",
        text=f"Mensagem {n}: vocês ainda têm daquele? 😊",
        kind=MessageKind.TEXT,
        profile_name=f"Cliente {who}",
    )


async def prepare(settings: Settings, company_id: UUID, channel_id: UUID) -> str:
    """Everybody wrote once before; the token of the company's owner."""
    engine = await runtime.open_engine(settings, runtime.Part.COMMAND)
    try:
        for first in range(0, PEOPLE, 200):
            await _receive(engine, company_id, channel_id, range(first, first + 200))
        return (await join(engine, company_id, Role.OWNER)).token
    finally:
        await engine.close()


async def rain(settings: Settings, company_id: UUID, channel_id: UUID, seconds: float) -> None:
    engine = await runtime.open_engine(settings, runtime.Part.COMMAND)
    try:
        began, n = time.monotonic(), PEOPLE
        while (passed := time.monotonic() - began) < seconds:
            await _receive(engine, company_id, channel_id, range(n, n + _BATCH))
            n += _BATCH
            await asyncio.sleep(max(0.0, (n - PEOPLE) / RATE - passed))
    finally:
        await engine.close()


async def _receive(engine: Engine, company_id: UUID, channel_id: UUID, numbers: range) -> None:
    async with engine.unit_of_work(company_id) as uow:
        told = Arrivals(channel_id, ChannelKind.WHATSAPP, [message(n) for n in numbers])
        await inbox.receive(uow, told)


if __name__ == "__main__":
    company, channel, length = sys.argv[1:]
    asyncio.run(rain(Settings(), UUID(company), UUID(channel), float(length)))
