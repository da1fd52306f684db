"""First messages of a linked number: few a day, none while WhatsApp bars them; the others wait their turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from engine import campaigns, clock, delivery, inbox
from engine.campaigns import firsts, sending
from engine.campaigns.sending import Claimed
from engine.context import Engine
from engine.delivery import Settled
from engine.ids import natural_id, new_id
from engine.models import Lease as LeaseRow
from engine.models import LinkedSession, Provider
from engine.providers.port import Action, Outcome, SendResult
from engine.queue.lease import Lease
from tests.fakes import world
from tests.fakes.inbound import make_channel, one, rows
from tests.fakes.linked_words import hear, heard

NOON = datetime.now(UTC).replace(hour=15, minute=0, second=0, microsecond=0)
OURS = "5511900000000@s.whatsapp.net"
ACCEPTED = SendResult(Outcome.ACCEPTED, provider_message_id="3EB0")
BARRED = SendResult(
    Outcome.REJECTED, code="463", action=Action.STOP_FIRST, retry_after=timedelta(hours=24), reason="barred"
)
_TELL = "SELECT state, reason, due_at FROM campaign_recipient WHERE campaign_id = :campaign ORDER BY id"


class Bench:
    """A linked number with a campaign to people it never met, and the lease under which it sends."""

    def __init__(self, engine: Engine, company_id: UUID, lease: Lease) -> None:
        self.engine, self.company_id, self.lease = engine, company_id, lease
        self._ids = count()

    async def build(self, people: int, *, days: int = 0, provider: Provider = Provider.LINKED) -> Bench:
        self.channel_id = await make_channel(self.engine, self.company_id, provider=provider, account=OURS)
        self.session_id = new_id()
        values = {"company_id": self.company_id, "id": self.session_id, "channel_id": self.channel_id}
        values |= {"engine": "whatsmeow", "key": b"", "jid": OURS, "opened_at": NOON - timedelta(days=days)}
        numbers = world.phones(people)
        await world.make_contacts(self.engine, self.company_id, numbers)
        async with self.engine.unit_of_work(self.company_id) as uow:
            lease = {"name": self.lease.name, "holder": "me", "epoch": self.lease.epoch}
            await uow.session.execute(insert(LeaseRow).values(lease))
            await uow.session.execute(insert(LinkedSession).values(values))
        self.campaign_id = await self.begin()
        return self

    async def begin(self) -> UUID:
        """Another campaign to everybody."""
        campaign_id = await world.make_campaign(self.engine, self.company_id, self.channel_id)
        async with self.engine.unit_of_work(self.company_id) as uow:
            await campaigns.start(uow, campaign_id)
        assert await campaigns.launch(self.engine, self.company_id, campaign_id)
        return campaign_id

    async def claim(self, limit: int = 100, campaign_id: UUID | None = None) -> Claimed:
        """From the first recipient on, as a lane does when somebody may have been put back."""
        ids = [natural_id(clock.now(), str(next(self._ids))) for _ in range(limit)]
        async with self.engine.unit_of_work(self.company_id) as uow:
            cursor = await sending.open_cursor(uow, campaign_id or self.campaign_id)
            assert cursor is not None
            return await sending.claim(uow, cursor, self.lease, channel_id=self.channel_id, ids=ids)

    async def settle(self, claimed: Claimed, result: SendResult) -> None:
        batch = [Settled(parcel, result) for parcel in claimed.parcels]
        async with self.engine.unit_of_work(self.company_id) as uow:
            await delivery.settle(uow, batch)
            await sending.follow(uow, batch)

    async def people(self, campaign_id: UUID | None = None) -> Counter[tuple[str, str | None]]:
        found = await rows(self.engine, self.company_id, _TELL, campaign=campaign_id or self.campaign_id)
        return Counter((row.state, row.reason) for row in found)

    async def ledger(self) -> campaigns.Ledger:
        async with self.engine.unit_of_work(self.company_id) as uow:
            return await campaigns.ledger(uow, self.campaign_id)

    async def look(self) -> firsts.Room:
        async with self.engine.unit_of_work(self.company_id) as uow:
            return await firsts.look(uow, self.channel_id)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
async def bench(engine: Engine, company_id: UUID) -> Bench:
    return Bench(engine, company_id, Lease(f"firsts-{new_id()}", "me", 3))


@pytest.mark.parametrize(("days", "most"), [(0, 20), (1, 30), (400, 200)])
async def test_a_day_has_as_many_first_messages_as_the_number_has_grown(
    bench: Bench, days: int, most: int
) -> None:
    await bench.build(most + 5, days=days)

    claimed = await bench.claim(most + 50)

    assert (len(claimed.parcels), claimed.held) == (most, 5)
    assert all(parcel.is_first for parcel in claimed.parcels)
    assert await bench.people() == {("dispatched", None): most, ("pending", firsts.BUDGET): 5}
    assert (await bench.claim()).parcels == []
    assert (await bench.look()).left == 0
    ledger = await bench.ledger()
    assert (ledger.pending, ledger.held) == (5, {firsts.BUDGET: 5})
    assert ledger.held_until == NOON + timedelta(hours=21)


async def test_whoever_there_is_no_room_for_goes_on_the_next_morning(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON - timedelta(days=2))
    await bench.build(60, days=2)
    await bench.settle(await bench.claim(4), ACCEPTED)
    await bench.settle(await bench.claim(), ACCEPTED)
    room = await bench.look()
    assert (room.used, room.most, room.until) == (20, 20, NOON - timedelta(days=1, hours=3))

    monkeypatch.setattr(clock, "now", lambda: NOON)
    await bench.settle(await bench.claim(), ACCEPTED)

    assert await bench.people() == {("dispatched", None): 60}
    assert (await bench.look()).used == 40


async def test_the_flight_plan_knows_how_many_days_new_people_take(bench: Bench) -> None:
    await bench.build(51)
    await hear(
        bench.engine,
        bench.company_id,
        bench.channel_id,
        heard(chat=f"{world.phones(1)[0][1:]}@s.whatsapp.net"),
    )
    draft = await world.make_campaign(bench.engine, bench.company_id, bench.channel_id)

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        plan = await campaigns.preflight(uow, draft)
        room = await firsts.look(uow, bench.channel_id)

    # 20 today, 30 tomorrow; with one more it would be the day after.
    assert plan.finishes_at == NOON + timedelta(hours=21)
    assert firsts.last_morning(room, 51) == NOON + timedelta(days=1, hours=21)
    assert firsts.last_morning(room, 20) is None


async def test_claims_at_once_share_one_room(bench: Bench) -> None:
    await bench.build(90)
    other = await bench.begin()

    taken = await asyncio.gather(*(bench.claim(12, which) for which in (bench.campaign_id, other) * 4))

    firsts_ = [parcel for claimed in taken for parcel in claimed.parcels if parcel.is_first]
    assert len(firsts_) == 20


async def test_whom_the_number_knows_takes_no_room_and_never_waits(bench: Bench) -> None:
    await bench.build(22)
    for n, number in enumerate(world.phones(22)[20:]):
        await hear(
            bench.engine,
            bench.company_id,
            bench.channel_id,
            heard(id_=f"3A{n}", chat=f"{number[1:]}@s.whatsapp.net"),
        )
    await bench.settle(await bench.claim(), ACCEPTED)
    assert await bench.people() == {("dispatched", None): 22}

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        await inbox.file_campaign(uow, bench.campaign_id, after=UUID(int=0), most=50)
    again = await bench.begin()
    claimed = await bench.claim(campaign_id=again)

    assert (len(claimed.parcels), any(parcel.is_first for parcel in claimed.parcels)) == (22, False)
    assert (await bench.look()).used == 20


async def test_what_was_refused_or_never_left_takes_no_room(bench: Bench) -> None:
    await bench.build(30)
    refused = SendResult(Outcome.REJECTED, code="not_on_whatsapp", action=Action.PERMANENT)

    await bench.settle(await bench.claim(10), refused)
    later = SendResult(Outcome.NOT_SENT, retry_after=timedelta(days=-1))
    await bench.settle(await bench.claim(10), later)

    assert len((await bench.claim(30)).parcels) == 20


async def test_a_463_ends_first_messages_for_its_time_and_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.build(30)
    ana = world.phones(30)[29]
    await hear(bench.engine, bench.company_id, bench.channel_id, heard(chat=f"{ana[1:]}@s.whatsapp.net"))
    await bench.settle(await bench.claim(2), BARRED)
    assert (await bench.look()).barred_until == NOON + timedelta(hours=24)

    claimed = await bench.claim()

    assert [parcel.to.value for parcel in claimed.parcels] == [ana]
    assert await bench.people() == {("dispatched", None): 1, ("pending", firsts.BARRED): 29}
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=25))
    assert (await bench.look()).left == 30


async def test_a_bar_that_whatsapp_ends_sooner_ends_for_those_who_wait(bench: Bench) -> None:
    await bench.build(3)
    await bench.settle(await bench.claim(1), BARRED)
    await bench.claim()
    sooner = NOON + timedelta(hours=2)

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        await firsts.move_bar(uow, bench.channel_id, sooner)

    found = await rows(bench.engine, bench.company_id, _TELL, campaign=bench.campaign_id)
    assert [row.due_at for row in found] == [sooner] * 3


async def test_a_number_that_is_linked_anew_is_as_old_as_before(bench: Bench) -> None:
    await bench.build(5, days=3)
    gone = "UPDATE linked_session SET channel_id = NULL, ended_at = now() WHERE id = :id RETURNING true"

    assert await one(bench.engine, bench.company_id, gone, id=bench.session_id)

    assert (await bench.look()).most == 65


async def test_numbers_of_vendors_with_a_contract_ask_nothing(bench: Bench) -> None:
    await bench.build(40, provider=Provider.META)
    asked: list[Any] = []

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        cursor = await sending.open_cursor(uow, bench.campaign_id)
        execute = uow.session.execute
        uow.session.execute = lambda *told: asked.append(told) or execute(*told)  # type: ignore[method-assign]
        ids = [new_id() for _ in range(50)]
        claimed = await sending.claim(uow, cursor, bench.lease, channel_id=bench.channel_id, ids=ids)

    assert (len(claimed.parcels), len(asked)) == (40, 1)
    plan = "SELECT count(*) FROM attempt WHERE is_first IS NOT NULL"
    assert await one(bench.engine, bench.company_id, plan) == 0
    assert text(str(asked[0][0])).text.count("conversation_channel") == 0
