"""JSON bodies of Meta's messages node."""

from __future__ import annotations

from typing import Any

import orjson

from engine.providers.port import (
    Address,
    AddressKind,
    Content,
    Interactive,
    Media,
    Outgoing,
    Template,
    Text,
    Unsendable,
)

_CAPTIONED = frozenset({"image", "video", "document"})


def message_body(message: Outgoing) -> bytes:
    """The body of ``POST /{phone-number-id}/messages``.

    Raises:
        Unsendable: the address or the content has no shape at Meta, or JSON cannot hold it.
    """
    kind, content = _content(message.content)
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(message.to),
        "type": kind,
        kind: content,
        "biz_opaque_callback_data": message.token,
    }
    if message.reply_to:
        body["context"] = {"message_id": message.reply_to}
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise Unsendable("the content cannot be written as JSON") from error


def _recipient(to: Address) -> dict[str, str]:
    match to.kind:
        case AddressKind.PHONE | AddressKind.WA_ID:
            # Digits without + may be read as a local number of the sender's country.
            return {"to": to.value if to.value.startswith("+") else f"+{to.value}"}
        case AddressKind.BSUID:
            return {"recipient": to.value}
        case _:
            raise Unsendable("Meta does not know this kind of address")


def _content(content: Content) -> tuple[str, dict[str, Any]]:
    match content:
        case Text():
            return "text", {"body": content.body, "preview_url": content.preview_url}
        case Template():
            return "template", _template(content)
        case Media():
            return content.kind, _media(content)
        case Interactive():
            return "interactive", content.payload


def _template(template: Template) -> dict[str, Any]:
    body: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if template.components:
        body["components"] = template.components
    return body


def _media(media: Media) -> dict[str, Any]:
    if (media.media_id is None) == (media.link is None):
        raise Unsendable("media has either an id or a link")
    body: dict[str, Any] = {"id": media.media_id} if media.media_id else {"link": media.link}
    if media.caption and media.kind in _CAPTIONED:
        body["caption"] = media.caption
    if media.filename and media.kind == "document":
        body["filename"] = media.filename
    if media.voice and media.kind == "audio":
        body["voice"] = True
    return body
