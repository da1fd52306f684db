"""One message as the chat shows it, whether the appliance has it or it is still on its way there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from desktop.inbox.kinds import kind_name
from desktop.inbox.letters import Letter
from desktop.inbox.standing import FAILED, SENDING, UNSENT, standing
from embedded_server.contract.conversations import (
    AttemptStateName,
    DirectionName,
    MediaOut,
    MessageOut,
    QuoteOut,
    TemplateIn,
)
from embedded_server.contract.labels import Label
from embedded_server.contract.words import t

Order = tuple[int, float, int]

#: Words of the person, shown as they are; of other kinds the name of the kind stands before them.
_SPEAKS = frozenset({"text", "button", "interactive", "template", "contacts", "system", "edit"})
FILE_KINDS = frozenset({"image", "audio", "video", "document", "sticker"})


class Trouble(StrEnum):
    """What a person may have to decide about an own message."""

    NONE = ""
    #: Our request failed: the same message may be handed over again, which never doubles it.
    UNSENT = "unsent"
    #: The vendor refused or could not deliver it: only a new message can follow.
    FAILED = "failed"
    #: Nobody knows whether it left: it is never sent again from here.
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Team:
    """What the people of the company are called."""

    me: UUID | None = None
    names: dict[UUID, str] = field(default_factory=dict, repr=False)

    def name(self, person_id: UUID | None) -> str:
        """Empty for whom we do not know."""
        if person_id is None:
            return ""
        return t("you") if person_id == self.me else self.names.get(person_id, "")


@dataclass(frozen=True, slots=True)
class Entry:
    """``key`` stays the same from the moment it was written here until it is read from the appliance."""

    key: str
    order: Order
    direction: DirectionName
    kind: str
    text: str = field(repr=False)
    at: datetime
    id: UUID | None = None
    author_id: UUID | None = None
    channel_id: UUID | None = None
    #: What stands over it: a template's name, or that it came from a campaign.
    is_campaign: bool = False
    standing: Label | None = None
    trouble: Trouble = Trouble.NONE
    reason: str = field(default="", repr=False)
    quoted: QuoteOut | None = None
    files: tuple[MediaOut, ...] = ()
    reactions: tuple[str, ...] = ()
    is_edited: bool = False
    is_revoked: bool = False
    is_aside: bool = False
    can_be_quoted: bool = False

    @property
    def is_own(self) -> bool:
        """At the right: what the person got from us."""
        return self.direction is DirectionName.OUTBOUND

    @property
    def is_note(self) -> bool:
        return self.direction is DirectionName.NOTE


def entry_of(message: MessageOut, key: str | None = None) -> Entry:
    trouble = _trouble(message)
    words, is_aside = _words(message)
    return Entry(
        key=key or str(message.id),
        order=_order(message),
        direction=message.direction,
        kind=message.kind,
        text=words,
        at=message.occurred_at,
        id=message.id,
        author_id=message.author_id,
        channel_id=message.channel_id,
        is_campaign=message.campaign_id is not None,
        standing=standing(
            message.direction, waiting=message.waiting, state=message.state, receipt=message.receipt
        ),
        trouble=trouble,
        reason=_reason(message, trouble),
        quoted=message.quoted,
        files=() if message.revoked_at else tuple(message.files),
        reactions=_reactions(message.payload),
        is_edited=message.edited_at is not None,
        is_revoked=message.revoked_at is not None,
        is_aside=is_aside,
        can_be_quoted=message.provider_message_id is not None and message.revoked_at is None,
    )


def letter_entry(letter: Letter, failure: str | None = None) -> Entry:
    """As it stands before the appliance has it; ``failure`` says why it was not taken."""
    is_own = letter.direction is DirectionName.OUTBOUND
    shown = UNSENT if failure is not None else SENDING
    return Entry(
        key=letter.client_id,
        order=(2**62, letter.at.timestamp(), 0),
        direction=letter.direction,
        kind="template" if isinstance(letter.content, TemplateIn) else "text",
        text=letter.words,
        at=letter.at,
        author_id=letter.author_id,
        channel_id=letter.channel_id,
        standing=shown if is_own or failure is not None else SENDING,
        trouble=Trouble.NONE if failure is None else Trouble.UNSENT,
        reason=failure or "",
        quoted=letter.quoted,
    )


def client_id_of(message: MessageOut) -> str | None:
    """Our own name for a message, if it was sent with one."""
    told = message.payload.get("client_id")
    return told if isinstance(told, str) else None


def _order(message: MessageOut) -> Order:
    """As the appliance orders a page: within one second, in the order in which messages came."""
    return int(message.occurred_at.timestamp()), message.created_at.timestamp(), message.id.int


def _trouble(message: MessageOut) -> Trouble:
    if message.direction is not DirectionName.OUTBOUND or message.waiting:
        return Trouble.NONE
    if message.state in FAILED:
        return Trouble.FAILED
    return Trouble.UNCERTAIN if message.state is AttemptStateName.UNCERTAIN else Trouble.NONE


def _reason(message: MessageOut, trouble: Trouble) -> str:
    if trouble is Trouble.UNCERTAIN:
        return t(
            "The connection broke while it was being sent: it may or may not have arrived. It is not sent "
            "again, so that nobody gets it twice. Ask the person, or wait for a sign of it."
        )
    if trouble is not Trouble.FAILED:
        return ""
    if message.code == "opted_out":
        return t("This person asked not to receive messages on this channel.")
    said = t(message.reason) if message.reason else t("The message was not delivered.")
    return f"{said} ({message.code})" if message.code else said


def _words(message: MessageOut) -> tuple[str, bool]:
    """What is read, and whether these are our words about it instead of the person's own."""
    if message.revoked_at is not None:
        return t("This message was deleted"), True
    if message.kind in FILE_KINDS:
        return message.text, False
    if message.kind in _SPEAKS and message.text:
        return message.text, False
    return ": ".join(filter(None, (kind_name(message.kind), _beyond(message)))), True


def _beyond(message: MessageOut) -> str:
    payload = message.payload
    if message.kind == "location" and not message.text:
        return f"{payload.get('latitude')}, {payload.get('longitude')}"
    if message.kind == "reaction":
        return str(payload.get("emoji") or "")
    return message.text


def _reactions(payload: dict[str, Any]) -> tuple[str, ...]:
    told = payload.get("reactions")
    if not isinstance(told, dict):
        return ()
    given = (one.get("emoji") for one in told.values() if isinstance(one, dict))
    return tuple(dict.fromkeys(str(emoji) for emoji in given if emoji))
