"""Numbers the company writes from: made, changed, stopped by trouble and started again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from engine import clock
from engine.channels import queries, rules
from engine.channels import secrets as cells
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.events import ChannelChanged, LaneDue
from engine.ids import new_id
from engine.models import Channel, ChannelKind, ChannelMode, ChannelState, Provider
from engine.providers.port import Account
from engine.settings import Settings


class ChannelNotFound(EngineError):
    """No channel has this id."""

    kind = Kind.NOT_FOUND


class ChannelUnfit(EngineError):
    """A channel like this cannot work."""

    kind = Kind.INVALID


class SenderTaken(EngineError):
    """The company already has a channel on this number."""


class NotResumable(EngineError):
    """The channel is working already."""


@dataclass(frozen=True, slots=True)
class NewChannel:
    """What a person decides about a channel. The vendor's own words are told apart in :mod:`rules`."""

    kind: ChannelKind
    provider: Provider
    name: str
    sender: str
    account: str
    mode: ChannelMode = ChannelMode.LIVE
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Messages a second; None means what the vendor gives a fresh number.
    rate: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


async def create(engine: Engine, uow: UnitOfWork, new: NewChannel) -> Channel:
    """Add a channel, ready to send.

    Raises:
        ChannelUnfit: the vendor cannot carry it, or an id or a secret is missing or malformed.
        SenderTaken: there is one on this number.
    """
    held = checked(new)
    channel_id = new_id()
    channel = Channel(
        company_id=uow.company_id,
        id=channel_id,
        kind=new.kind,
        provider=new.provider,
        mode=new.mode,
        name=new.name,
        sender=new.sender,
        account=new.account,
        secrets=cells.seal(await engine.load_keys(uow), channel_id, held),
        rate=new.rate or rules.DEFAULT_RATE[new.provider],
        settings=rules.with_hints(new.settings, new.secrets),
    )
    uow.session.add(channel)
    try:
        await uow.session.flush()
    except IntegrityError:
        raise SenderTaken from None
    await uow.session.refresh(channel)
    await changed(uow, channel)
    return channel


async def update(
    engine: Engine,
    uow: UnitOfWork,
    channel_id: UUID,
    changes: Mapping[str, Any],
    secrets: Mapping[str, str] | None = None,
) -> Channel:
    """Change ``name``, ``rate`` or ``settings``, and replace the secrets that are given; others stay.

    Raises:
        ChannelNotFound: no such channel.
        ChannelUnfit: the vendor knows no such secret.
    """
    channel = await lock(uow, channel_id)
    for name in changes.keys() & {"name", "rate"}:
        setattr(channel, name, changes[name])
    kept = {"hints": rules.hints(channel.settings)}
    channel.settings = rules.with_hints({**changes.get("settings", channel.settings), **kept}, secrets or {})
    if secrets:
        keys = await engine.load_keys(uow)
        held = cells.unseal(keys, channel.id, channel.secrets) | dict(secrets)
        _check_secrets(channel.provider, held)
        channel.secrets = cells.seal(keys, channel.id, held)
    channel.updated_at = clock.now()
    await changed(uow, channel)
    return channel


async def find(uow: UnitOfWork, channel_id: UUID) -> Channel:
    """Raises:
    ChannelNotFound: no such channel in this company.
    """
    channel = await queries.find(uow.session, channel_id)
    if channel is None:
        raise ChannelNotFound
    return channel


async def lock(uow: UnitOfWork, channel_id: UUID) -> Channel:
    """The same, and hold its row until the transaction ends."""
    channel = await queries.lock(uow.session, channel_id)
    if channel is None:
        raise ChannelNotFound
    return channel


async def channels(uow: UnitOfWork, *, after: UUID | None = None, limit: int = 50) -> Sequence[Channel]:
    return await queries.channels(uow.session, after=after, limit=limit)


async def stop(uow: UnitOfWork, channel_id: UUID, reason: str) -> Channel:
    """Nothing leaves here until a person resumes it. ``reason`` is a vendor's code or a word of ours."""
    channel = await lock(uow, channel_id)
    if rules.is_stoppable(channel.state):
        channel.state, channel.stop_reason = ChannelState.STOPPED, reason
        await changed(uow, channel)
    return channel


