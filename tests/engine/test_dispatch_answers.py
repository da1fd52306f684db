"""Answers in doubt: looked up where the vendor can be asked, and sent again only when they never left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest

from embedded_server.simulator.app import serving
from embedded_server.simulator.behavior import Behavior
from embedded_server.simulator.config import SimulatorConfig
from engine import delivery, inbox
from engine.context import Engine
from engine.inbox import Answer
from engine.models import Provider
from engine.providers.port import Text
from tests.conftest import MakeCompany
from tests.fakes import world
from tests.fakes.inbound import one, rows
from tests.fakes.stage import Stage, with_senders

QUIET = SimulatorConfig(behavior=Behavior(webhooks=False))


@pytest.fixture
async def stage(own_engine: Engine, make_company: MakeCompany) -> AsyncIterator[Stage]:
    async with serving(QUIET) as simulator, aiohttp.ClientSession() as http:
        engine = with_senders(own_engine, simulator)
        stage = Stage(engine, await make_company(engine), simulator, http)
        await stage.number(Provider.TWILIO)
        yield stage
        await engine.close()


async def answer(stage: Stage, number: str) -> UUID:
    (contact_id,) = await world.make_contacts(stage.engine, stage.company_id, [number])
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        conversation = await inbox.open_with(uow, contact_id)
        return (await inbox.send(uow, conversation.id, Answer(stage.channel_id, Text("Olá")))).id


async def states(stage: Stage, message_id: UUID) -> list[str]:
    """Of every send of a message, oldest first."""
    statement = "SELECT state FROM attempt WHERE message_id = :id ORDER BY id"
    return [state for (state,) in await rows(stage.engine, stage.company_id, statement, id=message_id)]


async def test_an_answer_that_never_left_goes_again_until_it_is_there(stage: Stage) -> None:
    (number,) = world.phones(1, suffix="0014")
    message_id = await answer(stage, number)

    async def tried_twice() -> bool:
        return len(await states(stage, message_id)) >= 2

    async def is_there() -> bool:
        return (await states(stage, message_id))[-1] == "accepted"

    async with stage.dispatching():
        await stage.until(tried_twice)
        # From here on the line holds.
        await stage.behave(suffixes=False)
        await stage.until(is_there)

    assert await stage.accepted() == {number: 1}
    *before, last = await states(stage, message_id)
    assert (set(before), last) == ({"not_sent"}, "accepted")


async def test_an_answer_that_arrived_is_found_and_not_sent_again(stage: Stage) -> None:
    (number,) = world.phones(1, suffix="0006")
    message_id = await answer(stage, number)

    async def is_there() -> bool:
        return await states(stage, message_id) == ["accepted"]

    async with stage.dispatching():
        await stage.until(is_there)

    assert await stage.accepted() == {number: 1}
    kept = """
        SELECT m.provider_message_id = a.provider_message_id
        FROM message m JOIN attempt a ON a.id = m.attempt_id"""
    assert await one(stage.engine, stage.company_id, kept) is True


_DOUBT = """
    WITH doubt AS (
        INSERT INTO attempt (company_id, id, channel_id, message_id, address_kind, address, state, epoch)
        SELECT company_id, gen_random_uuid(), channel_id, id, 'phone', '+5511', 'uncertain', 1 FROM message
        RETURNING id, message_id
    ) UPDATE message m SET due_at = NULL, attempt_id = d.id FROM doubt d WHERE m.id = d.message_id
    RETURNING d.id"""


async def test_one_proof_puts_a_message_back_once(stage: Stage) -> None:
    message_id = await answer(stage, "+5511970001000")
    attempt_id = await one(stage.engine, stage.company_id, _DOUBT)
    freed = []
    for _ in range(4):
        async with stage.engine.unit_of_work(stage.company_id) as uow:
            freed.append(await delivery.note_absence(uow, attempt_id))

    assert [one and one.message_id for one in freed] == [None, message_id, None, None]


async def test_an_old_send_does_not_bring_back_what_a_newer_one_took_over(stage: Stage) -> None:
    await answer(stage, "+5511970001000")
    older = await one(stage.engine, stage.company_id, _DOUBT)
    await rows(stage.engine, stage.company_id, "UPDATE attempt SET state = 'not_sent' RETURNING id")
    await one(stage.engine, stage.company_id, _DOUBT)

    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await inbox.sending.put_back(uow, older)

    assert await one(stage.engine, stage.company_id, "SELECT due_at FROM message") is None
