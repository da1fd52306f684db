"""A contact as the list keeps it: small, because there may be a hundred thousand of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from desktop.contacts.tag_colors import Mark, badge_color
from desktop.widgets import formats
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import AddressOut, ContactOut, IdentityKindName
from embedded_server.contract.words import t


@dataclass(frozen=True, slots=True)
class Person:
    """``name`` and ``phone`` as they are shown; ``created`` in seconds."""

    id: UUID
    name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)
    tag_ids: tuple[UUID, ...]
    tags: tuple[Mark, ...]
    opted_out: tuple[ChannelKindName, ...]
    created: float


def person_of(contact: ContactOut) -> Person:
    return Person(
        id=contact.id,
        name=name_of(contact),
        phone=formats.phone(phone_of(contact)),
        email=contact.email or "",
        tag_ids=tuple(tag.id for tag in contact.tags),
        tags=tuple(mark_of(tag.name, tag.color) for tag in contact.tags),
        opted_out=tuple(contact.opted_out),
        created=contact.created_at.timestamp(),
    )


def name_of(contact: ContactOut) -> str:
    """Who has no name is known by the number or the user name, as far as there is one."""
    if contact.name:
        return contact.name
    shown = [address_text(address) for address in contact.addresses]
    return shown[0] if shown else t("No name")


def phone_of(contact: ContactOut) -> str:
    """In E.164: the phone, or the number behind a WhatsApp id; empty where there is neither."""
    numbers = {address.kind: address.value for address in reversed(contact.addresses)}
    if phone := numbers.get(IdentityKindName.PHONE):
        return phone
    wa_id = numbers.get(IdentityKindName.WA_ID, "")
    return f"+{wa_id}" if wa_id.isdigit() else wa_id


def address_text(address: AddressOut) -> str:
    """An address as a person reads it."""
    if address.kind in (IdentityKindName.PHONE, IdentityKindName.WA_ID):
        return formats.phone(f"+{address.value}" if address.value.isdigit() else address.value)
    return f"@{address.value}" if address.kind is IdentityKindName.USERNAME else address.value


@lru_cache(maxsize=1024)
def mark_of(name: str, color: str | None) -> Mark:
    """Shared between rows: a hundred thousand people carry a few tags."""
    return Mark(name, badge_color(color))
