"""What is sent, put into WhatsApp's ``Message``."""

from __future__ import annotations

import time
from typing import Any

from engine.providers.linked.device import Refusal
from engine.providers.linked.jids import GROUPS, server_of
from engine.providers.linked.protocol import Json

#: A file's type: the field of the message, and the library's number of its kind (which keys encrypt it).
FILES = {
    "image": ("imageMessage", 0),
    "sticker": ("stickerMessage", 0),
    "video": ("videoMessage", 1),
    "audio": ("audioMessage", 2),
    "document": ("documentMessage", 3),
}
_MIMES = {
    "image": "image/jpeg",
    "sticker": "image/webp",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "document": "application/octet-stream",
}
#: The only kind of audio that phones show as a voice message.
_VOICE = "audio/ogg; codecs=opus"
_REVOKE, _EDIT = 0, 14


class Composer:
    """``e2e`` holds the shapes of messages."""

    def __init__(self, e2e: Any) -> None:
        self._e2e = e2e

    def text(self, body: str, *, chat: str, reply_to: Any = None) -> Any:
        message = self._e2e.Message()
        if reply_to:
            message.extendedTextMessage.text = body
            self._quote(message.extendedTextMessage.contextInfo, chat, reply_to)
        else:
            message.conversation = body
        return message

    def file(self, content: Json, uploaded: Any, *, chat: str, reply_to: Any = None) -> Any:
        """``uploaded`` is what the library said of the upload."""
        name, _ = FILES[content["type"]]
        message = self._e2e.Message()
        file = getattr(message, name)
        file.URL, file.directPath, file.mediaKey = uploaded.url, uploaded.DirectPath, uploaded.MediaKey
        file.fileEncSHA256, file.fileSHA256 = uploaded.FileEncSHA256, uploaded.FileSHA256
        file.fileLength, file.mediaKeyTimestamp = uploaded.FileLength, int(time.time())
        is_voice = content["type"] == "audio" and bool(content.get("voice"))
        file.mimetype = _VOICE if is_voice else content.get("mime") or _MIMES[content["type"]]
        if is_voice:
            file.PTT = True
        if content["type"] == "document":
            file.fileName = file.title = content.get("filename") or "file"
        if content.get("caption") and content["type"] in ("image", "video", "document"):
            file.caption = content["caption"]
        if reply_to:
            self._quote(file.contextInfo, chat, reply_to)
        return message

    def reaction(self, emoji: str, *, chat: str, message_id: str, sender: str | None) -> Any:
        """``sender`` is who wrote the message; None: we did. No emoji takes the reaction back."""
        message = self._e2e.Message()
        self._name(message.reactionMessage.key, chat, message_id, sender)
        message.reactionMessage.text = emoji
        message.reactionMessage.senderTimestampMS = int(time.time() * 1000)
        return message

    def edit(self, body: str, *, chat: str, message_id: str) -> Any:
        message = self._e2e.Message()
        inner = message.editedMessage.message.protocolMessage
        self._name(inner.key, chat, message_id, None)
        inner.type = _EDIT
        inner.editedMessage.conversation = body
        inner.timestampMS = int(time.time() * 1000)
        return message

    def revoke(self, *, chat: str, message_id: str, sender: str | None) -> Any:
        """Of others' messages only a group's administrator may take one back."""
        message = self._e2e.Message()
        message.protocolMessage.type = _REVOKE
        self._name(message.protocolMessage.key, chat, message_id, sender)
        return message

    @staticmethod
    def _name(key: Any, chat: str, message_id: str, sender: str | None) -> None:
        key.remoteJID, key.ID, key.fromMe = chat, message_id, sender is None
        if sender is not None and server_of(chat) == GROUPS:
            key.participant = sender

    @staticmethod
    def _quote(context: Any, chat: str, reply_to: Any) -> None:
        """Phones show a quotation from what it brings along, and jump to the message by its id."""
        quoted: Json = reply_to if isinstance(reply_to, dict) else {"id": reply_to}
        if not isinstance(quoted.get("id"), str):
            raise Refusal("invalid", "reply_to names no message")
        context.stanzaID = quoted["id"]
        context.participant = quoted.get("sender") or chat
        context.quotedMessage.conversation = quoted.get("text") or ""
