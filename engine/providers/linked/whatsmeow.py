"""A linked device held by whatsmeow, through the library of neonize: a :class:`.device.Device`.

It cannot repeat a message under its own id (the library makes ids up): a send in doubt is settled by what was
planted in it, see :mod:`.whatsmeow_sending`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from engine.providers.linked import native, whatsmeow_store
from engine.providers.linked.book import Book
from engine.providers.linked.compose import FILES, Composer
from engine.providers.linked.device import Device, Refusal, Voice
from engine.providers.linked.jids import HIDDEN, PHONES, phone_jid, plain, server_of, text_of
from engine.providers.linked.native import Library
from engine.providers.linked.protocol import EngineName, Hello, Json, Traits
from engine.providers.linked.sent import Send, Sent
from engine.providers.linked.whatsmeow_calls import Calls, LibraryError
from engine.providers.linked.whatsmeow_hearing import Hearing
from engine.providers.linked.whatsmeow_reading import moment
from engine.providers.linked.whatsmeow_sending import NACK, Sending
from engine.providers.linked.whatsmeow_session import Session, Way
from engine.providers.linked.whatsmeow_tap import Tap

P = ParamSpec("P")
R = TypeVar("R")

#: Bytes of a file that is sent: WhatsApp takes more of documents, but all of it must fit into memory.
LARGEST = 100 << 20
#: The server's number for a message to somebody new that the account may not write now.
REACHOUT = "463"
_COMPOSING, _PAUSED = 0, 1
_TEXT, _AUDIO = 0, 1


class Whatsmeow:
    """Keeps :class:`.device.Device`."""

    def __init__(self, hello: Hello, folder: Path, book: Book, voice: Voice, library: Library) -> None:
        self._traits = Traits(EngineName.WHATSMEOW, library.version, repeats=False)
        store = folder / "session.db"
        self._calls, self._sent = Calls(library), Sent(book, bytes.fromhex(hello.key))
        self._sent.clean()
        past = whatsmeow_store.recall(store, self._sent)
        self._session = Session(library, self._calls, store, voice)
        self._session.is_linked = past.device is not None
        hearing = Hearing(hello, book, voice, library, self._calls)
        self._tap = Tap(library.wire.LogEntry, hearing)
        self._sending = Sending(self._calls, self._sent, self._tap)
        hearing.join(self._session, self._sending, self._sent, self._tap)
        self._hearing, self._compose = hearing, Composer(library.e2e)

    @property
    def traits(self) -> Traits:
        return self._traits

    async def link_qr(self) -> None:
        await self._link(Way.CODE)

    async def link_code(self, *, phone: str) -> None:
        await self._link(Way.PHONE, phone.lstrip("+"))

    async def connect(self) -> None:
        if not self._session.is_linked:
            raise Refusal("not_linked", "the number is not linked")
        self._session.begin(Way.LINKED)

    async def send(
        self, *, token: str, to: str, content: Json, message_id: str = "", reply_to: Any = None
    ) -> Json:
        """``message_id`` is for engines that take one."""
        return await self._deliver(token, to, content, lambda: self._composed(to, content, reply_to))

    async def settle(self, *, token: str, at: str | None = None) -> Json:
        """``at``: when it was given to a host (ISO)."""
        since = datetime.fromisoformat(at).astimezone(UTC).timestamp() if at else None
        return await asyncio.to_thread(self._sending.settle, token, since)

    async def react(
        self,
        *,
        chat: str,
        id: str,  # noqa: A002 - the protocol's word
        emoji: str,
        sender: str | None = None,
        from_me: bool | None = None,
        token: str | None = None,
    ) -> Json:
        """``sender`` is who wrote the message; without one, or with ``from_me``, we did."""
        author = None if sender is None or from_me else plain(sender)
        message = self._compose.reaction(emoji, chat=plain(chat), message_id=id, sender=author)
        return await self._change(chat, message, token)

    async def edit(self, *, chat: str, id: str, body: str, token: str | None = None) -> Json:  # noqa: A002
        message = self._compose.edit(body, chat=plain(chat), message_id=id)
        return await self._change(chat, message, token)

    async def revoke(
        self,
        *,
        chat: str,
        id: str,  # noqa: A002 - the protocol's word
        sender: str | None = None,
        token: str | None = None,
    ) -> Json:
        author = None if sender is None else plain(sender)
        message = self._compose.revoke(chat=plain(chat), message_id=id, sender=author)
        return await self._change(chat, message, token)

    async def mark_read(self, *, chat: str, ids: list[str], sender: str | None = None) -> None:
        self._session.need_open()
        if ids:
            await self._call(self._calls.mark_read, chat, ids, sender or chat, int(time.time()))

    async def typing(self, *, chat: str, on: bool, state: str | None = None) -> None:
        self._session.need_open()
        media = _AUDIO if state == "recording" else _TEXT
        await self._call(self._calls.type, chat, _COMPOSING if on else _PAUSED, media)

    async def presence(self, *, on: bool) -> None:
        self._session.need_open()
        await self._call(self._calls.appear, b"available" if on else b"unavailable")

    async def resolve(self, *, phones: list[str]) -> list[Json]:
        """In the order asked. Whoever is not there has no address."""
        self._session.need_open()
        try:
            said = await self._call(self._calls.resolve, [f"+{phone.lstrip('+')}" for phone in phones])
        except Refusal as refusal:
            if "returned nothing" not in str(refusal):
                raise
            said = []
        found = {each.Query.lstrip("+"): each for each in said}
        return [await self._resolved(phone, found.get(phone.lstrip("+"))) for phone in phones]

    async def lid_for(self, *, phone: str) -> str | None:
        self._session.need_alive()
        return text_of(await self._call(self._calls.lid_for, phone_jid(phone)))

    async def phone_for(self, *, lid: str) -> str | None:
        self._session.need_alive()
        return text_of(await self._call(self._calls.phone_for, lid if "@" in lid else f"{lid}@{HIDDEN}"))

    async def group(self, *, jid: str) -> Json:
        self._session.need_open()
        return await self._call(self._hearing.groups.members, jid)

    async def download(self, *, media: Json, path: str) -> Json:
        self._session.need_alive()
        try:
            reference = base64.b64decode(media["ref"], validate=True)
        except (KeyError, TypeError, binascii.Error):
            raise Refusal("invalid", "media has no ref") from None
        data = await self._call(self._calls.download, reference)
        await asyncio.to_thread(_store, Path(path), data)
        return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    async def picture(self, *, jid: str) -> Json | None:
        self._session.need_open()
        try:
            picture = await self._call(self._calls.picture, jid)
        except Refusal as refusal:
            if any(word in str(refusal) for word in ("does not have", "hidden", "not-authorized", "not set")):
                return None
            raise
        return {"id": picture.ID, "url": picture.URL} if picture is not None else None

    async def logout(self) -> None:
        self._session.need_open()
        await self._call(self._calls.logout)
        self._session.log_out()

    async def health(self) -> Json:
        alive = self._session.is_open
        return {
            "phase": self._session.phase,
            "connected": alive and await asyncio.to_thread(self._calls.is_connected),
        }

    async def close(self) -> None:
        """What came in by now gets to the disk before anything ends."""
        await asyncio.to_thread(self._session.hang_up)
        await asyncio.to_thread(self._tap.wait_settled, 2.0)
        self._session.end()

    async def _link(self, way: Way, phone: str = "") -> None:
        if self._session.is_linked:
            raise Refusal("is_linked", "the number is linked already")
        self._session.begin(way, phone)

    async def _change(self, chat: str, message: Any, token: str | None) -> Json:
        """Reactions and the like. Who wants to settle a doubt about one gives it a token."""

        async def made() -> Any:
            return message

        return await self._deliver(token or f"change-{secrets.token_hex(8)}", chat, {"kind": "change"}, made)

    async def _deliver(self, token: str, to: str, content: Json, make: Callable[[], Awaitable[Any]]) -> Json:
        """Write it down, make it, send it. What fails before the library has it never left."""
        self._session.need_open()
        begun = await asyncio.to_thread(self._sending.begin, token, to, content)
        if not isinstance(begun, Send):
            return {**begun, "at": moment(time.time())}
        try:
            message, chat = await make(), await self._address(to)
        except Refusal as refusal:
            await asyncio.to_thread(self._sending.give_up, begun, refusal.code)
            raise
        try:
            answer = await asyncio.to_thread(self._sending.send, begun, chat, message)
        except Refusal as refusal:
            if refusal.wa_code == REACHOUT:
                self._hearing.bar_reach_out()
            raise
        return {"message_id": answer.ID, "at": moment(answer.Timestamp)}

    async def _composed(self, chat: str, content: Json, reply_to: Any) -> Any:
        if content.get("kind") == "text" and isinstance(content.get("body"), str):
            return self._compose.text(content["body"], chat=plain(chat), reply_to=reply_to)
        if content.get("kind") != "media" or content.get("type") not in FILES:
            raise Refusal("unsupported", "this cannot be sent over a linked device")
        data = await asyncio.to_thread(_load, Path(str(content.get("path") or "")))
        uploaded = await self._call(self._calls.upload, data, FILES[content["type"]][1])
        return self._compose.file(content, uploaded, chat=plain(chat), reply_to=reply_to)

    async def _address(self, to: str) -> str:
        """A person's hidden address, which is the one the library sends to.

        Left to the library, a message to a phone's address would be marked as written by a robot.

        Raises:
            Refusal: nobody has WhatsApp there, or it could not be asked.
        """
        jid = plain(to)
        if server_of(jid) != PHONES:
            return jid
        lid = text_of(await self._call(self._calls.lid_for, jid))
        if lid is None:
            await self._call(self._calls.look_up, jid)
            lid = text_of(await self._call(self._calls.lid_for, jid))
        if lid is None:
            raise Refusal("not_on_whatsapp", "this number has no WhatsApp")
        return lid

    async def _resolved(self, phone: str, found: Any) -> Json:
        exists = found is not None and bool(found.IsIn)
        jid = text_of(found.JID) if exists else None
        lid = jid if jid and server_of(jid) == HIDDEN else None
        if jid and lid is None:
            lid = text_of(await self._call(self._calls.lid_for, jid))
        number = text_of(await self._call(self._calls.phone_for, lid)) if lid else jid
        return {"phone": phone, "jid": number or jid, "lid": lid, "exists": exists}

    async def _call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """On a thread. What the library refuses did not happen, as far as it knows."""
        try:
            return await asyncio.to_thread(function, *arguments, **named)
        except LibraryError as error:
            raise _refusal(str(error)) from error


def open_device(hello: Hello, folder: Path, book: Book, voice: Voice) -> Device:
    """Raises:
    engine.providers.linked.native.NativeUnknown: the library is not the one we know.
    """
    return Whatsmeow(hello, folder, book, voice, native.load())


def _refusal(text: str) -> Refusal:
    if nack := NACK.search(text):
        return Refusal("nack", text, nack[1])
    if "not connected" in text or "disconnected" in text or "timed out" in text:
        return Refusal("not_connected", text)
    code = next((word for word in ("404", "410", "403") if f"status code {word}" in text), None)
    return Refusal("gone" if code else "refused", text)


def _load(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise Refusal("too_large", "the file is too large to be sent")
        return path.read_bytes()
    except OSError as error:
        raise Refusal("invalid", f"the file cannot be read ({error.strerror})") from error


def _store(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f"{path.name}.part")
    fresh.write_bytes(data)
    fresh.replace(path)
