"""Files people sent over a linked number: only its host can open them."""

from __future__ import annotations

from pathlib import Path

from engine.errors import EngineError, Kind
from engine.inbox import Wanted
from engine.providers.linked.protocol import HostGone, HostRefused
from engine.providers.linked.switchboard import Switchboard
from engine.providers.port import Account

_PATIENCE = 180.0


class NumberAway(EngineError):
    """The number is not connected, so its files cannot be fetched. They come once it is back."""

    kind = Kind.UNAVAILABLE


class LinkedFileTooLarge(EngineError):
    """The file is larger than any vendor carries."""

    kind = Kind.TOO_LARGE


class LinkedFiles:
    """Keeps :class:`engine.inbox.FileSource` for every linked number of the process."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    async def fetch(self, account: Account, wanted: Wanted, file: Path, limit: int) -> tuple[int, str]:
        line = self._switchboard.find(account.channel_id)
        if line is None or not line.is_open:
            raise NumberAway
        media = {"ref": wanted.provider_media_id}
        try:
            told = await line.link.do("download", patience=_PATIENCE, media=media, path=str(file))
        except (HostRefused, HostGone) as error:
            raise NumberAway(str(error)[:200] or None) from error
        if told["size"] > limit:
            raise LinkedFileTooLarge
        return int(told["size"]), str(told["sha256"])