async def resume(uow: UnitOfWork, channel_id: UUID) -> Channel:
    """A person put right what was wrong.

    Raises:
        ChannelNotFound: no such channel.
        NotResumable: it is active.
    """
    channel = await lock(uow, channel_id)
    if not rules.can_resume(channel.state):
        raise NotResumable
    channel.state, channel.stop_reason = ChannelState.ACTIVE, None
    await changed(uow, channel)
    uow.announce(LaneDue(company_id=uow.company_id, channel_id=channel.id))
    return channel


async def disable(uow: UnitOfWork, channel_id: UUID) -> Channel:
    """Neither send nor listen any more. What was said on it stays."""
    channel = await lock(uow, channel_id)
    channel.state = ChannelState.DISABLED
    await changed(uow, channel)
    return channel


async def account_of(engine: Engine, channel: Channel) -> Account:
    """The channel as its vendor's client needs it, with the secrets in the clear: never log or keep it."""
    keys = await engine.keys(channel.company_id)
    held = cells.unseal(keys, channel.id, channel.secrets)
    return replace(
        account_for(engine.settings, channel, held),
        channel_id=str(channel.id),
        status_callback=address_of(engine.settings, channel) if channel.provider is Provider.TWILIO else None,
    )


def account_for(settings: Settings, number: Channel | NewChannel, held: Mapping[str, str]) -> Account:
    """The same for a number that need not be a channel yet, with the secrets it would hold."""
    meta = number.provider is Provider.META
    live = settings.meta_base_url if meta else settings.twilio_base_url
    return Account(
        channel_id="",
        sender=number.sender,
        account=number.account,
        base_url=settings.simulator_url if number.mode is ChannelMode.SIMULATOR else live,
        version=settings.meta_version if meta else "",
        secrets=dict(held),
    )


def address_of(settings: Settings, channel: Channel) -> str:
    """Where the vendor reports what happens on this channel."""
    return f"{settings.webhook_base_url}/hooks/{channel.provider}/{channel.id}"


async def webhook_of(engine: Engine, channel: Channel) -> tuple[str, str | None]:
    """What to enter at the vendor: our address, and the verify token where the vendor asks for one."""
    account = await account_of(engine, channel)
    return address_of(engine.settings, channel), account.secrets.get("verify_token")


async def changed(uow: UnitOfWork, channel: Channel) -> None:
    """Write a changed channel and tell everybody who holds it in memory."""
    await uow.session.flush()
    await queries.notify(uow.session)
    uow.announce(
        ChannelChanged(
            company_id=uow.company_id,
            channel_id=channel.id,
            state=channel.state.value,
            reason=channel.stop_reason,
        )
    )


def checked(new: NewChannel) -> dict[str, str]:
    """The secrets of a channel that can work, with what we supply ourselves.

    Raises:
        ChannelUnfit: the vendor cannot carry it, or an id or a secret is missing or malformed.
    """
    if not rules.can_carry(new.provider, new.kind):
        raise ChannelUnfit(f"{new.provider.title()} does not carry {new.kind}.")
    if not rules.is_sender(new.provider, new.kind, new.sender):
        raise ChannelUnfit("This is not how the vendor writes the id or number of a sender.")
    if not rules.is_account(new.provider, new.account):
        raise ChannelUnfit("This is not how the vendor writes the id of an account.")
    verify_token = secrets.token_urlsafe(24)
    held = rules.complete(new.provider, new.mode, new.secrets, verify_token=verify_token)
    _check_secrets(new.provider, held)
    return held


def _check_secrets(provider: Provider, held: Mapping[str, str]) -> None:
    if unknown := rules.unknown_secrets(provider, held):
        raise ChannelUnfit(f"Unknown secrets: {', '.join(sorted(unknown))}.")
    if missing := rules.missing_secrets(provider, held):
        raise ChannelUnfit(f"Missing secrets: {', '.join(sorted(missing))}.")
