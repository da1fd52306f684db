"""Duties of one process at a time: taken, lost and fenced by the database alone."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from asyncio.subprocess import PIPE

import psutil
import pytest
import time_machine
from sqlalchemy import text

from engine.context import Engine
from engine.queue import lease as leases
from engine.queue.lease import Lease

NAME = "dispatch"
#: Processes of other machines: nothing is known of them.
OTHERS = [f"elsewhere|1000|{n}|1.00" for n in range(10)]

_EXPIRE = text(
    "UPDATE lease SET expires_at = clock_timestamp() - interval '1 millisecond' WHERE name = :name"
)
_LEFT = text("SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM lease WHERE name = :name")
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = :database"
)


async def take(engine: Engine, holder: str, name: str = NAME) -> Lease | None:
    async with engine.machine_work() as uow:
        return await leases.take(uow.session, name, holder)


async def taken(engine: Engine, holder: str) -> Lease:
    lease = await take(engine, holder)
    assert lease is not None
    return lease


async def holds(engine: Engine, lease: Lease) -> bool:
    async with engine.machine_work() as uow:
        return await leases.holds(uow.session, lease)


async def renew(engine: Engine, lease: Lease) -> bool:
    async with engine.machine_work() as uow:
        return await leases.renew(uow.session, lease)


async def expire(engine: Engine) -> None:
    async with engine.machine_work() as uow:
        await uow.session.execute(_EXPIRE, {"name": NAME})


async def test_of_ten_that_ask_at_once_one_gets_the_duty(own_engine) -> None:
    answers = await asyncio.gather(*(take(own_engine, holder) for holder in OTHERS))

    got = [lease for lease in answers if lease is not None]
    assert [lease.epoch for lease in got] == [1]
    assert await holds(own_engine, got[0])


async def test_duties_do_not_stand_in_each_others_way(own_engine) -> None:
    assert await take(own_engine, OTHERS[0], "one")
    assert await take(own_engine, OTHERS[1], "two")


async def test_a_duty_is_held_until_the_databases_clock_says_otherwise(own_engine) -> None:
    first = await taken(own_engine, OTHERS[0])

    with time_machine.travel("2099-01-01", tick=True):
        assert await take(own_engine, OTHERS[1]) is None
    await expire(own_engine)
    second = await taken(own_engine, OTHERS[1])

    assert second.epoch == first.epoch + 1
    assert not await holds(own_engine, first)
    assert not await renew(own_engine, first)


async def test_renewing_gives_the_whole_time_again(own_engine) -> None:
    lease = await taken(own_engine, OTHERS[0])
    async with own_engine.machine_work() as uow:
        shorten = "UPDATE lease SET expires_at = clock_timestamp() + interval '1 second'"
        await uow.session.execute(text(shorten))

    assert await renew(own_engine, lease)

    async with own_engine.machine_work() as uow:
        assert await uow.session.scalar(_LEFT, {"name": NAME}) > leases.TTL_SECONDS - 1


async def test_what_is_let_go_can_be_taken_at_once_and_begins_a_new_epoch(own_engine) -> None:
    lease = await taken(own_engine, OTHERS[0])
    async with own_engine.machine_work() as uow:
        await leases.release(uow.session, lease)

    assert (await taken(own_engine, OTHERS[1])).epoch == 2


async def test_letting_go_too_late_takes_nothing_from_the_successor(own_engine) -> None:
    late = await taken(own_engine, OTHERS[0])
    await expire(own_engine)
    successor = await taken(own_engine, OTHERS[1])

    async with own_engine.machine_work() as uow:
        await leases.release(uow.session, late)

    assert await take(own_engine, OTHERS[2]) is None
    assert await renew(own_engine, successor)


async def test_a_dead_process_of_this_machine_is_succeeded_at_once(own_engine) -> None:
    program = "from engine.queue.lease import me; print(me(), flush=True); input()"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=PIPE, stdout=PIPE)
    assert child.stdout
    holder = (await child.stdout.readline()).decode().strip()
    await taken(own_engine, holder)
    assert await take(own_engine, leases.me()) is None

    child.kill()
    await child.wait()

    assert (await taken(own_engine, leases.me())).epoch == 2


async def test_nobody_begins_a_new_epoch_while_a_fenced_transaction_is_open(own_engine) -> None:
    first = await taken(own_engine, OTHERS[0])
    await expire(own_engine)

    async with own_engine.machine_work() as uow:
        assert await leases.holds(uow.session, first)
        successor = asyncio.create_task(take(own_engine, OTHERS[1]))
        await someone_waits(own_engine)
        assert not successor.done()

    lease = await successor
    assert lease is not None
    assert lease.epoch == 2


class Contender:
    """One engine of several: takes the duty, renews it, works under it, and is late, as the dice say."""

    def __init__(self, engine: Engine, holder: str, dice: random.Random, begun: dict[int, str]) -> None:
        self.engine, self.holder, self.dice, self.begun = engine, holder, dice, begun
        self.lease: Lease | None = None
        self.worked = 0

    async def run(self, times: int) -> None:
        for _ in range(times):
            if self.lease is None:
                await self.take()
            else:
                await self.dice.choice([self.work, self.work, self.renew, self.let_go, self.sleep])(
                    self.lease
                )

    async def take(self) -> None:
        self.lease = await take(self.engine, self.holder)
        if self.lease is not None:
            assert self.lease.epoch not in self.begun
            self.begun[self.lease.epoch] = self.holder

    async def work(self, lease: Lease) -> None:
        async with self.engine.machine_work() as uow:
            if await leases.holds(uow.session, lease):
                assert max(self.begun) == lease.epoch
                self.worked += 1
            else:
                self.lease = None

    async def renew(self, lease: Lease) -> None:
        if not await renew(self.engine, lease):
            self.lease = None

    async def let_go(self, lease: Lease) -> None:
        """And sometimes does not notice."""
        async with self.engine.machine_work() as uow:
            await leases.release(uow.session, lease)
        self.lease = self.dice.choice([None, lease])

    async def sleep(self, _: Lease) -> None:
        """Longer than the duty lasts, and wakes up in the belief that it holds it."""
        await expire(self.engine)


async def test_se_01_three_engines_race_a_thousand_times_and_no_epoch_has_two_holders(own_engine) -> None:
    begun: dict[int, str] = {}
    racers = [Contender(own_engine, holder, random.Random(n), begun) for n, holder in enumerate(OTHERS[:3])]

    await asyncio.gather(*(racer.run(334) for racer in racers))

    assert set(begun.values()) == set(OTHERS[:3])
    assert sorted(begun) == list(range(1, len(begun) + 1))
    assert all(racer.worked for racer in racers)


async def someone_waits(engine: Engine) -> None:
    async with asyncio.timeout(10), engine.machine_work() as uow:
        database = await uow.session.scalar(text("SELECT current_database()"))
        while not await uow.session.scalar(_WAITING, {"database": database}):
            await asyncio.sleep(0.02)


def test_we_are_alive() -> None:
    assert not leases.is_dead(leases.me())


@pytest.mark.parametrize(
    ("host", "boot", "pid", "started", "dead"),
    [
        ("elsewhere", 0, 0, 0, False),
        (socket.gethostname(), -100, os.getpid(), 0, True),  # before the last boot
        (socket.gethostname(), 0, os.getpid(), -60, True),  # its process id was given to us since
        (socket.gethostname(), 0, 2**30, 0, True),
        (socket.gethostname(), 1, os.getpid(), 0.2, False),  # clocks are read with a tremble
    ],
    ids=["another machine", "before the last boot", "a reused process id", "no such process", "tremble"],
)
def test_who_counts_as_dead(host: str, boot: float, pid: int, started: float, dead: bool) -> None:
    begun = psutil.Process().create_time() + started
    holder = f"{host}|{psutil.boot_time() + boot:.0f}|{pid}|{begun:.2f}"

    assert leases.is_dead(holder) is dead


def test_a_holder_nobody_can_read_is_dead() -> None:
    assert leases.is_dead("nobody")
