"""What an agent does in the inbox: answer, note, close, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine import consent, inbox
from engine.consent import Method, Wish
from engine.contacts import match_key
from engine.inbox import Answer, Note, contents
from engine.models import ChannelKind, ChannelState
from engine.providers.port import Interactive, Media, Template, Text
from tests.fakes.inbound import ANA, NOW, make_channel, one, receive, rows, written

HELLO = Text("Olá!")


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_channel(engine, company_id)


@pytest.fixture
async def conversation_id(engine, company_id, channel_id):
    (received,) = await receive(engine, company_id, channel_id, written("Oi"))
    return received.conversation_id


async def send(engine, company_id, conversation_id, answer: Answer):
    async with engine.unit_of_work(company_id) as uow:
        return await inbox.send(uow, conversation_id, answer)


async def test_an_answer_waits_in_the_queue_of_its_channel(
    engine, company_id, channel_id, conversation_id
) -> None:
    message = await send(engine, company_id, conversation_id, Answer(channel_id, HELLO, author_id=uuid4()))

    (row,) = await rows(engine, company_id, "SELECT * FROM message WHERE due_at IS NOT NULL")
    assert (row.id, row.direction, row.kind, row.text) == (message.id, "outbound", "text", "Olá!")
    assert contents.read(row.payload["content"]) == HELLO
    assert await one(engine, company_id, "SELECT preview FROM conversation") == "Olá!"


async def test_the_same_answer_is_never_queued_twice(engine, company_id, channel_id, conversation_id) -> None:
    answer = Answer(channel_id, HELLO, client_id="c-1")

    first = await send(engine, company_id, conversation_id, answer)
    again = await send(engine, company_id, conversation_id, answer)

    assert again.id == first.id


async def test_free_text_is_refused_when_24_hours_have_passed(engine, company_id, channel_id) -> None:
    (received,) = await receive(engine, company_id, channel_id, written("Oi", after=-86_401))

    with pytest.raises(inbox.WindowClosed):
        await send(engine, company_id, received.conversation_id, Answer(channel_id, HELLO))

    template = Template("pedido", "pt_BR", text="Seu pedido saiu")
    message = await send(engine, company_id, received.conversation_id, Answer(channel_id, template))
    assert message.text == "Seu pedido saiu"


async def test_sms_knows_no_window_and_takes_the_phone_of_the_contact(
    engine, company_id, conversation_id
) -> None:
    sms = await make_channel(engine, company_id, kind=ChannelKind.SMS)

    await send(engine, company_id, conversation_id, Answer(sms, HELLO))

    way = "SELECT address FROM conversation_channel WHERE channel_id = :id"
    assert await one(engine, company_id, way, id=sms) == f"+{ANA}"


async def test_whoever_opted_out_gets_nothing(engine, company_id, channel_id, conversation_id) -> None:
    async with engine.unit_of_work(company_id) as uow:
        key = match_key(ANA)
        wish = Wish(channel_kind=ChannelKind.WHATSAPP, match_key=key, method=Method.KEYWORD)
        await consent.record_opt_out(uow, wish)

    with pytest.raises(inbox.OptedOut):
        await send(engine, company_id, conversation_id, Answer(channel_id, HELLO))


async def test_a_stopped_channel_says_why_it_cannot_send(engine, company_id, conversation_id) -> None:
    values = {"state": ChannelState.STOPPED, "stop_reason": "The access token expired."}
    stopped = await make_channel(engine, company_id, **values)

    with pytest.raises(inbox.ChannelNotActive, match="token expired"):
        await send(engine, company_id, conversation_id, Answer(stopped, HELLO))


@pytest.mark.parametrize("company", ["another", "unknown"])
async def test_a_conversation_of_another_company_does_not_exist(
    engine, company_id, make_company, channel_id, conversation_id, company
) -> None:
    stranger = await make_company(engine) if company == "another" else company_id
    wanted = conversation_id if company == "another" else uuid4()

    with pytest.raises(inbox.ConversationNotFound):
        await send(engine, stranger, wanted, Answer(channel_id, HELLO))


async def test_an_empty_text_is_refused(engine, company_id, channel_id, conversation_id) -> None:
    with pytest.raises(inbox.EmptyMessage):
        await send(engine, company_id, conversation_id, Answer(channel_id, Text("  \n")))


async def test_a_note_moves_nothing(engine, company_id, conversation_id) -> None:
    before = await rows(engine, company_id, "SELECT unread, preview, last_message_at FROM conversation")

    async with engine.unit_of_work(company_id) as uow:
        note = await inbox.add_note(uow, conversation_id, Note("Cliente VIP", client_id="n-1"))
        again = await inbox.add_note(uow, conversation_id, Note("Cliente VIP", client_id="n-1"))

    assert (note.channel_id, again.id) == (None, note.id)
    assert (
        await rows(engine, company_id, "SELECT unread, preview, last_message_at FROM conversation") == before
    )


async def test_a_closed_conversation_opens_when_the_person_writes(
    engine, company_id, channel_id, conversation_id
) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await inbox.mark_read(uow, conversation_id)
        await inbox.assign(uow, conversation_id, uuid4())
        await inbox.close(uow, conversation_id)
    assert await one(engine, company_id, "SELECT state FROM conversation") == "closed"

    await receive(engine, company_id, channel_id, written("Voltei", wamid="wamid.2"))

    (row,) = await rows(engine, company_id, "SELECT state, unread FROM conversation")
    assert tuple(row) == ("open", 1)
    changes = "SELECT payload->>'change' FROM outbox WHERE topic = 'conversation.changed' ORDER BY id"
    assert [row[0] for row in await rows(engine, company_id, changes)] == ["read", "assigned", "closed"]


@pytest.mark.parametrize(
    "content",
    [
        Text("Oi", preview_url=True),
        Template(
            "promo", "pt_BR", ({"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},), "Oi"
        ),
        Media("image", link="https://example.com/x.jpg", caption="olha"),
        Interactive({"type": "button"}, "Escolha"),
    ],
)
def test_a_stored_content_is_read_back_as_it_was(content) -> None:
    assert contents.read(contents.store(content)) == content


async def pages(engine, company_id, chosen, most):
    after, names = None, []
    while True:
        async with engine.unit_of_work(company_id) as uow:
            page = await inbox.list_conversations(uow, chosen, after=after, most=most)
        names += [item.contact_name for item in page.items]
        if (after := page.after) is None:
            return names


async def test_conversations_come_page_by_page_newest_first(engine, company_id, channel_id) -> None:
    people = [
        written("Oi", wamid=f"w{n}", wa_id=f"551199999{n:04}", profile_name=f"P{n}", after=n // 2)
        for n in range(9)
    ]
    received = await receive(engine, company_id, channel_id, *people)
    async with engine.unit_of_work(company_id) as uow:
        await inbox.mark_read(uow, received[8].conversation_id)
        await inbox.assign(uow, received[0].conversation_id, uuid4())

    everybody = await pages(engine, company_id, inbox.Filter(), 2)
    assert everybody[0] == "P8"
    assert sorted(everybody) == [f"P{n}" for n in range(9)]
    assert "P8" not in await pages(engine, company_id, inbox.Filter(unread=True), 4)
    assert "P0" not in await pages(engine, company_id, inbox.Filter(is_unassigned=True), 4)


async def test_a_timeline_comes_page_by_page_with_how_far_answers_came(
    engine, company_id, channel_id, conversation_id
) -> None:
    later = [written(str(n), wamid=f"w{n}", after=n) for n in range(1, 8)]
    await receive(engine, company_id, channel_id, *later)

    before, texts = None, []
    for _ in range(4):
        async with engine.unit_of_work(company_id) as uow:
            page = await inbox.list_messages(uow, conversation_id, before=before, most=2)
        texts += [entry.message.text for entry in page.items]
        before = page.next

    assert texts == ["7", "6", "5", "4", "3", "2", "1", "Oi"]
    assert before is None


async def test_ways_say_until_when_free_text_is_allowed(engine, company_id, conversation_id) -> None:
    async with engine.unit_of_work(company_id) as uow:
        (way,) = await inbox.list_ways(uow, conversation_id)

    assert (way.name, way.window_expires_at) == ("Loja", NOW + timedelta(hours=24))
