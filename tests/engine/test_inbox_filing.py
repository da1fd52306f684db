"""What campaigns sent stands in the timelines: each once, and nobody's inbox moves for it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from engine import inbox
from engine.dispatch import filing, queries
from engine.ids import new_id
from engine.models import CampaignState
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


async def write_down(engine, company_id, **values) -> None:
    """One send of a campaign."""
    id_ = new_id()
    known = {"company": company_id, "id": id_, "phone": PHONE, "key": str(id_), "at": NOW}
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(_SENT, known | values)


@pytest.fixture
async def send(engine, company_id, channel_id):
    """A campaign's send to a contact, accepted unless told otherwise; returns the campaign."""

    async def sent(contact_id: UUID, campaign_id: UUID | None = None, state: str = "accepted") -> UUID:
        campaign_id = campaign_id or await world.make_campaign(
            engine, company_id, channel_id, state=CampaignState.SENDING
        )
        values = {"campaign": campaign_id, "contact": contact_id, "channel": channel_id, "state": state}
        await write_down(engine, company_id, **values)
        return campaign_id

    return sent


@pytest.fixture
async def send_in():
    """The same in any company, with a contact and a number of its own."""

    async def sent(engine, company_id, state: str = "accepted") -> UUID:
        channel_id = await make_channel(engine, company_id)
        campaign_id = await world.make_campaign(engine, company_id, channel_id, state=CampaignState.SENDING)
        contact_id = await make_contact(engine, company_id, PHONE)
        values = {"campaign": campaign_id, "contact": contact_id, "channel": channel_id, "state": state}
        await write_down(engine, company_id, **values)
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


async def test_who_answers_a_campaign_finds_it_in_the_timeline_before_it_is_filed(
    engine, company_id, channel_id, contact_id, send
) -> None:
    await send(contact_id)
    await send(await make_contact(engine, company_id, "+5511977776666"))

    await receive(engine, company_id, channel_id, written("Quero!", wa_id="5511988887777", after=60))

    texts = await rows(engine, company_id, "SELECT text FROM message ORDER BY occurred_at")
    assert [row.text for row in texts] == ["Promoção", "Quero!"]


async def test_a_cancelled_campaign_is_filed_to_its_end_and_left_alone(
    own_engine, make_company, send_in
) -> None:
    company = await make_company(own_engine)
    campaign_id = await send_in(own_engine, company)
    state = text("UPDATE campaign SET state = 'cancelled'")
    async with own_engine.unit_of_work(company) as uow:
        await uow.session.execute(state)

    await filing.Filer(own_engine).sweep()

    assert await count_filed(own_engine, company) == 1
    assert await one(own_engine, company, "SELECT filed_at IS NOT NULL FROM campaign") is True
    async with own_engine.machine_work() as uow:
        assert campaign_id not in {row.campaign_id for row in await queries.unfiled(uow.session)}


async def test_an_ended_campaign_with_a_send_in_doubt_stays_open_for_filing(
    own_engine, make_company, send_in
) -> None:
    company = await make_company(own_engine)
    await send_in(own_engine, company, state="uncertain")
    async with own_engine.unit_of_work(company) as uow:
        await uow.session.execute(text("UPDATE campaign SET state = 'completed'"))

    await filing.Filer(own_engine).sweep()

    assert await one(own_engine, company, "SELECT filed_at FROM campaign") is None
