"""Decisions of the inbox as plain functions: no database, no clock, no network."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.models import ChannelKind, IdentityKind, Provider
from engine.providers.inbound import MessageKind
from engine.providers.port import Content, Template

#: How long free text is allowed after a person wrote on WhatsApp (providers 6).
WINDOW = timedelta(hours=24)
LONGEST_PREVIEW = 120

#: Waits between tries to fetch a file. Meta keeps files for days, so does an outage of ours not lose them.
_FETCH_WAITS = tuple(timedelta(seconds=s) for s in (5, 30, 180, 900, 3600, 21_600, 86_400))

#: A message that arrived and cannot be shown; a replay may later put the real one in its place.
UNREADABLE = "unreadable"

#: Kinds that change another message instead of being one.
CHANGES = frozenset({MessageKind.REACTION, MessageKind.EDIT, MessageKind.REVOKE})


def window_end(sent_at: datetime, now: datetime) -> datetime:
    """Until when free text is allowed: from the vendor's timestamp, but never from a future one."""
    return min(sent_at, now) + WINDOW


def has_window(channel_kind: ChannelKind, provider: Provider | None = None) -> bool:
    """Whether free text is for 24 hours only: a rule of WhatsApp's platform, unknown to linked devices."""
    return channel_kind is ChannelKind.WHATSAPP and provider is not Provider.LINKED


def needs_window(channel_kind: ChannelKind, provider: Provider, content: Content) -> bool:
    return has_window(channel_kind, provider) and not isinstance(content, Template)


def reached_by(channel_kind: ChannelKind, provider: Provider) -> tuple[IdentityKind, ...]:
    """Addresses by which somebody can be reached on a channel, best first."""
    if channel_kind is not ChannelKind.WHATSAPP:
        return (IdentityKind.PHONE,)
    if provider is Provider.LINKED:
        return (IdentityKind.WA_ID, IdentityKind.PHONE, IdentityKind.LID, IdentityKind.GROUP)
    return (IdentityKind.WA_ID, IdentityKind.PHONE, IdentityKind.BSUID)


def is_open(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at > now


def preview(kind: str, text: str) -> str:
    """One line for the list: the beginning of the text, or the kind in brackets."""
    line = " ".join(text[: 4 * LONGEST_PREVIEW].split())
    if not line:
        return f"[{kind}]"
    return line if len(line) <= LONGEST_PREVIEW else line[: LONGEST_PREVIEW - 1] + "…"


def next_fetch(attempts: int, now: datetime) -> datetime | None:
    """When a file that could not be fetched ``attempts`` times is tried again; None when never."""
    return now + _FETCH_WAITS[attempts - 1] if attempts <= len(_FETCH_WAITS) else None
