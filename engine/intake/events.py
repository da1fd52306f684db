"""What the public listener hands over for safe keeping."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from engine.ids import new_id
from engine.models import Track
from engine.providers.inbound import Piece, PieceKind

_LONGEST_KEY = 255


class Source(StrEnum):
    META = "meta"
    TWILIO = "twilio"
    LINKED = "linked"


class EventKind(StrEnum):
    MESSAGE = "message"
    STATUS = "status"
    OTHER = "other"
    #: It came with a valid signature and nobody can read it.
    POISON = "poison"


_KINDS = {
    PieceKind.MESSAGE: EventKind.MESSAGE,
    PieceKind.STATUS: EventKind.STATUS,
    PieceKind.MALFORMED: EventKind.POISON,
}

#: SQL: the queue in which an event of a kind waits.
TRACK_OF_KIND = f"CASE WHEN kind = '{EventKind.STATUS}' THEN '{Track.RECEIPTS}' ELSE '{Track.MESSAGES}' END"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One fact a vendor told us, not yet stored. ``payload`` is still in the clear."""

    company_id: UUID
    id: UUID
    channel_id: UUID
    source: Source
    kind: EventKind
    dedupe_key: str = field(repr=False)
    payload: bytes = field(repr=False)


def kind_of(piece: Piece) -> EventKind:
    return _KINDS.get(piece.kind, EventKind.OTHER)


def storable_key(key: str) -> str:
    """The key itself when a short text column can hold it, else its digest."""
    if len(key) <= _LONGEST_KEY and "\0" not in key and key.isprintable():
        return key
    return f"sha256:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


class EventIds:
    """Ids that grow in the order they were asked for, even within one millisecond.

    Events are processed in the order of their ids, and one webhook body often holds several.
    """

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> UUID:
        self._last = max(new_id().int, self._last + 1)
        return UUID(int=self._last)
