"""The post: messages and receipts from devices to devices, and what waits for those that are away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from embedded_server.simulator.whatsapp.envelopes import Attrs, Place, message_attrs, now, receipt_ids
from embedded_server.simulator.whatsapp.faults import Faults, Way, send
from embedded_server.simulator.whatsapp.ledger import Accepted, Ledger, Refused
from embedded_server.simulator.whatsapp.node import GROUP, SERVER, Jid, Node
from embedded_server.simulator.whatsapp.people import Companion, Directory, Group, PendingKey, Person

#: What the server keeps until the device acknowledges it.
_KEPT = ("message", "receipt", "notification")


@dataclass(frozen=True, slots=True)
class _Copy:
    """A message as one device gets it."""

    person: Person
    device: int
    message: Node


class PostOffice:
    def __init__(self, directory: Directory, ledger: Ledger, faults: Faults, way: Way) -> None:
        self._directory, self._ledger, self._faults, self._way = directory, ledger, faults, way

    # From a device

    async def accept(self, sender: Companion, message: Node) -> None:
        """Take a message, say so, and pass each copy on to the device it is encrypted for."""
        to, message_id = message.attrs["to"], message.attrs["id"]
        code = self._refusal(sender, Jid.parse(to))
        if code is not None:
            self._ledger.refused.append(Refused(message_id, sender, to, code))
            await self._answer(sender, message, error=code)
            return
        copies = self._copies(sender, message)
        silent = self._faults.swallows_acknowledgement()
        others = tuple(dict.fromkeys(copy.person for copy in copies if copy.person is not sender.person))
        is_retry = any("count" in sealed.attrs for sealed in message.children("enc"))
        self._ledger.accepted.append(Accepted(message_id, sender, to, others, is_retry, not silent))
        if not silent:
            await self._answer(sender, message)
        for copy in copies:
            await self._to_device(copy)

    async def receipt(self, sender: Companion, receipt: Node) -> None:
        to, kind = Jid.parse(receipt.attrs["to"]), receipt.attrs.get("type")
        # A message counts as arrived by its receipt; one that could not be read has an <ack> of its own.
        if kind != "retry":
            for message_id in receipt_ids(receipt):
                self._settle(sender, "message", receipt, message_id=message_id)
        await self._answer(sender, receipt)
        target = Jid.parse(receipt.attrs["participant"]) if "participant" in receipt.attrs else to
        person = self._directory.find(target)
        if person is None:
            return
        place = Place(target.server, self._directory.group(receipt.attrs["to"]))
        passed = Node("receipt", _receipt_attrs(sender, receipt, place), receipt.children())
        for device in [target.device] if kind == "retry" else person.device_numbers():
            if device == 0:
                await person.phone.receive_receipt(passed)
            elif person is not sender.person and device in person.companions:
                await self.deliver(person.companions[device], passed)

    def acknowledge(self, device: Companion, ack: Node) -> None:
        self._settle(device, ack.attrs.get("class", ""), ack)

    # To devices

    async def deliver(self, companion: Companion, node: Node) -> None:
        """What must arrive waits until the device acknowledges it, however often it is away."""
        if node.tag in _KEPT:
            companion.pending[_pending_key(node)] = node
        if companion.is_listening:
            await self._way.carry(companion, node)

    async def hand_over(self, companion: Companion) -> None:
        """What gathered while the device was away, between a preview and a word that it was all."""
        waiting = list(companion.pending.values())
        companion.is_listening = True
        if waiting:
            counts = {tag: sum(node.tag == tag for node in waiting) for tag in _KEPT}
            preview = Node("offline_preview", {"count": len(waiting), "appdata": 0, **counts})
            await send(companion, Node("ib", {"from": SERVER}, [preview]))
        for node in waiting:
            late = Node(node.tag, node.attrs | {"offline": "0"}, node.content)
            await self._way.carry(companion, late)
        await send(companion, Node("ib", {"from": SERVER}, [Node("offline", {"count": len(waiting)})]))

    async def tell(self, people: Iterable[Person], notice: Node) -> None:
        """The same notification for every linked device of these people."""
        for person in people:
            for companion in person.companions.values():
                await self.deliver(companion, notice)

    async def _to_device(self, copy: _Copy) -> None:
        if copy.device == 0:
            await copy.person.phone.receive(copy.message)
        elif copy.device in copy.person.companions:
            await self.deliver(copy.person.companions[copy.device], copy.message)

    def _refusal(self, sender: Companion, to: Jid) -> int | None:
        person = self._directory.find(to)
        if person is None or to.server == GROUP or person is sender.person:
            return None
        if person in self._faults.refused:
            return self._faults.refused[person]
        locked = self._faults.locked.get(sender.person)
        return None if locked is None or self._ledger.shown_to(sender.person, person) else locked

    def _copies(self, sender: Companion, message: Node) -> list[_Copy]:
        inner = message.child("participants")
        addressed = (
            {node.attrs["jid"]: node.children("enc") for node in inner.children("to")} if inner else {}
        )
        group = self._directory.group(message.attrs["to"])
        if group:
            return self._group_copies(sender, message, group, addressed)
        found = []
        # An answer to a request to send once more is for one device, and holds just its copy.
        for address, sealed in (addressed or {message.attrs["to"]: message.children("enc")}).items():
            jid = Jid.parse(address)
            person = self._directory.find(jid)
            if person is not None:
                where = self._where(sender, message, person, Place(jid.server))
                found.append(_Copy(person, jid.device, _envelope(sender, message, where, sealed)))
        return found

    def _where(self, sender: Companion, message: Node, person: Person, place: Place) -> Attrs:
        if person is not sender.person:
            return place.sender(sender.person, sender.number)
        chat = self._directory.find(Jid.parse(message.attrs.get("recipient", message.attrs["to"])))
        return place.own_copy(person, chat or person, sender.number)

    def _group_copies(
        self, sender: Companion, message: Node, group: Group, addressed: dict[str, list[Node]]
    ) -> list[_Copy]:
        """Everyone gets what was encrypted once for the group, behind what was encrypted for them alone."""
        where = Place.in_group(group).sender(sender.person, sender.number)
        own, alone = str(sender.jid(group.server)), message.attrs.get("participant")
        found = []
        for member in group.members:
            for device in member.device_numbers():
                jid = str(member.jid(group.server, device))
                if jid != own and alone in (None, jid):
                    sealed = [*addressed.get(jid, []), *message.children("enc")]
                    found.append(_Copy(member, device, _envelope(sender, message, where, sealed)))
        return found

    async def _answer(self, device: Companion, node: Node, *, error: int | None = None) -> None:
        """The server's own word that it took a stanza. It is not kept: who misses it sends again."""
        attrs = {
            "class": node.tag,
            "id": node.attrs["id"],
            "from": node.attrs["to"],
            "t": now(),
            "participant": node.attrs.get("participant"),
            "type": node.attrs.get("type") if node.tag == "receipt" else None,
            "error": error,
        }
        await send(device, Node("ack", attrs))

    @staticmethod
    def _settle(device: Companion, tag: str, node: Node, message_id: str | None = None) -> None:
        kind = node.attrs.get("type") if tag != "message" else None
        identity = (
            tag,
            message_id or node.attrs["id"],
            node.attrs["to"],
            node.attrs.get("participant"),
            kind,
        )
        device.pending.pop(identity, None)


def _pending_key(node: Node) -> PendingKey:
    kind = node.attrs.get("type") if node.tag != "message" else None
    return node.tag, node.attrs["id"], node.attrs["from"], node.attrs.get("participant"), kind


def _envelope(sender: Companion, message: Node, where: Attrs, sealed: list[Node]) -> Node:
    attrs = _attrs(sender, message) | where
    return Node("message", attrs, [*sealed, *message.children("device-identity")])


def _attrs(sender: Companion, message: Node) -> Attrs:
    attrs = message_attrs(sender.person, message.attrs["id"], message.attrs.get("type", "text"))
    return attrs | {"edit": message.attrs.get("edit"), "category": message.attrs.get("category")}


def _receipt_attrs(sender: Companion, receipt: Node, place: Place) -> Attrs:
    attrs: Attrs = {"id": receipt.attrs["id"], "type": receipt.attrs.get("type"), "t": now()}
    return attrs | place.origin(sender.person, sender.number) | {"recipient": receipt.attrs.get("recipient")}
