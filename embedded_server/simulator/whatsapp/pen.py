"""Writing from a phone: a message is encrypted for every linked device of whoever gets it, and posted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.device import padded
from embedded_server.simulator.whatsapp.envelopes import Place, message_attrs, new_message_id, read_bundle
from embedded_server.simulator.whatsapp.letters import Part
from embedded_server.simulator.whatsapp.node import Node
from embedded_server.simulator.whatsapp.people import Companion, Person, companions_of
from embedded_server.simulator.whatsapp.post import PostOffice
from embedded_server.simulator.whatsapp.wire import pack


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be sent. ``kind`` is what the server may know of it: text, media, reaction."""

    content: bytes = field(repr=False)
    place: Place = field(default_factory=Place)
    kind: str = "text"
    message_id: str = field(default_factory=new_message_id)
    #: It arrives unreadable, as after a session was lost.
    is_damaged: bool = False


class Pen:
    """Everything written is kept, for devices that ask to get it once more."""

    def __init__(self, person: Person, post: PostOffice) -> None:
        self._person, self._post = person, post
        self._written: dict[str, Draft] = {}

    async def write(self, to: Person, draft: Draft) -> None:
        """To all devices of a person, and a copy to one's own."""
        self._written[draft.message_id] = draft
        attrs = self._attrs(draft) | draft.place.sender(self._person)
        for companion in to.companions.values():
            sealed = self._seal(companion, draft.content, is_damaged=draft.is_damaged)
            await self._post.deliver(companion, Node("message", attrs, [sealed]))
        if to is self._person:
            return
        copy = pack((Part.DEVICE_SENT, pack((1, str(to.jid(draft.place.server))), (2, draft.content))))
        attrs = self._attrs(draft) | draft.place.own_copy(self._person, to)
        for companion in self._person.companions.values():
            await self._post.deliver(companion, Node("message", attrs, [self._seal(companion, copy)]))

    async def write_in(self, members: Iterable[Person], draft: Draft) -> None:
        """To a group. Every device gets the sender's key with it, as if it were the first message."""
        self._written[draft.message_id] = draft
        key = self._sender_key(draft)
        group_keys, group = self._person.device.groups, draft.place.group
        shared = Node(
            "enc",
            {"v": 2, "type": "skmsg"},
            group_keys.encrypt(group.jid if group else "", padded(draft.content)),
        )
        attrs = self._attrs(draft) | draft.place.sender(self._person)
        for companion in companions_of(members):
            await self._post.deliver(companion, Node("message", attrs, [self._seal(companion, key), shared]))

    async def tell_own(self, content: bytes, only: Companion | None = None) -> None:
        """From a phone to its linked devices, of what no person reads."""
        for companion in [only] if only else self._person.companions.values():
            attrs = message_attrs(self._person, new_message_id(), "text")
            attrs |= {"from": self._person.jid(), "category": "peer", "push_priority": "high_force"}
            await self._post.deliver(companion, Node("message", attrs, [self._seal(companion, content)]))

    async def write_again(self, companion: Companion, receipt: Node) -> None:
        """A device could not read a message: the same once more, under its id, in a new session."""
        retry = receipt.need("retry")
        draft = self._written.get(retry.attrs["id"])
        if draft is None:
            return
        address = (companion.person.number, companion.number)
        self._person.device.forget(address)
        keys = receipt.child("keys")
        if keys:
            self._person.device.start(address, read_bundle(receipt.need("registration"), keys))
        key = self._sender_key(draft) if draft.place.group else b""
        sealed = self._seal(companion, draft.content + key)
        sealed.attrs["count"] = retry.attrs["count"]
        attrs = self._attrs(draft) | draft.place.sender(self._person)
        await self._post.deliver(companion, Node("message", attrs, [sealed]))

    def _attrs(self, draft: Draft) -> dict[str, object]:
        return message_attrs(self._person, draft.message_id, draft.kind)

    def _sender_key(self, draft: Draft) -> bytes:
        group = draft.place.group.jid if draft.place.group else ""
        return letters.sender_key(group, self._person.device.groups.distribution(group))

    def _seal(self, companion: Companion, content: bytes, *, is_damaged: bool = False) -> Node:
        address = (companion.person.number, companion.number)
        if not self._person.device.knows(address):
            self._person.device.start(address, companion.bundle())
        sealed = self._person.device.encrypt(address, padded(content))
        data = sealed.data
        if is_damaged:
            data = data[:-12] + bytes(byte ^ 0xFF for byte in data[-12:])
        return Node("enc", {"v": 2, "type": sealed.kind}, data)
