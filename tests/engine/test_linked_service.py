"""The list of linked numbers: whatever is alive stands in it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert

from engine import clock, linked
from engine.context import Engine
from engine.ids import new_id
from engine.models import LinkedSession


async def test_a_live_session_is_listed_however_many_ended_after_it(engine: Engine, company_id: UUID) -> None:
    alive = new_id()
    common = {"company_id": company_id, "engine": "whatsmeow", "key": b""}
    over = [{**common, "id": new_id(), "ended_at": clock.now()} for _ in range(60)]
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(insert(LinkedSession).values({**common, "id": alive}))
        await uow.session.execute(insert(LinkedSession), over)

        listed = [session.id for session in await linked.sessions(uow)]

    assert listed == [session["id"] for session in over[:9:-1]] + [alive]
