"""``python -m engine.providers.linked.baileys build|check``: make the sidecar, or say whether it can run."""

from __future__ import annotations

import asyncio
import logging
import sys

from engine.errors import EngineError
from engine.providers.linked.baileys.build import build
from engine.providers.linked.baileys.program import command

logger = logging.getLogger("engine.providers.linked.baileys")


async def run(arguments: list[str]) -> int:
    """Returns the exit code."""
    try:
        if arguments == ["build"]:
            logger.info("built" if await build() else "built already")
        elif arguments == ["check"]:
            await command()
            logger.info("ready")
        else:
            logger.error("usage: python -m engine.providers.linked.baileys build|check")
            return 2
    except EngineError as problem:
        logger.error("%s", problem)
        return 1
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(asyncio.run(run(sys.argv[1:])))
