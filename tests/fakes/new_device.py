"""A new device as the pairing protocol sees it: it makes a key, asks, shows a code and signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from embedded_server.contract import pairing
from tests.fakes.api import Answer, Api


@dataclass(slots=True)
class NewDevice:
    name: str = "Notebook"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    id: UUID | None = None
    challenge: bytes = b""

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> bytes:
        return pairing.fingerprint_of(self.public_key, self.challenge)

    @property
    def code(self) -> str:
        return pairing.code_of(self.fingerprint)

    @property
    def words(self) -> list[str]:
        return pairing.words_of(self.fingerprint)

    @property
    def signature(self) -> bytes:
        assert self.id is not None
        return self.key.sign(pairing.proof_of(self.id, self.challenge))

    def meets(self, id_: UUID, challenge: bytes) -> None:
        self.id, self.challenge = id_, challenge

    async def ask(self, api: Api) -> Answer:
        answer = await api.post("/api/v1/pairing", {"public_key": self.public_key.hex(), "name": self.name})
        if answer.status == 201:
            self.meets(UUID(answer.json["id"]), bytes.fromhex(answer.json["challenge"]))
        return answer

    async def collect(self, api: Api, **more: Any) -> Answer:
        query = {"signature": self.signature.hex(), **more}
        return await api.get(f"/api/v1/pairing/{self.id}", params=query)
