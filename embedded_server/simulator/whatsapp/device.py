"""One device's end of every encrypted conversation: its identity, its pre-keys, its sessions."""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass

from embedded_server.simulator.whatsapp import ratchet
from embedded_server.simulator.whatsapp.keys import KeyPair, is_signed, marked
from embedded_server.simulator.whatsapp.ratchet import AlreadyDecrypted, Bundle, CannotDecrypt, Session
from embedded_server.simulator.whatsapp.sender_keys import SenderKeys
from embedded_server.simulator.whatsapp.wire import Fields, pack

#: A person's number and the device's: one session for both of a person's addresses, by number and hidden id.
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext with its kind: "pkmsg" starts a session, "msg" goes on with one, "skmsg" is a group's."""

    kind: str
    data: bytes


class SignalDevice:
    """Sessions are kept as libsignal does: the newest first, and older ones for what is still on its way."""

    def __init__(self, identity: KeyPair | None = None) -> None:
        self.identity = identity or KeyPair.new()
        self.registration_id = secrets.randbelow(16_380) + 1
        self.groups = SenderKeys()
        self._signed, self._signed_id = KeyPair.new(), 1
        self._signature = b""
        self._one_time: dict[int, KeyPair] = {}
        self._sessions: dict[Address, list[Session]] = {}

    def bundle(self) -> Bundle:
        """Keys for a stranger; every call gives away another one-time key."""
        number = len(self._one_time) + 1
        self._one_time[number] = KeyPair.new()
        # Made when it is first wanted: thousands of people cost nothing until someone writes to them.
        self._signature = self._signature or self.identity.sign(marked(self._signed.public))
        return Bundle(
            self.registration_id,
            self.identity.public,
            self._signed_id,
            self._signed.public,
            self._signature,
            number,
            self._one_time[number].public,
        )

    def knows(self, address: Address) -> bool:
        return address in self._sessions

    def start(self, address: Address, bundle: Bundle) -> None:
        """Raises:
        CannotDecrypt: the bundle is not signed by the identity in it.
        """
        if not is_signed(bundle.identity, marked(bundle.signed), bundle.signature):
            raise CannotDecrypt("the signed pre-key is not signed")
        self._sessions.setdefault(address, []).insert(0, ratchet.start(self.identity, bundle))

    def forget(self, address: Address) -> None:
        self._sessions.pop(address, None)

    def encrypt(self, address: Address, plain: bytes) -> Sealed:
        session = self._sessions[address][0]
        body = session.encrypt(plain)
        if session.pending is None:
            return Sealed("msg", body)
        started = pack(
            (1, session.pending.one_time_id),
            (2, marked(session.pending.base)),
            (3, session.own_identity),
            (4, body),
            (5, self.registration_id),
            (6, session.pending.signed_id),
        )
        return Sealed("pkmsg", ratchet.VERSION + started)

    def decrypt(self, address: Address, sealed: Sealed) -> bytes:
        """Raises:
        CannotDecrypt: no session fits.
        """
        if sealed.kind == "msg":
            return self._with_any(address, sealed.data)
        fields = Fields(sealed.data[1:])
        known = any(session.their_base == fields.blob(2) for session in self._sessions.get(address, []))
        return self._with_any(address, fields.blob(4), None if known else self._accepted(fields))

    def _accepted(self, fields: Fields) -> Session:
        one_time = self._one_time.get(fields.number(1))
        if fields.number(6) != self._signed_id or (1 in fields and one_time is None):
            raise CannotDecrypt("for keys of another phone")
        return ratchet.accept(self.identity, self._signed, one_time, fields)

    def _with_any(self, address: Address, body: bytes, fresh: Session | None = None) -> bytes:
        """The session that fits becomes the one to answer with; a fresh one that does not is never kept."""
        failure = CannotDecrypt("there is no session")
        sessions = self._sessions.get(address, [])
        for session in [fresh] if fresh else tuple(sessions):
            trial = copy.deepcopy(session)
            try:
                plain = trial.decrypt(body)
            except CannotDecrypt as error:
                failure = failure if isinstance(failure, AlreadyDecrypted) else error
                continue
            self._sessions[address] = [trial, *(other for other in sessions if other is not session)]
            return plain
        raise failure


def padded(plain: bytes) -> bytes:
    """One to fifteen bytes that say how many they are: lengths tell less of what was written."""
    size = secrets.randbelow(15) + 1
    return plain + bytes([size]) * size


def unpadded(data: bytes) -> bytes:
    return data[: -data[-1]]
