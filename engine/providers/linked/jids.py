"""WhatsApp's addresses, between the library's shape and the one everybody else writes."""

from __future__ import annotations

from typing import Any

PHONES, HIDDEN, GROUPS, BROADCAST = "s.whatsapp.net", "lid", "g.us", "broadcast"

#: Servers an address of a person or a group may be at; news channels and the like are not ours.
OURS = frozenset({PHONES, HIDDEN, GROUPS, BROADCAST})


def text_of(jid: Any) -> str | None:
    """A person or group without the number of a device; None for no address."""
    return f"{jid.User}@{jid.Server}" if jid.User and jid.Server else None


def plain(jid: str) -> str:
    """An address without the number of a device."""
    user, _, server = jid.partition("@")
    return f"{user.split(':')[0].split('.')[0]}@{server}"


def shaped(shape: Any, jid: str) -> Any:
    """``shape`` is the library's own kind of address."""
    user, _, server = plain(jid).partition("@")
    return shape(User=user, RawAgent=0, Device=0, Integrator=0, Server=server, IsEmpty=not user)


def server_of(jid: str) -> str:
    return jid.rpartition("@")[2]


def phone_jid(phone: str) -> str:
    """A phone's address, from digits with or without plus, or as it is."""
    return phone if "@" in phone else f"{phone.lstrip('+')}@{PHONES}"
