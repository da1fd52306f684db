"""/api/v1/channels: the numbers the company writes from."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import SecretStr

from embedded_server.contract.base import Page, PageQuery
from embedded_server.contract.channels import (
    ChannelChange,
    ChannelIn,
    ChannelOut,
    ChannelWebhookOut,
    InspectionOut,
    ProviderName,
)
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import accounts, channels
from engine.accounts import Permission
from engine.models import Channel, ChannelKind, ChannelMode, Provider

route = RouteTable()

_ALL = "/api/v1/channels"
_ONE = "/api/v1/channels/{id}"


@route("GET", _ALL, permission=Permission.CHANNELS_READ, query=PageQuery, returns=Page[ChannelOut])
async def list_all(call: Call[None, PageQuery]) -> Page[ChannelOut]:
    """Every channel, the oldest first."""
    asked = window(call.query, UUID)
    rows = await channels.channels(call.uow, after=asked.after, limit=asked.fetch)
    return page([channel_out(row) for row in rows], asked, key=lambda channel: channel.id)


@route(
    "POST",
    _ALL,
    permission=Permission.CHANNELS_MANAGE,
    body=ChannelIn,
    returns=ChannelOut,
    status=201,
    audits="channel.create",
)
async def create(call: Call[ChannelIn]) -> ChannelOut:
    """Add a channel, ready to send."""
    return channel_out(await channels.create(call.engine, call.uow, _new(call.body)))


@route(
    "POST",
    _ALL + "/check",
    permission=Permission.CHANNELS_MANAGE,
    body=ChannelIn,
    returns=InspectionOut,
    transaction=False,
)
async def check(call: Call[ChannelIn]) -> channels.Inspection:
    """Ask the vendor about a number before it becomes a channel; nothing is kept."""
    return await channels.try_out(call.engine, _new(call.body))


@route("GET", _ONE, permission=Permission.CHANNELS_READ, returns=ChannelOut)
async def find(call: Call) -> ChannelOut:
    """One channel."""
    return channel_out(await channels.find(call.uow, call.id))


@route(
    "PATCH",
    _ONE,
    permission=Permission.CHANNELS_MANAGE,
    body=ChannelChange,
    returns=ChannelOut,
    audits="channel.update",
)
async def update(call: Call[ChannelChange]) -> ChannelOut:
    """Change name, rate, settings or secrets."""
    changes = call.body.model_dump(exclude_none=True, exclude={"secrets"})
    secrets = _plain(call.body.secrets or {})
    call.details = {"fields": sorted(changes), "secrets": sorted(secrets)}
    return channel_out(await channels.update(call.engine, call.uow, call.id, changes, secrets))


@route("DELETE", _ONE, permission=Permission.CHANNELS_MANAGE, audits="channel.disable")
async def disable(call: Call) -> None:
    """Neither send nor listen on it any more. What was said on it stays, and it can be resumed."""
    await channels.disable(call.uow, call.id)


@route(
    "POST",
    _ONE + "/resume",
    permission=Permission.CHANNELS_MANAGE,
    returns=ChannelOut,
    audits="channel.resume",
)
async def resume(call: Call) -> ChannelOut:
    """Start a stopped or disabled channel again."""
    return channel_out(await channels.resume(call.uow, call.id))


@route("POST", _ONE + "/test", permission=Permission.CHANNELS_MANAGE, returns=ChannelOut, transaction=False)
async def test(call: Call) -> ChannelOut:
    """Ask the vendor whether the channel works; ``health`` has the answer."""
    return channel_out(await channels.test_connection(call.engine, call.principal.company_id, call.id))


@route("GET", _ONE + "/webhook", permission=Permission.CHANNELS_MANAGE, returns=ChannelWebhookOut)
async def webhook(call: Call) -> ChannelWebhookOut:
    """The address and verify token to enter at the vendor."""
    channel = await channels.find(call.uow, call.id)
    url, verify_token = await channels.webhook_of(call.engine, channel)
    return ChannelWebhookOut(url=url, verify_token=verify_token)


@route(
    "POST",
    _ONE + "/webhook",
    permission=Permission.CHANNELS_MANAGE,
    returns=ChannelOut,
    transaction=False,
)
async def register(call: Call) -> ChannelOut:
    """Enter our address at Meta by itself; Meta calls it before it answers."""
    who = call.principal
    channel = await channels.register_webhook(call.engine, who.company_id, call.id)
    async with call.engine.unit_of_work(who.company_id, who.person_id) as uow:
        await accounts.audit(uow, who, "channel.register", str(channel.id))
    return channel_out(channel)


def channel_out(channel: Channel) -> ChannelOut:
    """A channel for a client: no secrets, and what is kept beside the settings by its own name."""
    computed = {"rate_limit", "settings", "hints"}
    throughput = channel.health.get("throughput")
    return ChannelOut(
        **{name: getattr(channel, name) for name in ChannelOut.model_fields.keys() - computed},
        rate_limit=channels.rate_limit(channel.provider, channel.mode, channel.sender, throughput),
        settings=channels.chosen(channel.settings),
        hints=channels.hints(channel.settings),
    )


def _new(body: ChannelIn) -> channels.NewChannel:
    if body.provider is ProviderName.LINKED:
        raise channels.ChannelUnfit("A number is linked with its phone, at /api/v1/linked-sessions.")
    return channels.NewChannel(
        kind=ChannelKind(body.kind),
        provider=Provider(body.provider),
        mode=ChannelMode(body.mode),
        name=body.name,
        sender=body.sender,
        account=body.account,
        secrets=_plain(body.secrets),
        rate=body.rate,
        settings=body.settings.model_dump(exclude_none=True),
    )


def _plain(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in secrets.items()}
