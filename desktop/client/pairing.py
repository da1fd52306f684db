"""This machine as a new device: it makes a key, shows the code that comes of it, and fetches its session."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop.client.api import Api
from embedded_server.contract import pairing
from embedded_server.contract.pairing import NewDeviceIn, NewDeviceOut, PairingOut
from embedded_server.contract.session import SessionOut

HOME = "/api/v1/pairing"
#: The appliance takes no longer name.
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Asking:
    """A request to come in that somebody has to approve within ``seconds``."""

    code: str
    words: tuple[str, ...]
    seconds: int
    _api: Api = field(repr=False)
    _path: str = field(repr=False)
    _signature: str = field(repr=False)

    @classmethod
    async def begin(cls, api: Api, name: str) -> Asking:
        """Raises:
        Refused: with ``pairing_closed`` where nobody expects a device.
        """
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        body = NewDeviceIn(public_key=public.hex(), name=name[:LONGEST_NAME])
        asked = await api.send("POST", HOME, NewDeviceOut, body)
        challenge = bytes.fromhex(asked.challenge)
        fingerprint = pairing.fingerprint_of(public, challenge)
        return cls(
            code=pairing.code_of(fingerprint),
            words=tuple(pairing.words_of(fingerprint)),
            seconds=asked.seconds,
            _api=api,
            _path=f"{HOME}/{asked.id}",
            _signature=key.sign(pairing.proof_of(asked.id, challenge)).hex(),
        )

    async def collect(self) -> SessionOut | None:
        """The session, a single time, or None while nobody has decided.

        Raises:
            Refused: with ``pairing_refused``, or with ``pairing_closed`` once it is too late.
        """
        return (await self._api.get(self._path, PairingOut, signature=self._signature)).session
