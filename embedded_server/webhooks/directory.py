"""Which channels exist and what their vendors sign with: kept in memory, reloaded when in doubt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from engine.errors import EngineError, Kind
from engine.intake import Source

logger = logging.getLogger(__name__)


class Endpoint(Protocol):
    """One channel as its vendor addresses and signs for it."""

    @property
    def company_id(self) -> UUID: ...
    @property
    def channel_id(self) -> UUID: ...
    @property
    def source(self) -> Source: ...
    @property
    def sender(self) -> str:
        """Meta's phone number id, or Twilio's number or messaging service."""

    @property
    def account(self) -> str:
        """Meta's business account id or Twilio's ``AC…``."""

    @property
    def secret(self) -> str:
        """Meta's app secret or Twilio's auth token: what the vendor signs with."""

    @property
    def verify_token(self) -> str | None:
        """What Meta shows us in the handshake."""


Load = Callable[[], Awaitable[Sequence[Endpoint]]]


class DirectoryUnavailable(EngineError):
    """The channels could not be read."""

    kind = Kind.UNAVAILABLE


@dataclass(slots=True)
class Group:
    """The channels one secret signs for: those of one Meta app, or of one Twilio account."""

    secret: str = field(repr=False)
    account: str
    by_sender: dict[str, Endpoint] = field(default_factory=dict, repr=False)
    endpoints: list[Endpoint] = field(default_factory=list, repr=False)

    def of_account(self, account: str) -> list[Endpoint]:
        """One channel of each company that works on this business account."""
        found: dict[UUID, Endpoint] = {}
        for endpoint in self.endpoints:
            if endpoint.account == account:
                found.setdefault(endpoint.company_id, endpoint)
        return list(found.values())

    def home(self, channel_id: UUID | None) -> Endpoint | None:
        """Where what names no channel belongs: the channel it was addressed to, or the only company's first.

        With several companies there is no answer: nobody may read what may be another's.
        """
        addressed = self.channel(channel_id)
        if addressed is not None:
            return addressed
        companies = {endpoint.company_id for endpoint in self.endpoints}
        return self.endpoints[0] if len(companies) == 1 else None

    def channel(self, channel_id: UUID | None) -> Endpoint | None:
        return next((e for e in self.endpoints if e.channel_id == channel_id), None)


class Book:
    """Every channel of the machine as of one moment, by what a webhook tells about itself."""

    def __init__(self, endpoints: Iterable[Endpoint] = ()) -> None:
        self._groups: dict[tuple[Source, str, str], Group] = {}
        self._senders: set[tuple[Source, str]] = set()
        self._verify_tokens: list[tuple[UUID, str]] = []
        for endpoint in sorted(endpoints, key=lambda e: e.channel_id):
            self._add(endpoint)
        #: The usual question, answered once: a book never changes.
        self._of_source = {source: self._chosen(source, None, None) for source in Source}

    def groups(self, source: Source, channel_id: UUID | None, account: str | None = None) -> list[Group]:
        """Whose secrets to try: all of a vendor, or only those of one account or one channel."""
        if channel_id is None and account is None:
            return self._of_source[source]
        return self._chosen(source, channel_id, account)

    def _chosen(self, source: Source, channel_id: UUID | None, account: str | None) -> list[Group]:
        return [
            group
            for (vendor, _, _), group in self._groups.items()
            if vendor is source
            and (account is None or group.account == account)
            and (channel_id is None or group.channel(channel_id) is not None)
        ]

    def knows(self, source: Source, sender: str) -> bool:
        return (source, sender) in self._senders

    def verify_tokens(self, channel_id: UUID | None) -> list[str]:
        return [token for owner, token in self._verify_tokens if channel_id in {None, owner}]

    def _add(self, endpoint: Endpoint) -> None:
        if not endpoint.secret:
            return
        # A Meta app serves many business accounts; a Twilio token belongs to one account.
        account = endpoint.account if endpoint.source is Source.TWILIO else ""
        key = (endpoint.source, account, endpoint.secret)
        group = self._groups.setdefault(key, Group(endpoint.secret, account))
        # Should two channels claim one number, the older one has it.
        group.by_sender.setdefault(endpoint.sender, endpoint)
        group.endpoints.append(endpoint)
        self._senders.add((endpoint.source, endpoint.sender))
        if endpoint.verify_token:
            self._verify_tokens.append((endpoint.channel_id, endpoint.verify_token))


class Directory:
    """The newest :class:`Book`. A channel made a second ago is found: a miss makes it look again."""

    def __init__(self, load: Load, *, every: float = 30.0, at_most_every: float = 1.0) -> None:
        """``every`` is how often it reloads by itself, ``at_most_every`` how often misses may make it."""
        self._load, self._every, self._at_most_every = load, every, at_most_every
        self._book: Book | None = None
        self._tried_at = float("-inf")
        self._is_stale = True
        self._loading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load now and then regularly; a database that is not there yet is no reason not to start."""
        self._task = asyncio.create_task(self._keep_fresh(), name="webhook-directory")
        await asyncio.sleep(0)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def book(self) -> Book | None:
        """The channels as last read; None until they could be read once."""
        return self._book

    async def reload(self) -> None:
        """Read the channels again, as after one changed.

        Raises:
            DirectoryUnavailable: they could not be read; the last book stays in use.
        """
        async with self._loading:
            await self._reload()

    async def newer_than(self, book: Book | None) -> Book | None:
        """A book that may know what ``book`` does not, or None when ``book`` is as new as it gets.

        Raises:
            DirectoryUnavailable: there should be a newer one, and it could not be read.
        """
        async with self._loading:
            if self._book is not None and self._book is not book:
                return self._book
            if asyncio.get_running_loop().time() - self._tried_at >= self._at_most_every:
                await self._reload()
                return self._book
        if self._is_stale:
            raise DirectoryUnavailable
        return None

    async def _reload(self) -> None:
        self._tried_at = asyncio.get_running_loop().time()
        self._is_stale = True
        try:
            self._book = Book(await self._load())
        except Exception as error:
            logger.warning("The channels could not be read", exc_info=True)
            raise DirectoryUnavailable from error
        self._is_stale = False

    async def _keep_fresh(self) -> None:
        while True:
            try:
                await self.reload()
            except DirectoryUnavailable:
                await asyncio.sleep(self._at_most_every)
            else:
                await asyncio.sleep(self._every)
