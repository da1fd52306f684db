"""`python -m embedded_server.simulator`: simulation mode as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import signal
import sys

from embedded_server.simulator.app import serving
from embedded_server.simulator.config import SimulatorConfig
from engine.settings import Settings

logger = logging.getLogger("embedded_server.simulator")


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        # Windows has no signal handlers in the loop; there Ctrl+C ends the run by itself.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stop.set)
    async with serving(SimulatorConfig.from_settings(settings), port=settings.simulator_port) as address:
        logger.info("Simulation mode listens on %s", address)
        await stop.wait()


def main() -> None:
    settings = Settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    factory = None if sys.platform == "win32" else importlib.import_module("uvloop").new_event_loop
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_run(settings))


if __name__ == "__main__":
    main()
