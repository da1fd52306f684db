"""``/hooks/twilio``: Twilio's signed form posts, incoming messages and statuses alike."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from embedded_server.webhooks.acceptance import Acceptance, Count, Judgement, sort_pieces
from embedded_server.webhooks.directory import Book, Group
from embedded_server.webhooks.http import HookRequest, HookResponse
from engine import clock
from engine.intake import Source
from engine.providers.inbound import Piece
from engine.providers.signature import verify_twilio
from engine.providers.twilio.inbound import form_pairs, split_twilio
from engine.providers.untrusted import Unreadable

_TOKEN_LENGTH = 128
_UNSIGNED = HookResponse(401)
_ANSWERS = {
    # An empty reply: Twilio would send any text in it to the person.
    200: HookResponse(200, b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8"),
    401: _UNSIGNED,
    503: HookResponse(503),
}


class TwilioHook:
    def __init__(self, acceptance: Acceptance, base_url: str) -> None:
        """``base_url`` is the public address as configured at Twilio, which is what Twilio signs."""
        self._acceptance = acceptance
        self._base_url = base_url.rstrip("/")

    async def receive(self, request: HookRequest) -> HookResponse:
        """Store the one fact of a well-signed post, with the token of its address, then answer."""
        try:
            form = form_pairs(request.body)
        except Unreadable:
            form = []
        accounts = [value for key, value in form if key == "AccountSid"]
        account = accounts[0] if len(accounts) == 1 else ""
        header, channel_id = request.only("x-twilio-signature"), request.channel_id
        url = f"{self._base_url}{request.path}{'?' if request.query else ''}{request.query}"

        def judge(book: Book) -> Judgement:
            for group in book.groups(Source.TWILIO, channel_id, account):
                if verify_twilio(url, form, header, auth_token=group.secret):
                    pieces = [_at_home(group, piece, dict(form), channel_id) for piece in _split(request)]
                    return sort_pieces(book, Source.TWILIO, group, pieces, channel_id)
            return Judgement(refusal=Count.UNSIGNED)

        return _ANSWERS[await self._acceptance.accept(Source.TWILIO, judge)]


def _split(request: HookRequest) -> list[Piece]:
    token = request.asked("t")
    return split_twilio(request.body, token=token[:_TOKEN_LENGTH] if token else None, received_at=clock.now())


def _at_home(group: Group, piece: Piece, form: dict[str, str], channel_id: UUID | None) -> Piece:
    """A messaging service writes from numbers of its own pool: its channel is known by the service's id."""
    if piece.sender in group.by_sender:
        return piece
    service = form.get("MessagingServiceSid")
    if service and service in group.by_sender:
        return replace(piece, sender=service)
    addressed = group.channel(channel_id)
    return replace(piece, sender=addressed.sender) if addressed else piece
