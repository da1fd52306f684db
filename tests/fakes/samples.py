"""A valid body for every route that takes one. A new route needs its line here, or the sweeps fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.fakes.api import PASSWORD

Ids = dict[str, str]


def _campaign(ids: Ids) -> dict[str, Any]:
    return {
        "name": "Natal",
        "channel_id": ids["channels"],
        "content": {"type": "text", "body": "Oi {{nome}}!"},
        "audience": {
            "tags": [ids["tags"]],
            "segment_id": ids["segments"],
            "contact_ids": [ids["contacts"]],
        },
    }


def _has_tag(ids: Ids) -> dict[str, Any]:
    return {"field": "tag", "is": "has", "value": ids["tags"]}


SAMPLES: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "claim.claim": lambda _: {
        "secret": "AAAA-BBBB",
        "company": "Loja",
        "name": "Ana",
        "email": "ana@loja.example",
        "password": PASSWORD,
        "device": "Tests",
    },
    "session.sign_in": lambda _: {"email": "ana@loja.example", "password": PASSWORD, "device": "Tests"},
    "session.change_password": lambda _: {"current": "not the password", "new": PASSWORD},
    "pairing.ask": lambda _: {"public_key": "0f" * 32, "name": "Notebook"},
    "pairing.find": lambda _: {"code": "K7QM-2XRD"},
    "company.update": lambda _: {"name": "Loja Ipê"},
    "company.found": lambda _: {"name": "Filial"},
    "users.add": lambda _: {
        "email": "bia@loja.example",
        "name": "Bia",
        "role": "agent",
        "password": PASSWORD,
    },
    "users.change": lambda _: {"role": "viewer"},
    "channels.create": lambda _: {
        "kind": "sms",
        "provider": "twilio",
        "mode": "simulator",
        "name": "SMS",
        "sender": "+551150000000",
        "account": "AC11111111111111111111111111111111",
    },
    "channels.check": lambda _: {
        "kind": "sms",
        "provider": "twilio",
        "mode": "simulator",
        "name": "SMS",
        "sender": "+551150000000",
        "account": "AC11111111111111111111111111111111",
    },
    "channels.update": lambda _: {"name": "SMS 2"},
    "simulator.receive": lambda ids: {
        "channel_id": ids["channels"],
        "phone": "+5511999998888",
        "name": "Ana",
        "text": "Oi!",
    },
    "linked.begin": lambda _: {"engine": "whatsmeow"},
    "linked.scan": lambda _: {"passkey": False},
    "imports.check": lambda _: {"mapping": {"0": "phone"}, "options": {"tags": ["vip"]}},
    "templates.sync": lambda ids: {"channel_id": ids["channels"]},
    "webhook_events.replay": lambda ids: {"ids": [ids["webhook-events"]]},
    "contacts.create": lambda ids: {"name": "Caio", "phone": "11987654321", "tag_ids": [ids["tags"]]},
    "contacts.update": lambda ids: {"name": "Caio", "tag_ids": [ids["tags"]]},
    "contacts.archive_many": lambda ids: {"contact_ids": [ids["contacts"]]},
    "contacts.restore_many": lambda ids: {"contact_ids": [ids["contacts"]]},
    "contacts.write_notes": lambda _: {"text": "Gosta de café"},
    "contacts.opt_out": lambda _: {"channel_kind": "sms", "said": "Pediu ao telefone"},
    "contacts.opt_in": lambda _: {"channel_kind": "sms", "said": "Pediu ao telefone"},
    "tags.create": lambda _: {"name": "novo", "color": "#2a9d8f"},
    "tags.update": lambda _: {"name": "outro"},
    "tags.attach": lambda ids: {"contact_ids": [ids["contacts"]]},
    "tags.detach": lambda ids: {"contact_ids": [ids["contacts"]]},
    "segments.create": lambda ids: {"name": f"Vips {uuid4()}", "filter": _has_tag(ids)},
    "segments.count": lambda ids: {"filter": _has_tag(ids)},
    "segments.update": lambda ids: {"filter": _has_tag(ids), "name": "Vips de novo"},
    "conversations.begin": lambda ids: {"contact_id": ids["contacts"]},
    "conversations.send": lambda ids: {
        "channel_id": ids["channels"],
        "content": {"type": "text", "body": "Oi"},
        "reply_to": ids["messages"],
    },
    "conversations.note": lambda _: {"text": "Ligar amanhã"},
    "conversations.assign": lambda ids: {"person_id": ids["users"]},
    "campaigns.create": _campaign,
    "campaigns.edit": _campaign,
    "campaigns.schedule": lambda _: {"local": "2100-11-30T09:00"},
    "campaigns.resend": lambda ids: {
        "recipient_ids": [ids["recipients"]],
        "i_accept_duplicates": True,
    },
}


def body_of(name: str, ids: Ids) -> dict[str, Any] | None:
    sample = SAMPLES.get(name)
    return sample(ids) if sample else None
