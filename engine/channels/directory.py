"""Which channels the public listener listens for, of every company, with what their vendors sign with."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from uuid import UUID

from engine.channels import queries
from engine.channels import secrets as cells
from engine.context import Engine
from engine.errors import EngineError
from engine.models import ChannelMode, Provider

logger = logging.getLogger(__name__)

_SIGNED_WITH = {Provider.META: "app_secret", Provider.TWILIO: "auth_token"}


@dataclass(frozen=True, slots=True)
class Signing:
    """One channel as its vendor addresses and signs for it."""

    company_id: UUID
    channel_id: UUID
    provider: Provider
    sender: str
    account: str
    secret: str = field(repr=False)
    verify_token: str | None = field(default=None, repr=False)


async def signing(engine: Engine) -> list[Signing]:
    """Every channel that is not disabled. One whose secrets cannot be read is left out and logged.

    Channels of the simulator count only while it is on: everybody knows what it signs with.
    """
    async with engine.machine_work() as uow:
        listed = await queries.directory(uow.session)
    wanted = [row for row in listed if engine.settings.simulator or row.mode is not ChannelMode.SIMULATOR]
    found = [await _open(engine, row) for row in wanted]
    return [one for one in found if one is not None]


async def _open(engine: Engine, row: queries.Listed) -> Signing | None:
    try:
        held = cells.unseal(await engine.keys(row.company_id), row.channel_id, row.secrets)
    except EngineError as error:
        logger.error("Webhooks of channel %s cannot be checked: %s", row.channel_id, error)
        return None
    return Signing(
        row.company_id,
        row.channel_id,
        row.provider,
        row.sender,
        row.account,
        held.get(_SIGNED_WITH[row.provider], ""),
        held.get("verify_token"),
    )
