"""Reads one fact of Meta's webhooks into neutral shapes. Pure; nothing here raises for what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.providers.inbound import (
    DeliveryStatus,
    Inbound,
    InboundMessage,
    Malformed,
    Notice,
    PieceKind,
    Preference,
    StatusUpdate,
)
from engine.providers.meta.answers import as_code, error_reason
from engine.providers.meta.content import Content, read_content
from engine.providers.meta.errors import classify
from engine.providers.untrusted import Unreadable, identifier, items, mapping, moment, parse, text

_NAME_LENGTH = 200
_TOKEN_LENGTH = 512
_STATUSES = {status.value: status for status in DeliveryStatus}
_RESUMES = frozenset({"resume", "signup"})


def read_piece(body: bytes) -> Inbound:
    """Read the body of a :class:`~engine.providers.inbound.Piece` that ``split_meta`` made."""
    try:
        held = mapping(parse(body))
    except Unreadable:
        return Malformed("the body is not JSON")
    kind, item = held.get("kind"), held.get("item")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if not reader or not isinstance(item, dict):
        return Malformed("not an object of a known shape")
    return reader(item, held)


def _status(item: dict[str, Any], _held: dict[str, Any]) -> StatusUpdate | Malformed:
    message_id, occurred_at = identifier(item.get("id")), moment(item.get("timestamp"))
    word = item.get("status")
    status = _STATUSES.get(word) if isinstance(word, str) else None
    if not message_id or not occurred_at or not status:
        return _missing(id=message_id, timestamp=occurred_at, status=status)
    update = StatusUpdate(
        message_id,
        status,
        occurred_at,
        token=text(item.get("biz_opaque_callback_data"), _TOKEN_LENGTH),
        recipient_wa_id=identifier(item.get("recipient_id")),
    )
    return _failed(update, item) if status is DeliveryStatus.FAILED else update


def _failed(update: StatusUpdate, item: dict[str, Any]) -> StatusUpdate:
    error = mapping(next(iter(items(item.get("errors"))), None))
    code = as_code(error.get("code"))
    return replace(
        update,
        code=None if code is None else str(code),
        reason=error_reason(error),
        action=classify(code, as_code(error.get("error_subcode"))).action,
    )


def _message(item: dict[str, Any], held: dict[str, Any]) -> InboundMessage | Malformed:
    contact = mapping(held.get("contact"))
    message_id, sent_at = identifier(item.get("id")), moment(item.get("timestamp"))
    wa_id = identifier(item.get("from")) or identifier(contact.get("wa_id"))
    bsuid = identifier(item.get("from_user_id")) or identifier(contact.get("user_id"))
    if not message_id or not sent_at or not (wa_id or bsuid):
        return _missing(id=message_id, timestamp=sent_at, sender=wa_id or bsuid)
    profile, content = mapping(contact.get("profile")), read_content(item)
    return InboundMessage(
        message_id,
        sent_at,
        content.kind,
        sender_wa_id=wa_id,
        bsuid=bsuid,
        username=(text(profile.get("username"), _NAME_LENGTH) or "").removeprefix("@") or None,
        profile_name=text(profile.get("name"), _NAME_LENGTH),
        text=content.text,
        media=content.media,
        reply_to=identifier(mapping(item.get("context")).get("id")),
        payload=_payload(content, item, held.get("errors")),
    )


def _payload(content: Content, item: dict[str, Any], errors: object) -> dict[str, Any]:
    """The kind's own payload and what may accompany any kind."""
    payload = dict(content.payload)
    context = mapping(item.get("context"))
    if referral := mapping(item.get("referral")):
        payload["referral"] = referral
    if product := mapping(context.get("referred_product")):
        payload["referred_product"] = product
    if context.get("forwarded") or context.get("frequently_forwarded"):
        payload["forwarded"] = True
    if said := items(item.get("errors")) or items(errors):
        payload["errors"] = said
    return payload


def _preference(item: dict[str, Any], held: dict[str, Any]) -> Preference | Malformed:
    contact = mapping(held.get("contact"))
    wa_id = identifier(item.get("wa_id")) or identifier(contact.get("wa_id"))
    bsuid = identifier(item.get("user_id")) or identifier(contact.get("user_id"))
    occurred_at, value = moment(item.get("timestamp")), item.get("value")
    known = value == "stop" or (isinstance(value, str) and value in _RESUMES)
    if not occurred_at or not (wa_id or bsuid) or not known:
        return _missing(timestamp=occurred_at, person=wa_id or bsuid, value=known)
    return Preference(value == "stop", occurred_at, wa_id=wa_id, bsuid=bsuid)


def _notice(item: dict[str, Any], held: dict[str, Any]) -> Notice | Malformed:
    field = identifier(held.get("field"))
    if not field:
        return _missing(field=field)
    return Notice(field, item, identifier(held.get("account")), moment(held.get("time")))


def _missing(**parts: object) -> Malformed:
    return Malformed(f"missing or unusable: {', '.join(name for name, value in parts.items() if not value)}")


_READERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Inbound]] = {
    PieceKind.STATUS: _status,
    PieceKind.MESSAGE: _message,
    PieceKind.PREFERENCE: _preference,
    PieceKind.NOTICE: _notice,
}
