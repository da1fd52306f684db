"""What a host tells of messages and receipts, in the engine's words.

A ``message`` holds ``id``, ``chat`` and ``chat_alt`` (the same chat's other address, when known),
``sender`` and ``sender_alt``, ``from_me``, ``at`` (ISO), ``name``, ``origin`` (live, offline or history),
``kind`` (a :class:`MessageKind`), ``text``, ``reply_to``, ``media`` (``ref``, which ``download`` takes
back, with ``mime``, ``sha256``, ``filename`` and ``voice``), ``payload`` as in :class:`InboundMessage`,
``mentions`` and ``subject``: what a group is called, and in old messages what the phone calls the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson

from engine.providers.inbound import (
    UNDECRYPTABLE,
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
from engine.providers.linked.protocol import EventName
from engine.providers.port import Address, AddressKind

PHONES, HIDDEN, GROUPS = "s.whatsapp.net", "lid", "g.us"

_KINDS = {AddressKind.WA_ID: PHONES, AddressKind.PHONE: PHONES, AddressKind.LID: HIDDEN}


def pieces(event: str, data: dict[str, Any]) -> Iterator[Piece]:
    """One event as facts to store; none for what is no message and no receipt.

    The keys leave the chat out: the same message comes under a phone's address and under a hidden one.
    """
    if event == EventName.RECEIPT:
        for id_, token in zip(data["ids"], data.get("tokens") or [None] * len(data["ids"]), strict=True):
            key = f"receipt|{data['kind']}|{id_}|{data.get('sender') or data['chat']}"
            one = {**data, "ids": [id_], "tokens": [token]}
            # What we sent is known by its token; what the phone sent is known once its message was taken in.
            kind = PieceKind.STATUS if token else PieceKind.FOLLOWING
            yield Piece(key, kind, _dump(event, one), peer=data["chat"])
    elif event in (EventName.MESSAGE, EventName.UNDECRYPTABLE):
        key = f"{event}|{data['id']}|{int(bool(data.get('from_me')))}"
        yield Piece(key, PieceKind.MESSAGE, _dump(event, data), peer=data["chat"])


def read_piece(body: bytes) -> Inbound:
    """Never raises: what cannot be understood is :class:`Malformed`."""
    try:
        said = orjson.loads(body)
        return _READERS[said["event"]](said["data"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Malformed(f"the host's event cannot be read ({type(error).__name__})")


def jid_of(address: Address) -> str:
    """An address of ours as WhatsApp writes it."""
    if address.kind is AddressKind.GROUP:
        return address.value
    return f"{address.value.lstrip('+')}@{_KINDS[address.kind]}"


def user_of(jid: str | None, server: str) -> str | None:
    """The part before the ``@`` without a device's number, if the address is of that server."""
    if not jid:
        return None
    user, _, host = jid.partition("@")
    return user.split(":")[0].split(".")[0] if host == server else None


def _message(data: dict[str, Any]) -> InboundMessage:
    chat, alternative = data["chat"], data.get("chat_alt")
    group = chat if chat.endswith(f"@{GROUPS}") else None
    forms = () if group else (chat, alternative)
    payload = dict(data.get("payload") or {})
    if group:
        payload["author"] = _author(data)
    if data.get("mentions"):
        payload["mentions"] = data["mentions"]
    return InboundMessage(
        provider_message_id=data["id"],
        sent_at=datetime.fromisoformat(data["at"]),
        kind=MessageKind(data["kind"]),
        sender_wa_id=_first(forms, PHONES),
        lid=_first(forms, HIDDEN),
        group=group,
        profile_name=data.get("subject") if group else _name(data),
        text=data.get("text") or "",
        media=_media(data.get("media")),
        reply_to=data.get("reply_to"),
        payload=payload,
        from_me=bool(data.get("from_me")),
        is_old=data.get("origin") == "history",
        answer_to=_address(chat),
    )


def _name(data: dict[str, Any]) -> str | None:
    """What the person of a chat is called. Our own name, in what we wrote, is not theirs."""
    return data.get("subject") or (None if data.get("from_me") else data.get("name"))


def _undecryptable(data: dict[str, Any]) -> InboundMessage:
    """Something came, and its place in the timeline is kept for it."""
    return _message({**data, "kind": MessageKind.UNSUPPORTED, "payload": {UNDECRYPTABLE: True}})


def _receipt(data: dict[str, Any]) -> StatusUpdate:
    return StatusUpdate(
        provider_message_id=data["ids"][0],
        status=DeliveryStatus(data["kind"]),
        occurred_at=datetime.fromisoformat(data["at"]),
        token=data["tokens"][0],
        recipient_wa_id=user_of(data.get("sender") or data["chat"], PHONES),
    )


def _author(data: dict[str, Any]) -> dict[str, str | None]:
    forms = (data.get("sender"), data.get("sender_alt"))
    return {"name": data.get("name"), "wa_id": _first(forms, PHONES), "lid": _first(forms, HIDDEN)}


def _address(chat: str) -> Address:
    """Answers go to the form of address that wrote, and to no other."""
    if chat.endswith(f"@{GROUPS}"):
        return Address(AddressKind.GROUP, chat)
    kind, server = (AddressKind.LID, HIDDEN) if chat.endswith(f"@{HIDDEN}") else (AddressKind.WA_ID, PHONES)
    return Address(kind, user_of(chat, server) or chat)


def _media(media: dict[str, Any] | None) -> InboundMedia | None:
    if not media:
        return None
    return InboundMedia(
        provider_media_id=media["ref"],
        mime=media.get("mime"),
        sha256=media.get("sha256"),
        filename=media.get("filename"),
        voice=bool(media.get("voice")),
    )


def _first(forms: tuple[str | None, ...], server: str) -> str | None:
    return next((user for form in forms if (user := user_of(form, server))), None)


def _dump(event: str, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"event": event, "data": data})


_READERS: dict[str, Callable[[dict[str, Any]], Inbound]] = {
    EventName.MESSAGE: _message,
    EventName.UNDECRYPTABLE: _undecryptable,
    EventName.RECEIPT: _receipt,
}
