"""Reads Twilio's form posts into neutral shapes. Pure; nothing here raises for what was sent."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from engine.providers.inbound import (
    DeliveryStatus,
    Inbound,
    InboundMedia,
    InboundMessage,
    Malformed,
    MessageKind,
    Piece,
    PieceKind,
    StatusUpdate,
)
from engine.providers.reasons import safe
from engine.providers.twilio.errors import classify
from engine.providers.untrusted import Unreadable, identifier, mapping, parse, text

_MOST_FIELDS = 200
_MOST_MEDIA = 10
_WHATSAPP = "whatsapp:"
_RECEIVED = frozenset({"received", "receiving"})
_STATUSES = {
    # Anything Twilio says of its own queue proves that it took the message.
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), DeliveryStatus.SENT),
    **dict.fromkeys(("delivered", "partially_delivered"), DeliveryStatus.DELIVERED),
    "read": DeliveryStatus.READ,
    **dict.fromkeys(("undelivered", "failed", "canceled"), DeliveryStatus.FAILED),
}
_KINDS = {"image": MessageKind.IMAGE, "video": MessageKind.VIDEO, "audio": MessageKind.AUDIO}


def form_pairs(raw: bytes) -> list[tuple[str, str]]:
    """Every pair of a form body, in its order, as the signature needs them.

    Raises:
        Unreadable: more fields than Twilio ever sends.
    """
    try:
        return parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Unreadable from None


def split_twilio(raw: bytes, *, token: str | None, received_at: datetime) -> list[Piece]:
    """The one fact of a form post. ``token`` is the callback's ``t`` parameter; Twilio dates nothing."""
    try:
        form = dict(form_pairs(raw))
    except Unreadable:
        return [_piece(PieceKind.MALFORMED, {}, raw, raw)]
    kind = _kind(form)
    held = {"kind": kind, "item": form, "token": token, "received_at": received_at.isoformat()}
    return [_piece(kind, form, orjson.dumps(held), raw)]


def read_piece(body: bytes) -> Inbound:
    """Read the body of a :class:`~engine.providers.inbound.Piece` that ``split_twilio`` made."""
    try:
        held = mapping(parse(body))
    except Unreadable:
        return Malformed("the body is not a form")
    form = mapping(held.get("item"))
    try:
        received_at = datetime.fromisoformat(held["received_at"])
    except (KeyError, TypeError, ValueError):
        return Malformed("the time of receipt is missing")
    match held.get("kind"):
        case PieceKind.STATUS:
            return _status(form, text(held.get("token")), received_at)
        case PieceKind.MESSAGE:
            return _message(form, received_at)
        case _:
            return Malformed("neither a message nor a status")


def _kind(form: dict[str, str]) -> PieceKind:
    word = _word(form)
    if not form.get("MessageSid") and not form.get("SmsSid"):
        return PieceKind.MALFORMED
    if word in _RECEIVED or (not word and ("Body" in form or "NumMedia" in form)):
        return PieceKind.MESSAGE
    return PieceKind.STATUS if word else PieceKind.MALFORMED


def _word(form: dict[str, str]) -> str:
    # WhatsApp reads arrive as an event beside an older status.
    if form.get("EventType", "").lower() == "read":
        return "read"
    return (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()


def _piece(kind: PieceKind, form: dict[str, str], body: bytes, raw: bytes) -> Piece:
    inbound = kind is PieceKind.MESSAGE
    ours, theirs = ("To", "From") if inbound else ("From", "To")
    return Piece(
        _key(kind, form, raw),
        kind,
        body,
        identifier(form.get(ours)) or identifier(form.get("MessagingServiceSid")),
        identifier(form.get("AccountSid")),
        identifier(form.get(theirs)),
    )


def _key(kind: PieceKind, form: dict[str, str], raw: bytes) -> str:
    sid = identifier(form.get("MessageSid") or form.get("SmsSid"))
    if sid and kind is PieceKind.MESSAGE:
        return sid
    if sid and kind is PieceKind.STATUS and (word := identifier(_word(form))):
        return f"{sid}:{word}"
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _status(form: dict[str, Any], token: str | None, received_at: datetime) -> StatusUpdate | Malformed:
    sid = identifier(form.get("MessageSid") or form.get("SmsSid"))
    status = _STATUSES.get(_word(form))
    if not sid or not status:
        return Malformed("an unknown status")
    if status is not DeliveryStatus.FAILED:
        return StatusUpdate(sid, status, received_at, token=token)
    code = str(form.get("ErrorCode", ""))
    number = int(code) if code.isascii() and code.isdigit() and len(code) < 10 else None
    return StatusUpdate(
        sid,
        status,
        received_at,
        token=token,
        code=None if number is None else str(number),
        reason=safe(form.get("ErrorMessage")) or safe(_word(form)),
        action=classify(number).action,
    )


def _message(form: dict[str, Any], received_at: datetime) -> InboundMessage | Malformed:
    sid, sender = identifier(form.get("MessageSid") or form.get("SmsSid")), identifier(form.get("From"))
    if not sid or not sender:
        return Malformed("a message without id or sender")
    files = _files(form)
    return InboundMessage(
        sid,
        received_at,
        _KINDS.get((files[0].mime or "").split("/")[0], MessageKind.DOCUMENT) if files else MessageKind.TEXT,
        sender_wa_id=identifier(form.get("WaId")) if sender.startswith(_WHATSAPP) else None,
        sender_phone=sender.removeprefix(_WHATSAPP),
        profile_name=text(form.get("ProfileName"), 200),
        text=text(form.get("Body")) or "",
        media=files[0] if files else None,
        reply_to=identifier(form.get("OriginalRepliedMessageSid")),
        payload=_payload(form, files[1:]),
    )


def _files(form: dict[str, Any]) -> list[InboundMedia]:
    found = []
    for number in range(_MOST_MEDIA):
        url = text(form.get(f"MediaUrl{number}"), 4096)
        if url:
            mime = text(form.get(f"MediaContentType{number}"), 255)
            found.append(InboundMedia(identifier(url.rsplit("/", 1)[-1]), url, mime))
    return found


def _payload(form: dict[str, Any], more: list[InboundMedia]) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    if more:
        payload["more_media"] = [{"url": media.url, "mime": media.mime} for media in more]
    if opt_out := text(form.get("OptOutType"), 32):
        payload["opt_out_type"] = opt_out
    if pressed := text(form.get("ButtonPayload")):
        payload["payload"] = pressed
    return payload
