"""What happens to messages after they arrived: reactions, edits, revocations."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text

from engine import inbox
from engine.delivery import apply_statuses
from engine.ids import new_id
from engine.inbox import Answer
from engine.providers.inbound import DeliveryStatus, MessageKind, StatusUpdate
from engine.providers.port import Text
from tests.fakes.inbound import BIA, NOW, make_attempts, make_channel, one, receive, rows, written
from tests.fakes.world import make_campaign


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_channel(engine, company_id)


def reaction(emoji: str, *, to: str = "wamid.1", after: float = 1, **fields):
    payload = {"message_id": to, "emoji": emoji}
    wamid = fields.pop("wamid", f"wamid.r{after}")
    return written("", wamid=wamid, after=after, kind=MessageKind.REACTION, payload=payload, **fields)


def edit(body: str, *, to: str = "wamid.1", after: float = 1, **fields):
    payload = {"original_message_id": to}
    return written(
        body, wamid=f"wamid.e{after}", after=after, kind=MessageKind.EDIT, payload=payload, **fields
    )


def revoke(*, to: str = "wamid.1", **fields):
    payload = {"original_message_id": to}
    return written("", wamid="wamid.v", after=9, kind=MessageKind.REVOKE, payload=payload, **fields)


EMOJI = "SELECT jsonb_path_query_first(payload, '$.reactions.*.emoji') #>> '{}' FROM message"


async def test_a_reaction_lands_on_its_message_and_counts_as_nothing_new(
    engine, company_id, channel_id
) -> None:
    await receive(engine, company_id, channel_id, written("Oi"), reaction("❤️"))

    assert await one(engine, company_id, EMOJI) == "❤️"
    assert await one(engine, company_id, "SELECT unread FROM conversation") == 1


async def test_a_late_reaction_does_not_undo_a_newer_one(engine, company_id, channel_id) -> None:
    await receive(engine, company_id, channel_id, written("Oi"), reaction("👍", after=5))
    await receive(engine, company_id, channel_id, reaction("❤️", after=1))
    assert await one(engine, company_id, EMOJI) == "👍"

    await receive(engine, company_id, channel_id, reaction("", after=6))
    await receive(engine, company_id, channel_id, reaction("👍", after=5))
    assert await one(engine, company_id, EMOJI) == ""


async def test_a_repeated_change_announces_nothing_again(engine, company_id, channel_id) -> None:
    await receive(engine, company_id, channel_id, written("Oi"), reaction("❤️"), edit("Olá"), revoke())
    events = "SELECT count(*) FROM outbox WHERE topic = 'message.changed'"
    assert await one(engine, company_id, events) == 3

    await receive(engine, company_id, channel_id, reaction("❤️"), edit("Olá"), revoke())

    assert await one(engine, company_id, events) == 3


async def test_an_edit_replaces_the_text_and_a_revocation_marks_it(engine, company_id, channel_id) -> None:
    await receive(engine, company_id, channel_id, written("Oi"), edit("Olá", after=4), revoke())
    await receive(engine, company_id, channel_id, edit("velho", after=2))

    (row,) = await rows(engine, company_id, "SELECT text, edited_at, revoked_at FROM message")
    assert row.text == "Olá"
    assert (row.edited_at - NOW).total_seconds() == 4
    assert (row.revoked_at - NOW).total_seconds() == 9


async def test_nobody_edits_or_revokes_what_another_person_wrote(engine, company_id, channel_id) -> None:
    await receive(engine, company_id, channel_id, written("Oi"))
    await receive(engine, company_id, channel_id, edit("Falso", wa_id=BIA), revoke(wa_id=BIA))

    (row,) = await rows(engine, company_id, "SELECT text, revoked_at FROM message WHERE kind = 'text'")
    assert tuple(row) == ("Oi", None)


_MESSAGE = """
    INSERT INTO message (company_id, id, conversation_id, channel_id, direction, kind, occurred_at)
    VALUES (:company, :message, :conversation, :channel, 'outbound', 'text', now())"""
_ATTEMPT = """
    INSERT INTO attempt (company_id, id, channel_id, message_id, address_kind, address, epoch,
                         provider_message_id)
    VALUES (:company, :attempt, :channel, :message, 'wa_id', '1', 1, 'wamid.out')"""


async def _sent(engine, company_id, conversation_id, channel_id) -> None:
    values = {"company": company_id, "conversation": conversation_id, "channel": channel_id}
    values |= {"message": new_id(), "attempt": new_id()}
    async with engine.unit_of_work(company_id) as uow:
        for statement in (_MESSAGE, _ATTEMPT):
            await uow.session.execute(text(statement), values)


async def test_a_reaction_to_what_a_lane_sent_is_found_by_its_attempt(engine, company_id, channel_id) -> None:
    (received,) = await receive(engine, company_id, channel_id, written("Oi"))
    await _sent(engine, company_id, received.conversation_id, channel_id)

    await receive(engine, company_id, channel_id, reaction("❤️", to="wamid.out"), edit("x", to="wamid.out"))

    assert await one(engine, company_id, f"{EMOJI} WHERE direction = 'outbound'") == "❤️"
    assert await one(engine, company_id, "SELECT text FROM message WHERE direction = 'outbound'") == ""


async def test_a_change_of_a_message_we_never_had_stays_visible(engine, company_id, channel_id) -> None:
    await receive(engine, company_id, channel_id, edit("Olá"), reaction("❤️"), reaction("", after=2), revoke())

    found = await rows(engine, company_id, "SELECT kind, text FROM message ORDER BY kind")
    assert [tuple(row) for row in found] == [("edit", "Olá"), ("reaction", "")]


async def answer(engine, company_id, channel_id) -> tuple[UUID, UUID]:
    """An answer that is on its way, and its send."""
    (received,) = await receive(engine, company_id, channel_id, written("Oi"))
    attempt_id = new_id()
    async with engine.unit_of_work(company_id) as uow:
        message = await inbox.send(uow, received.conversation_id, Answer(channel_id, Text("Olá!")))
        values = {"company": company_id, "id": attempt_id, "channel": channel_id, "message": message.id}
        await uow.session.execute(text(_SEND), values)
    return message.id, attempt_id


_SEND = """
    WITH sent AS (
        INSERT INTO attempt (company_id, id, channel_id, message_id, address_kind, address, state, epoch)
        VALUES (:company, :id, :channel, :message, 'wa_id', '1', 'accepted', 1)
    ) UPDATE message SET due_at = NULL, attempt_id = :id WHERE id = :message
