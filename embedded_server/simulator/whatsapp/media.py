"""The media host: files that only their sender and recipient can read, and how they are encrypted."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

from embedded_server.simulator.whatsapp.keys import decrypt_cbc, derive, encrypt_cbc, mac, sha256
from embedded_server.simulator.whatsapp.letters import MEDIA, Part
from embedded_server.simulator.whatsapp.wire import Fields, pack

_MAC_LENGTH = 10
_INFO = {
    Part.IMAGE: b"WhatsApp Image Keys",
    Part.DOCUMENT: b"WhatsApp Document Keys",
    Part.AUDIO: b"WhatsApp Audio Keys",
    Part.VIDEO: b"WhatsApp Video Keys",
}


@dataclass(frozen=True, slots=True)
class _Keys:
    iv: bytes
    cipher: bytes
    mac: bytes

    @classmethod
    def of(cls, part: Part, key: bytes) -> _Keys:
        keys = derive(key, 112, _INFO[part])
        return cls(keys[:16], keys[16:48], keys[48:80])


@dataclass
class MediaHost:
    """``files`` by the token in their address, which is the hash of what is stored."""

    files: dict[str, bytes] = field(default_factory=dict)
    #: So many requests from now on are answered with an error of the server.
    broken: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        if self.broken:
            self.broken -= 1
            return web.Response(status=500)
        token = request.path.rpartition("/")[2]
        if request.method == "POST":
            self.files[token] = await request.read()
            return web.json_response(
                {"url": f"https://{request.host}{_path(token)}", "direct_path": _path(token)}
            )
        if request.method == "DELETE":
            self.files.pop(token, None)
            return web.Response()
        stored = self.files.get(token)
        return web.Response(status=404) if stored is None else web.Response(body=stored)

    def put(
        self, part: Part, data: bytes, mime: str, *, name: str | None = None, caption: str | None = None
    ) -> bytes:
        """Encrypt and store a file as a phone does; the message that announces it."""
        key, where = os.urandom(32), MEDIA[part]
        keys = _Keys.of(part, key)
        sealed = encrypt_cbc(keys.cipher, keys.iv, data)
        sealed += mac(keys.mac, keys.iv, sealed)[:_MAC_LENGTH]
        token = base64.urlsafe_b64encode(sha256(sealed)).decode()
        self.files[token] = sealed
        fields: list[tuple[int, int | str | bytes]] = [
            (where.mime, mime),
            (where.sha256, sha256(data)),
            (where.length, len(data)),
            (where.key, key),
            (where.enc_sha256, sha256(sealed)),
            (where.path, _path(token)),
        ]
        fields += [
            (number, value)
            for number, value in ((where.name, name), (where.caption, caption))
            if number and value
        ]
        return pack((part, pack(*fields)))

    def get(self, part: Part, message: Fields) -> bytes:
        """Raises:
        LookupError: nobody uploaded it.
        ValueError: it is not what the message says.
        """
        where = MEDIA[part]
        sealed = self.files[urlsplit(message.text(where.path) or "").path.rpartition("/")[2]]
        keys = _Keys.of(part, message.blob(where.key))
        body, sent_mac = sealed[:-_MAC_LENGTH], sealed[-_MAC_LENGTH:]
        data = decrypt_cbc(keys.cipher, keys.iv, body)
        if mac(keys.mac, keys.iv, body)[:_MAC_LENGTH] != sent_mac or sha256(data) != message.blob(
            where.sha256
        ):
            raise ValueError("the file is not what its message says")
        return data


def _path(token: str) -> str:
    """whatsmeow puts more parameters behind it, so there must be one already."""
    return f"/v/t62.7118-24/{token}?ccb=11-4"
