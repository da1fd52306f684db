"""Linking a new device: by the QR code it shows or a code typed at the phone; a passkey prevents it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import secrets
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embedded_server.simulator.whatsapp.connection import PATIENCE, Connection
from embedded_server.simulator.whatsapp.keys import KeyPair, derive, is_signed, mac
from embedded_server.simulator.whatsapp.node import LID, SERVER, Node
from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.wire import Fields, pack

#: What comes before what is signed, so that no signature serves for another purpose (ADV).
_BY_ACCOUNT, _BY_DEVICE = b"\x06\x00", b"\x06\x01"

#: A client shows the first code for 60 seconds and each other one for 20, then gives up.
_CODES_SHOWN = 6


class LinkingRefused(Exception):
    """The device did not accept what the phone sent, or proved wrong."""


@dataclass(eq=False)
class Applicant:
    """A device that waits to be linked. ``hello`` is its half of a pairing code, if it asked for one."""

    connection: Connection
    noise_key: bytes
    registration: Fields
    references: list[str] = field(
        default_factory=lambda: ["2@" + secrets.token_urlsafe(60) for _ in range(_CODES_SHOWN)]
    )
    hello: Node | None = None
    code_reference: bytes = field(default_factory=lambda: secrets.token_hex(16).encode())
    finish: asyncio.Future[Node] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def identity(self) -> bytes:
        return self.registration.blob(3)


class Pairing:
    """What a phone and the server do to link a device."""

    def __init__(self) -> None:
        self._applicants: list[Applicant] = []

    async def offer(self, applicant: Applicant) -> None:
        """Send what the QR codes are made of."""
        self._applicants.append(applicant)
        codes = [Node("ref", None, reference.encode()) for reference in applicant.references]
        attrs = {"from": SERVER, "id": secrets.token_hex(4), "type": "set", "xmlns": "md"}
        await applicant.connection.send(Node("iq", attrs, [Node("pair-device", None, codes)]))

    def withdraw(self, applicant: Applicant) -> None:
        self._applicants.remove(applicant)

    def asked_for_code(self, applicant: Applicant, request: Node) -> list[Node]:
        """First the device hides its key with the code; later it answers what the phone sent.

        Its <link_code_companion_reg> says by "stage" which of the two it is.
        """
        if request.attrs["stage"] == "companion_finish":
            applicant.finish.set_result(request)
            return []
        applicant.hello = request
        reference = Node("link_code_pairing_ref", None, applicant.code_reference)
        return [Node("link_code_companion_reg", {"stage": "companion_hello"}, [reference])]

    async def scan(self, code: str, person: Person) -> Companion:
        """Play a phone whose camera sees the QR code.

        Raises:
        LinkingRefused: the code is not of a device that is connected, or the device refused.
        """
        applicant, secret = self._scanned(code)
        return await self._link(applicant, person, secret)

    async def enter(self, code: str, person: Person) -> Companion:
        """Play a phone where the user types the eight characters the device shows.

        Raises:
        LinkingRefused: no device asked for a code for this number, or it is another one.
        """
        number = person.number
        applicant = next(
            (a for a in self._applicants if a.hello and a.hello.attrs["jid"].startswith(number)), None
        )
        if applicant is None or applicant.hello is None:
            raise LinkingRefused(f"no device asked for a code for {number}")
        wrapped = applicant.hello.need("link_code_pairing_wrapped_companion_ephemeral_pub").data
        code = code.replace("-", "")
        theirs = await asyncio.to_thread(_unwrapped, code, wrapped)
        ours = KeyPair.new()
        content = [
            Node("link_code_pairing_ref", None, applicant.code_reference),
            Node(
                "link_code_pairing_wrapped_primary_ephemeral_pub",
                None,
                await asyncio.to_thread(_wrapped, code, ours),
            ),
            Node("primary_identity_pub", None, person.device.identity.public),
        ]
        await applicant.connection.send(
            _notification(
                "link_code_companion_reg",
                Node("link_code_companion_reg", {"stage": "primary_hello"}, content),
            )
        )
        finish = await asyncio.wait_for(applicant.finish, PATIENCE)
        return await self._link(applicant, person, _secret_of(finish, ours.shared_with(theirs), person))

    async def demand_passkey(self, code: str) -> None:
        """Play a phone whose account asks for a passkey: the device is told, and nothing else comes of it."""
        applicant, _ = self._scanned(code)
        options = {"challenge": secrets.token_urlsafe(32), "rpId": "whatsapp.com", "timeout": 60_000}
        request = Node("passkey_request_options", None, json.dumps(options).encode())
        await applicant.connection.send(_notification("passkey_prologue_request", request))

    def _scanned(self, code: str) -> tuple[Applicant, bytes]:
        """Reference, both keys and the secret the device keeps for this moment."""
        reference, noise_key, identity, secret = code.rpartition("#")[2].split(",")[:4]
        applicant = next((a for a in self._applicants if reference in a.references), None)
        if applicant is None:
            raise LinkingRefused("the code is too old")
        keys = base64.b64decode(noise_key), base64.b64decode(identity)
        if keys != (applicant.noise_key, applicant.identity):
            raise LinkingRefused("the code is of another device")
        return applicant, base64.b64decode(secret)

    async def _link(self, applicant: Applicant, person: Person, secret: bytes) -> Companion:
        number = person.last_device = person.last_device + 1
        details = pack((1, person.raw_id), (2, int(time.time())), (3, number))
        account = person.device.identity
        signature = account.sign(_BY_ACCOUNT + details + applicant.identity)
        vouched = pack((1, details), (2, account.public), (3, signature))
        answer = await applicant.connection.ask(
            _pair_success(person, number, pack((1, vouched), (2, mac(secret, vouched))))
        )
        signed = answer.child("pair-device-sign", "device-identity")
        if answer.attrs.get("type") != "result" or signed is None:
            raise LinkingRefused(repr(answer))
        proof = Fields(signed.data).blob(4)
        if not is_signed(
            applicant.identity, _BY_DEVICE + details + applicant.identity + account.public, proof
        ):
            raise LinkingRefused("the device did not sign its identity")
        companion = person.companions[number] = _companion(
            applicant, person, number, vouched + pack((4, proof))
        )
        # "Restart required": the device hangs up, and comes back with what it got.
        await applicant.connection.send(Node("stream:error", {"code": 515}))
        return companion


def _companion(applicant: Applicant, person: Person, number: int, vouched: bytes) -> Companion:
    registration = applicant.registration
    signed = registration.blob(4), registration.blob(5), registration.blob(6)
    return Companion(
        person, number, applicant.noise_key, applicant.identity, registration.blob(1), signed, vouched
    )


def _pair_success(person: Person, number: int, identity: bytes) -> Node:
    content = [
        Node("device-identity", None, identity),
        Node("device", {"jid": person.jid(device=number), "lid": person.jid(LID, number)}),
        Node("platform", {"name": "smba" if person.business else "android"}),
    ]
    if person.business:
        content.append(Node("biz", {"name": person.business}))
    attrs = {"from": SERVER, "id": secrets.token_hex(4), "type": "set", "t": int(time.time())}
    return Node("iq", attrs, [Node("pair-success", None, content)])


def _notification(kind: str, content: Node) -> Node:
    attrs = {"from": SERVER, "id": secrets.token_hex(4), "type": kind, "t": int(time.time())}
    return Node("notification", attrs, [content])


def _wrapped(code: str, pair: KeyPair) -> bytes:
    salt, iv = os.urandom(32), os.urandom(16)
    return salt + iv + _stream(code, salt, iv, pair.public)


def _unwrapped(code: str, wrapped: bytes) -> bytes:
    return _stream(code, wrapped[:32], wrapped[32:48], wrapped[48:80])


def _stream(code: str, salt: bytes, iv: bytes, data: bytes) -> bytes:
    key = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, 2 << 16, 32)
    cipher = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


def _secret_of(finish: Node, shared: bytes, person: Person) -> bytes:
    """What in a QR code is printed, here both sides compute from their keys and the device's random bytes."""
    bundle = finish.need("link_code_pairing_wrapped_key_bundle").data
    identity = finish.need("companion_identity_public").data
    key = derive(shared, 32, b"link_code_pairing_key_bundle_encryption_key", bundle[:32])
    plain = AESGCM(key).decrypt(bundle[32:44], bundle[44:], None)
    if plain[:64] != identity + person.device.identity.public:
        raise LinkingRefused("the device answered with other keys")
    own = person.device.identity.shared_with(identity)
    return derive(shared + own + plain[64:96], 32, b"adv_secret")
