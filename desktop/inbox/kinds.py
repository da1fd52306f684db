"""Names of what is not text: kinds of messages, and previews that only say the kind."""

from __future__ import annotations

import re

from embedded_server.contract.words import mark, t

_KINDS = {
    "text": mark("Text"),
    "image": mark("Photo"),
    "audio": mark("Audio"),
    "video": mark("Video"),
    "document": mark("Document"),
    "sticker": mark("Sticker"),
    "location": mark("Location"),
    "contacts": mark("Contact card"),
    "template": mark("Template"),
    "interactive": mark("Message with buttons"),
    "button": mark("Answer by button"),
    "order": mark("Order"),
    "system": mark("Notice of WhatsApp"),
    "reaction": mark("Reaction"),
    "edit": mark("Edited message"),
    "revoke": mark("Deleted message"),
    "unreadable": mark("This message could not be read"),
}
_UNKNOWN = mark("A message of a kind that cannot be shown here")
_BRACKETED = re.compile(r"\[([a-z_]+)\]")


def kind_name(kind: str) -> str:
    return t(_KINDS.get(kind, _UNKNOWN))


def preview_text(preview: str) -> str:
    """The appliance writes ``[image]`` for what has no words; a person reads "Foto"."""
    bare = _BRACKETED.fullmatch(preview)
    return kind_name(bare[1]) if bare else preview
