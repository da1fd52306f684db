"""/api/v1/simulator: numbers without an account, and customers to try the inbox with."""

from __future__ import annotations

from embedded_server.api.channels import channel_out
from embedded_server.contract.simulator import PretendedIn, SimulatedOut, SimulatorOut
from embedded_server.routing import Call, RouteTable
from engine import channels
from engine.accounts import Permission

route = RouteTable()

HOME = "/api/v1/simulator"


@route("GET", HOME, permission=Permission.CHANNELS_READ, returns=SimulatorOut)
async def state(call: Call) -> SimulatorOut:
    """Whether this machine plays the vendors."""
    return SimulatorOut(is_on=call.engine.settings.simulator)


@route(
    "POST",
    HOME + "/channels",
    permission=Permission.CHANNELS_MANAGE,
    returns=SimulatedOut,
    audits="channel.simulate",
)
async def begin(call: Call) -> SimulatedOut:
    """A WhatsApp and an SMS number of the simulator; those that are there work again."""
    found = await channels.begin_simulated(call.engine, call.uow)
    return SimulatedOut(channels=[channel_out(channel) for channel in found])


@route(
    "POST",
    HOME + "/messages",
    permission=Permission.CHANNELS_MANAGE,
    body=PretendedIn,
    status=204,
    transaction=False,
)
async def receive(call: Call[PretendedIn]) -> None:
    """Pretend to be a customer who writes to a simulated channel."""
    body = call.body
    said = channels.Pretended(phone=body.phone, text=body.text, name=body.name)
    await channels.write_as_customer(call.engine, call.principal.company_id, body.channel_id, said)
