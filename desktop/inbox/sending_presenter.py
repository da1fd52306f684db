"""Hands over what was written, in its order, and keeps what the appliance did not take."""

from __future__ import annotations

from uuid import UUID, uuid4

from PySide6.QtCore import QObject, Signal

from desktop.client.errors import ClientError
from desktop.inbox.letters import Letter, Tray
from desktop.inbox.timeline_model import TimelineModel, now
from desktop.shell.presenter import Presenter
from desktop.shell.screen import Surroundings
from desktop.shell.sentences import sentence
from embedded_server.contract.conversations import (
    DirectionName,
    MessageIn,
    MessageOut,
    NoteIn,
    QuoteOut,
    TemplateIn,
    TextIn,
)
from embedded_server.contract.words import t

HOME = "/api/v1/conversations"


class SendingPresenter(Presenter):
    """Answers and notes are two verbs with two shapes: no way leads from a note to a channel.

    ``settled`` carries the conversation in which something written here has arrived.
    """

    settled = Signal(object)

    def __init__(self, around: Surroundings, timeline: TimelineModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._api, self._me = around.session.api, around.session.me.person_id
        self._timeline = timeline
        self._tray = Tray(around.preferences)
        self.showing: UUID | None = None
        self._kept: dict[UUID, dict[str, tuple[Letter, str | None]]] = {}
        timeline.taken.connect(self._forget)
        for letter in self._tray.letters():
            self._hold(letter, t("The window was closed before this was sent."))

    def letters_of(self, conversation_id: UUID) -> list[tuple[Letter, str | None]]:
        """What the appliance does not have yet, each with why not, if that is known."""
        return list(self._kept.get(conversation_id, {}).values())

    def answer(
        self,
        conversation_id: UUID,
        channel_id: UUID,
        content: TextIn | TemplateIn,
        *,
        quoted: QuoteOut | None = None,
    ) -> str:
        """Send to the person; the bubble stands before this returns. Returns our name for the message."""
        letter = Letter(
            client_id=uuid4().hex,
            conversation_id=conversation_id,
            direction=DirectionName.OUTBOUND,
            at=now(),
            author_id=self._me,
            channel_id=channel_id,
            content=content,
            quoted=quoted,
        )
        return self._take(letter)

    def note(self, conversation_id: UUID, text: str) -> str:
        """Write something only the team sees. Returns our name for it."""
        letter = Letter(
            client_id=uuid4().hex,
            conversation_id=conversation_id,
            direction=DirectionName.NOTE,
            at=now(),
            author_id=self._me,
            text=text,
        )
        return self._take(letter)

    def again(self, client_id: str) -> None:
        """Hand the same letter over once more: under its old name it cannot arrive twice."""
        for conversation_id, letters in self._kept.items():
            if client_id in letters:
                self._hold(letters[client_id][0], None)
                self._timeline.fail_letter(client_id, None)
                self._hand_over(conversation_id)

    def discard(self, client_id: str) -> None:
        """Give up what was not taken."""
        self._forget(client_id)
        self._timeline.drop_letter(client_id)

    def _forget(self, client_id: str) -> None:
        for letters in self._kept.values():
            letters.pop(client_id, None)
        self._tray.drop(client_id)

    def _take(self, letter: Letter) -> str:
        self._tray.keep(letter)
        self._hold(letter, None)
        if letter.conversation_id == self.showing:
            self._timeline.add_letter(letter)
        self._hand_over(letter.conversation_id)
        return letter.client_id

    def _hold(self, letter: Letter, failure: str | None) -> None:
        self._kept.setdefault(letter.conversation_id, {})[letter.client_id] = letter, failure

    def _hand_over(self, conversation_id: UUID) -> None:
        name = f"letters:{conversation_id}"
        if not self.tasks.is_running(name):
            self.start(name, self._hand_over_all(conversation_id))

    async def _hand_over_all(self, conversation_id: UUID) -> None:
        """One after the other: what was written later never overtakes."""
        while (letter := self._next(conversation_id)) is not None:
            try:
                message = await self._send(letter)
            except ClientError as error:
                self._fail(letter, sentence(error))
                continue
            self._forget(letter.client_id)
            if conversation_id == self.showing:
                self._timeline.settle_letter(letter.client_id, message)
            self.settled.emit(conversation_id)

    def _fail(self, letter: Letter, reason: str) -> None:
        """Unless the appliance has it after all: then it was only the answer that got lost."""
        if letter.client_id in self._kept[letter.conversation_id]:
            self._hold(letter, reason)
            self._timeline.fail_letter(letter.client_id, reason)

    def _next(self, conversation_id: UUID) -> Letter | None:
        waiting = (letter for letter, failure in self.letters_of(conversation_id) if failure is None)
        return next(waiting, None)

    async def _send(self, letter: Letter) -> MessageOut:
        place = f"{HOME}/{letter.conversation_id}"
        if letter.direction is DirectionName.NOTE or letter.content is None or letter.channel_id is None:
            note = NoteIn(text=letter.text, client_id=letter.client_id)
            return await self._api.send("POST", f"{place}/notes", MessageOut, note, key=letter.client_id)
        answer = MessageIn(
            channel_id=letter.channel_id,
            content=letter.content,
            client_id=letter.client_id,
            reply_to=letter.quoted.id if letter.quoted else None,
        )
        return await self._api.send("POST", f"{place}/messages", MessageOut, answer, key=letter.client_id)
