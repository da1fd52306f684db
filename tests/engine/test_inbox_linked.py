"""What linked devices bring: hidden addresses, words written on the phone, and what was said before."""

from __future__ import annotations

import time

import pytest

from engine import inbox
from engine.delivery import apply_statuses
from engine.inbox import Answer, MessageAdded, MessageReceived
from engine.providers.inbound import DeliveryStatus, StatusUpdate
from engine.providers.port import Text
from tests.fakes.inbound import ANA, NOW, make_channel, one, receive, rows, written
from tests.fakes.inbox_world import settle
from tests.fakes.linked_words import GROUP, HIDDEN_CHAT, LID, PHONE_CHAT, hear, heard, in_group, make_number

STANDING = "SELECT unread, state, preview FROM conversation"
WAY = "SELECT address_kind, address, window_expires_at FROM conversation_channel"


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_number(engine, company_id)


async def timeline(engine, company_id):
    """Entries of the only conversation, oldest first."""
    async with engine.unit_of_work(company_id) as uow:
        listed = await inbox.list_conversations(uow, inbox.Filter())
        page = await inbox.list_messages(uow, listed.items[0].conversation.id)
    return list(reversed(page.items))


async def topics(engine, company_id) -> list[str]:
    found = await rows(engine, company_id, "SELECT topic, payload->>'change' FROM outbox ORDER BY id")
    return [topic if change is None else f"{topic} {change}" for topic, change in found]


async def test_answers_go_to_the_form_of_address_that_wrote(engine, company_id, channel_id) -> None:
    await hear(engine, company_id, channel_id, heard(chat=HIDDEN_CHAT, chat_alt=PHONE_CHAT))
    assert [tuple(row) for row in await rows(engine, company_id, WAY)] == [("lid", LID, None)]

    await hear(
        engine, company_id, channel_id, heard(id_="3A2", chat=PHONE_CHAT, chat_alt=HIDDEN_CHAT, after=1)
    )

    assert [tuple(row) for row in await rows(engine, company_id, WAY)] == [("wa_id", ANA, None)]
    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 1


async def test_a_linked_number_has_no_window(engine, company_id, channel_id) -> None:
    (received,) = await hear(engine, company_id, channel_id, heard(after=-90_000, chat=HIDDEN_CHAT))

    async with engine.unit_of_work(company_id) as uow:
        await inbox.send(uow, received.conversation_id, Answer(channel_id, Text("Ainda aí?")))
        (way,) = await inbox.list_ways(uow, received.conversation_id)

    assert (way.has_window, way.window_expires_at) == (False, None)
    assert await one(engine, company_id, "SELECT count(*) FROM message WHERE due_at IS NOT NULL") == 1


async def test_whoever_has_only_a_hidden_address_cannot_be_written_to_elsewhere(
    engine, company_id, channel_id
) -> None:
    (received,) = await hear(engine, company_id, channel_id, heard(chat=HIDDEN_CHAT))
    for channel in (await make_channel(engine, company_id), await make_number(engine, company_id)):
        async with engine.unit_of_work(company_id) as uow:
            try:
                await inbox.send(uow, received.conversation_id, Answer(channel, Text("Oi")))
            except inbox.NoAddress:
                refused = channel

    sent = await one(engine, company_id, "SELECT channel_id FROM message WHERE due_at IS NOT NULL")
    assert sent not in (refused, channel_id)


async def test_words_from_the_phone_stand_as_sent_and_move_nothing(engine, company_id, channel_id) -> None:
    added: list[MessageAdded] = []

    async def listen(event: MessageAdded) -> None:
        added.append(event)

    engine.bus.subscribe(MessageAdded, listen)
    (received,) = await hear(engine, company_id, channel_id, heard("Já vou", from_me=True))

    (entry,) = await timeline(engine, company_id)
    assert (entry.message.direction, entry.message.provider_message_id) == ("outbound", "3A1")
    assert (entry.message.attempt_id, entry.message.due_at, entry.state) == (None, None, None)
    assert [tuple(row) for row in await rows(engine, company_id, STANDING)] == [(0, "closed", "Já vou")]
    assert [(e.message_id, e.on_phone) for e in added] == [(received.message_id, True)]
    assert await topics(engine, company_id) == ["message.added"]
    assert await one(engine, company_id, "SELECT name FROM contact") == ""


