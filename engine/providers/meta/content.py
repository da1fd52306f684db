"""What a WhatsApp message says, by its type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.providers.inbound import InboundMedia, MessageKind
from engine.providers.untrusted import identifier, items, mapping, sha256, text

_LABEL_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Content:
    kind: MessageKind
    text: str = field(default="", repr=False)
    media: InboundMedia | None = None
    payload: dict[str, Any] = field(default_factory=dict, repr=False)


def read_content(item: dict[str, Any]) -> Content:
    """The content of one element of ``messages``; an unknown type or shape is kept whole as unsupported."""
    kind = item.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    content = reader(item) if reader else None
    return content or Content(MessageKind.UNSUPPORTED, payload={"type": kind, "original": item})


def _text(item: dict[str, Any]) -> Content | None:
    body = text(mapping(item.get("text")).get("body"))
    return Content(MessageKind.TEXT, body) if body else None


def _media(kind: MessageKind) -> Callable[[dict[str, Any]], Content | None]:
    def read(item: dict[str, Any]) -> Content | None:
        said = mapping(item.get(kind))
        media = InboundMedia(
            provider_media_id=identifier(said.get("id")),
            url=text(said.get("url"), 4096),
            mime=text(said.get("mime_type"), 255),
            sha256=sha256(said.get("sha256")),
            filename=text(said.get("filename"), 255),
            voice=said.get("voice") is True,
        )
        if not media.provider_media_id and not media.url:
            return None
        return Content(kind, text(said.get("caption")) or "", media)

    return read


def _location(item: dict[str, Any]) -> Content | None:
    place = mapping(item.get("location"))
    if not all(isinstance(place.get(axis), int | float) for axis in ("latitude", "longitude")):
        return None
    said = ", ".join(filter(None, (text(place.get(part), _LABEL_LENGTH) for part in ("name", "address"))))
    return Content(MessageKind.LOCATION, said, payload=place)


def _contacts(item: dict[str, Any]) -> Content | None:
    cards = [card for card in items(item.get("contacts")) if isinstance(card, dict)]
    names = (text(mapping(card.get("name")).get("formatted_name"), _LABEL_LENGTH) for card in cards)
    said = ", ".join(filter(None, names))
    return Content(MessageKind.CONTACTS, said, payload={"contacts": cards}) if cards else None


def _reaction(item: dict[str, Any]) -> Content | None:
    reaction = mapping(item.get("reaction"))
    target = identifier(reaction.get("message_id"))
    # A reaction taken back has an empty emoji, or none.
    emoji = text(reaction.get("emoji"), 64) or ""
    return (
        Content(MessageKind.REACTION, emoji, payload={"message_id": target, "emoji": emoji})
        if target
        else None
    )


def _button(item: dict[str, Any]) -> Content | None:
    button = mapping(item.get("button"))
    said = text(button.get("text"), _LABEL_LENGTH) or ""
    return (
        Content(MessageKind.BUTTON, said, payload={"payload": text(button.get("payload"))})
        if button
        else None
    )


def _interactive(item: dict[str, Any]) -> Content | None:
    interactive = mapping(item.get("interactive"))
    inner = identifier(interactive.get("type"))
    reply = mapping(interactive.get(inner)) if inner else {}
    if not reply:
        return None
    said = text(reply.get("title"), _LABEL_LENGTH) or text(reply.get("body"), _LABEL_LENGTH) or ""
    return Content(MessageKind.INTERACTIVE, said, payload={"type": inner, **reply})


def _order(item: dict[str, Any]) -> Content | None:
    order = mapping(item.get("order"))
    return Content(MessageKind.ORDER, text(order.get("text")) or "", payload=order) if order else None


def _system(item: dict[str, Any]) -> Content | None:
    system = mapping(item.get("system"))
    new = identifier(system.get("wa_id")) or identifier(system.get("new_wa_id"))
    said = text(system.get("body")) or ""
    return Content(MessageKind.SYSTEM, said, payload={**system, "wa_id": new}) if system else None


def _edit(item: dict[str, Any]) -> Content | None:
    edit = mapping(item.get("edit"))
    target, message = identifier(edit.get("original_message_id")), mapping(edit.get("message"))
    if not target:
        return None
    now = read_content(message) if message.get("type") in ("text", "image", "video", "document") else None
    payload = {"original_message_id": target, "message": message}
    return Content(MessageKind.EDIT, now.text if now else "", now.media if now else None, payload)


def _revoke(item: dict[str, Any]) -> Content | None:
    target = identifier(mapping(item.get("revoke")).get("original_message_id"))
    return Content(MessageKind.REVOKE, payload={"original_message_id": target}) if target else None


_READERS: dict[str, Callable[[dict[str, Any]], Content | None]] = {
    "text": _text,
    "image": _media(MessageKind.IMAGE),
    "audio": _media(MessageKind.AUDIO),
    "video": _media(MessageKind.VIDEO),
    "document": _media(MessageKind.DOCUMENT),
    "sticker": _media(MessageKind.STICKER),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
}
