"""The worker process: one event loop that sends, processes what came in, and does the chores."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from huey.consumer import Consumer
from redis.asyncio import Redis
from sqlalchemy import text

from engine import clock, linked, runtime
from engine.cache.buckets import Buckets, LocalBuckets, RedisBuckets
from engine.campaigns import launch
from engine.contacts import importing
from engine.context import Engine
from engine.db import pools
from engine.db.trouble import TROUBLE
from engine.dispatch import Dispatcher, Policy
from engine.inbox import Fetcher
from engine.intake import Processor, Rhythm, Writer
from engine.models import Provider, Track
from engine.providers.linked.client import LinkedSender
from engine.providers.linked.switchboard import Switchboard
from engine.settings import Settings

logger = logging.getLogger(__name__)

#: How often rows nobody needs any more are removed.
CLEANING = timedelta(hours=1)


class Ear(Consumer):  # type: ignore[misc]
    """Huey's threads inside our process: signals stay ours, and nothing waits for them at the end."""

    def _set_signal_handlers(self) -> None:
        pass


def run(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM; then finish what is under way and write it down."""
    runtime.run_loop(_main(settings))


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: the supervisor closes our console instead.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    engine = await runtime.open_engine(settings, runtime.Part.WORKER)
    try:
        await work(engine, stop)
    finally:
        await engine.close()


async def work(engine: Engine, stop: asyncio.Event, policy: Policy | None = None) -> None:
    """Everything the worker does, until ``stop``. Parts may fail and come back; rows are the truth."""
    dispatcher = Dispatcher(engine, _buckets(engine.settings), policy or Policy())
    imports = importing.Runner(engine)
    writer = Writer(partial(pools.connect, engine.address, application="master-ia linked"), engine.keys)
    keeper = _keeper(engine, writer)
    ear = _listen(engine, dispatcher, imports, keeper)
    parts: list[Callable[[asyncio.Event], Awaitable[None]]] = [
        dispatcher.run,
        Processor(engine, tracks=[Track.RECEIPTS]).run,
        # Each message costs a dozen statements a batch: they gather a little longer.
        Processor(engine, Rhythm(gather=0.05), [Track.MESSAGES]).run,
        Fetcher(engine, sources={Provider.LINKED: linked.LinkedFiles(_switchboard(engine))}).run,
        imports.run,
        keeper.run,
        lambda ended: _clean(engine, ended),
    ]
    await writer.start()
    try:
        await asyncio.gather(*(_keep(part, stop) for part in parts))
    finally:
        ear.stop()
        await writer.close()


async def _keep(part: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    """A part that falls is logged and set up again: the others must not fall with it."""
    while not stop.is_set():
        try:
            await part(stop)
        except Exception:
            logger.exception("A part of the worker failed and starts again")
            await asyncio.sleep(1)


def _keeper(engine: Engine, writer: Writer) -> linked.Keeper:
    return linked.Keeper(
        linked.Tools(engine, writer.store, _switchboard(engine), linked.Launcher(engine.settings))
    )


def _switchboard(engine: Engine) -> Switchboard:
    sender = engine.senders["linked"]
    assert isinstance(sender, LinkedSender)
    return sender.switchboard


def _listen(engine: Engine, dispatcher: Dispatcher, imports: importing.Runner, keeper: linked.Keeper) -> Ear:
    """Answer the doorbell on this loop."""

    async def answer_launch(company: str, campaign: str) -> None:
        await launch(engine, UUID(company), UUID(campaign))
        dispatcher.nudge()

    async def answer_lane(_company: str, channel: str) -> None:
        dispatcher.nudge(UUID(channel))

    async def answer_import(_company: str, _job: str) -> None:
        imports.nudge()

    async def answer_session(_company: str, session: str) -> None:
        keeper.nudge(UUID(session))

    bell = engine.doorbell
    bell.chore(runtime.Ring.LINKED, answer_session)
    bell.chore(runtime.Ring.LAUNCH, answer_launch)
    bell.chore(runtime.Ring.LANE, answer_lane)
    bell.chore(runtime.Ring.IMPORT, answer_import)
    bell.attach(asyncio.get_running_loop())
    ear = Ear(bell.huey, workers=1, periodic=False, check_worker_health=False, max_delay=1.0)
    ear.start()
    return ear


def _buckets(settings: Settings) -> Buckets:
    if settings.redis_url is None:
        return LocalBuckets()
    return RedisBuckets(Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2))


async def _clean(engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            async with engine.machine_work() as uow:
                gone = await uow.session.scalar(text("SELECT forget_old(:moment)"), {"moment": clock.now()})
            if gone:
                logger.info("Removed %d rows nobody needs any more", gone)
        except TROUBLE:
            logger.info("Cleaning waits for the database")
        try:
            await asyncio.wait_for(stop.wait(), CLEANING.total_seconds())
        except TimeoutError:
            continue
