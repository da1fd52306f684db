"""Where connections come in: the handshake, linking or logging in, then every stanza to whom it is for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from embedded_server.simulator.whatsapp import history
from embedded_server.simulator.whatsapp.app_state import Action, Collection
from embedded_server.simulator.whatsapp.connection import Closed, Connection
from embedded_server.simulator.whatsapp.envelopes import now
from embedded_server.simulator.whatsapp.node import LID, PN, SERVER, Jid, Node
from embedded_server.simulator.whatsapp.noise import Hello, Root
from embedded_server.simulator.whatsapp.pairing import Applicant, Pairing
from embedded_server.simulator.whatsapp.people import Companion, Directory
from embedded_server.simulator.whatsapp.post import PostOffice
from embedded_server.simulator.whatsapp.queries import Queries
from embedded_server.simulator.whatsapp.wire import pack

_logger = logging.getLogger(__name__)

#: Fields of what a client says of itself (ClientPayload).
_USERNAME, _DEVICE, _REGISTRATION = 1, 18, 19


class Reception:
    def __init__(
        self, root: Root, directory: Directory, pairing: Pairing, post: PostOffice, queries: Queries
    ) -> None:
        self._root, self._directory, self._pairing = root, directory, pairing
        self._post, self._queries = post, queries
        self._stanzas: dict[str, Callable[[Companion, Node], Awaitable[None]]] = {
            "iq": self._query,
            "message": post.accept,
            "receipt": post.receipt,
            "ack": self._acknowledgement,
            "presence": self._presence,
            "chatstate": self._typing,
            "ib": self._telemetry,
        }

    async def serve(self, connection: Connection) -> None:
        """Until it ends. A stanza we fail at is logged and the next one taken, as a server would."""
        hello = await connection.handshake(self._root)
        if _REGISTRATION in hello.payload:
            await self._register(connection, hello)
            return
        companion = await self._log_in(connection, hello)
        if companion is None:
            return
        try:
            while True:
                stanza = await connection.receive()
                try:
                    await self._take(companion, stanza)
                except Closed:
                    raise
                except Exception:
                    _logger.exception("could not handle %r", stanza)
        finally:
            if companion.connection is connection:
                companion.connection, companion.is_listening, companion.is_available = None, False, False

    async def _register(self, connection: Connection, hello: Hello) -> None:
        registration = hello.payload.inner(_REGISTRATION)
        if registration is None:
            raise ValueError("a registration without content")
        applicant = Applicant(connection, hello.static, registration)
        await self._pairing.offer(applicant)
        try:
            while True:
                stanza = await connection.receive()
                if stanza.tag == "iq" and stanza.attrs["type"] in ("get", "set"):
                    await connection.send(self._answer_applicant(applicant, stanza))
        finally:
            self._pairing.withdraw(applicant)

    def _answer_applicant(self, applicant: Applicant, query: Node) -> Node:
        request = query.child("link_code_companion_reg")
        content = self._pairing.asked_for_code(applicant, request) if request else None
        return Node("iq", {"from": SERVER, "id": query.attrs["id"], "type": "result"}, content)

    async def _log_in(self, connection: Connection, hello: Hello) -> Companion | None:
        jid = Jid(str(hello.payload.number(_USERNAME)), PN, hello.payload.number(_DEVICE))
        companion = self._directory.companion(jid)
        refusal: dict[str, object] | None = {"reason": 401}
        if companion is not None and companion.noise_key == hello.static:
            refusal, companion.refusal = companion.refusal, None
        if companion is None or refusal:
            await connection.hang_up(Node("failure", {"location": "gru", **(refusal or {})}))
            return None
        if companion.connection:
            await companion.connection.hang_up(stream_error(None, "replaced"))
        companion.connection, companion.is_listening = connection, False
        attrs = {"t": now(), "props": 27, "abprops": 10, "location": "gru", "lid": companion.jid(LID)}
        await connection.send(Node("success", attrs))
        return companion

    async def _take(self, companion: Companion, stanza: Node) -> None:
        handler = self._stanzas.get(stanza.tag)
        if handler is None:
            self._queries.not_understood.append(stanza)
            return
        await handler(companion, stanza)

    async def _query(self, companion: Companion, query: Node) -> None:
        connection = companion.connection
        if connection is None or query.attrs["type"] not in ("get", "set"):
            return
        if query.child("remove-companion-device"):
            await connection.send(Node("iq", {"from": SERVER, "id": query.attrs["id"], "type": "result"}))
            await self.unlink(companion)
            return
        await connection.send(await self._queries.answer(companion, query))
        # With this a client says that it has its keys in order and wants what waits for it.
        if query.child("active"):
            await self._post.hand_over(companion)
            await self._welcome(companion)

    async def unlink(self, companion: Companion) -> None:
        """From either side: the account does not know the device any more."""
        companion.person.companions.pop(companion.number, None)
        if companion.connection:
            await companion.connection.hang_up(stream_error(401, "device_removed"))

    async def _welcome(self, companion: Companion) -> None:
        """What a phone sends to a device it just linked. whatsmeow learns its own name from it, too."""
        if companion.is_welcomed:
            return
        companion.is_welcomed = True
        person = companion.person
        if person.name and not person.app_state.version(Collection.CRITICAL_BLOCK):
            value = pack((1, person.name))
            person.app_state.set(Collection.CRITICAL_BLOCK, ["setting_pushName"], Action.PUSH_NAME, value)
        await person.phone.pen.tell_own(person.app_state.key_share(), only=companion)
        await person.phone.pen.tell_own(history.message(person.past), only=companion)

    async def _acknowledgement(self, companion: Companion, ack: Node) -> None:
        self._post.acknowledge(companion, ack)

    async def _presence(self, companion: Companion, presence: Node) -> None:
        if presence.attrs.get("type") != "subscribe":
            companion.is_available = presence.attrs.get("type", "available") == "available"
            return
        watched = self._directory.find(Jid.parse(presence.attrs["to"]))
        if watched:
            watched.phone.watchers.add(companion)

    async def _typing(self, companion: Companion, state: Node) -> None:
        jid = Jid.parse(state.attrs["to"])
        person = self._directory.find(jid)
        if person is None:
            return
        person.phone.typing_seen.append((companion.person, state.children()[0].tag))
        await self._post.tell(
            [person], Node("chatstate", {"from": companion.jid(jid.server)}, state.children())
        )

    async def _telemetry(self, _: Companion, __: Node) -> None:
        """A client counts its sessions."""


def stream_error(code: int | None, conflict: str | None = None) -> Node:
    content = [Node("conflict", {"type": conflict})] if conflict else None
    return Node("stream:error", {"code": code}, content)
