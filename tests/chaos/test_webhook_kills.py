"""WH-07: the server dies while webhooks pour in; what was acknowledged is stored, and takes effect once."""

from __future__ import annotations

import asyncio
import random
import tempfile
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from sqlalchemy import insert, text

from engine.context import Engine
from engine.intake import Processor
from engine.models import Company, CompanyKey
from engine.runtime import Part, open_engine
from tests.chaos.processes import Town, town, until_listening
from tests.fakes import world

#: The webhook benchmark kills twenty times; here it is enough to meet every moment of a commit.
KILLS = 8
PEOPLE = 40


@pytest.mark.timeout(150)
def test_wh_07_acknowledged_events_survive_kills_and_take_effect_once() -> None:
    with tempfile.TemporaryDirectory(prefix="master-ia-tests-") as folder:
        Path(folder).chmod(0o755)
        with town(Path(folder)) as place:
            asyncio.run(_pour(place))


async def _pour(place: Town) -> None:
    engine = await open_engine(place.settings, Part.COMMAND)
    sender = await _number(engine)
    place.start("simulator")
    place.start("server")
    until_listening(place.settings.simulator_port)
    until_listening(place.settings.public_port)
    async with aiohttp.ClientSession(place.settings.simulator_url) as http:
        await http.post("/simulator/config", json={"retry_after": 0.1, "retry_cap": 0.5})
        written = await _write_while_it_dies(place, http, sender)
        acknowledged = await _all_acknowledged(http, written)
    await Processor(engine).drain()

    stored = await _stored(engine)
    assert set(acknowledged) == set(written)
    assert stored == dict.fromkeys(written, 1)
    await engine.close()


async def _number(engine: Engine) -> str:
    company_id = uuid4()
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(insert(Company).values(id=company_id, name="Caos"))
        wrapped = engine.vault.new_company_key(company_id)
        await uow.session.execute(insert(CompanyKey).values(company_id=company_id, kid=1, wrapped=wrapped))
    channel_id = await world.make_channel(engine, company_id)
    async with engine.unit_of_work(company_id) as uow:
        return (
            await uow.session.execute(text("SELECT sender FROM channel WHERE id = :i"), {"i": channel_id})
        ).scalar_one()


async def _write_while_it_dies(place: Town, http: aiohttp.ClientSession, sender: str) -> list[str]:
    chance, written, people = random.Random(7), [], world.phones(PEOPLE)
    for kill in range(KILLS):
        for number in people:
            body = {"from": number, "to": sender, "text": f"oi {kill}"}
            async with http.post("/simulator/inbound", json=body) as response:
                written.append((await response.json())["id"])
        await asyncio.sleep(chance.uniform(0.0, 0.15))
        place.kill("server")
        place.start("server")
        await asyncio.to_thread(until_listening, place.settings.public_port)
    return written


async def _all_acknowledged(http: aiohttp.ClientSession, written: list[str]) -> dict[str, int]:
    acknowledged: dict[str, int] = {}
    for _ in range(200):
        async with http.get("/simulator/webhooks/acknowledged") as response:
            acknowledged = await response.json()
        if len(acknowledged) >= len(written):
            break
        await asyncio.sleep(0.1)
    return acknowledged


async def _stored(engine: Engine) -> dict[str, int]:
    async with engine.machine_work() as uow:
        (company_id,) = await uow.session.scalars(text("SELECT company_id FROM all_companies()"))
    async with engine.unit_of_work(company_id) as uow:
        rows = await uow.session.execute(
            text("SELECT provider_message_id, count(*) FROM message WHERE direction = 'inbound' GROUP BY 1")
        )
        return {row[0]: row[1] for row in rows}
