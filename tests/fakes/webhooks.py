"""Channels and signed posts as the vendors would make them, and a store that remembers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from embedded_server.webhooks.acceptance import Acceptance, Store
from embedded_server.webhooks.directory import Directory
from embedded_server.webhooks.http import Limits
from embedded_server.webhooks.listener import Listener
from embedded_server.webhooks.meta import MetaHook
from embedded_server.webhooks.routing import FORM
from embedded_server.webhooks.table import routes
from embedded_server.webhooks.twilio import TwilioHook
from engine.intake import EventIds, NewEvent, Source
from tests.fakes.raw_http import Answer, request, talk

BASE_URL = "https://hooks.loja.example"
_ids = EventIds()


@dataclass(frozen=True)
class FakeEndpoint:
    source: Source
    sender: str
    account: str
    secret: str = field(repr=False)
    verify_token: str | None = None
    company_id: UUID = field(default_factory=_ids.next)
    channel_id: UUID = field(default_factory=_ids.next)


class Shelf:
    """Keeps the promises of ``Writer.store``, in memory."""

    def __init__(self) -> None:
        self.events: list[NewEvent] = []
        self.failure: Exception | None = None

    async def store(self, rows: Sequence[NewEvent]) -> None:
        if self.failure:
            raise self.failure
        self.events.extend(rows)


@dataclass
class Stand:
    """A public listener with its directory, on a real socket."""

    port: int
    directory: Directory
    acceptance: Acceptance
    endpoints: list[FakeEndpoint]

    async def meta(self, raw: bytes, *headers: str, target: str = "/hooks/meta") -> Answer:
        return (await talk(self.port, request(target=target, body=raw, headers=headers), until=1))[0]

    async def twilio(self, form: dict[str, str], *, token: str, target: str = "/hooks/twilio") -> Answer:
        raw = urlencode(form).encode()
        headers = [f"Content-Type: {FORM}", twilio_header(form, token, target)]
        return (await talk(self.port, request(target=target, body=raw, headers=headers), until=1))[0]


@asynccontextmanager
async def stand(store: Store, *endpoints: FakeEndpoint, limits: Limits | None = None) -> AsyncIterator[Stand]:
    known = list(endpoints)

    async def load() -> Sequence[FakeEndpoint]:
        return known

    directory = Directory(load, at_most_every=0.0)
    await directory.reload()
    acceptance = Acceptance(directory, store)
    hooks = routes(MetaHook(directory, acceptance), TwilioHook(acceptance, BASE_URL))
    listener = Listener(hooks, limits)
    await listener.start("127.0.0.1", 0)
    try:
        yield Stand(listener.port, directory, acceptance, known)
    finally:
        await listener.stop(grace=1)
        await directory.close()


def meta_header(raw: bytes, secret: str) -> str:
    return f"X-Hub-Signature-256: sha256={hmac.digest(secret.encode(), raw, 'sha256').hex()}"


def twilio_header(form: dict[str, str], token: str, target: str) -> str:
    said = BASE_URL + target + "".join(key + form[key] for key in sorted(form))
    digest = hmac.digest(token.encode(), said.encode(), hashlib.sha1)
    return f"X-Twilio-Signature: {base64.b64encode(digest).decode()}"


def status(wamid: str, word: str = "delivered") -> dict[str, Any]:
    return {"id": wamid, "status": word, "timestamp": "1790000000", "recipient_id": "5511999998888"}


def message(wamid: str, text: str = "Olá 😀") -> dict[str, Any]:
    return {
        "id": wamid,
        "from": "5511999998888",
        "timestamp": "1790000000",
        "type": "text",
        "text": {"body": text},
    }


def meta_body(number: str, *, account: str = "waba", **value: Any) -> bytes:
    """One change as Meta sends it: ASCII with escapes, no spaces."""
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, **value}
    entry = {"id": account, "changes": [{"field": "messages", "value": value}]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
