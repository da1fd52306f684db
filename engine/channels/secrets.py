"""A channel's secrets: one vault cell bound to its row, opened only where a vendor is spoken to."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import orjson

from engine.vault import CompanyKeys

_TABLE, _COLUMN = "channel", "secrets"


def seal(keys: CompanyKeys, channel_id: UUID, secrets: Mapping[str, str]) -> bytes:
    return keys.seal(keys.place(_TABLE, _COLUMN, channel_id), orjson.dumps(dict(secrets)))


def unseal(keys: CompanyKeys, channel_id: UUID, cell: bytes) -> dict[str, str]:
    """Raises:
    CellUnreadable: moved, altered, or sealed with a key we do not hold.
    """
    opened: dict[str, str] = orjson.loads(keys.open(keys.place(_TABLE, _COLUMN, channel_id), cell))
    return opened
