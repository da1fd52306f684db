"""Stored words of a linked number and their effects: whose wish they are, and who is one with whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import orjson
import pytest

from engine import consent, contacts
from engine.db import pools
from engine.intake import EventIds, NewEvent, Processor, Rhythm, Source, Writer, kind_of
from engine.linked import following
from engine.models import ChannelKind, Track
from engine.providers.linked import inbound
from tests.fakes.inbound import ANA, BIA, NOW, one, rows, store
from tests.fakes.linked_words import GROUP, HIDDEN_CHAT, LID, PHONE_CHAT, make_number, said

KEY = contacts.match_key(ANA)


@pytest.fixture
async def company(own_engine, make_company):
    company_id = await make_company(own_engine)
    return own_engine, company_id, await make_number(own_engine, company_id)


async def stopped(engine, company_id) -> set[str]:
    async with engine.unit_of_work(company_id) as uow:
        return set(await consent.opted_out(uow, ChannelKind.WHATSAPP, [KEY, LID, GROUP]))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"chat": PHONE_CHAT, "chat_alt": HIDDEN_CHAT}, {KEY, LID}),
        ({"chat": HIDDEN_CHAT}, {LID}),
        ({"chat": PHONE_CHAT, "origin": "history"}, {KEY}),
        ({"chat": PHONE_CHAT, "from_me": True}, set()),
        ({"chat": GROUP, "sender": HIDDEN_CHAT, "sender_alt": PHONE_CHAT, "subject": "Clientes"}, set()),
    ],
    ids=["both", "hidden", "history", "phone", "group"],
)
async def test_a_stop_counts_when_its_person_says_it_to_us(company, told, expected) -> None:
    engine, company_id, channel_id = company
    await store(engine, company_id, channel_id, said("SAIR", id_="3A1", **told), source="linked")

    await Processor(engine).drain()

    assert await stopped(engine, company_id) == expected
    assert await one(engine, company_id, "SELECT count(*) FROM message") == 1


async def test_a_receipt_finds_what_was_written_on_the_phone(company) -> None:
    engine, company_id, channel_id = company
    at = NOW.isoformat()
    read = {
        "ids": ["3A1"],
        "tokens": [None],
        "kind": "read",
        "chat": PHONE_CHAT,
        "sender": PHONE_CHAT,
        "at": at,
    }
    bodies = [said("Oi", id_="3A1", chat=PHONE_CHAT, from_me=True)]
    bodies.append(orjson.dumps({"event": "receipt", "data": read}))
    await store(engine, company_id, channel_id, *bodies, source="linked")

    await Processor(engine).drain()

    assert await one(engine, company_id, "SELECT payload->>'receipt' FROM message") == "read"


async def test_a_receipt_waits_behind_what_was_written_on_the_phone(company) -> None:
    engine, company_id, channel_id = company
    receipt = {"ids": ["3A1"], "tokens": [None], "kind": "read", "chat": PHONE_CHAT, "at": NOW.isoformat()}
    written = orjson.loads(said("Oi", id_="3A1", chat=PHONE_CHAT, from_me=True))["data"]
    ids = EventIds()
    heard = [*inbound.pieces("message", written), *inbound.pieces("receipt", receipt)]
    events = [
        NewEvent(
            company_id, ids.next(), channel_id, Source.LINKED, kind_of(piece), piece.dedupe_key, piece.body
        )
        for piece in heard
    ]
    writer = Writer(partial(pools.connect, engine.address, application="linked tests"), engine.keys)
    await writer.start()
    await writer.store(events)
    await writer.close()

    # As in the worker: two queues, and the receipts' one is always ahead.
    await Processor(engine, tracks=[Track.RECEIPTS]).drain()
    await Processor(engine, tracks=[Track.MESSAGES]).drain()

    assert await one(engine, company_id, "SELECT payload->>'receipt' FROM message") == "read"


async def test_what_could_not_be_read_makes_room_for_itself_and_keeps_its_receipt(company) -> None:
    engine, company_id, channel_id = company
    place = {"id": "3A1", "chat": PHONE_CHAT, "from_me": True, "at": NOW.isoformat()}
    lost = orjson.dumps({"event": "undecryptable", "data": place})
    read = {**place, "ids": ["3A1"], "tokens": [None], "kind": "read"}
    receipt = orjson.dumps({"event": "receipt", "data": read})
    await store(engine, company_id, channel_id, lost, source="linked")
    await store(engine, company_id, channel_id, receipt, source="linked")
    await Processor(engine).drain()
    shown = "SELECT kind, text, payload->>'receipt' AS receipt FROM message"
    assert await rows(engine, company_id, shown) == [("unreadable", "", "read")]

    again = said("Oi", id_="3A1", chat=PHONE_CHAT, from_me=True)
    await store(engine, company_id, channel_id, again, source="linked")
    await Processor(engine).drain()

    assert await rows(engine, company_id, shown) == [("text", "Oi", "read")]


async def test_an_old_chat_is_called_as_the_phone_calls_it_though_only_we_wrote(company) -> None:
    engine, company_id, channel_id = company
    told = {"from_me": True, "name": None, "origin": "history", "subject": "Ana do bolo"}
    await store(
        engine, company_id, channel_id, said("Oi", id_="3A1", chat=PHONE_CHAT, **told), source="linked"
    )

    await Processor(engine).drain()

    assert await one(engine, company_id, "SELECT name FROM contact") == "Ana do bolo"


async def test_names_reach_contacts_and_groups_that_nobody_here_named(company) -> None:
    engine, company_id, channel_id = company
    nameless = said("Oi", id_="3A1", chat=PHONE_CHAT, from_me=True)
    bia = said("Oi", id_="3A2", chat=f"{BIA}@s.whatsapp.net", name="Bia")
    group = said("Oi", id_="3A3", chat=GROUP, sender=HIDDEN_CHAT, subject="Clientes")
    await store(engine, company_id, channel_id, nameless, bia, group, source="linked")
    await Processor(engine).drain()
    told = [
        {"jid": PHONE_CHAT, "name": "Ana do bolo"},
        {"jid": f"{BIA}@s.whatsapp.net", "name": "Outra"},
        {"jid": GROUP, "subject": "Clientes de ouro"},
        {"jid": "5511911112222@s.whatsapp.net", "name": "Nobody yet"},
        {"jid": "status@broadcast", "name": "Status"},
    ]

    for _ in range(2):
        async with engine.unit_of_work(company_id) as uow:
            await following.follow_names(uow, told)

    found = await rows(engine, company_id, "SELECT name FROM contact ORDER BY name")
    assert [row.name for row in found] == ["Ana do bolo", "Bia", "Clientes de ouro"]


async def test_two_processors_and_a_learner_make_one_of_each_pair(company) -> None:
    engine, company_id, channel_id = company
    pairs = [(f"9{n:013}", f"55119{70000000 + n}") for n in range(40)]
    bodies = [
        said("Oi", id_=f"{turn}.{n}", chat=(f"{lid}@lid", f"{number}@s.whatsapp.net")[turn % 2], after=turn)
        for turn in range(4)
        for n, (lid, number) in enumerate(pairs)
    ]
    await store(engine, company_id, channel_id, *bodies, source="linked")
    processors = [Processor(engine, replace(Rhythm(), turn=7)) for _ in range(2)]

    async def learn() -> None:
        for pair in pairs:
            async with engine.unit_of_work(company_id) as uow:
                await contacts.learn_pairs(uow, [pair])

    await asyncio.gather(*(processor.drain() for processor in processors), learn(), learn())
    await asyncio.gather(*(processor.drain() for processor in processors), learn())

    assert sum(processor.counts.quarantined + processor.counts.retried for processor in processors) == 0
    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 40
    assert {row.unread for row in await rows(engine, company_id, "SELECT unread FROM conversation")} == {4}