"""
TOLD = """
    SELECT payload->>'message_id', payload->>'change' FROM outbox WHERE topic = 'message.changed' ORDER BY id
"""


async def test_whoever_looks_at_an_answer_hears_how_far_it_came(engine, company_id, channel_id) -> None:
    message_id, attempt_id = await answer(engine, company_id, channel_id)
    for status in (DeliveryStatus.DELIVERED, DeliveryStatus.SENT, DeliveryStatus.FAILED):
        update = StatusUpdate("wamid.out", status, NOW, token=str(attempt_id), code="131026")
        async with engine.unit_of_work(company_id) as uow:
            applied = await apply_statuses(uow, channel_id, [update])
            await inbox.sending.follow_statuses(uow, applied)

    heard = [tuple(row) for row in await rows(engine, company_id, TOLD)]
    assert heard == [(str(message_id), "status")] * len(heard)
    assert len(heard) >= 1


async def test_the_statuses_of_campaigns_are_not_told_one_by_one(engine, company_id, channel_id) -> None:
    campaign_id = await make_campaign(engine, company_id, channel_id)
    (attempt_id,) = await make_attempts(engine, company_id, channel_id, 1)
    await rows(engine, company_id, "UPDATE attempt SET campaign_id = :id RETURNING id", id=campaign_id)
    update = StatusUpdate("wamid.c", DeliveryStatus.READ, NOW, token=str(attempt_id))
    async with engine.unit_of_work(company_id) as uow:
        applied = await apply_statuses(uow, channel_id, [update])
        await inbox.sending.follow_statuses(uow, applied)

    assert applied.moved
    assert await rows(engine, company_id, TOLD) == []
