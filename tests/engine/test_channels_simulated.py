"""Numbers of the simulator: begun with one word, and written to by people who do not exist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import channels
from engine.channels import Pretended, rules
from engine.models import ChannelMode, ChannelState, Provider
from tests.engine.test_channels import META, add
from tests.fakes.simulated import simulated
from tests.fakes.world import make_channel

SAID = Pretended(phone="+5511999998888", text="Oi, tem café?", name="Ana Souza")


def simulating(engine, url: str = "http://127.0.0.1:9", **more):
    port = int(url.rsplit(":", 1)[1])
    return replace(
        engine,
        settings=engine.settings.model_copy(update={"simulator": True, "simulator_port": port, **more}),
    )


async def begin(engine, company_id):
    async with engine.unit_of_work(company_id) as uow:
        return await channels.begin_simulated(engine, uow)


async def test_one_word_makes_a_whatsapp_and_an_sms_number(engine, company_id) -> None:
    made = await begin(simulating(engine), company_id)

    assert [(one.provider, one.mode, one.state) for one in made] == [
        (Provider.META, ChannelMode.SIMULATOR, ChannelState.ACTIVE),
        (Provider.TWILIO, ChannelMode.SIMULATOR, ChannelState.ACTIVE),
    ]
    assert all(rules.is_sender(one.provider, one.kind, one.sender) for one in made)


async def test_two_companies_never_share_a_simulated_number(engine, company_id, make_company) -> None:
    mine = await begin(simulating(engine), company_id)
    theirs = await begin(simulating(engine), await make_company(engine))

    assert not {one.sender for one in mine} & {one.sender for one in theirs}
    assert not {one.account for one in mine} & {one.account for one in theirs}


async def test_what_is_there_stays_and_works_again(engine, company_id) -> None:
    first = await begin(simulating(engine), company_id)
    async with engine.unit_of_work(company_id) as uow:
        await channels.disable(uow, first[0].id)

    again = await begin(simulating(engine), company_id)

    assert [one.id for one in again] == [one.id for one in first]
    assert {one.state for one in again} == {ChannelState.ACTIVE}


async def test_without_the_simulator_nothing_begins(engine, company_id) -> None:
    with pytest.raises(channels.SimulatorOff):
        await begin(engine, company_id)


@pytest.mark.parametrize("provider", [Provider.META, Provider.TWILIO])
async def test_somebody_writes_and_the_vendor_reports_it_signed(engine, company_id, provider) -> None:
    async with simulated() as network:
        there = simulating(engine, network.url)
        channel_id = await make_channel(there, company_id, provider=provider)

        await channels.write_as_customer(there, company_id, channel_id, SAID)
        await network.quiet()

    path, headers, body = network.receiver.posts[0]
    assert path.endswith(provider.value)
    assert {name.lower() for name in headers} & {"x-hub-signature-256", "x-twilio-signature"}
    assert b"5511999998888" in body


async def test_the_control_panels_key_goes_along(engine, company_id) -> None:
    async with simulated() as network:
        there = simulating(engine, network.url, simulator_key="hush")
        channel_id = await make_channel(there, company_id)

        await channels.write_as_customer(there, company_id, channel_id, SAID)


async def test_nobody_pretends_on_a_real_number(engine, company_id) -> None:
    channel = await add(engine, company_id, META)

    with pytest.raises(channels.NotSimulated):
        await channels.write_as_customer(simulating(engine), company_id, channel.id, SAID)


async def test_a_silent_simulator_is_told_without_what_was_said(engine, company_id) -> None:
    there = simulating(engine)
    channel_id = await make_channel(there, company_id)

    with pytest.raises(channels.SimulatorUnreachable) as raised:
        await channels.write_as_customer(there, company_id, channel_id, SAID)

    assert raised.value.__cause__ is None
    assert "café" not in repr(SAID)