async def test_words_from_the_phone_open_no_window_and_change_no_address(engine, company_id) -> None:
    meta = await make_channel(engine, company_id)
    await receive(engine, company_id, meta, written("Oi", after=-60))
    before = await rows(engine, company_id, WAY)

    await receive(engine, company_id, meta, written("Olá", wamid="wamid.2", from_me=True))

    assert await rows(engine, company_id, WAY) == before
    assert await one(engine, company_id, "SELECT unread FROM conversation") == 1


async def test_what_was_sent_from_here_and_comes_back_changes_nothing(engine, company_id, channel_id) -> None:
    (received,) = await hear(engine, company_id, channel_id, heard())
    async with engine.unit_of_work(company_id) as uow:
        sent = await inbox.send(uow, received.conversation_id, Answer(channel_id, Text("Olá")))
    await settle(engine, company_id, sent.id, "accepted")
    await rows(engine, company_id, "UPDATE attempt SET provider_message_id = '3EB0' RETURNING id")
    before = await topics(engine, company_id)

    echo = heard("Olá", id_="3EB0", from_me=True, chat=HIDDEN_CHAT)
    assert await hear(engine, company_id, channel_id, echo) == []

    assert await one(engine, company_id, "SELECT count(*) FROM message") == 2
    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 1
    assert await topics(engine, company_id) == before


async def test_receipts_of_words_from_the_phone_climb(engine, company_id, channel_id) -> None:
    await hear(engine, company_id, channel_id, heard("Já vou", from_me=True))

    for word in ("read", "delivered"):
        async with engine.unit_of_work(company_id) as uow:
            told = [
                StatusUpdate("3A1", DeliveryStatus(word), NOW),
                StatusUpdate("3A9", DeliveryStatus.READ, NOW),
            ]
            applied = await apply_statuses(uow, channel_id, told)
            await inbox.note_receipts(uow, channel_id, applied.strangers)

    (entry,) = await timeline(engine, company_id)
    assert entry.receipt == "read"
    async with engine.unit_of_work(company_id) as uow:
        (listed,) = (await inbox.list_conversations(uow, inbox.Filter())).items
    assert (listed.latest.direction, listed.latest.receipt) == ("outbound", "read")
    assert await topics(engine, company_id) == ["message.added", "message.changed status"]


async def test_our_side_takes_back_on_the_phone_what_it_wrote(engine, company_id, channel_id) -> None:
    own = heard("Errado", from_me=True)
    back = {"kind": "revoke", "text": "", "payload": {"original_message_id": "3A1"}}
    await hear(engine, company_id, channel_id, own, heard(id_="3A2", after=1, **back))
    assert await one(engine, company_id, "SELECT revoked_at FROM message") is None

    await hear(engine, company_id, channel_id, heard(id_="3A3", after=2, from_me=True, **back))

    assert await one(engine, company_id, "SELECT revoked_at FROM message") is not None


async def test_history_takes_its_place_and_tells_nobody(engine, company_id, channel_id) -> None:
    heard_of: list[MessageReceived] = []

    async def listen(event: MessageReceived) -> None:
        heard_of.append(event)

    await hear(engine, company_id, channel_id, heard("nova"))
    engine.bus.subscribe(MessageReceived, listen)
    old = [
        heard("antiga", id_="3A0", after=-7200, origin="history", chat=HIDDEN_CHAT, chat_alt=PHONE_CHAT),
        heard("resposta", id_="3B0", after=-7100, origin="history", from_me=True),
    ]
    await hear(engine, company_id, channel_id, *old)

    assert [e.message.text for e in await timeline(engine, company_id)] == ["antiga", "resposta", "nova"]
    assert [tuple(row) for row in await rows(engine, company_id, STANDING)] == [(1, "open", "nova")]
    assert await one(engine, company_id, "SELECT address FROM conversation_channel") == ANA
    assert await topics(engine, company_id) == ["message.received", "conversation.changed history"]
    assert heard_of == []


async def test_a_conversation_that_begins_with_history_waits_for_its_person(
    engine, company_id, channel_id
) -> None:
    await hear(engine, company_id, channel_id, heard("antiga", after=-7200, origin="history"))
    assert [tuple(row) for row in await rows(engine, company_id, STANDING)] == [(0, "closed", "antiga")]

    await hear(engine, company_id, channel_id, heard("Voltei", id_="3A2"))

    assert [tuple(row) for row in await rows(engine, company_id, STANDING)] == [(1, "open", "Voltei")]


