"""The server a client connects to, and what a test does in front of it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from aiohttp import web

from embedded_server.simulator.whatsapp import certificates, notices
from embedded_server.simulator.whatsapp.certificates import CHAT_HOST, MEDIA_HOST
from embedded_server.simulator.whatsapp.connection import Closed, Connection
from embedded_server.simulator.whatsapp.faults import Faults, Way
from embedded_server.simulator.whatsapp.ledger import Ledger
from embedded_server.simulator.whatsapp.media import MediaHost
from embedded_server.simulator.whatsapp.node import LID, Node
from embedded_server.simulator.whatsapp.noise import Root
from embedded_server.simulator.whatsapp.pairing import Pairing
from embedded_server.simulator.whatsapp.people import Companion, Directory, Group, Person
from embedded_server.simulator.whatsapp.phone import Phone
from embedded_server.simulator.whatsapp.post import PostOffice
from embedded_server.simulator.whatsapp.proxy import Proxy
from embedded_server.simulator.whatsapp.queries import Queries
from embedded_server.simulator.whatsapp.reception import Reception, stream_error

_logger = logging.getLogger(__name__)

#: Stanzas kept to look at when a test fails.
_OVERHEARD = 5_000


class WhatsAppServer:
    """``async with WhatsAppServer(folder) as server``: on ports of its own until the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = Root()
        self._connections: set[Connection] = set()
        self.directory, self.ledger, self.media = Directory(), Ledger(), MediaHost()
        self.faults, self.way = Faults(), Way()
        self.pairing = Pairing()
        self._post = PostOffice(self.directory, self.ledger, self.faults, self.way)
        self.queries = Queries(self.directory, self._post)
        self._reception = Reception(self._root, self.directory, self.pairing, self._post, self.queries)
        #: What went over the connections lately: "in" or "out", and the stanza.
        self.overheard: deque[tuple[str, Node]] = deque(maxlen=_OVERHEARD)

    @property
    def environment(self) -> Mapping[str, str]:
        """What leads a client here: whose certificates to believe, the only way out, the root of the rest."""
        proxy = {"HTTPS_PROXY": self.proxy.url, "https_proxy": self.proxy.url, "NO_PROXY": "", "no_proxy": ""}
        return proxy | {"SSL_CERT_FILE": str(self._authority), "WHATSAPP_ROOT": self._root.public.hex()}

    async def __aenter__(self) -> Self:
        self._authority, context = certificates.make(self._folder)
        application = web.Application(client_max_size=1 << 28)
        application.router.add_get("/ws/chat", self._chat)
        application.router.add_route("*", "/{path:.*}", self.media.answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        port = self._runner.addresses[0][1]
        self.proxy = await Proxy((CHAT_HOST, MEDIA_HOST), port).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.way.close()
        for connection in tuple(self._connections):
            connection.cut()
        await self.proxy.__aexit__()
        await self._runner.cleanup()

    # Who there is

    def person(
        self, number: str, name: str = "", *, business: str | None = None, lid: str | None = None
    ) -> Person:
        """Someone with WhatsApp. The hidden id has nothing in common with the number."""
        lid = lid or f"2{len(self.directory):06}{number[-8:][::-1]}"
        person = Person(number, lid, name, business)
        person.phone = Phone(person, self._post, self.directory, self.ledger, self.media)
        self.directory.add(person)
        return person

    def someone(self, name: str = "Ana") -> Person:
        """A person with a number nobody has yet."""
        return self.person(f"55119{10_000_000 + len(self.directory):08}", name)

    def group(self, subject: str, members: Sequence[Person], server: str = LID) -> Group:
        """``server`` says whether its members are named by hidden id or by number."""
        number = f"12036300000000{len(self.directory.groups):04}"
        group = self.directory.groups[number] = Group(number, subject, list(members), server)
        return group

    # What happens to a device

    async def scan(self, code: str, person: Person) -> Companion:
        """A phone's camera sees the QR code of a device, and links it.

        Raises:
        LinkingRefused: the code is of no device that is connected, or the device refused.
        """
        return await self._introduced(await self.pairing.scan(code, person))

    async def enter(self, code: str, person: Person) -> Companion:
        """The eight characters a device shows are typed at the phone, and it is linked.

        Raises:
        LinkingRefused: no device asked for a code for this number, or it is another one.
        """
        return await self._introduced(await self.pairing.enter(code, person))

    async def unlink(self, companion: Companion) -> None:
        """The user removes the device at the phone."""
        await self._reception.unlink(companion)
        await self._tell_acquaintances(
            companion.person, notices.device_removed(companion.person, companion.number)
        )

    def cut(self, companion: Companion) -> None:
        """The network fails: neither side hears a word."""
        if companion.connection:
            companion.connection.cut()

    def freeze(self, companion: Companion) -> Connection:
        """Its connection goes on to stand, and nothing comes through any more; to be ``cut`` some day.

        Raises:
        LookupError: it has none.
        """
        if companion.connection is None:
            raise LookupError(f"{companion} is not connected")
        companion.connection.freeze()
        return companion.connection

    async def end(self, companion: Companion, code: int | None, conflict: str | None = None) -> None:
        """Hang up with a stream error: 503 to come again, a conflict "replaced" to stay away."""
        if companion.connection:
            await companion.connection.hang_up(stream_error(code, conflict))

    def calm(self) -> None:
        """No faults from here on."""
        self.faults.clear()
        self.way.clear()

    # What the server tells

    async def reinstall(self, person: Person) -> None:
        """The person changes phones: whoever knows them is told to forget their keys."""
        person.reinstall()
        await self._tell_acquaintances(person, notices.identity_changed(person))

    async def lock_reach_out(self, person: Person, until: int, code: int = 463) -> None:
        """The account may write to nobody new until then: refused from now on, and said."""
        self.faults.locked[person] = code
        await self._post.tell([person], notices.reach_out_locked(until))

    async def notify(self, person: Person, notice: Node) -> None:
        await self._post.tell([person], notice)

    async def _introduced(self, device: Companion) -> Companion:
        await self._tell_acquaintances(device.person, notices.device_added(device.person, device.number))
        return device

    async def _tell_acquaintances(self, person: Person, notice: Node) -> None:
        await self._post.tell(self.ledger.acquaintances(person), notice)

    async def _chat(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        connection = Connection(request, socket, self._overhear)
        self._connections.add(connection)
        try:
            await self._reception.serve(connection)
        except Closed:
            pass
        except Exception:
            _logger.exception("a connection failed")
        finally:
            self._connections.discard(connection)
            await socket.close()
        return socket

    def _overhear(self, way: str, node: Node) -> None:
        self.overheard.append((way, node))
