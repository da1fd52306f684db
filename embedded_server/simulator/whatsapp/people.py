"""Who there is: people with a phone, their linked devices, and groups."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from embedded_server.simulator.whatsapp.app_state import AppState, Collection
from embedded_server.simulator.whatsapp.device import SignalDevice
from embedded_server.simulator.whatsapp.node import GROUP, LID, PN, Jid, Node
from embedded_server.simulator.whatsapp.ratchet import Bundle

if TYPE_CHECKING:
    from embedded_server.simulator.whatsapp.connection import Connection
    from embedded_server.simulator.whatsapp.history import OldChat
    from embedded_server.simulator.whatsapp.phone import Phone

#: A stanza that waits for the device to acknowledge it, by what the acknowledgement will name.
PendingKey = tuple[str | None, ...]


@dataclass(eq=False, repr=False)
class Companion:
    """A linked device: the client under test, as the server knows it."""

    person: Person
    number: int
    noise_key: bytes
    identity: bytes
    registration_id: bytes
    #: Id, public key and signature of its signed pre-key.
    signed: tuple[bytes, bytes, bytes]
    #: The identity its phone vouches for (ADVSignedDeviceIdentity), which every stranger checks.
    vouched: bytes
    #: Ids and public keys of one-time pre-keys nobody has been given yet.
    one_time: list[tuple[bytes, bytes]] = field(default_factory=list)
    pending: dict[PendingKey, Node] = field(default_factory=dict)
    connection: Connection | None = None
    #: It said that it is ready: until then what arrives waits.
    is_listening: bool = False
    #: It told others that its person is there.
    is_available: bool = False
    #: Its phone sent it the keys and the history a new device gets.
    is_welcomed: bool = False
    #: The collections of shared settings it has asked for.
    synced: set[Collection] = field(default_factory=set)
    #: How the next log-in ends instead of in success: the attributes of a <failure>.
    refusal: dict[str, object] | None = None

    @property
    def is_settled(self) -> bool:
        """It has taken everything a newly linked device gets."""
        return self.is_welcomed and not self.pending and self.synced == set(Collection)

    def jid(self, server: str = PN) -> Jid:
        return self.person.jid(server, self.number)

    def __repr__(self) -> str:
        return f"<Companion {self.jid()}>"

    def bundle(self) -> Bundle:
        """Keys for a stranger, with one of the one-time keys as long as there are any."""
        one_time_id, one_time = self.one_time.pop(0) if self.one_time else (None, None)
        signed_id, signed, signature = self.signed
        return Bundle(
            int.from_bytes(self.registration_id, "big"),
            self.identity,
            int.from_bytes(signed_id, "big"),
            signed,
            signature,
            None if one_time_id is None else int.from_bytes(one_time_id, "big"),
            one_time,
        )


@dataclass(eq=False, repr=False)
class Person:
    """An account: a number, the hidden id WhatsApp shows in its place, and device 0, the phone."""

    number: str
    lid: str
    name: str
    #: Shown instead of the name where the account is a business.
    business: str | None = None
    companions: dict[int, Companion] = field(default_factory=dict)
    #: The account's own number in what its phone signs (ADV).
    raw_id: int = field(default_factory=lambda: secrets.randbelow(2**31))
    last_device: int = 0
    #: The chats its phone tells a newly linked device of.
    past: Sequence[OldChat] = ()
    phone: Phone = field(init=False)

    def __repr__(self) -> str:
        return f"<Person {self.name} {self.number}>"

    @cached_property
    def device(self) -> SignalDevice:
        return SignalDevice()

    @cached_property
    def app_state(self) -> AppState:
        return AppState()

    def reinstall(self) -> None:
        """A new phone with the same number: new keys, none of the old sessions."""
        self.device = SignalDevice()

    def jid(self, server: str = PN, device: int = 0) -> Jid:
        return Jid(self.lid if server == LID else self.number, server, device)

    def device_numbers(self) -> list[int]:
        return [0, *sorted(self.companions)]


@dataclass(eq=False)
class Group:
    """The first member made it. ``server`` says how its members are named."""

    number: str
    subject: str
    members: list[Person]
    server: str = LID

    @property
    def jid(self) -> str:
        return f"{self.number}@{GROUP}"


class Directory:
    """Everyone who has WhatsApp."""

    def __init__(self) -> None:
        self._by_number: dict[str, Person] = {}
        self._by_lid: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        #: Asked for a number nobody has; may bring somebody to life who has it.
        self.stranger: Callable[[str], Person | None] | None = None

    def __len__(self) -> int:
        return len(self._by_number)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_number.values())

    def add(self, person: Person) -> None:
        self._by_number[person.number] = person
        self._by_lid[person.lid] = person

    def find(self, jid: Jid) -> Person | None:
        if jid.server == LID:
            return self._by_lid.get(jid.user)
        known = self._by_number.get(jid.user)
        return self.stranger(jid.user) if known is None and jid.server == PN and self.stranger else known

    def companion(self, jid: Jid) -> Companion | None:
        person = self.find(jid)
        return person.companions.get(jid.device) if person else None

    def group(self, jid: str) -> Group | None:
        return self.groups.get(jid.partition("@")[0])


def companions_of(people: Iterable[Person]) -> list[Companion]:
    return [companion for person in people for companion in person.companions.values()]
