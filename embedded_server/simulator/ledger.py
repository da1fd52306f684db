"""The record of what was truly accepted: the judge of whether anyone was written to twice."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from embedded_server.simulator.fates import Provider


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted send. ``time`` is seconds since 1970; ``number`` is the recipient's match key."""

    provider: Provider
    id: str
    sender: str
    to: str
    number: str
    token: str
    kind: str
    body: str = field(repr=False)
    text_hash: str
    time: float
    #: Meta's WhatsApp business account or Twilio's account.
    account: str = ""
    #: Twilio's status callback, needed to answer for the message after a restart.
    callback: str = ""

    @property
    def campaign(self) -> str:
        """The campaign part of the token: what stands before its last colon, empty when there is none."""
        return self.token.rpartition(":")[0]


def text_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    since: float = 0.0
    provider: str | None = None
    sender: str | None = None
    to: str | None = None
    token: str | None = None

    def admits(self, entry: Entry) -> bool:
        wanted = (
            (self.provider, entry.provider),
            (self.sender, entry.sender),
            (self.to, entry.number),
            (self.token, entry.token),
        )
        return entry.time >= self.since and all(wish is None or wish == fact for wish, fact in wanted)


class Ledger:
    """Append-only, in memory and, when it has a path, in a file that outlives this process.

    Each entry is handed to the operating system before the vendor's answer leaves: killing the simulator
    loses none. A line cut short by a power loss is dropped when the file is read again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._path = path
        self._file: int | None = None
        if path is not None:
            self.entries.extend(_read(path))
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            if path.read_bytes()[-1:] not in (b"", b"\n"):
                # What a torn last line left must not swallow the next entry.
                os.write(self._file, b"\n")

    def record(self, entry: Entry) -> None:
        self.entries.append(entry)
        if self._file is not None:
            os.write(self._file, orjson.dumps(entry) + b"\n")

    def select(self, wanted: Filter, *, offset: int = 0, limit: int | None = None) -> tuple[list[Entry], int]:
        """The matching entries of one page, oldest first, and how many match in all."""
        matching = [entry for entry in self.entries if wanted.admits(entry)]
        return list(islice(matching, offset, None if limit is None else offset + limit)), len(matching)

    def summary(self, wanted: Filter) -> dict[str, Any]:
        """Counts that prove or disprove that everyone was written to once.

        ``duplicates`` counts people who were sent identical content more than once within one campaign (or
        at all, when tokens name no campaign); ``repeats`` the same whatever the content; ``repeated_tokens``
        the tokens accepted more than once.
        """
        found, accepted = self.select(wanted)
        contents = Counter((e.provider, e.number, e.campaign, e.text_hash) for e in found)
        people = Counter((e.provider, e.number, e.campaign) for e in found)
        tokens = Counter(e.token for e in found if e.token)
        doubled = sorted({key[1] for key, times in contents.items() if times > 1})
        return {
            "accepted": accepted,
            "unique_recipients": len({e.number for e in found}),
            "duplicates": sum(times > 1 for times in contents.values()),
            "duplicated": doubled[:20],
            "repeats": sum(times > 1 for times in people.values()),
            "repeated_tokens": sum(times > 1 for times in tokens.values()),
            "by_provider": dict(Counter(e.provider.value for e in found)),
            "by_sender": dict(Counter(e.sender for e in found)),
        }

    def clear(self) -> None:
        self.entries.clear()
        if self._file is not None:
            os.ftruncate(self._file, 0)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _read(path: Path) -> Iterator[Entry]:
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            values = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        yield Entry(**{**values, "provider": Provider(values["provider"])})
