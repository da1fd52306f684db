"""``python -m embedded_server``: the private and the public listener in one process."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from embedded_server import app, first_run
from embedded_server.public import PublicListener
from engine.context import Engine
from engine.errors import EngineError
from engine.runtime import Part, open_engine, run_loop
from engine.settings import Settings
from engine.vault import redaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the listeners are; useful when they were started on port 0."""

    private: int
    public: int


def main() -> None:
    settings = Settings()
    redaction.install(settings.log_level)
    try:
        run_loop(_main(settings))
    except EngineError as error:
        logger.error("The server did not start: %s", error)
        sys.exit(1)


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    engine = await open_engine(settings, Part.SERVER)
    try:
        async with serving(engine) as ports:
            logger.info(
                "Listening privately on port %d, for webhooks on port %d", ports.private, ports.public
            )
            await stop.wait()
            logger.info("Stopping")
    finally:
        await engine.close()


@asynccontextmanager
async def serving(engine: Engine) -> AsyncIterator[Ports]:
    """Both listeners, until the block ends; requests under way are finished."""
    settings = engine.settings
    await first_run.show(engine)
    runner, public = app.private(engine), PublicListener(engine)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.private_host, settings.private_port)
        await site.start()
        await public.start(settings.public_host, settings.public_port)
        yield Ports(runner.addresses[0][1], public.port)
    finally:
        # What receives webhooks stops first; the providers come again later.
        await public.stop()
        await runner.cleanup()


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


if __name__ == "__main__":
    main()
