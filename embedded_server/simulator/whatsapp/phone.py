"""A person at their phone, who reads, writes and answers; and what they saw. Every account's device 0."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.device import Sealed, unpadded
from embedded_server.simulator.whatsapp.envelopes import (
    Place,
    bundle_nodes,
    now,
    receipt_ids,
    registration_node,
)
from embedded_server.simulator.whatsapp.ledger import Ledger, Shown
from embedded_server.simulator.whatsapp.letters import Key, Part, Said
from embedded_server.simulator.whatsapp.media import MediaHost
from embedded_server.simulator.whatsapp.node import LID, Jid, Node
from embedded_server.simulator.whatsapp.pen import Draft, Pen
from embedded_server.simulator.whatsapp.people import Companion, Directory, Group, Person
from embedded_server.simulator.whatsapp.post import PostOffice
from embedded_server.simulator.whatsapp.ratchet import AlreadyDecrypted, CannotDecrypt
from embedded_server.simulator.whatsapp.wire import Fields


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on the phone; ``device`` is which of its sender's wrote it."""

    message_id: str
    sender: Person
    device: int
    said: Said
    place: Place

    @property
    def text(self) -> str | None:
        return self.said.text


@dataclass(frozen=True, slots=True)
class Seen:
    """A receipt: "delivered", "inactive" (delivered to one who is not looking), "read", "played", "retry"…"""

    kind: str
    message_ids: tuple[str, ...]
    sender: Person


