"""The public listener, put together: what providers can reach, and where it goes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import psycopg

from embedded_server.webhooks.acceptance import Acceptance
from embedded_server.webhooks.directory import Directory, DirectoryUnavailable, Endpoint
from embedded_server.webhooks.listener import Listener
from embedded_server.webhooks.meta import MetaHook
from embedded_server.webhooks.table import routes
from embedded_server.webhooks.twilio import TwilioHook
from engine import channels
from engine.context import Engine
from engine.db import pools
from engine.intake import Source, SpoolFile, SpoolingStore, Writer

logger = logging.getLogger(__name__)

_RECONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Hooked:
    """A channel in the webhook rooms' words: :class:`~embedded_server.webhooks.directory.Endpoint`."""

    company_id: UUID
    channel_id: UUID
    source: Source
    sender: str
    account: str
    secret: str = field(repr=False)
    verify_token: str | None = field(repr=False)


class PublicListener:
    """Webhooks only. Starts without a database and answers 503 until there is one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.writer = Writer(
            partial(pools.connect, engine.address, application="master-ia intake"), engine.keys
        )
        self.directory = Directory(self._load)
        # Meta tries again for days; Twilio gives up, so its events may wait on the disk.
        spool = SpoolFile(engine.settings.data_dir / "spool" / "twilio")
        self.spool = SpoolingStore(self.writer.store, engine.keys, spool)
        meta = MetaHook(self.directory, Acceptance(self.directory, self.writer.store))
        accepted = Acceptance(self.directory, self.spool.store)
        self.listener = Listener(routes(meta, TwilioHook(accepted, engine.settings.webhook_base_url)))
        self._following: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return self.listener.port

    async def start(self, host: str, port: int) -> None:
        await self.writer.start()
        await self.spool.start()
        await self.directory.start()
        self._following = asyncio.create_task(self._follow_changes(), name="channel-changes")
        await self.listener.start(host, port)

    async def stop(self) -> None:
        """Take no more, finish and store what came, then close."""
        await self.listener.stop()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self.directory.close()
        await self.spool.close()
        await self.writer.close()

    async def _load(self) -> list[Endpoint]:
        return [
            Hooked(
                one.company_id,
                one.channel_id,
                Source(one.provider.value),
                one.sender,
                one.account,
                one.secret,
                one.verify_token,
            )
            for one in await channels.signing(self._engine)
        ]

    async def _follow_changes(self) -> None:
        """Read the channels again as soon as one changed; the directory's own rounds cover the rest."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError):
                logger.debug("Changes of channels are not heard just now", exc_info=True)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await pools.connect(self._engine.address, application="master-ia channels") as connection:
            await connection.execute(f"LISTEN {channels.NOTIFY}")
            async for _ in connection.notifies():
                try:
                    await self.directory.reload()
                except DirectoryUnavailable:
                    logger.debug("The channels could not be read again yet")
