"""Files people sent, fetched from the vendor behind the message: late, again and again, or never."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import aiohttp

from engine import channels, clock
from engine.context import Engine
from engine.db.trouble import TROUBLE
from engine.errors import EngineError, Kind
from engine.inbox import file_queries as queries
from engine.inbox import rules
from engine.inbox.events import MessageChanged
from engine.inbox.measuring import Measures, measure
from engine.media import FileType, LocalStore
from engine.models import Channel, Provider
from engine.providers.meta.console import MetaConsole, MetaRefused
from engine.providers.port import Account
from engine.providers.twilio import media as twilio

logger = logging.getLogger(__name__)

#: Longest download; a claim that is older belongs to a process that died.
CLAIM = timedelta(minutes=10)
#: Meta no longer has the object (providers 8); any other refusal may pass, or be repaired by somebody.
_GONE = (100, 803)


class FileDamaged(EngineError):
    """What arrived is not what the vendor announced."""

    kind = Kind.UNAVAILABLE


class FileLost(EngineError):
    """The vendor never said where this file is."""

    kind = Kind.NOT_FOUND


class NoSource(EngineError):
    """Nothing here can fetch files of this provider just now."""

    kind = Kind.UNAVAILABLE


Wanted = queries.Wanted

#: Bytes and lower-case SHA-256 of a download.
Size = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts, bytes and seconds."""

    #: The largest file any vendor carries.
    size: int = 100 << 20
    at_once: int = 4
    #: How often due files are looked for.
    look: float = 1.0


class Source(Protocol):
    """Where files come from."""

    async def fetch(
        self, account: Account, wanted: queries.Wanted, file: Path, limit: int
    ) -> tuple[int, str]:
        """Download into ``file``. Raises :class:`EngineError`."""
        ...


class MetaFiles:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._console = MetaConsole(http)

    async def fetch(
        self, account: Account, wanted: queries.Wanted, file: Path, limit: int
    ) -> tuple[int, str]:
        if wanted.provider_media_id is None:
            raise FileLost
        # The address in the webhook lives five minutes; asking again is never too late.
        info = await self._console.media_info(account, wanted.provider_media_id)
        fetched = await self._console.download_media(account, info.url, file, limit=limit)
        return fetched.size, fetched.sha256


class TwilioFiles:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def fetch(
        self, account: Account, wanted: queries.Wanted, file: Path, limit: int
    ) -> tuple[int, str]:
        if wanted.source_url is None:
            raise FileLost
        fetched = await twilio.download(self._http, account, wanted.source_url, file, limit=limit)
        return fetched.size, fetched.sha256


class Fetcher:
    """Fetches what is due, a few files at a time; a file never holds up its message or another file.

    ``sources`` are those of providers whose files do not come over HTTP.
    """

    def __init__(
        self,
        engine: Engine,
        limits: Limits | None = None,
        sources: Mapping[Provider, Source] | None = None,
    ) -> None:
        self._engine, self._limits, self._sources = engine, limits or Limits(), sources or {}
        self._store = LocalStore(engine.settings.media_dir)

    async def run(self, stop: asyncio.Event) -> None:
        await asyncio.to_thread(self._store.clear_incoming)
        async with aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as http:
            sources = {**sources_on(http), **self._sources}
            while not stop.is_set():
                try:
                    if await self.fetch_due(sources):
                        continue
                except TROUBLE as error:
                    logger.info("Fetching of files waits (%s)", type(error).__name__)
                await _sleep(stop, self._limits.look)

    async def fetch_due(self, sources: Mapping[Provider, Source]) -> int:
        """Try the files that are due; how many were tried."""
        async with self._engine.machine_work() as uow:
            due = await queries.due(uow.session, clock.now(), self._limits.at_once)
        await asyncio.gather(*(self.fetch(sources, company_id, media_id) for company_id, media_id in due))
        return len(due)

    async def fetch(self, sources: Mapping[Provider, Source], company_id: UUID, media_id: UUID) -> bool:
        """Try one file, if it is due and nobody else does; whether it is on our disk now."""
        claimed = await self._claim(company_id, media_id)
        if claimed is None:
            return False
        wanted, channel = claimed
        incoming = await asyncio.to_thread(self._store.incoming, company_id)
        try:
            account = await channels.account_of(self._engine, channel)
            source = sources.get(channel.provider)
            if source is None:
                raise NoSource
            size, sha256 = await source.fetch(account, wanted, incoming, self._limits.size)
            if wanted.sha256 is not None and sha256 != wanted.sha256:
                raise FileDamaged
            path, found = await asyncio.to_thread(self._store.keep, company_id, incoming, sha256)
            measures = await asyncio.to_thread(self._measure, company_id, path, found)
        except EngineError as error:
            await self._give_up(company_id, media_id, wanted.attempts, error)
            return False
        finally:
            await asyncio.to_thread(incoming.unlink, missing_ok=True)
        columns = {"path": path, "mime": found.mime, "size": size, "sha256": sha256, **asdict(measures)}
        await self._keep(company_id, media_id, columns)
        return True

    def _measure(self, company_id: UUID, path: str, found: FileType) -> Measures:
        return measure(self._store.path(company_id, path), found.mime)

    async def _claim(self, company_id: UUID, media_id: UUID) -> tuple[queries.Wanted, Channel] | None:
        now = clock.now()
        values = {"company": company_id, "id": media_id, "moment": now, "until": now + CLAIM}
        async with self._engine.unit_of_work(company_id) as uow:
            wanted = await queries.claim(uow.session, values)
            if wanted is None or wanted.channel_id is None:
                return None
            return wanted, await channels.find(uow, wanted.channel_id)

    async def _keep(self, company_id: UUID, media_id: UUID, columns: dict[str, Any]) -> None:
        async with self._engine.unit_of_work(company_id) as uow:
            values = {"company": company_id, "id": media_id, **columns}
            touched = await queries.stored(uow.session, values)
            if touched is not None:
                uow.announce(_changed(company_id, touched))
        if touched is None:  # Its message is gone, or somebody else was faster.
            await asyncio.to_thread(self._store.remove, company_id, columns["path"])

    async def _give_up(self, company_id: UUID, media_id: UUID, attempts: int, error: EngineError) -> None:
        now = clock.now()
        next_at = rules.next_fetch(attempts, now) if _may_pass(error) else None
        values = {"company": company_id, "id": media_id, "next_at": next_at, "reason": error.code}
        logger.info("File %s was not fetched, try %d: %s", media_id, attempts, error.code)
        async with self._engine.unit_of_work(company_id) as uow:
            touched = await queries.failed(uow.session, values)
            if touched is not None:
                uow.announce(_changed(company_id, touched))


def sources_on(http: aiohttp.ClientSession) -> dict[Provider, Source]:
    return {Provider.META: MetaFiles(http), Provider.TWILIO: TwilioFiles(http)}


def _may_pass(error: EngineError) -> bool:
    """Whether a later try may succeed."""
    if isinstance(error, MetaRefused):
        return error.error_code not in _GONE
    return error.kind is Kind.UNAVAILABLE


def _changed(company_id: UUID, touched: queries.Touched) -> MessageChanged:
    return MessageChanged(
        company_id=company_id,
        conversation_id=touched.conversation_id,
        message_id=touched.message_id,
        change="file",
    )


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
