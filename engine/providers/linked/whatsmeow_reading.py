"""The library's events in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from engine.providers.linked import contents
from engine.providers.linked.jids import BROADCAST, GROUPS, HIDDEN, OURS, PHONES, server_of, text_of
from engine.providers.linked.outbox import Fact
from engine.providers.linked.protocol import EventName, Json

#: The library's kinds of receipts that a sender cares for. An inactive device has the message, too.
_RECEIPTS = {"DELIVERED": "delivered", "INACTIVE": "delivered", "READ": "read", "PLAYED": "played"}
#: Receipts of messages between devices of one account.
_OWN = {"SENDER", "READ_SELF", "PLAYED_SELF", "PEER_MSG", "HISTORY_SYNC"}
_STATUS = f"status@{BROADCAST}"

#: The other address of a person, if it is known; None otherwise.
Other = Callable[[str], str | None]


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Reading:
    """``other`` finds a person's other address, ``subject`` a group's name, ``tokens`` whose they are."""

    def __init__(
        self,
        other: Other,
        subject: Callable[[str], str | None],
        tokens: Callable[[list[str]], list[str | None]],
    ) -> None:
        self._other, self._subject, self._tokens = other, subject, tokens

    def message(self, event: Any, *, origin: str) -> list[Fact]:
        """None for what nobody would see, and for what is no conversation."""
        place = self._place(event.Info.MessageSource)
        said = contents.read(event.Message) if place else None
        if place is None or said is None:
            return []
        info = event.Info
        name = None if place["from_me"] else contents.clean(info.Pushname) or None
        data = {"id": info.ID, "at": moment(info.Timestamp / 1000), "name": name, "origin": origin}
        return [(EventName.MESSAGE, {**place, **data, **said, "subject": self._subject_of(place)})]

    def unreadable(self, event: Any) -> list[Fact]:
        place = self._place(event.Info.MessageSource)
        if place is None or event.DecryptFailMode == event.DECRYPT_FAIL_HIDE:
            return []
        return [_undecryptable(place, event.Info.ID, event.Info.Timestamp / 1000)]

    def lost(self, message_id: str, stanza: dict[str, str]) -> list[Fact]:
        """A message that is known by its stanza alone."""
        chat = _plain(stanza.get("recipient") or stanza.get("from"))
        sender = _plain(stanza.get("participant") or stanza.get("from"))
        if not chat or not sender or server_of(chat) not in OURS or chat == _STATUS:
            return []
        chat = sender if server_of(chat) == BROADCAST else chat
        place = {
            "chat": chat,
            "chat_alt": None if server_of(chat) == GROUPS else self._other(chat),
            "sender": sender,
            "sender_alt": self._other(sender),
            "from_me": "recipient" in stanza,
        }
        return [_undecryptable(place, message_id, float(stanza.get("t") or 0))]

    def receipt(self, event: Any) -> list[Fact]:
        """Any receipt proves that the server had the message; some are of interest to its sender."""
        ids, kind = list(event.MessageIDs), event.ReceiptType.Name(event.Type)
        place = self._place(event.MessageSource)
        if kind in _OWN or place is None:
            return []
        tokens = self._tokens(ids)
        if kind not in _RECEIPTS or place["from_me"]:
            return []
        data = {
            "chat": place["chat"],
            "sender": place["sender"],
            "ids": ids,
            "tokens": tokens,
            "kind": _RECEIPTS[kind],
            "at": moment(event.Timestamp),
        }
        return [(EventName.RECEIPT, data)]

    def typing(self, event: Any) -> Json | None:
        place = self._place(event.MessageSource)
        if place is None:
            return None
        state = event.ChatPresence.Name(event.State).lower()
        if state == "composing" and event.ChatPresenceMedia.Name(event.Media) == "AUDIO":
            state = "recording"
        return {"chat": place["chat"], "sender": place["sender"], "state": state}

    def _place(self, source: Any) -> Json | None:
        """In which chat, and by whom; None where no conversation is."""
        chat, sender = text_of(source.Chat), text_of(source.Sender) or text_of(source.Chat)
        if chat is None or sender is None or server_of(chat) not in OURS or chat == _STATUS:
            return None
        from_me, sender_alt = bool(source.IsFromMe), text_of(source.SenderAlt)
        chat_alt = text_of(source.RecipientAlt) if from_me else sender_alt
        if server_of(chat) == BROADCAST:
            # To a list of people: to each of them it is a message of the one who wrote it.
            if from_me:
                return None
            chat = sender
        chat_alt = None if server_of(chat) == GROUPS else chat_alt or self._other(chat)
        return {
            "chat": chat,
            "chat_alt": chat_alt,
            "sender": sender,
            "sender_alt": sender_alt or self._other(sender),
            "from_me": from_me,
        }

    def _subject_of(self, place: Json) -> str | None:
        return self._subject(place["chat"]) if server_of(place["chat"]) == GROUPS else None


def pairs_of(people: list[tuple[str | None, str | None]]) -> list[Fact]:
    """Hidden addresses and phones that belong together, each way round."""
    pairs = [
        [lid, phone]
        for one, two in people
        for lid, phone in ((one, two), (two, one))
        if lid and phone and server_of(lid) == HIDDEN and server_of(phone) == PHONES
    ]
    return [(EventName.PAIRS, {"pairs": pairs})] if pairs else []


def _undecryptable(place: Json, message_id: str, seconds: float) -> Fact:
    return EventName.UNDECRYPTABLE, {**place, "id": message_id, "at": moment(seconds)}


def _plain(jid: str | None) -> str | None:
    if not jid:
        return None
    user, _, server = jid.partition("@")
    return f"{user.split(':')[0]}@{server}"
