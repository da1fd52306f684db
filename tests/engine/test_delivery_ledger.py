"""The ledger in a real database: claims, outcomes and statuses, in any order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from engine import clock, delivery
from engine.campaigns import claims, queries, report_queries, sending
from engine.context import Engine
from engine.delivery import Parcel, Settled
from engine.ids import new_id
from engine.models import Attempt, CampaignState, ChannelKind, OptOut, Recipient
from engine.models import Lease as LeaseRow
from engine.providers.inbound import StatusUpdate
from engine.providers.port import Action, Outcome, SendResult
from engine.queue.lease import Lease
from tests.fakes import world

pytestmark = pytest.mark.asyncio


class Bench:
    """A sending campaign of three people and the lease that may send it."""

    def __init__(self, engine: Engine, company_id: UUID) -> None:
        self.engine, self.company_id = engine, company_id
        self.lease = Lease(f"test-{uuid4()}", "me", 7)

    async def build(self, people: int = 3) -> Bench:
        self.channel_id = await world.make_channel(self.engine, self.company_id)
        self.campaign_id = await world.make_campaign(
            self.engine, self.company_id, self.channel_id, state=CampaignState.SENDING, planned=people
        )
        numbers = world.phones(people)
        async with self.engine.unit_of_work(self.company_id) as uow:
            await uow.session.execute(insert(LeaseRow).values(name=self.lease.name, holder="me", epoch=7))
            columns = {
                "ids": [new_id() for _ in numbers],
                "contacts": [None] * people,
                "kinds": ["phone"] * people,
                "addresses": numbers,
                "keys": [world.match_key(n) for n in numbers],
                "bodies": ["Oi!"] * people,
                "params": [None] * people,
                "states": ["pending"] * people,
                "reasons": [None] * people,
            }
            await queries.freeze(uow.session, self.company_id, self.campaign_id, columns)
            cursor = await sending.open_cursor(uow, self.campaign_id)
            assert cursor is not None
            self.cursor = cursor
        return self

    async def claim(self, limit: int = 10, lease: Lease | None = None) -> list[Parcel]:
        async with self.engine.unit_of_work(self.company_id) as uow:
            claimed = await sending.claim(
                uow,
                self.cursor,
                lease or self.lease,
                channel_id=self.channel_id,
                ids=[new_id() for _ in range(limit)],
            )
        return claimed.parcels

    async def settle(self, parcel: Parcel, result: SendResult) -> set[UUID]:
        async with self.engine.unit_of_work(self.company_id) as uow:
            ours = await delivery.settle(uow, [Settled(parcel, result)])
            await sending.follow(uow, [Settled(parcel, result)])
        return ours

    async def status(self, parcel: Parcel, word: str, code: str | None = None) -> delivery.Applied:
        update = StatusUpdate(
            provider_message_id=f"wamid.{parcel.attempt_id}",
            token=str(parcel.attempt_id),
            status=word,
            occurred_at=clock.now(),
            code=code,
        )
        async with self.engine.unit_of_work(self.company_id) as uow:
            applied = await delivery.apply_statuses(uow, self.channel_id, [update])
            await sending.follow_statuses(uow, applied)
        return applied

    async def attempt(self, parcel: Parcel) -> Attempt:
        async with self.engine.unit_of_work(self.company_id) as uow:
            return (await uow.session.scalars(select(Attempt).where(Attempt.id == parcel.attempt_id))).one()

    async def recipient(self, parcel: Parcel) -> Recipient:
        async with self.engine.unit_of_work(self.company_id) as uow:
            statement = select(Recipient).where(Recipient.id == parcel.recipient_id)
            return (await uow.session.scalars(statement)).one()


@pytest.fixture
async def bench(engine: Engine, company_id: UUID) -> Bench:
    return await Bench(engine, company_id).build()


ACCEPTED = SendResult(Outcome.ACCEPTED, provider_message_id="wamid.1")


async def test_a_claim_takes_each_person_once_and_in_order(bench: Bench) -> None:
    first = await bench.claim(2)
    second = await bench.claim(2)

    assert [p.to.value for p in first + second] == world.phones(3)
    assert bench.cursor.exhausted
    assert await bench.claim(2) == []


async def test_a_second_live_attempt_for_one_recipient_is_impossible(bench: Bench) -> None:
    (parcel, *_) = await bench.claim()

    with pytest.raises(IntegrityError, match="uq_attempt_live_recipient"):
        async with bench.engine.unit_of_work(bench.company_id) as uow:
            await uow.session.execute(
                text(
                    "INSERT INTO attempt"
                    " (company_id, id, channel_id, recipient_id, address_kind, address, epoch)"
                    " SELECT company_id, :id, channel_id, recipient_id, address_kind, address, 8"
                    " FROM attempt WHERE id = :old"
                ),
                {"id": new_id(), "old": parcel.attempt_id},
            )


async def test_a_paused_campaign_and_a_lost_lease_claim_nothing(bench: Bench) -> None:
    assert await bench.claim(1, Lease(bench.lease.name, "me", 6)) == []
    async with bench.engine.unit_of_work(bench.company_id) as uow:
        await queries.move(
            uow.session, bench.campaign_id, [CampaignState.SENDING], state=CampaignState.PAUSED
        )

    assert await bench.claim(1) == []


async def test_cr_14_an_opt_out_counts_in_the_claim_itself(bench: Bench) -> None:
    stopped = world.phones(3)[1]
    async with bench.engine.unit_of_work(bench.company_id) as uow:
        await uow.session.execute(
            insert(OptOut).values(
                company_id=bench.company_id,
                id=new_id(),
                channel_kind=ChannelKind.WHATSAPP,
                match_key=world.match_key(stopped),
                reason="keyword",
            )
        )

    claimed = await bench.claim()

    assert stopped not in [p.to.value for p in claimed]
    assert len(claimed) == 2


async def test_cr_07_statuses_before_the_answer_and_out_of_order_hold_the_lattice(bench: Bench) -> None:
    (parcel, *_) = await bench.claim()

    await bench.status(parcel, "delivered")
    await bench.status(parcel, "sent")
    written = await bench.settle(parcel, ACCEPTED)
    await bench.status(parcel, "failed", "131026")

    attempt = await bench.attempt(parcel)
    assert written == set()
    assert (attempt.state, attempt.receipt) == ("accepted", "delivered")


async def test_cr_07_a_failure_that_is_disproved_by_a_delivery_is_lifted(bench: Bench) -> None:
    (parcel, *_) = await bench.claim()
    await bench.settle(parcel, ACCEPTED)

    await bench.status(parcel, "failed", "131026")
    failed = await bench.recipient(parcel)
    await bench.status(parcel, "delivered")

    assert (failed.state, failed.reason) == ("failed", "131026")
    assert (await bench.recipient(parcel)).state == "dispatched"
    assert (await bench.attempt(parcel)).receipt == "delivered"


async def test_a_dead_epochs_sends_become_uncertain_and_are_not_claimed_again(bench: Bench) -> None:
    (parcel, *_) = await bench.claim(1)
    async with bench.engine.unit_of_work(bench.company_id) as uow:
        assert await delivery.doubt_orphans(uow, 8) == 1

    bench.cursor.rewind()

    assert parcel.to.value not in [p.to.value for p in await bench.claim()]
    assert await bench.settle(parcel, ACCEPTED) == set()
    assert (await bench.attempt(parcel)).state == "uncertain"


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [
        (SendResult(Outcome.NOT_SENT), "pending", None),
        (SendResult(Outcome.REJECTED, code="130429", action=Action.RETRY), "pending", None),
        (SendResult(Outcome.REJECTED, code="131056", action=Action.RETRY_RECIPIENT), "pending", None),
        (SendResult(Outcome.REJECTED, code="131026", action=Action.PERMANENT), "failed", "131026"),
        (SendResult(Outcome.REJECTED, code="131049", action=Action.PERMANENT), "failed", "131049"),
        (SendResult(Outcome.REJECTED, code="190", action=Action.STOP_CHANNEL), "pending", None),
        (SendResult(Outcome.UNCERTAIN), "dispatched", None),
    ],
)
async def test_cr_16_each_refusal_has_its_own_consequence(bench: Bench, result, state, reason) -> None:
    (parcel, *_) = await bench.claim(1)

    await bench.settle(parcel, result)

    recipient = await bench.recipient(parcel)
    assert (recipient.state, recipient.reason) == (state, reason)


async def test_cr_16_a_paused_template_stops_the_campaign_and_burns_nobody(bench: Bench) -> None:
    (parcel, *_) = await bench.claim(1)

    await bench.settle(parcel, SendResult(Outcome.REJECTED, code="132015", action=Action.STOP_CAMPAIGN))

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        campaign = await queries.find(uow.session, bench.campaign_id)
        assert campaign is not None
        assert (campaign.state, campaign.stop_reason) == (CampaignState.PAUSED, "132015")
    assert (await bench.recipient(parcel)).state == "pending"


async def test_an_unconfirmed_recipient_is_released_by_a_person_only(bench: Bench) -> None:
    (parcel, *_) = await bench.claim(1)
    await bench.settle(parcel, SendResult(Outcome.UNCERTAIN))
    async with bench.engine.unit_of_work(bench.company_id) as uow:
        late = clock.now() + timedelta(hours=1)
        assert await claims.unconfirm(uow.session, bench.company_id, "meta", late) == [bench.campaign_id]

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        assert await claims.release(uow.session, bench.company_id, bench.campaign_id, None) == 1

    assert (await bench.recipient(parcel)).state == "pending"
    assert (await bench.attempt(parcel)).state == "released"


async def test_a_receipt_that_comes_while_a_doubt_is_given_up_wins(bench: Bench) -> None:
    (parcel, *_) = await bench.claim(1)
    await bench.settle(parcel, SendResult(Outcome.UNCERTAIN))
    late = clock.now() + timedelta(hours=1)

    async def give_up() -> list[UUID]:
        async with bench.engine.unit_of_work(bench.company_id) as uow:
            return await claims.unconfirm(uow.session, bench.company_id, "meta", late)

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        await uow.session.execute(
            text("UPDATE attempt SET state = 'accepted' WHERE id = :id"), {"id": parcel.attempt_id}
        )
        giving_up = asyncio.create_task(give_up())
        await asyncio.sleep(0.2)

    assert await giving_up == []
    assert (await bench.recipient(parcel)).state == "dispatched"


async def test_cr_22_one_recipient_in_doubt_keeps_the_campaign_open(bench: Bench) -> None:
    parcels = await bench.claim()
    for parcel in parcels[1:]:
        await bench.settle(parcel, ACCEPTED)
    await bench.settle(parcels[0], SendResult(Outcome.UNCERTAIN))

    async with bench.engine.unit_of_work(bench.company_id) as uow:
        assert await queries.unsettled(uow.session, bench.company_id, bench.campaign_id)
        counts = await report_queries.counts(uow.session, bench.company_id, bench.campaign_id)

    assert sorted(counts) == [("accepted", "", 2), ("uncertain", "", 1)]
