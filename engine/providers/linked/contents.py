"""What people write to each other (WhatsApp's ``Message``), read into a ``message`` event's fields.

Only the shapes are needed here, not the library: a message is whatever has fields of these names.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from engine.providers.inbound import MessageKind
from engine.providers.linked.protocol import Json

#: Envelopes around a message: copies of one's own, and what phones show in a special way.
_WRAPPERS = (
    "deviceSentMessage",
    "botInvokeMessage",
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "lottieStickerMessage",
    "documentWithCaptionMessage",
    "groupMentionedMessage",
    "editedMessage",
)
#: What devices tell each other, and additions to older messages that cannot be read on their own.
_UNSEEN = {
    "senderKeyDistributionMessage",
    "fastRatchetKeySenderKeyDistributionMessage",
    "messageContextInfo",
    "stickerSyncRmrMessage",
    "pollUpdateMessage",
    "encReactionMessage",
    "encCommentMessage",
    "encEventResponseMessage",
    "keepInChatMessage",
    "pinInChatMessage",
    "secretEncryptedMessage",
    "messageHistoryBundle",
    "messageHistoryNotice",
    "albumMessage",
    "statusMentionMessage",
    "groupRootKeyShare",
    "rootSecretDistributeMessage",
}
#: A file's field in the message and its kind. A round video is downloaded like any other.
FILES = {
    "imageMessage": MessageKind.IMAGE,
    "videoMessage": MessageKind.VIDEO,
    "ptvMessage": MessageKind.VIDEO,
    "audioMessage": MessageKind.AUDIO,
    "documentMessage": MessageKind.DOCUMENT,
    "stickerMessage": MessageKind.STICKER,
}
#: What a download needs of a file's message; the rest would be stored with every message for nothing.
_NEEDED = ("URL", "directPath", "mediaKey", "fileEncSHA256", "fileSHA256", "fileLength", "mimetype")

_LONGEST = 65_536
_REVOKE, _EDIT = 0, 14


def unwrap(message: Any) -> Any:
    """The message itself, out of all its envelopes."""
    for _ in range(len(_WRAPPERS)):
        wrapper = next((name for name in _WRAPPERS if message.HasField(name)), None)
        inner = getattr(message, wrapper) if wrapper else None
        if inner is None or not inner.HasField("message"):
            break
        message = inner.message
    return message


def read(message: Any) -> Json | None:
    """``kind``, ``text``, ``reply_to``, ``media``, ``payload``, ``mentions``; None if nobody would see it."""
    message = unwrap(message)
    said = _said(message)
    if said is None:
        return None
    context = _context(message)
    if context is not None:
        said["reply_to"] = context.stanzaID or None
        said["mentions"] = list(context.mentionedJID)
        if context.isForwarded:
            said.setdefault("payload", {})["forwarded"] = True
    return {"text": "", "reply_to": None, "media": None, "payload": {}, "mentions": [], **said}


def clean(text: str) -> str:
    """No zero bytes, which no database takes, and an end."""
    return text.replace("\x00", "")[:_LONGEST]


def _said(message: Any) -> Json | None:
    names = {field.name for field, _ in message.ListFields()} - _UNSEEN
    for name, reader in _READERS.items():
        if name in names:
            return reader(getattr(message, name))
    for name, kind in FILES.items():
        if name in names:
            return _file(message, name, kind)
    if poll := next((name for name in sorted(names) if name.startswith("pollCreationMessage")), None):
        return _poll(getattr(message, poll))
    return {"kind": MessageKind.UNSUPPORTED, "payload": {"type": sorted(names)[0]}} if names else None


def _context(message: Any) -> Any:
    for field, value in message.ListFields():
        inner = field.message_type.fields_by_name.get("contextInfo") if field.message_type else None
        if inner is not None and hasattr(value, "HasField") and value.HasField("contextInfo"):
            return value.contextInfo
    return None


def _text(words: str) -> Json:
    return {"kind": MessageKind.TEXT, "text": clean(words)}


def _extended(inside: Any) -> Json:
    return _text(inside.text)


def _file(message: Any, name: str, kind: MessageKind) -> Json:
    file = getattr(message, name)
    media = {
        "ref": _reference(type(message), "videoMessage" if name == "ptvMessage" else name, file),
        "mime": file.mimetype or None,
        "sha256": file.fileSHA256.hex() or None,
        "filename": clean(getattr(file, "fileName", "") or getattr(file, "title", "")) or None,
        "voice": bool(getattr(file, "PTT", False)),
    }
    return {"kind": kind, "text": clean(getattr(file, "caption", "")), "media": media}


def _reference(shape: Any, name: str, file: Any) -> str:
    slim = shape()
    target = getattr(slim, name)
    for needed in _NEEDED:
        if file.HasField(needed):
            setattr(target, needed, getattr(file, needed))
    return base64.b64encode(slim.SerializeToString()).decode()


def _location(place: Any) -> Json:
    payload: Json = {"latitude": place.degreesLatitude, "longitude": place.degreesLongitude}
    for name in ("name", "address"):
        if words := clean(getattr(place, name, "")):
            payload[name] = words
    said = ", ".join(payload[name] for name in ("name", "address") if name in payload)
    return {
        "kind": MessageKind.LOCATION,
        "text": said or clean(getattr(place, "caption", "")),
        "payload": payload,
    }


def _cards(cards: list[Any]) -> Json:
    told = [
        {"name": {"formatted_name": clean(card.displayName)}, "vcard": clean(card.vcard)} for card in cards
    ]
    said = ", ".join(clean(card.displayName) for card in cards)
    return {"kind": MessageKind.CONTACTS, "text": said, "payload": {"contacts": told}}


def _reaction(inside: Any) -> Json:
    emoji = clean(inside.text)
    return {
        "kind": MessageKind.REACTION,
        "text": emoji,
        "payload": {"message_id": inside.key.ID, "emoji": emoji, "from_me": inside.key.fromMe},
    }


def _protocol(inside: Any) -> Json | None:
    """Of what devices tell each other, people see two things: a message taken back and one changed."""
    payload = {"original_message_id": inside.key.ID}
    if inside.type == _REVOKE and inside.HasField("key"):
        return {"kind": MessageKind.REVOKE, "payload": payload}
    if inside.type == _EDIT:
        now = read(inside.editedMessage) or {}
        return {
            "kind": MessageKind.EDIT,
            "text": now.get("text", ""),
            "media": now.get("media"),
            "payload": payload,
        }
    return None


def _poll(poll: Any) -> Json:
    options = [clean(option.optionName) for option in poll.options]
    said = "\n".join([clean(poll.name), *(f"- {option}" for option in options)])
    return {"kind": MessageKind.TEXT, "text": said, "payload": {"poll": {"options": options}}}


def _button(said: str, id_: str) -> Json:
    return {"kind": MessageKind.BUTTON, "text": clean(said), "payload": {"payload": clean(id_)}}


def _list(inside: Any) -> Json:
    reply = {"type": "list_reply", "id": inside.singleSelectReply.selectedRowID, "title": clean(inside.title)}
    return {"kind": MessageKind.INTERACTIVE, "text": clean(inside.title), "payload": reply}


def _order(inside: Any) -> Json:
    order = {"id": inside.orderID, "title": clean(inside.orderTitle), "item_count": inside.itemCount}
    return {"kind": MessageKind.ORDER, "text": clean(inside.message), "payload": order}


_READERS: dict[str, Callable[[Any], Json | None]] = {
    "conversation": _text,
    "extendedTextMessage": _extended,
    "reactionMessage": _reaction,
    "protocolMessage": _protocol,
    "locationMessage": _location,
    "liveLocationMessage": _location,
    "contactMessage": lambda card: _cards([card]),
    "contactsArrayMessage": lambda several: _cards(list(several.contacts)),
    "buttonsResponseMessage": lambda said: _button(said.selectedDisplayText, said.selectedButtonID),
    "templateButtonReplyMessage": lambda said: _button(said.selectedDisplayText, said.selectedID),
    "listResponseMessage": _list,
    "orderMessage": _order,
}
