"""Messages that come in: whose they are, in which order they stand, and what they open."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from engine import inbox
from engine.inbox import Arrivals, MessageReceived
from engine.models import ChannelKind
from engine.providers.inbound import InboundMedia, MessageKind
from tests.fakes.inbound import ANA, BIA, NOW, make_channel, make_contact, one, receive, rows, written


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_channel(engine, company_id)


async def timeline(engine, company_id):
    async with engine.unit_of_work(company_id) as uow:
        listed = await inbox.list_conversations(uow, inbox.Filter())
        page = await inbox.list_messages(uow, listed.items[0].conversation.id)
    return [entry.message.text for entry in reversed(page.items)]


async def test_a_stranger_becomes_a_named_contact_with_one_conversation(
    engine, company_id, channel_id
) -> None:
    (received,) = await receive(engine, company_id, channel_id, written("Oi, tudo bem?"))

    (contact,) = await rows(engine, company_id, "SELECT id, name, name_folded, source FROM contact")
    assert contact == (received.contact_id, "Ana Souza", "ana souza", "message")
    identities = await rows(engine, company_id, "SELECT kind, value FROM contact_identity ORDER BY kind")
    assert [tuple(row) for row in identities] == [("phone", f"+{ANA}"), ("wa_id", ANA)]
    (row,) = await rows(
        engine, company_id, "SELECT unread, preview, last_message_at, state FROM conversation"
    )
    assert tuple(row) == (1, "Oi, tudo bem?", NOW, "open")


async def test_wh_03_a_repeated_message_changes_nothing(engine, company_id, channel_id) -> None:
    first = await receive(engine, company_id, channel_id, written("Oi"))
    again = await receive(engine, company_id, channel_id, written("Oi"), written("Oi"))

    assert [r.is_new for r in first] == [True]
    assert [r.is_new for r in again] == [False]
    assert await one(engine, company_id, "SELECT count(*) FROM message") == 1
    assert await one(engine, company_id, "SELECT unread FROM conversation") == 1
    assert await one(engine, company_id, "SELECT count(*) FROM outbox") == 1


async def test_wh_04_fifty_deliveries_at_once_make_one_message_and_one_event(
    engine, company_id, channel_id
) -> None:
    await asyncio.gather(*(receive(engine, company_id, channel_id, written("Oi")) for _ in range(50)))

    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 1
    assert await one(engine, company_id, "SELECT count(*) FROM message") == 1
    assert await one(engine, company_id, "SELECT unread FROM conversation") == 1
    assert await one(engine, company_id, "SELECT count(*) FROM outbox WHERE topic = 'message.received'") == 1


async def test_wh_05_different_messages_of_a_new_person_at_once_share_one_conversation(
    engine, company_id, channel_id
) -> None:
    await asyncio.gather(
        *(receive(engine, company_id, channel_id, written(str(n), wamid=f"wamid.{n}")) for n in range(20))
    )

    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 1
    assert await one(engine, company_id, "SELECT count(*) FROM conversation") == 1
    assert await one(engine, company_id, "SELECT unread FROM conversation") == 20


async def test_messages_of_one_second_stand_in_the_order_in_which_they_came(
    engine, company_id, channel_id
) -> None:
    burst = [written(str(n), wamid=f"wamid.{n}") for n in range(30)]
    await receive(engine, company_id, channel_id, *burst[:10])
    await receive(engine, company_id, channel_id, *burst[10:])

    assert await timeline(engine, company_id) == [str(n) for n in range(30)]


async def test_an_imported_number_and_its_old_whatsapp_id_are_one_person(
    engine, company_id, channel_id
) -> None:
    contact_id = await make_contact(engine, company_id, "+5531988887777", name="Bia")

    (received,) = await receive(engine, company_id, channel_id, written("Oi", wa_id=BIA))

    assert received.contact_id == contact_id
    assert await one(engine, company_id, "SELECT name FROM contact") == "Bia"
    assert await one(engine, company_id, "SELECT value FROM contact_identity WHERE kind = 'wa_id'") == BIA


async def test_a_person_without_a_number_is_known_by_their_business_scoped_id(
    engine, company_id, channel_id
) -> None:
    bsuid = "BR.13491208655302741918"
    await receive(engine, company_id, channel_id, written("Oi", wa_id=None, bsuid=bsuid))
    await receive(engine, company_id, channel_id, written("De novo", wamid="wamid.2", bsuid=bsuid))

    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 1
    way = await rows(engine, company_id, "SELECT address_kind, address FROM conversation_channel")
    assert [tuple(row) for row in way] == [("wa_id", ANA)]


async def test_the_window_opens_at_the_vendors_time_and_is_only_extended(
    engine, company_id, channel_id
) -> None:
    window = "SELECT window_expires_at FROM conversation_channel"
    await receive(engine, company_id, channel_id, written(after=-3600))
    assert await one(engine, company_id, window) == NOW + timedelta(hours=23)

    await receive(engine, company_id, channel_id, written(wamid="wamid.old", after=-7200))
    assert await one(engine, company_id, window) == NOW + timedelta(hours=23)

    await receive(engine, company_id, channel_id, written(wamid="wamid.new"))
    assert await one(engine, company_id, window) == NOW + timedelta(hours=24)


async def test_a_late_message_neither_moves_the_conversation_nor_its_preview(
    engine, company_id, channel_id
) -> None:
    await receive(engine, company_id, channel_id, written("nova"))
    await receive(engine, company_id, channel_id, written("velha", wamid="wamid.0", after=-600))

    (row,) = await rows(engine, company_id, "SELECT preview, last_message_at, unread FROM conversation")
    assert tuple(row) == ("nova", NOW, 2)


async def test_every_file_of_a_message_waits_to_be_fetched(engine, company_id, channel_id) -> None:
    image = InboundMedia("1037", mime="image/jpeg", sha256="ab" * 32)
    more = [{"url": "https://api.twilio.com/1", "mime": "audio/ogg"}]
    photo = written("olha", kind=MessageKind.IMAGE, media=image, payload={"more_media": more})
    await receive(engine, company_id, channel_id, photo)
    await receive(engine, company_id, channel_id, photo)

    found = await rows(
        engine, company_id, "SELECT provider_media_id, source_url, mime, state FROM media_file ORDER BY mime"
    )
    assert [tuple(row) for row in found] == [
        (None, "https://api.twilio.com/1", "audio/ogg", "pending"),
        ("1037", None, "image/jpeg", "pending"),
    ]


async def test_one_event_tells_of_all_messages_of_a_conversation(engine, company_id, channel_id) -> None:
    heard: list[MessageReceived] = []

    async def listen(event: MessageReceived) -> None:
        heard.append(event)

    engine.bus.subscribe(MessageReceived, listen)
    messages = [written(str(n), wamid=f"wamid.{n}", after=n) for n in range(3)]
    received = await receive(engine, company_id, channel_id, *messages)

    assert [(event.message_id, event.count) for event in heard] == [(received[-1].message_id, 3)]


async def test_a_mark_for_what_cannot_be_shown_makes_room_for_the_message(
    engine, company_id, channel_id
) -> None:
    async with engine.unit_of_work(company_id) as uow:
        marked = Arrivals(channel_id, ChannelKind.WHATSAPP, [written("Oi")], can_show=False)
        await inbox.receive(uow, marked)
    assert await timeline(engine, company_id) == [""]

    await receive(engine, company_id, channel_id, written("Oi"))

    assert await timeline(engine, company_id) == ["Oi"]
    assert await one(engine, company_id, "SELECT kind FROM message") == "text"
