"""What a host's core asks of an engine, and what it gives it: a library is put in here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from engine.providers.linked.book import Book
from engine.providers.linked.outbox import Fact
from engine.providers.linked.protocol import EventName, Hello, Json, Traits


class Refusal(Exception):
    """A command cannot be done: ``code`` is ours, ``wa_code`` WhatsApp's own number when it gave one."""

    def __init__(self, code: str, text: str = "", wa_code: str | None = None) -> None:
        super().__init__(text or code)
        self.code, self.wa_code = code, wa_code


class Voice(Protocol):
    """How an engine speaks; both may be called on any thread."""

    def keep(self, facts: Iterable[Fact], *, seen: Sequence[str] = ()) -> None:
        """On disk when this returns, and then on its way."""
        ...

    def has_seen(self, message_id: str) -> bool:
        """Whether a message with this id was kept lately."""
        ...

    def tell(self, event: EventName, data: Json) -> None:
        """On its way, or lost with the process."""
        ...


class Device(Protocol):
    """One linked device. Commands raise :class:`Refusal`; addresses are WhatsApp's own."""

    @property
    def traits(self) -> Traits: ...

    async def link_qr(self) -> None: ...

    async def link_code(self, *, phone: str) -> None: ...

    async def connect(self) -> None: ...

    async def send(
        self, *, token: str, to: str, content: Json, message_id: str = "", reply_to: Any = None
    ) -> Json: ...

    async def settle(self, *, token: str, at: str | None = None) -> Json:
        """``at``: when the send was given to a host (ISO), if the caller knows."""
        ...

    async def react(
        self,
        *,
        chat: str,
        id: str,  # noqa: A002 - the protocol's word
        emoji: str,
        sender: str | None = None,
        from_me: bool | None = None,
        token: str | None = None,
    ) -> Json: ...

    async def edit(self, *, chat: str, id: str, body: str, token: str | None = None) -> Json: ...  # noqa: A002

    async def revoke(
        self,
        *,
        chat: str,
        id: str,  # noqa: A002 - the protocol's word
        sender: str | None = None,
        token: str | None = None,
    ) -> Json: ...

    async def mark_read(self, *, chat: str, ids: list[str], sender: str | None = None) -> None: ...

    async def typing(self, *, chat: str, on: bool, state: str | None = None) -> None: ...

    async def presence(self, *, on: bool) -> None: ...

    async def resolve(self, *, phones: list[str]) -> list[Json]: ...

    async def lid_for(self, *, phone: str) -> str | None: ...

    async def phone_for(self, *, lid: str) -> str | None: ...

    async def group(self, *, jid: str) -> Json: ...

    async def download(self, *, media: Json, path: str) -> Json: ...

    async def picture(self, *, jid: str) -> Json | None: ...

    async def logout(self) -> None: ...

    async def health(self) -> Json: ...

    async def close(self) -> None:
        """Hang up; the session's files are not written to any more."""
        ...


class Opens(Protocol):
    """Makes the device of one engine. May take a second, and blocks."""

    def __call__(self, hello: Hello, folder: Path, book: Book, voice: Voice) -> Device: ...
