"""Twilio's own list of messages, which can be asked what became of a send."""

from __future__ import annotations

from dataclasses import dataclass, field

from embedded_server.simulator.fates import Provider
from embedded_server.simulator.ledger import Entry


@dataclass(slots=True)
class TwilioMessage:
    """One message, either way. Times are seconds since 1970."""

    sid: str
    account: str
    to: str
    sender: str | None
    body: str = field(repr=False)
    created: float
    service: str | None = None
    direction: str = "outbound-api"
    status: str = "queued"
    callback: str = ""
    #: Ids of attachments we hold, or links the sender gave.
    media: tuple[str, ...] = ()
    sent: float | None = None
    updated: float | None = None
    error_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list call asks for; ``start`` and ``end`` bound the date sent, both included."""

    account: str
    to: str | None = None
    sender: str | None = None
    start: float = float("-inf")
    end: float = float("inf")

    def admits(self, message: TwilioMessage) -> bool:
        return (
            message.account == self.account
            and (self.sender is None or message.sender == self.sender)
            and (self.to is None or message.to == self.to)
            # A message that has not left yet is listed by the moment it was created.
            and self.start <= int(message.sent or message.created) <= self.end
        )


@dataclass(slots=True)
class TwilioLog:
    messages: dict[str, TwilioMessage] = field(default_factory=dict)
    _by_person: dict[tuple[str, str], list[TwilioMessage]] = field(default_factory=dict)

    def add(self, message: TwilioMessage) -> None:
        self.messages[message.sid] = message
        self._by_person.setdefault((message.account, message.to), []).append(message)

    def select(self, wanted: Wanted) -> list[TwilioMessage]:
        """Newest first."""
        narrowed = self.messages.values() if wanted.to is None else self._to(wanted.account, wanted.to)
        return [message for message in reversed(list(narrowed)) if wanted.admits(message)]

    def restore(self, entries: list[Entry]) -> None:
        """Know again what was accepted before a restart; what became of it is lost, so it counts as sent."""
        for entry in entries:
            if entry.provider is Provider.TWILIO:
                service, sender = (
                    (entry.sender, None) if entry.sender.startswith("MG") else (None, entry.sender)
                )
                message = TwilioMessage(
                    entry.id, entry.account, entry.to, sender, entry.body, entry.time, service=service
                )
                message.status, message.sent, message.callback = "sent", entry.time, entry.callback
                self.add(message)

    def clear(self) -> None:
        self.messages.clear()
        self._by_person.clear()

    def _to(self, account: str, to: str) -> list[TwilioMessage]:
        return self._by_person.get((account, to), [])
