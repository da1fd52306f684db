"""How the stanzas of messages are addressed, and how keys are written in them."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from embedded_server.simulator.whatsapp.keys import CURVE25519
from embedded_server.simulator.whatsapp.node import LID, PN, Node
from embedded_server.simulator.whatsapp.people import Group, Person
from embedded_server.simulator.whatsapp.ratchet import Bundle

Attrs = dict[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs, between two people or in a group, and whether numbers name them there."""

    server: str = LID
    group: Group | None = None

    @classmethod
    def in_group(cls, group: Group) -> Place:
        return cls(group.server, group)

    def origin(self, person: Person, device: int = 0) -> Attrs:
        jid = person.jid(self.server, device)
        return {"from": self.group.jid, "participant": jid} if self.group else {"from": jid}

    def sender(self, person: Person, device: int = 0) -> Attrs:
        """Whoever is named by hidden id is told by number too, and the other way round."""
        attrs = self.origin(person, device)
        role = "participant" if self.group else "sender"
        if self.server == LID:
            attrs[f"{role}_pn"] = person.jid(PN)
        else:
            attrs[f"{role}_lid"] = person.jid(LID)
        if self.group:
            attrs["addressing_mode"] = "lid" if self.server == LID else "pn"
        return attrs

    def own_copy(self, person: Person, other: Person, device: int = 0) -> Attrs:
        """For one's own other devices, which must learn whose chat it belongs in."""
        attrs: Attrs = {"from": person.jid(self.server, device), "recipient": other.jid(self.server)}
        if self.server == LID:
            return attrs | {"peer_recipient_pn": other.jid(PN)}
        return attrs | {"peer_recipient_lid": other.jid(LID)}


def new_message_id() -> str:
    return "3EB0" + secrets.token_hex(9).upper()


def message_attrs(person: Person, message_id: str, kind: str) -> Attrs:
    return {"id": message_id, "t": now(), "type": kind, "notify": person.name or None}


def now() -> int:
    return int(time.time())


def receipt_ids(receipt: Node) -> list[str]:
    """The first id stands in the receipt, those that go with it in a list inside."""
    more = receipt.child("list")
    return [receipt.attrs["id"], *(item.attrs["id"] for item in (more.children("item") if more else []))]


def registration_node(number: int) -> Node:
    return Node("registration", None, number.to_bytes(4, "big"))


def bundle_nodes(bundle: Bundle) -> list[Node]:
    """A device's keys; the one-time key only as long as there is one."""
    nodes = [Node("type", None, CURVE25519), Node("identity", None, bundle.identity)]
    if bundle.one_time_id is not None and bundle.one_time is not None:
        nodes.append(Node("key", None, _key_nodes(bundle.one_time_id, bundle.one_time)))
    signature = Node("signature", None, bundle.signature)
    return [*nodes, Node("skey", None, [*_key_nodes(bundle.signed_id, bundle.signed), signature])]


def read_bundle(registration: Node, keys: Node) -> Bundle:
    signed, one_time = keys.need("skey"), keys.child("key")
    return Bundle(
        int.from_bytes(registration.data, "big"),
        keys.need("identity").data,
        int.from_bytes(signed.need("id").data, "big"),
        signed.need("value").data,
        signed.need("signature").data,
        int.from_bytes(one_time.need("id").data, "big") if one_time else None,
        one_time.need("value").data if one_time else None,
    )


def _key_nodes(number: int, public: bytes) -> list[Node]:
    return [Node("id", None, number.to_bytes(3, "big")), Node("value", None, public)]
