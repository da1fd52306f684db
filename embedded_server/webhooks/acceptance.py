"""From a verified body to stored rows: whose facts these are, and what the vendor is told."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from embedded_server.webhooks.directory import Book, Directory, DirectoryUnavailable, Endpoint, Group
from engine.intake import EventIds, IntakeUnavailable, NewEvent, Source, kind_of
from engine.providers.inbound import Piece

logger = logging.getLogger(__name__)

Store = Callable[[Sequence[NewEvent]], Awaitable[None]]


class Count(StrEnum):
    """What the listener counts, by its own name for it."""

    STORED = "stored"
    #: No known secret signs for this body.
    UNSIGNED = "unsigned"
    #: Well signed, but about a number another secret signs for.
    FOREIGN = "foreign"
    #: Well signed, about a number nobody here has.
    UNKNOWN = "unknown"
    #: Well signed, unreadable, and of a secret several companies share: nobody's to keep.
    UNATTRIBUTED = "unattributed"
    UNAVAILABLE = "unavailable"


@dataclass(slots=True)
class Judgement:
    """What a body turned out to be. ``refusal`` is why nothing of it may be kept."""

    refusal: Count | None = None
    found: list[tuple[Endpoint, Piece]] = field(default_factory=list)
    unknown: int = 0
    unattributed: int = 0

    @property
    def is_doubtful(self) -> bool:
        """Whether a newer book could judge otherwise."""
        return self.refusal is not None or self.unknown > 0


def sort_pieces(
    book: Book, source: Source, group: Group, pieces: Sequence[Piece], home: UUID | None
) -> Judgement:
    """Give every piece to the channel it is about, among those the signature speaks for.

    ``home`` is the channel in the webhook's own address, for what names none.
    """
    judgement = Judgement()
    for piece in pieces:
        endpoints = _endpoints(group, piece, home)
        if endpoints:
            judgement.found.extend((endpoint, piece) for endpoint in endpoints)
        elif piece.sender is not None and book.knows(source, piece.sender):
            return Judgement(refusal=Count.FOREIGN)
        elif piece.sender is None and piece.account is None:
            judgement.unattributed += 1
        else:
            judgement.unknown += 1
    return judgement


def _endpoints(group: Group, piece: Piece, home: UUID | None) -> Sequence[Endpoint]:
    if piece.sender is not None:
        endpoint = group.by_sender.get(piece.sender)
        return (endpoint,) if endpoint else ()
    if piece.account is not None:
        return group.of_account(piece.account)
    endpoint = group.home(home)
    return (endpoint,) if endpoint else ()


class Acceptance:
    """Judges with the newest channels, stores what is ours, and answers with a status."""

    def __init__(self, directory: Directory, store: Store) -> None:
        """``store`` returns only when the rows are durable, and raises ``IntakeUnavailable`` otherwise."""
        self._directory, self._store = directory, store
        self._ids = EventIds()
        self.counts: Counter[Count] = Counter()

    async def accept(self, source: Source, judge: Callable[[Book], Judgement]) -> int:
        """200 when everything is durable, 401 for what is not well signed, 503 to be sent again."""
        try:
            judgement = await self._judge(judge)
            if judgement.refusal is not None:
                self.counts[judgement.refusal] += 1
                return 401
            await self._keep(source, judgement)
        except (DirectoryUnavailable, IntakeUnavailable):
            self.counts[Count.UNAVAILABLE] += 1
            return 503
        self.counts[Count.UNKNOWN] += judgement.unknown
        self.counts[Count.UNATTRIBUTED] += judgement.unattributed
        return 200

    async def _judge(self, judge: Callable[[Book], Judgement]) -> Judgement:
        book = self._directory.book or await self._directory.newer_than(None) or Book()
        judgement = judge(book)
        if judgement.is_doubtful:
            newer = await self._directory.newer_than(book)
            judgement = judge(newer) if newer else judgement
        return judgement

    async def _keep(self, source: Source, judgement: Judgement) -> None:
        events = [self._event(source, endpoint, piece) for endpoint, piece in judgement.found]
        await self._store(events)
        self.counts[Count.STORED] += len(events)

    def _event(self, source: Source, endpoint: Endpoint, piece: Piece) -> NewEvent:
        return NewEvent(
            company_id=endpoint.company_id,
            id=self._ids.next(),
            channel_id=endpoint.channel_id,
            source=source,
            kind=kind_of(piece),
            dedupe_key=piece.dedupe_key,
            payload=piece.body,
        )
