"""What the lane of linked devices remembers from one start to the next: who has linked which device.

A number that was linked with a pretend phone works again after a restart, as the simulated numbers of the
other lanes do. Of everybody else nothing has to be kept: hidden id and keys of a number follow from it and a
seed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded_server.simulator.whatsapp.device import SignalDevice
from embedded_server.simulator.whatsapp.keys import KeyPair, derive
from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer

_FILE = "phones.json"
_LID_DIGITS = 13


class Memory:
    """One folder's. Raises no error for a file that cannot be read: then nobody was ever linked."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        kept = _read(self._file)
        self._seed = bytes.fromhex(kept.get("seed") or secrets.token_hex(32))
        self._phones: Mapping[str, Any] = kept.get("phones") or {}

    def person(self, server: WhatsAppServer, number: str, name: str = "") -> Person:
        """Somebody new to the server, who has always been the same."""
        hidden = int.from_bytes(hashlib.sha256(number.encode()).digest(), "big") % 10**_LID_DIGITS
        person = server.person(number, name, lid=f"2{hidden:0{_LID_DIGITS}}")
        person.device = SignalDevice(KeyPair.of(derive(self._seed, 32, number.encode())))
        return person

    def restore(self, server: WhatsAppServer) -> dict[str, str]:
        """Bring the pretend phones back, with their devices; whose each is, by number."""
        for number, kept in self._phones.items():
            person = self.person(server, number)
            person.raw_id, person.last_device = kept["raw_id"], kept["last_device"]
            for device in kept["devices"]:
                person.companions[device["number"]] = _companion(person, device)
        return {number: kept["owner"] for number, kept in self._phones.items()}

    def keep(self, owners: Mapping[Person, str]) -> None:
        """Write down the pretend phones as they are now."""
        phones = {
            person.number: {
                "owner": owner,
                "raw_id": person.raw_id,
                "last_device": person.last_device,
                "devices": [_described(companion) for companion in person.companions.values()],
            }
            for person, owner in owners.items()
        }
        partial = self._file.with_suffix(".partial")
        partial.touch(0o600)
        partial.write_text(json.dumps({"seed": self._seed.hex(), "phones": phones}), "utf-8")
        partial.replace(self._file)


def _read(file: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return kept


def _described(companion: Companion) -> dict[str, Any]:
    return {
        "number": companion.number,
        "noise_key": companion.noise_key.hex(),
        "identity": companion.identity.hex(),
        "registration_id": companion.registration_id.hex(),
        "signed": [part.hex() for part in companion.signed],
        "vouched": companion.vouched.hex(),
        "is_welcomed": companion.is_welcomed,
    }


def _companion(person: Person, kept: Mapping[str, Any]) -> Companion:
    number, public, signature = (bytes.fromhex(part) for part in kept["signed"])
    return Companion(
        person,
        kept["number"],
        bytes.fromhex(kept["noise_key"]),
        bytes.fromhex(kept["identity"]),
        bytes.fromhex(kept["registration_id"]),
        (number, public, signature),
        bytes.fromhex(kept["vouched"]),
        is_welcomed=kept["is_welcomed"],
    )
