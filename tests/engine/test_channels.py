"""Channels: what they need, who may read their secrets, and what the vendor says about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from embedded_server.simulator import config as simulator
from embedded_server.simulator import serving
from engine import channels, clock
from engine.channels import NewChannel, checking, rules
from engine.channels.inspecting import Inspection
from engine.models import Channel, ChannelKind, ChannelMode, ChannelState, Provider
from engine.vault import CellUnreadable

META = NewChannel(
    kind=ChannelKind.WHATSAPP,
    provider=Provider.META,
    name="Loja",
    sender="573542517421694",
    account="215589313241560883",
    secrets={"access_token": "EAAG-very-secret", "app_secret": "app-very-secret"},
)
TWILIO = NewChannel(
    kind=ChannelKind.SMS,
    provider=Provider.TWILIO,
    name="SMS",
    sender="+551150000000",
    account="AC11111111111111111111111111111111",
    mode=ChannelMode.SIMULATOR,
)


async def add(engine, company_id, new=META) -> Channel:
    async with engine.unit_of_work(company_id) as uow:
        return await channels.create(engine, uow, new)


async def test_secrets_are_sealed_for_their_row_alone(engine, company_id) -> None:
    channel = await add(engine, company_id)
    other = await add(engine, company_id, TWILIO)

    account = await channels.account_of(engine, channel)

    assert account.secrets["access_token"] == "EAAG-very-secret"
    assert account.secrets["verify_token"]
    assert b"very-secret" not in channel.secrets
    assert "very-secret" not in repr((account, channel, META))
    other.secrets = channel.secrets
    with pytest.raises(CellUnreadable):
        await channels.account_of(engine, other)


async def test_a_channel_talks_to_the_vendor_or_to_the_simulator(engine, company_id) -> None:
    live = await channels.account_of(engine, await add(engine, company_id))
    simulated = await channels.account_of(engine, await add(engine, company_id, TWILIO))

    assert (live.base_url, live.version) == ("https://graph.facebook.com", engine.settings.meta_version)
    assert live.status_callback is None
    assert simulated.base_url == engine.settings.simulator_url
    assert simulated.status_callback == f"http://127.0.0.1:8461/hooks/twilio/{simulated.channel_id}"


def test_the_simulator_and_its_channels_agree_on_their_secrets() -> None:
    assert rules.SIMULATED[Provider.META]["app_secret"] == simulator.APP_SECRET
    assert rules.SIMULATED[Provider.TWILIO]["auth_token"] == simulator.AUTH_TOKEN


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sender": "+5511999998888"}, "id or number of a sender"),
        ({"account": "AC1"}, "id of an account"),
        ({"kind": ChannelKind.VOICE}, "does not carry"),
        ({"secrets": {"access_token": "x"}}, "Missing secrets: app_secret"),
        ({"secrets": META.secrets | {"pasword": "x"}}, "Unknown secrets: pasword"),
    ],
)
async def test_what_cannot_work_is_refused_at_once(engine, company_id, changes, reason) -> None:
    fields = {name: getattr(META, name) for name in NewChannel.__slots__}

    with pytest.raises(channels.ChannelUnfit, match=reason):
        await add(engine, company_id, NewChannel(**(fields | changes)))


async def test_one_channel_for_one_number_in_one_company(engine, company_id, make_company) -> None:
    await add(engine, company_id)

    with pytest.raises(channels.SenderTaken):
        await add(engine, company_id)
    assert await add(engine, await make_company(engine))


async def test_a_stopped_channel_waits_for_a_person(engine, company_id) -> None:
    channel = await add(engine, company_id)

    async with engine.unit_of_work(company_id) as uow:
        stopped = await channels.stop(uow, channel.id, "190")
    assert (stopped.state, stopped.stop_reason) == (ChannelState.STOPPED, "190")

    async with engine.unit_of_work(company_id) as uow:
        resumed = await channels.resume(uow, channel.id)
    assert (resumed.state, resumed.stop_reason) == (ChannelState.ACTIVE, None)
    with pytest.raises(channels.NotResumable):
        async with engine.unit_of_work(company_id) as uow:
            await channels.resume(uow, channel.id)


async def test_a_given_secret_replaces_one_and_the_others_stay(engine, company_id) -> None:
    channel = await add(engine, company_id)

    async with engine.unit_of_work(company_id) as uow:
        await channels.update(engine, uow, channel.id, {"rate": 5.0}, {"access_token": "EAAG-new"})

    async with engine.unit_of_work(company_id) as uow:
        changed = await channels.find(uow, channel.id)
    held = (await channels.account_of(engine, changed)).secrets
    assert (changed.rate, held["access_token"], held["app_secret"]) == (5.0, "EAAG-new", "app-very-secret")


async def test_the_public_listener_knows_every_enabled_channel_of_every_company(
    own_engine, make_company
) -> None:
    first, second = [await make_company(own_engine) for _ in range(2)]
    kept = await add(own_engine, first)
    gone = await add(own_engine, second)
    await add(own_engine, second, TWILIO)
    async with own_engine.unit_of_work(second) as uow:
        await channels.disable(uow, gone.id)

    found = await channels.signing(own_engine)

    assert [(one.company_id, one.channel_id, one.secret) for one in found] == [
        (first, kept.id, "app-very-secret")
    ]
    assert "very-secret" not in repr(found)


async def test_an_unreadable_channel_does_not_hide_the_others(own_engine, make_company, caplog) -> None:
    company_id = await make_company(own_engine)
    kept, broken = await add(own_engine, company_id), await add(own_engine, await make_company(own_engine))
    async with own_engine.unit_of_work(broken.company_id) as uow:
        (await uow.session.scalars(select(Channel))).one().secrets = kept.secrets

    found = await channels.signing(own_engine)

    assert [one.channel_id for one in found] == [kept.id]
    assert str(broken.id) in caplog.text


async def test_a_token_close_to_its_end_is_a_problem_worth_telling(engine, company_id) -> None:
    channel = await add(engine, company_id)
    soon = clock.now() + timedelta(days=3)

    checking._keep(
        channel, Inspection(display="+55 11 3333-4444", quality="GREEN", expires_at=soon), clock.now()
    )

    assert channel.health["problems"] == ["token_expires_soon"]
    assert (channel.display, channel.token_expires_at) == ("+55 11 3333-4444", soon)


@pytest.mark.parametrize(
    ("new", "token", "problems", "status"),
    [
        (META, "EAAG", [], "CONNECTED"),
        (META, "EXPIRED", ["token_invalid"], None),
        (TWILIO, "simulated-auth-token", [], "active"),
    ],
)
async def test_a_test_keeps_what_the_vendor_says(engine, company_id, new, token, problems, status) -> None:
    secret = "access_token" if new is META else "auth_token"
    extra = {"app_id": "684200000000001"} if new is META else {}
    simulated = replace(new, mode=ChannelMode.SIMULATOR, secrets={secret: token, **extra})
    async with serving(simulator.SimulatorConfig(), port=0) as address:
        port = int(address.rsplit(":", 1)[1])
        there = replace(engine, settings=engine.settings.model_copy(update={"simulator_port": port}))
        channel = await add(there, company_id, simulated)

        tested = await channels.test_connection(there, company_id, channel.id)

    assert (tested.health["problems"], tested.health["status"]) == (problems, status)
