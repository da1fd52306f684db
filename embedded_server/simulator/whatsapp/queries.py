"""What clients ask the server: the <iq> stanzas, by namespace."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from embedded_server.simulator.whatsapp.app_state import Collection
from embedded_server.simulator.whatsapp.certificates import MEDIA_HOST
from embedded_server.simulator.whatsapp.envelopes import bundle_nodes, now, registration_node
from embedded_server.simulator.whatsapp.keys import CURVE25519, is_signed
from embedded_server.simulator.whatsapp.node import GROUP, LID, PN, SERVER, Jid, Node
from embedded_server.simulator.whatsapp.notices import app_state_changed
from embedded_server.simulator.whatsapp.people import Companion, Directory, Group, Person
from embedded_server.simulator.whatsapp.post import PostOffice
from embedded_server.simulator.whatsapp.wire import pack

#: Namespaces whose queries are answered with an empty result: nothing here depends on them.
_SETTINGS = {
    "passive", "w:p", "w", "w:stats", "abt", "blocklist", "urn:xmpp:whatsapp:dirty", "tos", "w:mex", "status",
    "account", "spam", "urn:xmpp:whatsapp:push", "disappearing_mode", "w:biz", "newsletter", "privacy",
}  # fmt: skip

_BY_ACCOUNT = b"\x06\x02"

Answer = list[Node] | None
Handler = Callable[[Companion, Node], Awaitable[Answer]]


class Refusal(Exception):
    """The answer is an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Queries:
    """``not_understood`` collects what no handler is for: a test that leaves something there met a gap."""

    def __init__(self, directory: Directory, post: PostOffice) -> None:
        self._directory, self._post = directory, post
        self.not_understood: list[Node] = []
        self._handlers: dict[str, Handler] = {
            "encrypt": self._keys,
            "usync": self._people,
            "w:m": self._media,
            "w:sync:app:state": self._app_state,
            "w:g2": self._groups,
            "w:profile:picture": self._picture,
        }

    async def answer(self, device: Companion, query: Node) -> Node:
        handler = self._handlers.get(query.attrs["xmlns"], self._nothing)
        attrs = {"from": query.attrs.get("to", SERVER), "id": query.attrs["id"], "t": now()}
        try:
            return Node("iq", attrs | {"type": "result"}, await handler(device, query))
        except Refusal as refusal:
            error = Node("error", {"code": refusal.code, "text": refusal.text})
            return Node("iq", attrs | {"type": "error"}, [error])

    async def _nothing(self, _: Companion, query: Node) -> Answer:
        if query.attrs["xmlns"] not in _SETTINGS:
            self.not_understood.append(query)
        return None

    # Keys

    async def _keys(self, device: Companion, query: Node) -> Answer:
        if query.child("count"):
            return [Node("count", {"value": len(device.one_time)})]
        if query.child("digest"):
            return [self._digest(device)]
        wanted = query.child("key")
        if wanted:
            users = [self._bundle(Jid.parse(user.attrs["jid"])) for user in wanted.children("user")]
            return [Node("list", None, users)]
        uploaded = query.need("list").children("key")
        device.one_time += [(key.need("id").data, key.need("value").data) for key in uploaded]
        signed = query.need("skey")
        device.signed = signed.need("id").data, signed.need("value").data, signed.need("signature").data
        if not is_signed(device.identity, CURVE25519 + device.signed[1], device.signed[2]):
            raise Refusal(406, "not-acceptable")
        return None

    def _bundle(self, jid: Jid) -> Node:
        person, companion = self._directory.find(jid), self._directory.companion(jid)
        if person is None or (jid.device and companion is None):
            return Node("user", {"jid": jid}, [Node("error", {"code": 404, "text": "item-not-found"})])
        bundle = companion.bundle() if companion else person.device.bundle()
        content = [registration_node(bundle.registration_id), *bundle_nodes(bundle)]
        if companion:
            content.append(Node("device-identity", None, companion.vouched))
        return Node("user", {"jid": jid, "t": now()}, content)

    @staticmethod
    def _digest(device: Companion) -> Node:
        if not device.one_time:
            raise Refusal(404, "item-not-found")
        ids = [Node("id", None, number) for number, _ in device.one_time]
        own = [Node("registration", None, device.registration_id), Node("identity", None, device.identity)]
        return Node("digest", None, [*own, Node("list", None, ids), Node("hash", None, bytes(20))])

    # People

    async def _people(self, _: Companion, query: Node) -> Answer:
        """Usync: of many people what the query names: whether they are there, their devices, their id."""
        usync = query.need("usync")
        wanted = [node.tag for node in usync.need("query").children()]
        users = [self._described(user, wanted) for user in usync.need("list").children("user")]
        result = Node("result", None, [Node(tag) for tag in wanted])
        return [Node("usync", usync.attrs, [result, Node("list", None, users)])]

    def _described(self, user: Node, wanted: list[str]) -> Node:
        contact = user.child("contact")
        asked = contact.data.decode().partition("@")[0].lstrip("+") if contact else ""
        jid = Jid(asked, PN) if contact else Jid.parse(user.attrs["jid"])
        person = self._directory.find(jid)
        if contact and person:
            jid = person.jid(LID)
        content = [
            node for tag in wanted for node in [self._answered(tag, person, contact)] if node is not None
        ]
        pn = person.jid() if person and jid.server == LID else None
        return Node("user", {"jid": jid, "pn_jid": pn}, content)

    @staticmethod
    def _answered(tag: str, person: Person | None, contact: Node | None) -> Node | None:
        if tag == "contact":
            return Node("contact", {"type": "in" if person else "out"}, contact.data if contact else None)
        if tag == "status":
            return Node("status", {"t": 0}, b"")
        if person and tag == "lid":
            return Node("lid", {"val": person.jid(LID)})
        return _devices(person) if person and tag == "devices" else None

    async def _picture(self, _: Companion, __: Node) -> Answer:
        raise Refusal(404, "item-not-found")

    # Everything else

    async def _media(self, _: Companion, __: Node) -> Answer:
        attrs = {"auth": secrets.token_hex(8), "ttl": 300, "auth_ttl": 21_600, "max_buckets": 12}
        return [Node("media_conn", attrs, [Node("host", {"hostname": MEDIA_HOST})])]

    async def _app_state(self, device: Companion, query: Node) -> Answer:
        answers = [
            await self._collection(device, asked) for asked in query.need("sync").children("collection")
        ]
        return [Node("sync", None, answers)]

    async def _collection(self, device: Companion, asked: Node) -> Node:
        """A patch of its own, or a wish for those it has not seen; either with the version it is at."""
        if asked.attrs.get("name") not in set(Collection):
            raise Refusal(400, "bad-request")
        state, name = device.person.app_state, Collection(asked.attrs["name"])
        device.synced.add(name)
        version, patch = int(asked.attrs.get("version", 0)), asked.child("patch")
        if patch and state.accept(name, version, patch.data):
            others = [other for other in device.person.companions.values() if other is not device]
            for other in others:
                await self._post.deliver(other, app_state_changed(state, name))
            return Node("collection", {"name": name, "version": state.version(name)})
        patches = [Node("patch", None, data) for data in state.since(name, version)]
        content = [Node("patches", None, patches)]
        if patch:
            content.append(Node("error", {"code": 409, "text": "conflict"}))
        attrs = {"name": name, "version": state.version(name), "type": "error" if patch else None}
        return Node("collection", attrs, content)

    async def _groups(self, device: Companion, query: Node) -> Answer:
        if query.child("participating"):
            mine = [group for group in self._directory.groups.values() if device.person in group.members]
            return [Node("groups", None, [group_node(group) for group in mine])]
        group = self._directory.group(query.attrs["to"]) if query.attrs["to"].endswith(GROUP) else None
        if query.child("query") and group:
            return [group_node(group)]
        self.not_understood.append(query)
        raise Refusal(501, "feature-not-implemented")


def group_node(group: Group) -> Node:
    owner = group.members[0].jid(group.server)
    attrs = {
        "id": group.number,
        "subject": group.subject,
        "creation": now(),
        "creator": owner,
        "s_t": now(),
        "s_o": owner,
        "addressing_mode": "lid" if group.server == LID else "pn",
    }
    members = [
        Node(
            "participant",
            {
                "jid": member.jid(group.server),
                "phone_number" if group.server == LID else "lid": member.jid(
                    PN if group.server == LID else LID
                ),
                "type": "superadmin" if member is group.members[0] else None,
            },
        )
        for member in group.members
    ]
    return Node("group", attrs, members)


def _devices(person: Person) -> Node:
    """The list, and the phone's word for which devices are its own (ADVSignedKeyIndexList)."""
    numbers = person.device_numbers()
    index = pack((1, person.raw_id), (2, now()), (3, max(numbers)))
    signed = pack((1, index), (2, person.device.identity.sign(_BY_ACCOUNT + index)))
    devices = [Node("device", {"id": number, "key-index": number or None}) for number in numbers]
    return Node(
        "devices",
        None,
        [Node("device-list", {"hash": "2:x"}, devices), Node("key-index-list", {"ts": now()}, signed)],
    )
