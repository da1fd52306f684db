"""Is the server alive, and can it do its work?"""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from embedded_server.contract.health import HealthOut, ReadyOut
from embedded_server.keys import ENGINE
from embedded_server.routing import Call, Public, RouteTable
from embedded_server.wire import write_json
from engine.context import Engine
from engine.db import schema

logger = logging.getLogger(__name__)

route = RouteTable()

#: A database that takes longer is as good as away.
ANSWER_SECONDS = 3.0


@route("GET", "/health", permission=Public.ANYONE, returns=HealthOut)
async def health(_call: Call) -> HealthOut:
    """The process answers."""
    return HealthOut(status="ok")


@route("GET", "/ready", permission=Public.ANYONE, returns=ReadyOut)
async def ready(call: Call) -> web.Response:
    """The database answers, has the newest schema, and the vault is open; 503 otherwise."""
    state = await readiness(call.request.app[ENGINE])
    status = 200 if state.ready else 503
    return web.Response(status=status, body=write_json(state), content_type="application/json")


async def readiness(engine: Engine) -> ReadyOut:
    revision = await _revision(engine)
    database, current = revision is not None, revision == schema.head_revision()
    vault = engine.vault.locked is None
    return ReadyOut(
        ready=database and current and vault, database=database, schema_current=current, vault=vault
    )


async def _revision(engine: Engine) -> str | None:
    """The schema's revision, or None when the database does not answer."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), engine.machine_work() as uow:
            found = await uow.session.scalar(text("SELECT version_num FROM alembic_version"))
            return str(found or "")
    except (SQLAlchemyError, TimeoutError, OSError) as error:
        # Asked twenty times a second while the appliance starts: a word is enough.
        logger.info("The database does not answer (%s)", type(error).__name__)
        return None
