"""The real client library in a process of its own: told what to do, it tells what happens, in JSON lines.

Several clients live in one process, each with its own store: to start the process costs a second. What the
library prints would break the lines: they have a copy of standard output, and its own leads to stderr.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from neonize.aioze import events
from neonize.aioze.client import NewAClient
from neonize.proto import Neonize_pb2 as wire
from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import Message as Content
from neonize.utils.enum import ChatPresence, ChatPresenceMedia, Presence, ReceiptType
from neonize.utils.jid import build_jid

Json = dict[str, Any]

#: Every connected client holds one thread of the default executor for good; the default would be too few.
_THREADS = 64

_KINDS = [kind for kind, number in events.EVENT_TO_INT.items() if number > 0]


class Voice:
    """The one way out."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)

    def say(self, **line: Any) -> None:
        self._out.write(json.dumps(line) + "\n")


class Clients:
    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._clients: dict[str, NewAClient] = {}
        #: Go goes on to call what belongs to a client after it was stopped: none may ever be collected.
        self._stopped: list[NewAClient] = []

    async def open(self, client: str, store: str) -> None:
        """Connect, with the session in the store or, without one, to be linked."""
        opened = self._clients[client] = NewAClient(store, uuid=client)
        for kind in _KINDS:
            opened.event(kind)(self._listener(client, kind.__name__))
        opened.event.qr(self._code_listener(client))
        # Why a connection could not be made is told nowhere else.
        (await opened.connect()).add_done_callback(lambda task: self._ended(client, task))

    async def pair(self, client: str, number: str) -> str:
        return await self._clients[client].PairPhone(number, show_push_notification=False)

    async def send(self, client: str, to: str, text: str) -> Json:
        return told(await self._clients[client].send_message(jid(to), text))

    async def send_content(self, client: str, to: str, content: str) -> Json:
        message = Content.FromString(bytes.fromhex(content))
        return told(await self._clients[client].send_message(jid(to), message))

    async def send_document(self, client: str, to: str, data: str, name: str) -> Json:
        return told(await self._clients[client].send_document(jid(to), bytes.fromhex(data), filename=name))

    async def react(self, client: str, to: str, message_id: str, emoji: str) -> Json:
        reaction = await self._clients[client].build_reaction(jid(to), jid(to), message_id, emoji)
        return told(await self._clients[client].send_message(jid(to), reaction))

    async def read(self, client: str, chat: str, message_id: str) -> None:
        await self._clients[client].mark_read(
            message_id, chat=jid(chat), sender=jid(chat), receipt=ReceiptType.READ
        )

    async def download(self, client: str, content: str) -> str:
        return (await self._clients[client].download_any(Content.FromString(bytes.fromhex(content)))).hex()

    async def resolve(self, client: str, numbers: list[str]) -> list[Json]:
        return [told(found) for found in await self._clients[client].is_on_whatsapp(*numbers)]

    async def appear(self, client: str, available: bool) -> None:
        await self._clients[client].send_presence(Presence.AVAILABLE if available else Presence.UNAVAILABLE)

    async def watch(self, client: str, who: str) -> None:
        await self._clients[client].subscribe_presence(jid(who))

    async def type(self, client: str, to: str) -> None:
        state, media = ChatPresence.CHAT_PRESENCE_COMPOSING, ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT
        await self._clients[client].send_chat_presence(jid(to), state, media)

    async def lid_of(self, client: str, number: str) -> Json:
        return told(await self._clients[client].get_lid_from_pn(jid(number)))

    async def contact(self, client: str, number: str) -> Json:
        return told(await self._clients[client].contact.get_contact(jid(number)))

    async def settings(self, client: str, number: str) -> Json:
        return told(await self._clients[client].chat_settings.get_chat_settings(jid(number)))

    async def rename(self, client: str, name: str) -> None:
        """A setting all devices share. (``send_app_state`` of 0.5.2 names no collection: it cannot work.)"""
        await self._clients[client].set_profile_name(name)

    async def logout(self, client: str) -> None:
        await self._clients[client].logout()

    async def close(self, client: str) -> None:
        closing = self._clients.pop(client)
        self._stopped.append(closing)
        await closing.disconnect()
        await closing.stop()

    def _ended(self, client: str, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        self._voice.say(client=client, event="ended", data=str(error or ""))

    def _listener(self, client: str, kind: str) -> Callable[[NewAClient, Message], Awaitable[None]]:
        async def listen(_: NewAClient, event: Message) -> None:
            raw = event.Message.SerializeToString().hex() if isinstance(event, wire.Message) else None
            self._voice.say(client=client, event=kind, data=told(event), raw=raw)

        return listen

    def _code_listener(self, client: str) -> Callable[[NewAClient, bytes], Awaitable[None]]:
        async def listen(_: NewAClient, code: bytes) -> None:
            self._voice.say(client=client, event="code", data=code.decode())

        return listen


def jid(text: str) -> wire.JID:
    user, _, server = text.partition("@")
    return build_jid(user, server or "s.whatsapp.net")


def told(message: Message) -> Json:
    return MessageToDict(message, preserving_proto_field_name=True)


async def obey(clients: Clients, voice: Voice, line: bytes) -> None:
    order = json.loads(line)
    try:
        result = await getattr(clients, order["do"])(**order["with"])
        voice.say(answer=order["id"], result=result)
    except Exception as error:
        voice.say(answer=order["id"], error=f"{type(error).__name__}: {error}")


async def main() -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS))
    voice = Voice()
    clients, reader = Clients(voice), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    voice.say(answer=0)
    tasks = set()
    while line := await reader.readline():
        task = asyncio.ensure_future(obey(clients, voice, line))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    finally:
        # Go's threads never end by themselves.
        os._exit(0)
