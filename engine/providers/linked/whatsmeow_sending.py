"""Sending so that a doubt can be settled: what is planted in a message, and where it is looked for.

The library takes no id for a message: it makes one up. But a message that brings a secret of its own (which
WhatsApp uses for polls and reactions) has chat, id and secret written to the library's store before anything
leaves (``SendMessage`` in whatsmeow's ``send.go``). So each message gets a secret that is made of its token,
and when a host starts again it looks the secrets of unfinished sends up (:mod:`.whatsmeow_store`):

- the secret is not in the store: the message never left, and may be sent;
- it is: there is its id, and the message may have left. Only the server's word, or a receipt, decides.

Nothing found proves nothing in two cases. The library goes on although it could not write the secret (its
store is full, damaged or locked for five seconds): it only warns. And it deletes all that belongs to a device
that was logged out. Against the first, :mod:`.whatsmeow_tap` writes each id down as the message leaves, and
takes the warning itself for leaving. Against the second, each send remembers its device: without that device
in the store, what is not found is unknown. (A store that lost its last writes with the power could not know
either; it flushes every one of them, so that takes a disk that lies.)

While the process lives no store is needed: the log says what leaves, and a call that is not over is a doubt.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from engine.providers.linked.device import Refusal
from engine.providers.linked.protocol import Fate, Json
from engine.providers.linked.sent import AlreadySent, Outcome, Send, Sent
from engine.providers.linked.whatsmeow_calls import Calls, LibraryError
from engine.providers.linked.whatsmeow_tap import Leaving, Tap

logger = logging.getLogger(__name__)


#: How the library words the server's no.
NACK = re.compile(r"server returned error (\d+)")


class Sending:
    """All of it blocks."""

    def __init__(self, calls: Calls, sent: Sent, tap: Tap) -> None:
        self._calls, self._sent, self._tap = calls, sent, tap
        #: The linked device that sends; part of what is written down of each.
        self.device = ""

    def begin(self, token: str, chat: str, content: Json) -> Send | Json:
        """Write it down; or the answer it already has.

        Raises:
            Refusal: ``lost``: it was sent before, and nobody knows what became of it.
        """
        try:
            return self._sent.begin(token, device=self.device, chat=chat, content=content)
        except AlreadySent as already:
            if already.send.outcome is Outcome.ACCEPTED:
                return {"message_id": already.send.message_id}
            raise Refusal("lost", "this message may have been sent already") from None

    def send(self, send: Send, chat: str, message: Any) -> Any:
        """Until the server has it. ``chat`` is the address that the library is told.

        Raises:
            Refusal: ``nack`` with the server's number, ``timeout``: in doubt; anything else: it never left.
        """
        message.messageContextInfo.messageSecret = send.secret
        try:
            with self._tap.sending(send.token) as leaving:
                answer = self._calls.send(chat, message)
        except LibraryError as error:
            raise self._failed(send, leaving, str(error)) from error
        self._sent.ended(send.token, Outcome.ACCEPTED, message_id=answer.ID, code=None)
        return answer

    def give_up(self, send: Send, code: str) -> None:
        """It never got as far as the library."""
        self._sent.absent(send.token, code)

    def settle(self, token: str, since: float | None = None) -> Json:
        """What became of a send, by all that is known.

        A token that nobody heard of was never sent, unless these records are younger than it (``since``).
        """
        send = self._sent.of_token(token)
        if send is None:
            is_ours = since is None or self._sent.knows_since(since)
            return _fate(Fate.ABSENT if is_ours else Fate.UNKNOWN, None)
        if send.outcome is Outcome.ACCEPTED:
            return _fate(Fate.ACCEPTED, send.message_id)
        if send.outcome is not None:
            return _fate(Fate.ABSENT, send.message_id, send.code)
        return _fate(Fate.UNKNOWN, send.message_id)

    def tokens(self, message_ids: list[str]) -> list[str | None]:
        """Whose messages somebody got."""
        return self._sent.arrived(message_ids)

    def _failed(self, send: Send, leaving: Leaving, text: str) -> Refusal:
        if refused := NACK.search(text):
            self._sent.ended(send.token, Outcome.REFUSED, message_id=leaving.message_id, code=refused[1])
            return Refusal("nack", text, refused[1])
        if leaving.message_id is not None or not leaving.is_watched:
            return Refusal("timeout", text)
        logger.warning("A message could not be sent: %s", text)
        code = "not_on_whatsapp" if "no LID found" in text else "not_connected"
        self._sent.absent(send.token, code)
        return Refusal(code, text)


def _fate(fate: Fate, message_id: str | None, wa_code: str | None = None) -> Json:
    return {"fate": fate, "message_id": message_id, "wa_code": wa_code}