class Phone:
    """``inbox`` is what others wrote, ``outbox`` what its own account wrote elsewhere, as decrypted here."""

    def __init__(
        self, person: Person, post: PostOffice, directory: Directory, ledger: Ledger, media: MediaHost
    ) -> None:
        self._person, self._post, self._directory = person, post, directory
        self._ledger, self._media = ledger, media
        self.pen = Pen(person, post)
        self.inbox: list[Letter] = []
        self.outbox: list[Letter] = []
        self.receipts: list[Seen] = []
        #: Who was seen typing, and "composing" or "paused".
        self.typing_seen: list[tuple[Person, str]] = []
        #: Devices that want to know when the person is there.
        self.watchers: set[Companion] = set()
        #: What the person does with everything that comes.
        self.habit: Callable[[Phone, Letter], Awaitable[None]] | None = None
        #: So many messages from now on are taken for unreadable, and asked for once more.
        self.unreadable = 0
        self._shown: set[tuple[Person, str]] = set()
        self._waiting: deque[Node] | None = None

    # What the person does

    async def say(self, to: Person, words: str, *, server: str = LID) -> str:
        """Write a text; its id. ``server`` says whether they are known by hidden id or by number."""
        return await self.write(to, Draft(letters.text(words), Place(server)))

    async def reply(self, letter: Letter, words: str) -> str:
        author = str(letter.sender.jid(letter.place.server))
        content = letters.reply(words, letter.message_id, author)
        return await self.write(letter.sender, Draft(content, letter.place))

    async def react(self, letter: Letter, emoji: str) -> str:
        key = Key(str(letter.sender.jid(letter.place.server)), letter.message_id, from_me=False)
        return await self.write(letter.sender, Draft(letters.reaction(emoji, key), letter.place, "reaction"))

    async def edit(self, to: Person, message_id: str, words: str) -> str:
        """Change what one wrote. (To whoever reads it, the key names the writer's chat.)"""
        key = Key(str(self._person.jid(LID)), message_id, from_me=True)
        return await self.write(to, Draft(letters.edit(words, key)))

    async def take_back(self, to: Person, message_id: str) -> str:
        key = Key(str(self._person.jid(LID)), message_id, from_me=True)
        return await self.write(to, Draft(letters.revoke(key)))

    async def send_file(self, to: Person, part: Part, data: bytes, mime: str) -> str:
        return await self.write(to, Draft(self._media.put(part, data, mime), kind="media"))

    def open_file(self, letter: Letter) -> bytes:
        """Raises:
        ValueError: there is none, or it is not what the message says.
        """
        if letter.said.file is None:
            raise ValueError("no file in it")
        return self._media.get(Part[letter.said.kind.upper()], letter.said.file)

    async def say_in(self, group: Group, words: str) -> str:
        draft = Draft(letters.text(words), Place.in_group(group))
        await self.pen.write_in(group.members, draft)
        for member in group.members:
            await member.phone.show(self._letter(draft))
        return draft.message_id

    async def write(self, to: Person, draft: Draft) -> str:
        await self.pen.write(to, draft)
        for reader in {to, self._person}:
            await reader.phone.show(self._letter(draft))
        return draft.message_id

    async def read(self, letter: Letter, kind: str = "read") -> None:
        """Open a message: its author hears of it, and so do the person's own linked devices."""
        origin = letter.place.origin(self._person)
        attrs = {"id": letter.message_id, "t": now()}
        await self._post.tell([letter.sender], Node("receipt", attrs | origin | {"type": kind}))
        chat = letter.place.group.jid if letter.place.group else letter.sender.jid(letter.place.server)
        own = {"from": self._person.jid(letter.place.server), "recipient": chat, "type": f"{kind}-self"}
        await self._post.tell([self._person], Node("receipt", attrs | own))

    async def play(self, letter: Letter) -> None:
        """Listen to a voice message."""
        await self.read(letter, "played")

    async def type(self, to: Person, state: str = "composing") -> None:
        """Seen only by who is connected at this moment."""
        await self._post.tell([to], Node("chatstate", {"from": self._person.jid(LID)}, [Node(state)]))

    async def come(self) -> None:
        await self._show_presence({})

    async def leave(self) -> None:
        await self._show_presence({"type": "unavailable", "last": now()})

    def switch_off(self) -> None:
        """What comes now waits at the server, and its sender gets no receipt."""
        self._waiting = deque()

    async def switch_on(self) -> None:
        waiting, self._waiting = self._waiting or (), None
        for message in waiting:
            await self.receive(message)

    # What reaches the phone

    async def receive(self, message: Node) -> None:
        """Decrypt, show and confirm what a linked device sent; what cannot be read is asked for once more."""
        if self._waiting is not None:
            self._waiting.append(message)
            return
        jid = Jid.parse(message.attrs.get("participant", message.attrs["from"]))
        sender = self._directory.companion(jid)
        if sender is None:
            return
        place = Place(jid.server, self._directory.group(message.attrs["from"]))
        try:
            contents = self._opened(message, sender, place.group)
        except AlreadyDecrypted:
            contents = []
            self._ledger.repeats.append((message.attrs["id"], self._person))
        except CannotDecrypt:
            await self._ask_again(sender, message, place)
            return
        for content in contents:
            await self._take(content, sender, message.attrs["id"], place)
        if sender.person is not self._person:
            confirmation = {"id": message.attrs["id"], "t": now(), **place.origin(self._person)}
            await self._post.tell([sender.person], Node("receipt", confirmation))

    async def receive_receipt(self, receipt: Node) -> None:
        jid = Jid.parse(receipt.attrs.get("participant", receipt.attrs["from"]))
        sender = self._directory.companion(jid)
        if sender is None:
            return
        kind = receipt.attrs.get("type", "delivered")
        self.receipts.append(Seen(kind, tuple(receipt_ids(receipt)), sender.person))
        if kind == "retry":
            await self.pen.write_again(sender, receipt)

    async def show(self, letter: Letter) -> None:
        """A phone shows every id once."""
        if (letter.sender, letter.message_id) in self._shown:
            self._ledger.repeats.append((letter.message_id, self._person))
            return
        self._shown.add((letter.sender, letter.message_id))
        shown = Shown(letter.message_id, self._person, letter.sender, letter.said.kind, letter.text)
        self._ledger.shown.append(shown)
        if letter.sender is self._person:
            self.outbox.append(letter)
            return
        self.inbox.append(letter)
        if self.habit:
            await self.habit(self, letter)

    def _opened(self, message: Node, sender: Companion, group: Group | None) -> list[Fields]:
        if self.unreadable:
            self.unreadable -= 1
            raise CannotDecrypt("by order of the test")
        address, device = (sender.person.number, sender.number), self._person.device
        opened = []
        for sealed in message.children("enc"):
            if group and sealed.attrs["type"] == "skmsg":
                plain = device.groups.decrypt(group.jid, address, sealed.data)
            else:
                plain = device.decrypt(address, Sealed(sealed.attrs["type"], sealed.data))
            content = Fields(unpadded(plain))
            key = content.inner(Part.SENDER_KEY)
            if key and group:
                device.groups.learn(group.jid, address, key.blob(2))
            opened.append(content)
        return opened

    async def _take(self, content: Fields, sender: Companion, message_id: str, place: Place) -> None:
        inner, _ = letters.open_copy(content)
        said = letters.read(inner)
        if said is not None:
            await self.show(Letter(message_id, sender.person, sender.number, said, place))

    async def _ask_again(self, sender: Companion, message: Node, place: Place) -> None:
        """With keys for a new session, so that the answer cannot fail for the old one's sake."""
        message_id = message.attrs["id"]
        self._person.device.forget((sender.person.number, sender.number))
        keys = self._person.device.bundle()
        content = [
            Node("retry", {"count": 1, "id": message_id, "t": message.attrs["t"], "v": 1}),
            registration_node(keys.registration_id),
            Node("keys", None, bundle_nodes(keys)),
        ]
        attrs = {"id": message_id, "type": "retry", "t": now(), **place.origin(self._person)}
        await self._post.deliver(sender, Node("receipt", attrs, content))

    async def _show_presence(self, attrs: dict[str, object]) -> None:
        presence = Node("presence", {"from": self._person.jid(LID), **attrs})
        for watcher in self.watchers:
            await self._post.deliver(watcher, presence)

    def _letter(self, draft: Draft) -> Letter:
        said = letters.read(Fields(draft.content)) or Said("other")
        return Letter(draft.message_id, self._person, 0, said, draft.place)
