"""What campaigns sent stands in the timelines: each once, and nobody's inbox moves for it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from engine import inbox
from engine.dispatch import filing
from engine.ids import new_id
from tests.fakes import world
from tests.fakes.inbound import NOW, make_channel, make_contact, one, receive, rows, written

PHONE = "+5511988887777"
FIRST = UUID(int=0)

_SENT = text("""
    WITH person AS (
        INSERT INTO campaign_recipient
            (company_id, id, campaign_id, contact_id, address_kind, address, match_key, body, state)
        VALUES (:company, :id, :campaign, :contact, 'phone', :phone, :key, 'Promoção', 'dispatched')
    )
    INSERT INTO attempt (company_id, id, channel_id, campaign_id, recipient_id, address_kind, address, state,
                         epoch, dispatched_at)
    VALUES (:company, :id, :channel, :campaign, :id, 'phone', :phone, :state, 1, :at)
""")


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_channel(engine, company_id)


@pytest.fixture
async def contact_id(engine, company_id):
    return await make_contact(engine, company_id, PHONE)


@pytest.fixture
async def send(engine, company_id, channel_id):
    """A campaign's send to a contact, accepted unless told otherwise; returns the campaign."""

    async def sent(contact_id: UUID, campaign_id: UUID | None = None, state: str = "accepted") -> UUID:
        campaign_id = campaign_id or await world.make_campaign(engine, company_id, channel_id)
        id_ = new_id()
        values = {"company": company_id, "id": id_, "campaign": campaign_id, "contact": contact_id}
        more = {"channel": channel_id, "phone": PHONE, "key": str(id_), "state": state, "at": NOW}
        async with engine.unit_of_work(company_id) as uow:
            await uow.session.execute(_SENT, values | more)
        return campaign_id

    return sent


async def count_filed(engine, company_id) -> int:
    return await one(engine, company_id, "SELECT count(*) FROM message WHERE direction = 'outbound'")


async def test_campaign_messages_are_filed_once_and_flood_no_inbox(
    engine, company_id, contact_id, send
) -> None:
    first = await send(contact_id)
    await send(contact_id, first)
    await send(uuid4(), first)
    await send(contact_id, first, state="uncertain")

    for _ in range(2):
        await filing.file_rest(engine, company_id, first)

    (row,) = await rows(engine, company_id, "SELECT state, unread FROM conversation")
    assert tuple(row) == ("closed", 0)
    filed = await rows(engine, company_id, "SELECT text, kind, occurred_at FROM message")
    assert [tuple(row) for row in filed] == [("Promoção", "text", NOW)] * 2
    assert await one(engine, company_id, "SELECT address FROM conversation_channel") == PHONE


async def test_filing_goes_on_where_it_stopped(engine, company_id, contact_id, send) -> None:
    campaign_id = await send(contact_id)
    for _ in range(4):
        await send(contact_id, campaign_id)

    after, filed = FIRST, []
    for _ in range(4):
        async with engine.unit_of_work(company_id) as uow:
            after = await inbox.file_campaign(uow, campaign_id, after=after, most=2) or after
        filed.append(await count_filed(engine, company_id))

    assert filed == [2, 4, 5, 5]


async def test_a_conversation_that_stands_already_stays_as_it_is(
    engine, company_id, channel_id, contact_id, send
) -> None:
    await receive(engine, company_id, channel_id, written("Oi", wa_id="5511988887777"))
    before = await rows(engine, company_id, "SELECT id, state, unread, preview FROM conversation")

    await filing.file_rest(engine, company_id, await send(contact_id))

    assert await rows(engine, company_id, "SELECT id, state, unread, preview FROM conversation") == before
    assert await count_filed(engine, company_id) == 1


async def test_a_reply_finds_the_conversation_its_campaign_began(
    engine, company_id, channel_id, contact_id, send
) -> None:
    await filing.file_rest(engine, company_id, await send(contact_id))

    await receive(engine, company_id, channel_id, written("Quero!", wa_id="5511988887777", after=60))

    (row,) = await rows(engine, company_id, "SELECT state, unread, preview FROM conversation")
    assert tuple(row) == ("open", 1, "Quero!")
    assert await one(engine, company_id, "SELECT address FROM conversation_channel") == "5511988887777"
