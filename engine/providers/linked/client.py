"""Sending over a linked number: the evidence of each send decides how it ended, as with any vendor."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from engine import clock
from engine.providers.linked.inbound import PHONES, jid_of, user_of
from engine.providers.linked.protocol import Fate, HostGone, HostRefused, Json
from engine.providers.linked.switchboard import Line, Switchboard
from engine.providers.port import (
    Account,
    Action,
    AddressKind,
    Content,
    Found,
    LookupFailed,
    Media,
    Outcome,
    Outgoing,
    SendResult,
    Text,
    Trace,
)

#: A number that is being connected again is waited for as long as a reconnect usually takes.
_PATIENCE = 10.0
_AGAIN = timedelta(seconds=3)
#: Refusals to write to people who never wrote: sending on would make it worse (whatsapp.md, section 6).
REACHOUT = "463"
#: How long such a bar lasts when WhatsApp does not say.
_BAR = timedelta(hours=24)
#: Words of a host for a send that never left this machine.
_NOT_SENT = frozenset({"not_connected", "not_ready", "busy"})
#: Words of a host for a send whose answer did not come.
_IN_DOUBT = frozenset({"timeout", "lost"})


class LinkedSender:
    """Keeps :class:`engine.providers.port.Sender` and ``LooksUp`` for every linked number of the process."""

    def __init__(self, switchboard: Switchboard) -> None:
        self.switchboard = switchboard

    async def send(self, account: Account, message: Outgoing) -> SendResult:
        """WhatsApp's own id is made of the token, so that it is known before anything leaves."""
        line = await self.switchboard.wait_open(account.channel_id, _PATIENCE)
        if line is None:
            return _not_sent("the number is not connected")
        content = _content(message.content)
        if content is None:
            return SendResult(
                Outcome.REJECTED,
                code="unsupported",
                reason="not over a linked device",
                action=Action.PERMANENT,
            )
        try:
            to = await _resolve(line, message)
        except (HostRefused, HostGone):
            return _not_sent("the number could not be looked up")
        if to is None:
            return _never("not_on_whatsapp", "this number has no WhatsApp")
        return await _send(line, message, to, content)

    async def find(self, account: Account, trace: Trace) -> Found | None:
        """What became of a send whose answer was lost; an engine that can repeat it does so here.

        Raises:
            LookupFailed: it may have left, and nothing proves it yet.
        """
        line = self.switchboard.find(account.channel_id)
        if line is None or not line.is_open:
            raise LookupFailed
        try:
            asked_at = trace.dispatched_at.isoformat()
            said: Json = await line.link.do("settle", token=trace.token, at=asked_at)
        except (HostRefused, HostGone):
            raise LookupFailed from None
        if said["fate"] == Fate.ACCEPTED:
            return Found(said["message_id"], "sent")
        if said["fate"] == Fate.UNKNOWN:
            raise LookupFailed
        return None

    async def close(self) -> None:
        """Hosts belong to whoever started them."""


def message_id(token: str) -> str:
    """WhatsApp's form of an id (its web client: 3EB0 and 18 hex digits), the same for every try of a send."""
    return "3EB0" + hashlib.sha256(token.encode()).hexdigest()[:18].upper()


async def _send(line: Line, message: Outgoing, to: str, content: Json) -> SendResult:
    arguments: dict[str, Any] = {"to": to, "content": content, "reply_to": message.reply_to}
    try:
        async with line.gate:
            if line.link.is_over:
                return _not_sent("the host ended before it was asked")
            if message.is_first and (bar := _bar_left(line)):
                return _barred(Outcome.NOT_SENT, bar)
            said = await line.link.do(
                "send", token=message.token, message_id=message_id(message.token), **arguments
            )
    except HostRefused as refused:
        return _refused(line, refused)
    except HostGone:
        return SendResult(Outcome.UNCERTAIN, reason="the host ended before it answered")
    wa_id = user_of(to, PHONES)
    return SendResult(Outcome.ACCEPTED, provider_message_id=said["message_id"], wa_id=wa_id)


def _refused(line: Line, refused: HostRefused) -> SendResult:
    if refused.reason in _NOT_SENT:
        return _not_sent("the number is not connected")
    if refused.reason in _IN_DOUBT:
        return SendResult(Outcome.UNCERTAIN, reason="no answer from WhatsApp")
    code = refused.wa_code or refused.reason
    if code == REACHOUT:
        # What waits behind this one for its turn stays here, too.
        line.barred_until = clock.now() + _BAR
        return _barred(Outcome.REJECTED, _BAR)
    return _never(code, str(refused)[:200])


def _bar_left(line: Line) -> timedelta | None:
    """How long the number may still write to nobody new."""
    left = line.barred_until - clock.now() if line.barred_until else timedelta()
    return left if left > timedelta() else None


async def _resolve(line: Line, message: Outgoing) -> str | None:
    """The address a phone has on WhatsApp, asked once: the ninth digit is WhatsApp's to say.

    Before a first message WhatsApp's own form of a number is asked for, too: who had it may have left.
    """
    to = message.to
    if to.kind in (AddressKind.LID, AddressKind.GROUP):
        return jid_of(to)
    if to.kind is AddressKind.WA_ID and not message.is_first:
        return jid_of(to)
    phone = f"+{to.value.lstrip('+')}"
    if phone not in line.known:
        (found,) = await line.link.do("resolve", phones=[phone])
        line.remember(phone, found["jid"] if found["exists"] else None)
    return line.known[phone]


def _content(content: Content) -> Json | None:
    match content:
        case Text():
            return {"kind": "text", "body": content.body}
        case Media(link=str(link)) if link.startswith("file://"):
            return {
                "kind": "media",
                "type": content.kind,
                "path": link.removeprefix("file://"),
                "caption": content.caption,
                "filename": content.filename,
                "voice": content.voice,
            }
    return None


def _not_sent(reason: str) -> SendResult:
    return SendResult(Outcome.NOT_SENT, reason=reason, retry_after=_AGAIN)


def _barred(outcome: Outcome, bar: timedelta) -> SendResult:
    reason = "WhatsApp bars this number from writing to new people for a time"
    return SendResult(outcome, code=REACHOUT, reason=reason, action=Action.STOP_FIRST, retry_after=bar)


def _never(code: str, reason: str) -> SendResult:
    return SendResult(Outcome.REJECTED, code=code, reason=reason, action=Action.PERMANENT)
