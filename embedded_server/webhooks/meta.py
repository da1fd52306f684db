"""``/hooks/meta``: Meta's handshake and its signed posts."""

from __future__ import annotations

import hmac
import re
from uuid import UUID

from embedded_server.webhooks.acceptance import Acceptance, Count, Judgement, sort_pieces
from embedded_server.webhooks.directory import Book, Directory, DirectoryUnavailable
from embedded_server.webhooks.http import HookRequest, HookResponse
from engine.intake import Source
from engine.providers.meta.split import split_meta
from engine.providers.signature import verify_meta

_CHALLENGE = re.compile(r"[A-Za-z0-9_.\-]{1,256}")
_ANSWERS = {status: HookResponse(status) for status in (200, 401, 503)}
_FORBIDDEN = HookResponse(403)


class MetaHook:
    def __init__(self, directory: Directory, acceptance: Acceptance) -> None:
        self._directory, self._acceptance = directory, acceptance

    async def handshake(self, request: HookRequest) -> HookResponse:
        """Prove to Meta that this address is ours by returning its challenge."""
        challenge, token = request.asked("hub.challenge") or "", request.asked("hub.verify_token")
        if request.asked("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge) or not token:
            return _FORBIDDEN
        try:
            known = await self._is_known(token, request.channel_id)
        except DirectoryUnavailable:
            return _ANSWERS[503]
        return HookResponse(200, challenge.encode()) if known else _FORBIDDEN

    async def receive(self, request: HookRequest) -> HookResponse:
        """Store every fact of a well-signed body, then answer."""
        header, channel_id = request.only("x-hub-signature-256"), request.channel_id

        def judge(book: Book) -> Judgement:
            for group in book.groups(Source.META, channel_id):
                if verify_meta(request.body, header, app_secret=group.secret):
                    return sort_pieces(book, Source.META, group, split_meta(request.body), channel_id)
            return Judgement(refusal=Count.UNSIGNED)

        return _ANSWERS[await self._acceptance.accept(Source.META, judge)]

    async def _is_known(self, token: str, channel_id: UUID | None) -> bool:
        book = self._directory.book
        if book is not None and _is_among(token, book.verify_tokens(channel_id)):
            return True
        newer = await self._directory.newer_than(book)
        return newer is not None and _is_among(token, newer.verify_tokens(channel_id))


def _is_among(token: str, known: list[str]) -> bool:
    # Every token is compared in full, so that time tells nothing about any of them.
    given = token.encode()
    matches = [hmac.compare_digest(given, candidate.encode()) for candidate in known]
    return any(matches)
