"""The hub: lets clients in, hands them every fact of their company, and closes on those who lost access."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import psycopg
import socketio
from aiohttp import web
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from embedded_server.contract.live import FRAME, PATH, WELCOME, LiveAuth
from embedded_server.live import stream
from embedded_server.live.stream import Stream
from engine import accounts
from engine.accounts import Principal
from engine.context import Engine
from engine.db import outbox, pools
from engine.errors import EngineError

logger = logging.getLogger(__name__)

_DATABASE_TROUBLE = (DBAPIError, psycopg.Error, OSError, TimeoutError)
#: The largest thing a client may send; it has next to nothing to say.
_LARGEST_MESSAGE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, and a client's patience in frames."""

    #: Between two frames of one company.
    tick: float = 0.1
    #: Facts reach clients even if every notification is lost.
    poll: float = 1.0
    #: How often every connection's token is looked up again (AU-04, TN-11: at most five seconds).
    recheck: float = 2.0
    after_trouble: float = 1.0
    #: A client that does not take its frames is let go; it resumes when it can.
    most_waiting: int = 400


@dataclass(frozen=True, slots=True)
class _Client:
    principal: Principal
    token: bytes = field(repr=False)
    seq: int | None


class _Json:
    """orjson under the names Socket.IO uses."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: object) -> object:
        return orjson.loads(text)


class Hub:
    def __init__(self, engine: Engine, pace: Pace | None = None) -> None:
        self._engine, self._pace = engine, pace or Pace()
        self._stream = Stream(engine)
        self._clients: dict[str, _Client] = {}
        self._welcomes: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_open = asyncio.Event()
        #: Frames go out and clients come in by turns, so that nobody misses or hears twice.
        self._turn = asyncio.Lock()
        # Without a list of origins a browser may only come from the address it was served from.
        self._sio = socketio.AsyncServer(
            async_mode="aiohttp",
            json=_Json,
            max_http_buffer_size=_LARGEST_MESSAGE,
            http_compression=False,
        )
        self._sio.on("connect", self._connect)
        self._sio.on("disconnect", self._disconnect)

    @property
    def connected(self) -> int:
        return len(self._clients)

    def attach(self, app: web.Application) -> None:
        self._sio.attach(app, socketio_path=PATH)

    async def start(self) -> None:
        """Returns at once: a database that is not there yet is no reason not to start."""
        loops: list[Callable[[], Awaitable[None]]] = [self._hand_out, self._watch]
        self._tasks = [asyncio.create_task(self._keep(loop), name=f"live{loop.__name__}") for loop in loops]

    async def close(self) -> None:
        for task in (*self._tasks, *self._welcomes):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._welcomes, return_exceptions=True)
        for sid in tuple(self._clients):
            await self._sio.disconnect(sid)
        await self._sio.shutdown()

    async def _connect(self, sid: str, _environ: dict[str, Any], auth: object = None) -> None:
        try:
            said = LiveAuth.model_validate(auth)
            principal = await accounts.authenticate(self._engine, said.token)
        except ValidationError:
            raise socketio.exceptions.ConnectionRefusedError("auth_malformed") from None
        except EngineError as error:
            raise socketio.exceptions.ConnectionRefusedError(error.code) from None
        except _DATABASE_TROUBLE:
            raise socketio.exceptions.ConnectionRefusedError("database_unavailable") from None
        self._clients[sid] = _Client(principal, accounts.token_hash(said.token), said.seq)
        task = asyncio.create_task(self._welcome(sid), name=f"live-welcome:{sid}")
        self._welcomes.add(task)
        task.add_done_callback(self._welcomes.discard)

    async def _disconnect(self, sid: str, _reason: str = "") -> None:
        self._clients.pop(sid, None)

    async def _welcome(self, sid: str) -> None:
        """Tell a client what it missed, then let it hear the rest."""
        await self._is_open.wait()
        client = self._clients.get(sid)
        if client is None:
            return
        company_id = client.principal.company_id
        try:
            async with self._turn:
                seq = self._stream.position if client.seq is None else client.seq
                missed = await self._stream.missed(company_id, seq)
                begins = self._stream.position if missed.resync else seq
                await self._sio.emit(WELCOME, {"seq": begins, "resync": missed.resync}, to=sid)
                if missed.facts:
                    await self._sio.emit(FRAME, stream.frame(missed.facts), to=sid)
                await self._sio.enter_room(sid, _room(company_id))
        except ValueError:
            logger.debug("A client left while it was welcomed")
        except _DATABASE_TROUBLE:
            logger.warning("A client could not be caught up and has to come again", exc_info=True)
            await self._sio.disconnect(sid)

    async def _keep(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except _DATABASE_TROUBLE:
                logger.warning("Live updates wait for the database", exc_info=True)
            except Exception:
                logger.exception("Live updates failed and start again")
            await asyncio.sleep(self._pace.after_trouble)

    async def _hand_out(self) -> None:
        async with await pools.connect(self._engine.address, application="master-ia live") as listening:
            await listening.execute(f"LISTEN {outbox.CHANNEL}")
            await self._stream.open()
            self._is_open.set()
            while True:
                async for _ in listening.notifies(timeout=self._pace.poll, stop_after=1):
                    pass
                await self._tick()
                await asyncio.sleep(self._pace.tick)

    async def _tick(self) -> None:
        async with self._turn:
            while True:
                facts = await self._stream.next()
                for company_id, theirs in stream.by_company(facts).items():
                    await self._sio.emit(FRAME, stream.frame(theirs), room=_room(company_id))
                if len(facts) < stream.BATCH:
                    break
        await self._let_go_of_the_slow()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._pace.recheck)
            known = {sid: client.token for sid, client in self._clients.items()}
            if not known:
                continue
            alive = await accounts.living(self._engine, list(set(known.values())))
            for sid in [sid for sid, token in known.items() if token not in alive]:
                logger.info("A session ended; its live connection is closed")
                await self._sio.disconnect(sid)

    async def _let_go_of_the_slow(self) -> None:
        for sid in tuple(self._clients):
            if self._waiting(sid) > self._pace.most_waiting:
                logger.info("A client does not take its updates and is let go")
                await self._sio.disconnect(sid)

    def _waiting(self, sid: str) -> int:
        """Packets the client has not taken yet; Socket.IO itself would keep them without bound."""
        eio_sid = self._sio.manager.eio_sid_from_sid(sid, "/")
        socket = self._sio.eio.sockets.get(eio_sid)
        return socket.queue.qsize() if socket else 0


def _room(company_id: UUID) -> str:
    return f"company:{company_id}"
