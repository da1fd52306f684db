"""Verbs on message templates: list them, and ask the vendor for its own list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import aiohttp

from engine import channels, clock
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.ids import new_id
from engine.models import Channel, MessageTemplate, Provider
from engine.providers.meta.console import MetaConsole
from engine.providers.meta.nodes import TemplateNode
from engine.templates import queries
from engine.templates.events import TemplatesSynced

#: The one status in which the vendor sends a template.
APPROVED = "APPROVED"


class TemplateNotFound(EngineError):
    """No template has this id."""

    kind = Kind.NOT_FOUND


class NoTemplatesHere(EngineError):
    """Only WhatsApp channels of Meta have templates."""

    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which templates to list. ``status`` is the vendor's word: APPROVED, PENDING, REJECTED, PAUSED, …"""

    channel_id: UUID | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Synced:
    """How many templates the vendor listed, and how many of ours it no longer has."""

    templates: int
    removed: int


async def page(
    uow: UnitOfWork, wanted: Wanted, *, after: queries.Cursor | None = None, limit: int = 50
) -> Sequence[MessageTemplate]:
    """By name. ``after`` is the name and id of the last one seen."""
    conditions = []
    if wanted.channel_id is not None:
        conditions.append(MessageTemplate.channel_id == wanted.channel_id)
    if wanted.status is not None:
        conditions.append(MessageTemplate.status == wanted.status)
    return await queries.page(uow.session, conditions, after=after, most=limit)


async def find(uow: UnitOfWork, template_id: UUID) -> MessageTemplate:
    """Raises:
    TemplateNotFound
    """
    template = await queries.find(uow.session, template_id)
    if template is None:
        raise TemplateNotFound
    return template


async def named(uow: UnitOfWork, channel_id: UUID, name: str, language: str) -> MessageTemplate | None:
    """The template a channel has under this name, as last heard of; None for one it does not have."""
    return await queries.named(uow.session, channel_id, name, language)


async def sync(engine: Engine, company_id: UUID, channel_id: UUID) -> Synced:
    """Ask Meta for a channel's templates and keep exactly those.

    Raises:
        ChannelNotFound, NoTemplatesHere: there is nothing to ask.
        MetaUnreachable, MetaRefused: Meta gave no list; ours stays as it was.
    """
    async with engine.unit_of_work(company_id) as uow:
        channel = await channels.find(uow, channel_id)
    if channel.provider is not Provider.META:
        raise NoTemplatesHere
    asked_at = clock.now()
    rows = [_row(company_id, channel_id, node, asked_at) for node in await _listed(engine, channel)]
    async with engine.unit_of_work(company_id) as uow:
        await queries.upsert(uow.session, rows)
        removed = await queries.remove_older(uow.session, channel_id, asked_at)
        done = Synced(len(rows), removed)
        uow.announce(
            TemplatesSynced(
                company_id=company_id, channel_id=channel_id, templates=done.templates, removed=done.removed
            )
        )
    return done


async def _listed(engine: Engine, channel: Channel) -> list[TemplateNode]:
    account = await channels.account_of(engine, channel)
    async with aiohttp.ClientSession(trust_env=False) as http:
        found = {(node.name, node.language): node async for node in MetaConsole(http).list_templates(account)}
    return list(found.values())


def _row(company_id: UUID, channel_id: UUID, node: TemplateNode, asked_at: datetime) -> dict[str, Any]:
    return {
        "company_id": company_id,
        "id": new_id(),
        "channel_id": channel_id,
        "provider_template_id": node.id,
        "name": node.name,
        "language": node.language,
        "category": node.category,
        "status": node.status,
        "components": {
            "items": list(node.components),
            "parameter_format": node.parameter_format,
            "quality": node.quality,
            "rejected_reason": node.rejected_reason,
        },
        "synced_at": asked_at,
    }
