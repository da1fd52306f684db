"""/api/v1/channels: the numbers the company writes from."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import SecretStr

from embedded_server.contract.base import Page, PageQuery
from embedded_server.contract.channels import ChannelChange, ChannelIn, ChannelOut, ChannelWebhookOut
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import channels
from engine.accounts import Permission
from engine.models import Channel, ChannelKind, ChannelMode, Provider

route = RouteTable()

_ALL = "/api/v1/channels"
_ONE = "/api/v1/channels/{id}"


@route("GET", _ALL, permission=Permission.CHANNELS_READ, query=PageQuery, returns=Page[ChannelOut])
async def list_all(call: Call[None, PageQuery]) -> Page[Channel]:
    """Every channel, the oldest first."""
    asked = window(call.query, UUID)
    rows = await channels.channels(call.uow, after=asked.after, limit=asked.fetch)
    return page(rows, asked, key=lambda channel: channel.id)


@route(
    "POST",
    _ALL,
    permission=Permission.CHANNELS_MANAGE,
    body=ChannelIn,
    returns=ChannelOut,
    status=201,
    audits="channel.create",
)
async def create(call: Call[ChannelIn]) -> Channel:
    """Add a channel, ready to send."""
    body = call.body
    new = channels.NewChannel(
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
    return await channels.create(call.engine, call.uow, new)


@route("GET", _ONE, permission=Permission.CHANNELS_READ, returns=ChannelOut)
async def find(call: Call) -> Channel:
    """One channel."""
    return await channels.find(call.uow, call.id)


@route(
    "PATCH",
    _ONE,
    permission=Permission.CHANNELS_MANAGE,
    body=ChannelChange,
    returns=ChannelOut,
    audits="channel.update",
)
async def update(call: Call[ChannelChange]) -> Channel:
    """Change name, rate, settings or secrets."""
    changes = call.body.model_dump(exclude_none=True, exclude={"secrets"})
    secrets = _plain(call.body.secrets or {})
    call.details = {"fields": sorted(changes), "secrets": sorted(secrets)}
    return await channels.update(call.engine, call.uow, call.id, changes, secrets)


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
async def resume(call: Call) -> Channel:
    """Start a stopped or disabled channel again."""
    return await channels.resume(call.uow, call.id)


@route("POST", _ONE + "/test", permission=Permission.CHANNELS_MANAGE, returns=ChannelOut, transaction=False)
async def test(call: Call) -> Channel:
    """Ask the vendor whether the channel works; ``health`` has the answer."""
    return await channels.test_connection(call.engine, call.principal.company_id, call.id)


@route("GET", _ONE + "/webhook", permission=Permission.CHANNELS_MANAGE, returns=ChannelWebhookOut)
async def webhook(call: Call) -> ChannelWebhookOut:
    """The address and verify token to enter at the vendor."""
    channel = await channels.find(call.uow, call.id)
    url, verify_token = await channels.webhook_of(call.engine, channel)
    return ChannelWebhookOut(url=url, verify_token=verify_token)


def _plain(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in secrets.items()}
