"""Numbers of the built-in simulator, and people who write to them: to try everything without an account."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

import aiohttp

from engine.channels import queries, service
from engine.channels.service import NewChannel
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.models import Channel, ChannelKind, ChannelMode, ChannelState, Provider
from engine.providers.port import Account
from engine.settings import Settings

#: A pretend phone that is linked takes some seconds on a busy machine.
_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=3)
_JSON = "application/json"
#: Quick enough for a first campaign, slow enough to watch it.
_SMS_RATE = 10.0


class SimulatorOff(EngineError):
    """The simulator is not running on this machine."""


class SimulatorUnreachable(EngineError):
    """The simulator does not answer. Try again in a moment."""

    kind = Kind.UNAVAILABLE


class NotSimulated(EngineError):
    """Only on a channel of the simulator can somebody pretend to be a customer."""


class PretendPhoneGone(EngineError):
    """The simulator knows no pretend phone that is linked with this number: link it again."""


class SimulatorRefused(EngineError):
    """The simulator cannot do that."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        #: The simulator's own word.
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Pretended:
    """What an invented customer writes. ``phone`` is E.164."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    name: str | None = field(default=None, repr=False)


async def begin_simulated(engine: Engine, uow: UnitOfWork) -> list[Channel]:
    """A WhatsApp number and an SMS number of the simulator; those that are there stay and work again.

    Raises:
        SimulatorOff: nobody would play the vendor.
    """
    require_simulator(engine)
    # A pretend phone works as long as it is linked, which nobody but its user can bring back.
    found = await queries.of_simulator(uow.session)
    there = [channel for channel in found if channel.provider is not Provider.LINKED]
    for channel in there:
        if channel.state is not ChannelState.ACTIVE:
            await service.resume(uow, channel.id)
    missing = {(new.provider, new.kind): new for new in _numbers()}
    for channel in there:
        missing.pop((channel.provider, channel.kind), None)
    return there + [await service.create(engine, uow, new) for new in missing.values()]


async def write_as_customer(engine: Engine, company_id: UUID, channel_id: UUID, said: Pretended) -> None:
    """Somebody writes to a simulated channel; the message comes back over the public listener as any other.

    Raises:
        ChannelNotFound, NotSimulated: there is no such channel, or a real vendor serves it.
        SimulatorOff, SimulatorUnreachable: nobody plays the vendor.
        PretendPhoneGone: the channel is a pretend phone's, which is not linked any more.
    """
    async with engine.unit_of_work(company_id) as uow:
        channel = await service.find(uow, channel_id)
    if channel.mode is not ChannelMode.SIMULATOR:
        raise NotSimulated
    require_simulator(engine)
    if channel.provider is Provider.LINKED:
        await _write_to_phone(engine, channel, said)
        return
    account = await service.account_of(engine, channel)
    message = {
        "provider": channel.provider.value,
        "from": said.phone,
        "to": channel.sender,
        "text": said.text,
        "name": said.name,
    }
    try:
        # It forgets everybody when it starts anew.
        await ask_simulator(engine.settings, "accounts", _introduction(channel.provider, account))
        await ask_simulator(engine.settings, "inbound", message)
    except SimulatorRefused as error:
        raise SimulatorUnreachable from error


def require_simulator(engine: Engine) -> None:
    """Raises:
    SimulatorOff: nobody would play the vendor.
    """
    if not engine.settings.simulator:
        raise SimulatorOff


async def ask_simulator(settings: Settings, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Have the simulator do something; its answer, empty where it has none.

    Raises:
        SimulatorUnreachable: it does not run, or does not answer.
        SimulatorRefused: it says why not.
    """
    key = settings.simulator_key
    headers = {"X-Simulator-Key": key} if key else {}
    address = f"{settings.simulator_url}/simulator/{path}"
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT) as http,
            http.post(address, json=dict(body)) as response,
        ):
            said: dict[str, Any] = await response.json() if response.content_type == _JSON else {}
    except (aiohttp.ClientError, TimeoutError, OSError):
        # Not "from error": what aiohttp raises can quote the request.
        raise SimulatorUnreachable from None
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SimulatorUnreachable
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise SimulatorRefused(str(said.get("code") or response.status))
    return said


async def _write_to_phone(engine: Engine, channel: Channel, said: Pretended) -> None:
    message = {"to": channel.sender[1:], "from": said.phone[1:], "text": said.text, "name": said.name}
    try:
        await ask_simulator(engine.settings, "linked/inbound", message)
    except SimulatorRefused as error:
        raise PretendPhoneGone from error


def _introduction(provider: Provider, account: Account) -> dict[str, Any]:
    """Whose number it is, and what its webhooks are signed with."""
    if provider is Provider.META:
        secret = account.secrets.get("app_secret")
        number = {"id": account.sender}
        return {"meta": [{"waba": account.account, "app_secret": secret, "numbers": [number]}]}
    token = account.secrets.get("auth_token")
    return {"twilio": [{"sid": account.account, "auth_token": token, "numbers": [account.sender]}]}


def _numbers() -> list[NewChannel]:
    """Ids nobody has: two companies of one machine must not hear each other's customers."""
    whatsapp = NewChannel(
        kind=ChannelKind.WHATSAPP,
        provider=Provider.META,
        name="WhatsApp",
        sender=_digits(15),
        account=_digits(18),
        mode=ChannelMode.SIMULATOR,
    )
    sms = NewChannel(
        kind=ChannelKind.SMS,
        provider=Provider.TWILIO,
        name="SMS",
        sender=f"+55115{_digits(7)}",
        account=f"AC{secrets.token_hex(16)}",
        mode=ChannelMode.SIMULATOR,
        rate=_SMS_RATE,
    )
    return [whatsapp, sms]


def _digits(count: int) -> str:
    """So many, the first of them no zero."""
    return str(10 ** (count - 1) + secrets.randbelow(9 * 10 ** (count - 1)))
