"""On which channels a person can be answered, and whether with free words or only with a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from embedded_server.contract.channels import ChannelKindName, ChannelOut, ChannelStateName
from embedded_server.contract.conversations import ConversationDetailOut
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

_SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Reach:
    """``until`` ends the time for free words on WhatsApp; None where the person never wrote.

    Without ``has_window``, on a linked device, free words go at any time.
    """

    channel_id: UUID
    name: str
    kind: ChannelKindName
    until: datetime | None = None
    #: The person was met on this channel before.
    is_known: bool = False
    has_window: bool = True

    def needs_template(self, now: datetime) -> bool:
        return self._is_limited() and (self.until is None or self.until <= now)

    def window_text(self, now: datetime) -> tuple[str, Color] | None:
        """The chip of the 24-hour window; None for channels without one."""
        if not self._is_limited():
            return None
        if self.until is None or self.until <= now:
            return t("24-hour window closed"), Color.ORANGE
        left = self.until - now
        return t(
            "24-hour window: {time} left", time=_left(left)
        ), Color.YELLOW if left < _SOON else Color.NEUTRAL

    def _is_limited(self) -> bool:
        return self.kind is ChannelKindName.WHATSAPP and self.has_window


def reaches_of(detail: ConversationDetailOut, channels: Sequence[ChannelOut]) -> list[Reach]:
    """Channels that can send now, those on which the person was met first."""
    ends = {way.channel_id: way.window_expires_at for way in detail.ways}
    usable = [
        Reach(
            channel.id,
            channel.name,
            channel.kind,
            ends.get(channel.id),
            channel.id in ends,
            has_window=channel.provider.value != "linked",
        )
        for channel in channels
        if channel.state is ChannelStateName.ACTIVE and channel.kind is not ChannelKindName.VOICE
    ]
    return sorted(usable, key=lambda reach: (not reach.is_known, reach.name))


def _left(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    return (
        t("{hours} h", hours=minutes // 60) if minutes >= 60 else t("{minutes} min", minutes=max(1, minutes))
    )
