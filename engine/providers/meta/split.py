"""Cuts one webhook body of Meta into the facts it carries, each with the key it is known by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import orjson

from engine.providers.inbound import Piece, PieceKind
from engine.providers.untrusted import Unreadable, identifier, items, mapping, parse

#: Field of a change → its lists, the kind of their elements, and where an element names the person.
_LISTS: dict[str, tuple[tuple[str, PieceKind, tuple[str, str]], ...]] = {
    "messages": (
        ("statuses", PieceKind.STATUS, ("recipient_id", "recipient_user_id")),
        ("messages", PieceKind.MESSAGE, ("from", "from_user_id")),
    ),
    "user_preferences": (("user_preferences", PieceKind.PREFERENCE, ("wa_id", "user_id")),),
}


def split_meta(raw: bytes) -> list[Piece]:
    """Every fact of a webhook body, in its order. Never raises: what cannot be read is a malformed piece."""
    try:
        body = parse(raw)
    except Unreadable:
        return [Piece(_digest(raw), PieceKind.MALFORMED, raw)]
    return [piece for account, time, change in _changes(body) for piece in _pieces(account, time, change)]


def _changes(body: object) -> Iterator[tuple[str | None, object, object]]:
    if not isinstance(body, dict) or not isinstance(body.get("entry"), list):
        yield None, None, body
        return
    for entry in body["entry"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("changes"), list):
            yield None, None, entry
            continue
        account = identifier(entry.get("id"))
        for change in entry["changes"]:
            yield account, entry.get("time"), change


def _pieces(account: str | None, time: object, change: object) -> Iterator[Piece]:
    value = change.get("value") if isinstance(change, dict) else None
    field = change.get("field") if isinstance(change, dict) else None
    if not isinstance(value, dict) or not isinstance(field, str):
        yield _whole(PieceKind.MALFORMED, account, {"item": change})
        return
    listed = [shape for shape in _LISTS.get(field, ()) if isinstance(value.get(shape[0]), list)]
    for name, kind, person in listed:
        yield from _elements(account, value, value[name], kind, person)
    if not listed:
        yield _whole(PieceKind.NOTICE, account, {"time": time, "field": field, "item": value})


def _elements(
    account: str | None, value: dict[str, Any], elements: list[Any], kind: PieceKind, person: tuple[str, str]
) -> Iterator[Piece]:
    sender = identifier(mapping(value.get("metadata")).get("phone_number_id"))
    contacts = _contacts(value)
    errors = value.get("errors")
    for item in elements:
        if not isinstance(item, dict):
            yield _whole(PieceKind.MALFORMED, account, {"item": item}, sender)
            continue
        wa_id, bsuid = identifier(item.get(person[0])), identifier(item.get(person[1]))
        held: dict[str, Any] = {"kind": kind, "item": item}
        contact = contacts.get(wa_id) or contacts.get(bsuid)
        if contact:
            held["contact"] = contact
        if errors:
            held["errors"] = errors
        body = _write(held)
        yield Piece(_key(kind, item, body), kind, body, sender, account, wa_id or bsuid)


def _contacts(value: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    """Contacts by each identity they have; absent on system messages and on most statuses."""
    found: dict[str | None, dict[str, Any]] = {}
    for contact in items(value.get("contacts")):
        if isinstance(contact, dict):
            for identity in (contact.get("wa_id"), contact.get("user_id")):
                if isinstance(identity, str):
                    found[identity] = contact
    return found


def _whole(kind: PieceKind, account: str | None, held: dict[str, Any], sender: str | None = None) -> Piece:
    body = _write({"kind": kind, "account": account, **held})
    return Piece(_digest(body), kind, body, sender, account)


def _write(held: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(held)
    except TypeError:
        # Deeper than orjson writes. Nothing real is; what fits the standard writer is kept to be looked at.
        return _write_deep(held)


def _write_deep(held: dict[str, Any]) -> bytes:
    try:
        return json.dumps({"kind": PieceKind.MALFORMED, "deep": held}).encode()
    except RecursionError:
        return orjson.dumps({"kind": PieceKind.MALFORMED, "deep": None})


def _key(kind: PieceKind, item: dict[str, Any], body: bytes) -> str:
    vendor_id = identifier(item.get("id"))
    if vendor_id and kind is PieceKind.MESSAGE:
        return f"msg:{vendor_id}"
    if vendor_id and kind is PieceKind.STATUS and (status := identifier(item.get("status"))):
        return f"st:{vendor_id}:{status}"
    return _digest(body)


def _digest(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
