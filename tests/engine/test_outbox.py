"""What clients have heard is always a prefix of what happened, however many write at once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from engine.context import Engine
from engine.db import outbox
from engine.db.outbox import Fact
from engine.events import CampaignChanged, ChannelChanged, LaneDue
from engine.ids import new_id
from engine.models import Tag

WRITERS = 8
EACH = 15


class Abandoned(Exception):
    """The writer thinks better of it."""


async def write(engine: Engine, company_id: UUID, chance: random.Random) -> list[UUID]:
    """Transactions of all lengths; a third of them ends in nothing. Returns what was committed."""
    committed = []
    for _ in range(EACH):
        ids = [uuid4() for _ in range(chance.randint(1, 3))]
        with contextlib.suppress(Abandoned):
            async with engine.unit_of_work(company_id) as uow:
                uow.session.add(Tag(company_id=company_id, id=new_id(), name=str(ids[0])))
                for channel_id in ids:
                    uow.announce(ChannelChanged(company_id=company_id, channel_id=channel_id, state="active"))
                await uow.session.flush()
                await asyncio.sleep(chance.uniform(0, 0.02))
                if chance.random() < 0.33:
                    raise Abandoned
            committed += ids
    return committed


async def number(engine: Engine, done: asyncio.Event) -> None:
    while not done.is_set():
        async with engine.machine_work() as uow:
            await outbox.give_numbers(uow.session, most=7)
        await asyncio.sleep(0)


async def listen(engine: Engine, done: asyncio.Event, seq: int) -> list[Fact]:
    heard: list[Fact] = []
    while not done.is_set():
        heard += await facts_after(engine, heard[-1].seq if heard else seq)
    return heard + await facts_after(engine, heard[-1].seq if heard else seq)


async def facts_after(engine: Engine, seq: int) -> list[Fact]:
    async with engine.machine_work() as uow:
        return await outbox.after(uow.session, seq)


async def settle(engine: Engine) -> None:
    async with engine.machine_work() as uow:
        await outbox.give_numbers(uow.session)


async def head(engine: Engine) -> int:
    async with engine.machine_work() as uow:
        return await outbox.head(uow.session)


def channels(facts: list[Fact]) -> list[str]:
    return [fact.payload["channel_id"] for fact in facts]


@pytest.mark.parametrize("seed", [1, 2])
async def test_under_writers_at_once_nobody_who_listens_misses_a_fact(own_engine, make_company, seed) -> None:
    companies = [await make_company(own_engine, name) for name in ("Ipê", "Acácia")]
    done, chance = asyncio.Event(), random.Random(seed)

    numbering = [asyncio.create_task(number(own_engine, done)) for _ in range(2)]
    hearing = [asyncio.create_task(listen(own_engine, done, 0)) for _ in range(2)]
    writing = (write(own_engine, companies[n % 2], random.Random(chance.random())) for n in range(WRITERS))
    written = await asyncio.gather(*writing)
    await settle(own_engine)
    done.set()

    await asyncio.gather(*numbering)
    heard = await asyncio.gather(*hearing)
    assert heard[0] == heard[1]
    assert sorted(channels(heard[0])) == sorted(str(id_) for ids in written for id_ in ids)
    assert [fact.seq for fact in heard[0]] == sorted({fact.seq for fact in heard[0]})


async def test_facts_of_one_transaction_keep_their_order(own_engine, make_company) -> None:
    company_id = await make_company(own_engine)
    ids = [uuid4() for _ in range(50)]
    async with own_engine.unit_of_work(company_id) as uow:
        for channel_id in ids:
            uow.announce(ChannelChanged(company_id=company_id, channel_id=channel_id, state="active"))
    await settle(own_engine)

    assert channels(await facts_after(own_engine, 0)) == [str(id_) for id_ in ids]


async def test_a_fact_has_no_number_before_it_is_committed(own_engine, make_company) -> None:
    company_id = await make_company(own_engine)
    async with own_engine.unit_of_work(company_id) as uow:
        event = ChannelChanged(company_id=company_id, channel_id=uuid4(), state="active")
        await outbox.write(uow.session, company_id, [event])
        await settle(own_engine)
        assert await facts_after(own_engine, 0) == []

    await settle(own_engine)
    assert len(await facts_after(own_engine, 0)) == 1


async def test_events_without_a_topic_stay_at_home(own_engine, make_company) -> None:
    company_id = await make_company(own_engine)
    async with own_engine.unit_of_work(company_id) as uow:
        uow.announce(LaneDue(company_id=company_id, channel_id=uuid4()))
    await settle(own_engine)

    assert await facts_after(own_engine, 0) == []


async def test_a_fact_is_plain_data_without_its_company(own_engine, make_company) -> None:
    company_id, campaign_id = await make_company(own_engine), uuid4()
    async with own_engine.unit_of_work(company_id) as uow:
        uow.announce(CampaignChanged(company_id=company_id, campaign_id=campaign_id, state="sending"))
    await settle(own_engine)

    (fact,) = await facts_after(own_engine, 0)
    assert (fact.company_id, fact.topic) == (company_id, "campaign.changed")
    assert fact.payload == {"campaign_id": str(campaign_id), "state": "sending", "reason": None}
    assert abs((datetime.now(UTC) - fact.created_at).total_seconds()) < 60


async def test_a_company_reads_its_own_facts_alone(own_engine, make_company) -> None:
    mine, theirs = await make_company(own_engine), await make_company(own_engine)
    for company_id in (mine, theirs, mine):
        async with own_engine.unit_of_work(company_id) as uow:
            uow.announce(ChannelChanged(company_id=company_id, channel_id=uuid4(), state="active"))
    await settle(own_engine)

    async with own_engine.unit_of_work(mine) as uow:
        last = await head(own_engine)
        own = await outbox.of_company(uow.session, mine, after=0, upto=last, most=10)
        assert await outbox.of_company(uow.session, theirs, after=0, upto=last, most=10) == []
    assert [fact.company_id for fact in own] == [mine, mine]


async def test_numbers_are_never_given_twice_after_old_facts_are_gone(own_engine, make_company) -> None:
    company_id = await make_company(own_engine)
    async with own_engine.unit_of_work(company_id) as uow:
        uow.announce(ChannelChanged(company_id=company_id, channel_id=uuid4(), state="active"))
    await settle(own_engine)
    last = await head(own_engine)
    async with own_engine.machine_work() as uow:
        await uow.session.execute(text("SELECT forget_old(now() + interval '30 days')"))

    async with own_engine.unit_of_work(company_id) as uow:
        uow.announce(ChannelChanged(company_id=company_id, channel_id=uuid4(), state="active"))
    await settle(own_engine)

    assert [fact.seq for fact in await facts_after(own_engine, 0)] == [last + 1]
