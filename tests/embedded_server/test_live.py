"""Live updates over a real Socket.IO connection."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import aiohttp
import pytest
import socketio
from sqlalchemy import text

from embedded_server.live import stream
from engine import accounts
from engine.events import ChannelChanged, OptedOut
from engine.models import MembershipState, Role
from tests.fakes.api import join
from tests.fakes.live import LiveClient


async def tell(engine, company_id, count: int = 1) -> None:
    async with engine.unit_of_work(company_id) as uow:
        for number in range(count):
            uow.announce(ChannelChanged(company_id=company_id, channel_id=uuid4(), state=str(number)))


@pytest.fixture
async def connect(url, engine):
    opened: list[LiveClient] = []

    async def open_client(token: str, seq: int | None = None, **options) -> LiveClient:
        opened.append(await LiveClient.connect(url, token, seq, **options))
        return opened[-1]

    yield open_client
    for client in opened:
        await client.close()


async def test_a_committed_fact_reaches_the_clients_of_its_company_alone(
    connect, engine, company_id, make_company
) -> None:
    other = await make_company(engine)
    mine = await connect((await join(engine, company_id, Role.VIEWER)).token)
    theirs = await connect((await join(engine, other, Role.VIEWER)).token)

    await tell(engine, company_id)
    await mine.heard(1)
    await tell(engine, other)
    await theirs.heard(1)

    assert mine.topics() == theirs.topics() == ["channel.changed"]
    assert mine.events[0]["payload"].keys() == {"channel_id", "state", "reason"}
    assert mine.events[0]["seq"] < theirs.events[0]["seq"]


async def test_what_is_rolled_back_is_never_heard(connect, engine, company_id) -> None:
    client = await connect((await join(engine, company_id, Role.OWNER)).token)

    async def fail() -> None:
        async with engine.unit_of_work(company_id) as uow:
            uow.announce(OptedOut(company_id=company_id, channel_kind="sms", contact_id=None))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await tell(engine, company_id)
    await client.heard(1)

    assert client.topics() == ["channel.changed"]


async def test_many_facts_at_once_come_in_few_frames_and_in_order(connect, engine, company_id) -> None:
    client = await connect((await join(engine, company_id, Role.OWNER)).token)

    await tell(engine, company_id, 300)
    await client.heard(300)

    assert [event["payload"]["state"] for event in client.events] == [str(n) for n in range(300)]
    assert client.frames <= 3


async def test_a_client_that_comes_back_hears_what_it_missed_and_nothing_twice(
    connect, engine, company_id
) -> None:
    token = (await join(engine, company_id, Role.OWNER)).token
    before = await connect(token)
    await tell(engine, company_id, 3)
    await before.heard(3)
    await before.close()
    await tell(engine, company_id, 40)

    after = await connect(token, seq=before.events[1]["seq"])
    await tell(engine, company_id, 2)
    await after.heard(43)

    assert after.welcome == {"seq": before.events[1]["seq"], "resync": False}
    numbers = [event["seq"] for event in after.events]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 43


async def test_clients_that_connect_while_facts_are_made_miss_none(connect, engine, company_id) -> None:
    token = (await join(engine, company_id, Role.OWNER)).token
    first = await connect(token)
    start = first.welcome["seq"]

    async def keep_telling() -> None:
        for _ in range(40):
            await tell(engine, company_id)

    telling = asyncio.create_task(keep_telling())
    late = [await connect(token, seq=start) for _ in range(5)]
    await telling
    for client in (first, *late):
        await client.heard(40)

    assert {tuple(event["seq"] for event in client.events) for client in late} == {
        tuple(event["seq"] for event in first.events)
    }


@pytest.mark.parametrize("seq", [2**62, -1])
async def test_a_number_from_another_life_means_load_everything_again(
    connect, engine, company_id, seq, monkeypatch
) -> None:
    token = (await join(engine, company_id, Role.OWNER)).token
    client = await connect(token)
    await tell(engine, company_id, 30)
    await client.heard(30)
    monkeypatch.setattr(stream, "MOST_MISSED", 20)

    back = await connect(token, seq=client.welcome["seq"] if seq < 0 else seq)

    assert back.welcome["resync"] is True
    assert back.welcome["seq"] >= client.events[-1]["seq"]


@pytest.mark.parametrize(
    "auth", [None, {}, {"token": "mia_wrong"}, {"token": 7}, "x", {"token": "x", "seq": -1}]
)
async def test_nobody_listens_without_a_good_token(url, auth) -> None:
    client = socketio.AsyncClient(reconnection=False)

    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(url, auth=auth, socketio_path="/live", transports=["websocket"], wait_timeout=5)
    await client.disconnect()


@pytest.mark.parametrize("end", ["revoked", "suspended", "signed_out"])
async def test_au_04_tn_11_a_lost_session_loses_its_connection_within_five_seconds(
    connect, engine, company_id, end
) -> None:
    session = await join(engine, company_id, Role.AGENT)
    boss = await join(engine, company_id, Role.OWNER)
    client, other = await connect(session.token), await connect(boss.token)
    who = session.principal

    async with engine.unit_of_work(company_id, who.person_id) as uow:
        if end == "revoked":
            await accounts.revoke_device(uow, who, who.device_id)
        elif end == "suspended":
            await accounts.change_member(uow, boss.principal, who.person_id, state=MembershipState.SUSPENDED)
        else:
            await accounts.sign_out(uow, who)

    await asyncio.wait_for(client.closed.wait(), 5)
    assert not other.closed.is_set()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_au_09_a_foreign_page_cannot_open_a_live_connection(url, origin) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{url}/live/?EIO=4&transport=websocket", headers={"Origin": origin})

    assert refused.value.status in (400, 403)


async def test_live_updates_survive_a_lost_database_connection(connect, engine, company_id) -> None:
    client = await connect((await join(engine, company_id, Role.OWNER)).token)

    async with engine.machine_work() as uow:
        await uow.session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'master-ia live' AND usename = current_user"
            )
        )
    await tell(engine, company_id)

    await client.heard(1)
    assert client.topics() == ["channel.changed"]
