"""Asks the vendor about a channel and keeps what it says, for a person or for the daily watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp

from engine import clock
from engine.channels import service
from engine.channels.inspecting import Inspection, inspect_linked, inspect_meta, inspect_twilio
from engine.channels.service import ChannelUnfit, NewChannel
from engine.context import Engine
from engine.models import Channel, Provider
from engine.providers.meta.console import MetaConsole
from engine.providers.port import Account

_INSPECT: Mapping[Provider, Callable[[aiohttp.ClientSession, Account, str | None], Awaitable[Inspection]]] = {
    Provider.META: inspect_meta,
    Provider.TWILIO: inspect_twilio,
    Provider.LINKED: inspect_linked,
}
#: A token that runs out sooner than this is worth a warning.
EXPIRES_SOON = timedelta(days=7)


async def try_out(engine: Engine, new: NewChannel) -> Inspection:
    """Ask the vendor about a number before it becomes a channel. Nothing is kept.

    Raises:
        ChannelUnfit: the vendor cannot carry it, or an id or a secret is missing or malformed.
    """
    account = service.account_for(engine.settings, new, service.checked(new))
    async with aiohttp.ClientSession() as http:
        return await _INSPECT[new.provider](http, account, None)


async def test_connection(engine: Engine, company_id: UUID, channel_id: UUID) -> Channel:
    """Ask the vendor now; the answer is in ``health``, ``display`` and ``token_expires_at``.

    Trouble with the network or the vendor is an answer too (``health["problems"]``), never an error.

    Raises:
        ChannelNotFound: no such channel in this company.
    """
    async with engine.unit_of_work(company_id) as uow:
        channel = await service.find(uow, channel_id)
    account = await service.account_of(engine, channel)
    address = service.address_of(engine.settings, channel)
    async with aiohttp.ClientSession() as http:
        inspection = await _INSPECT[channel.provider](http, account, address)
    async with engine.unit_of_work(company_id) as uow:
        channel = await service.lock(uow, channel_id)
        _keep(channel, inspection, clock.now())
        await service.changed(uow, channel)
    return channel


async def register_webhook(engine: Engine, company_id: UUID, channel_id: UUID) -> Channel:
    """Have Meta report to our listener, then ask it about the channel again.

    Meta calls the address before it answers, so it must be reached from the internet.

    Raises:
        ChannelNotFound: no such channel in this company.
        ChannelUnfit: the vendor is told of the address by hand.
        MetaUnreachable, MetaRefused: nothing changed there.
    """
    async with engine.unit_of_work(company_id) as uow:
        channel = await service.find(uow, channel_id)
    if channel.provider is not Provider.META:
        raise ChannelUnfit("This vendor is told of the address by hand, at the number.")
    account = await service.account_of(engine, channel)
    async with aiohttp.ClientSession() as http:
        await MetaConsole(http).subscribe_account(
            account, callback_url=service.address_of(engine.settings, channel)
        )
    return await test_connection(engine, company_id, channel_id)


def _keep(channel: Channel, inspection: Inspection, now: datetime) -> None:
    facts: dict[str, Any] = asdict(inspection)
    display, expires_at = facts.pop("display"), facts.pop("expires_at")
    problems = list(inspection.problems)
    if expires_at is not None and expires_at - now < EXPIRES_SOON:
        problems.append("token_expires_soon")
    # What the vendor reported by itself in the meantime stays beside the answer.
    channel.health = {**(channel.health or {}), **facts, "problems": problems, "checked_at": now.isoformat()}
    channel.token_expires_at = expires_at
    channel.display = display or channel.display
    channel.updated_at = now
