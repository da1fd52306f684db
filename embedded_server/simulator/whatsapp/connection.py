"""One client's connection: frames in a WebSocket, sealed after the handshake, with nodes inside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import WSMsgType, web

from embedded_server.simulator.whatsapp import binary, noise
from embedded_server.simulator.whatsapp.node import Node

#: Seconds a client gets to answer what it is asked.
PATIENCE = 20.0

#: Seconds between why a connection ends and its end.
_LAST_WORD = 0.1

#: "WA", protocol 6, dictionary 3.
_HEADER = b"WA\x06\x03"
#: An optional hint at which edge server to use comes before the header.
_ROUTING = b"ED\x00\x01"


class Closed(Exception):
    """The connection has ended."""


class Connection:
    """``freeze`` makes it half-open: it stands, and nothing comes through in either direction any more."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, overhear: Callable[[str, Node], None]
    ) -> None:
        self._request, self._socket, self._overhear = request, socket, overhear
        self._buffer = b""
        self._sealing = asyncio.Lock()
        self._received = self._sent = 0
        self._asked: dict[str, asyncio.Future[Node]] = {}
        self._frozen = False
        #: So many frames of the client were lost since it froze.
        self.swallowed = 0
        self.is_open = True

    async def handshake(self, root: noise.Root) -> noise.Hello:
        if await self._peek(4) == _ROUTING:
            size = int.from_bytes((await self._peek(7))[4:], "big")
            await self._take(7 + size)
        header = await self._take(4)
        if header != _HEADER:
            raise ValueError(f"an unknown protocol: {header!r}")
        handshake = noise.Handshake(header, root)
        await self._write(handshake.answer(await self._frame()))
        hello = handshake.finish(await self._frame())
        self._from_client, self._to_client = handshake.ciphers()
        return hello

    async def receive(self) -> Node:
        """The next node that is no answer to something we asked.

        Raises:
        Closed: there is none any more.
        """
        while True:
            frame = await self._frame()
            if self._frozen:
                self.swallowed += 1
                continue
            plain = self._from_client.decrypt(noise.nonce(self._received), frame, b"")
            self._received += 1
            node = binary.decode(plain)
            self._overhear("in", node)
            asked = self._asked.pop(node.attrs.get("id", ""), None) if node.tag == "iq" else None
            if asked is None:
                return node
            if not asked.done():
                asked.set_result(node)

    async def send(self, node: Node) -> None:
        """Raises:
        Closed: it cannot arrive any more.
        """
        if not self.is_open:
            raise Closed
        if self._frozen:
            return
        async with self._sealing:
            sealed = self._to_client.encrypt(noise.nonce(self._sent), binary.encode(node), b"")
            self._sent += 1
            self._overhear("out", node)
            await self._write(sealed)

    async def ask(self, node: Node) -> Node:
        """Send a query and wait for the answer to it; someone must be receiving meanwhile."""
        answer = self._asked[node.attrs["id"]] = asyncio.get_running_loop().create_future()
        await self.send(node)
        return await asyncio.wait_for(answer, PATIENCE)

    def freeze(self) -> None:
        self._frozen = True

    def cut(self) -> None:
        """Break it as a lost network does, without a word."""
        self.is_open = False
        if self._request.transport:
            self._request.transport.abort()

    async def hang_up(self, last: Node) -> None:
        """Say why, and close. A client that got both at once might see the end first: it gets a moment."""
        try:
            await self.send(last)
            await asyncio.sleep(_LAST_WORD)
            await self._socket.close()
        except Closed:
            pass
        self.is_open = False

    async def _write(self, frame: bytes) -> None:
        try:
            await self._socket.send_bytes(len(frame).to_bytes(3, "big") + frame)
        except ConnectionError as error:
            self.is_open = False
            raise Closed from error

    async def _frame(self) -> bytes:
        size = int.from_bytes(await self._take(3), "big")
        return await self._take(size)

    async def _take(self, size: int) -> bytes:
        taken = await self._peek(size)
        self._buffer = self._buffer[size:]
        return taken

    async def _peek(self, size: int) -> bytes:
        while len(self._buffer) < size:
            message = await self._socket.receive()
            if message.type is not WSMsgType.BINARY:
                self.is_open = False
                raise Closed
            self._buffer += message.data
        return self._buffer[:size]
