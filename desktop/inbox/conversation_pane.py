"""The middle pane: header, chat and composer of the open conversation, and what is done in it."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.inbox import chat_access
from desktop.inbox.chat_view import ChatView
from desktop.inbox.composer import Composer, Mode
from desktop.inbox.conversation_presenter import ConversationPresenter
from desktop.inbox.drafts import Drafts
from desktop.inbox.entries import Entry
from desktop.inbox.files_presenter import FilesPresenter
from desktop.inbox.header import Header
from desktop.inbox.message_deeds import MessageDeeds
from desktop.inbox.rows import name_of
from desktop.inbox.template_dialog import TemplateDialog
from desktop.inbox.templates_presenter import TemplatesPresenter
from desktop.inbox.timeline_model import now
from desktop.shell.async_view import AsyncView
from desktop.shell.screen import Surroundings
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.layouts import rule
from embedded_server.contract.conversations import (
    ConversationDetailOut,
    QuoteOut,
    TemplateIn,
    TextIn,
)
from embedded_server.contract.words import t


class ConversationPane(QWidget):
    """Everything between the list and the contact panel."""

    reaches_changed = Signal(object)

    def __init__(self, around: Surroundings, presenter: ConversationPresenter, drafts: Drafts) -> None:
        super().__init__()
        self._around, self._presenter, self._drafts = around, presenter, drafts
        self._drafting: UUID | None = None
        self._may_reply = around.session.may("inbox.reply")
        self._day = now().astimezone().date()
        self._build()
        self._wire()

    def switch(self, id_: UUID, *, focus: bool) -> None:
        """Another conversation: its half-written words stand in the composer before it is here."""
        if id_ == self._drafting:
            if focus:
                self.composer.focus()
            return
        self._leave()
        self._drafting = id_
        self.composer.forget_channel()
        self.composer.start(self._drafts.answer(id_), self._drafts.note(id_))
        self.pages.setCurrentWidget(self.conversation)
        self._presenter.open(id_)
        if focus:
            self.composer.focus()

    def close_conversation(self) -> None:
        self._leave()
        self._drafting = None
        self._presenter.close()
        self.pages.setCurrentWidget(self.nothing)

    def leave(self) -> None:
        """The person goes elsewhere: keep what stands in the composer."""
        self._leave()

    def choose(self, mode: Mode) -> None:
        if self._may_reply and self._drafting is not None:
            self.composer.choose(mode)

    def tick(self) -> None:
        """Half a minute passed: windows run out, and days turn."""
        self._show_reaches()
        if (day := now().astimezone().date()) != self._day:
            self._day = day
            self._presenter.timeline.look_again()

    def _build(self) -> None:
        chat_access.install()
        self.header = Header()
        self.header.allow(reply=self._may_reply)
        files = FilesPresenter(self._around, self)
        self.chat = ChatView(self._presenter.timeline, files.pictures)
        self.deeds = MessageDeeds(self.chat, self._presenter, files, self._around.notices)
        self.composer = Composer()
        self.composer.setVisible(self._may_reply)
        gone = EmptyState("message-circle-off", t("This conversation is not here"))
        self.loading = AsyncView(self.chat, gone)
        self.conversation = QWidget()
        whole = QVBoxLayout(self.conversation)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        for widget in (self.header, rule(), self.loading, rule(), self.composer):
            whole.addWidget(widget)
        whole.setStretch(2, 1)
        self.nothing = EmptyState(
            "message-circle",
            t("Choose a conversation"),
            t("Click on one in the list, or use {down} and {up}.", down="Alt+↓", up="Alt+↑"),
        )
        self.pages = QStackedWidget()
        self.pages.addWidget(self.nothing)
        self.pages.addWidget(self.conversation)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages)

    def _wire(self) -> None:
        presenter, composer, chat = self._presenter, self.composer, self.chat
        self.loading.follow(presenter)
        self.loading.retry.connect(presenter.reload)
        presenter.opened.connect(self._on_opened)
        presenter.changed.connect(self._on_changed)
        presenter.team_changed.connect(self._on_team)
        chat.older_wanted.connect(presenter.older)
        chat.newer_wanted.connect(presenter.newer)
        chat.end_reached.connect(presenter.to_newest)
        self.deeds.reply_wanted.connect(self._on_reply)
        self.deeds.again_wanted.connect(self._on_again)
        composer.answered.connect(self._on_answered)
        composer.noted.connect(self._on_noted)
        composer.typed.connect(self._on_typed)
        composer.template_wanted.connect(self._on_template)
        composer.channels_wanted.connect(lambda: self._around.navigator.go("channels"))
        composer.channel_chosen.connect(self._show_window)
        for one in (presenter, presenter.sending):
            one.failed.connect(self._around.notices.bad)

    def _leave(self) -> None:
        if self._drafting is not None:
            self.composer.keep_now()
            self._drafts.save()

    def _on_opened(self, detail: ConversationDetailOut | None) -> None:
        if detail is not None:
            self.chat.painter.person = name_of(detail.contact_name, detail.address)
            self._on_changed(detail)
            self.chat.relayout()

    def _on_changed(self, detail: ConversationDetailOut) -> None:
        self.header.show_conversation(detail)
        self._show_reaches()

    def _on_team(self) -> None:
        self.chat.painter.team = self._presenter.team
        self.header.show_team(self._presenter.team, self._presenter.users)

    def _show_reaches(self) -> None:
        reaches = self._presenter.reaches
        self.composer.show_reaches(reaches, self._last_channel(), now())
        self._show_window()
        self.reaches_changed.emit(reaches)

    def _show_window(self) -> None:
        self.header.show_reach(self.composer.reach, now())

    def _last_channel(self) -> UUID | None:
        """Where the conversation goes on."""
        entries = [item.entry for item in self._presenter.timeline.items if item.entry is not None]
        used = [entry.channel_id for entry in entries if entry.channel_id is not None]
        return used[-1] if used else None

    def _on_typed(self, mode: str, text: str) -> None:
        if self._drafting is None:
            return
        keep = self._drafts.keep_note if mode == Mode.NOTE else self._drafts.keep_answer
        keep(self._drafting, text)

    def _on_answered(self, text: str) -> None:
        self._answer(TextIn(type="text", body=text))

    def _answer(self, content: TextIn | TemplateIn) -> None:
        reach = self.composer.reach
        if self._drafting is None or reach is None:
            return
        sending, quoted = self._presenter.sending, self.composer.quoted
        self._presenter.to_newest()
        sending.answer(self._drafting, reach.channel_id, content, quoted=quoted)
        self.composer.clear_sent()
        self.chat.to_end()

    def _on_noted(self, text: str) -> None:
        if self._drafting is not None:
            self._presenter.to_newest()
            self._presenter.sending.note(self._drafting, text)
            self.composer.clear_sent()
            self.chat.to_end()

    def _on_template(self) -> None:
        if (reach := self.composer.reach) is not None:
            presenter = TemplatesPresenter(self._around, reach.channel_id)
            dialog = TemplateDialog(presenter, self.chat.painter.person, self)
            dialog.chosen.connect(self._answer)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _on_reply(self, entry: Entry) -> None:
        if entry.id is not None:
            quoted = QuoteOut(
                id=entry.id,
                direction=entry.direction,
                kind=entry.kind,
                text=entry.text,
                author_id=entry.author_id,
            )
            self.composer.quote(quoted, t("you") if entry.is_own else self.chat.painter.person)
            self.composer.focus()

    def _on_again(self, entry: Entry) -> None:
        """As a new message: the one that failed stays what it is."""
        if self._drafting is not None and entry.channel_id is not None:
            content = TextIn(type="text", body=entry.text)
            self._presenter.sending.answer(self._drafting, entry.channel_id, content)
            self.chat.to_end()