async def test_three_thousand_old_messages_are_soon_there(engine, company_id, channel_id) -> None:
    old = [
        heard(
            str(n),
            id_=f"3A{n}",
            after=-9_000 + n,
            origin="history",
            chat=f"55119{70000000 + n % 200}@s.whatsapp.net",
        )
        for n in range(3_000)
    ]
    began = time.perf_counter()
    for first in range(0, len(old), 500):
        await hear(engine, company_id, channel_id, *old[first : first + 500])

    # A second and a half on two shared cores; the bound leaves room for their other users.
    assert time.perf_counter() - began < 15
    assert await one(engine, company_id, "SELECT count(*) FROM message") == 3_000
    assert await one(engine, company_id, "SELECT sum(unread) FROM conversation") == 0
    assert await one(engine, company_id, "SELECT count(*) FROM outbox") == 6 * 200


async def group_names(engine, company_id) -> tuple[str, str]:
    (row,) = await rows(engine, company_id, "SELECT name, subject FROM contact")
    return tuple(row)


async def test_a_group_is_one_contact_that_follows_its_subject(engine, company_id, channel_id) -> None:
    bia = in_group("Olá", id_="3A2", who="555", name="Bia")
    received = await hear(engine, company_id, channel_id, in_group("Oi"), bia)
    assert len({one.contact_id for one in received}) == 1
    assert await group_names(engine, company_id) == ("Clientes", "Clientes")
    identities = await rows(engine, company_id, "SELECT kind, value FROM contact_identity")
    assert [tuple(row) for row in identities] == [("group", GROUP)]

    await hear(engine, company_id, channel_id, in_group(id_="3A3", subject="Clientes 2"))
    assert await group_names(engine, company_id) == ("Clientes 2", "Clientes 2")

    await rows(engine, company_id, "UPDATE contact SET name = 'Grupo da loja' RETURNING id")
    await hear(engine, company_id, channel_id, in_group(id_="3A4", subject="Clientes 3"))
    assert await group_names(engine, company_id) == ("Grupo da loja", "Clientes 3")


async def test_a_group_is_answered_as_a_group_and_says_who_wrote(engine, company_id, channel_id) -> None:
    (received,) = await hear(engine, company_id, channel_id, in_group("Oi", name="Ana Souza"))

    async with engine.unit_of_work(company_id) as uow:
        await inbox.send(uow, received.conversation_id, Answer(channel_id, Text("Olá a todos")))

    assert [tuple(row) for row in await rows(engine, company_id, WAY)] == [("group", GROUP, None)]
    question, answer = await timeline(engine, company_id)
    assert (inbox.author_name(question.message), inbox.author_name(answer.message)) == ("Ana Souza", None)


async def test_in_a_group_nobody_changes_what_another_one_wrote(engine, company_id, channel_id) -> None:
    change = {"kind": "edit", "payload": {"original_message_id": "3A1"}}
    forged = in_group("Falso", id_="3A2", who="555", after=1, **change)
    await hear(engine, company_id, channel_id, in_group("Oi"), forged)
    text = "SELECT text FROM message WHERE provider_message_id = '3A1'"
    assert await one(engine, company_id, text) == "Oi"

    await hear(engine, company_id, channel_id, in_group("Olá", id_="3A3", after=2, **change))

    assert await one(engine, company_id, text) == "Olá"


async def test_each_member_of_a_group_has_a_reaction_of_their_own(engine, company_id, channel_id) -> None:
    def reaction(emoji: str, id_: str, **told):
        told = {"kind": "reaction", "payload": {"message_id": "3A1", "emoji": emoji}, **told}
        return in_group("", id_=id_, after=1, **told)

    ours = reaction("🙏", "3A4", from_me=True)
    given = [in_group(), reaction("👍", "3A2"), reaction("❤️", "3A3", who="555"), ours]
    await hear(engine, company_id, channel_id, *given)

    kept = await one(engine, company_id, "SELECT payload->'reactions' FROM message")
    assert {who: one["emoji"] for who, one in kept.items()} == {LID: "👍", "555": "❤️", "us": "🙏"}
