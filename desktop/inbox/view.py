"""The Conversas screen: the list, the chat and the contact, and how keys and news lead through them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout

from desktop.inbox.composer import Mode
from desktop.inbox.contact_panel import WIDTH as PANEL
from desktop.inbox.contact_panel import ContactPanel
from desktop.inbox.contact_presenter import ContactPresenter
from desktop.inbox.conversation_pane import ConversationPane
from desktop.inbox.conversation_presenter import ConversationPresenter
from desktop.inbox.drafts import Drafts
from desktop.inbox.list_pane import WIDTH as LIST
from desktop.inbox.list_pane import ListPane
from desktop.inbox.presenter import InboxPresenter
from desktop.inbox.rows import Row
from desktop.shell.notices import Tone
from desktop.shell.screen import ScreenView, Surroundings
from desktop.widgets.layouts import rule
from desktop.widgets.menu import Menu
from embedded_server.contract.conversations import ConversationDetailOut, ConversationStateName
from embedded_server.contract.words import t

#: Without the rail: below a window of 1200 pixels the contact is shown only when asked for.
_ROOM_FOR_PANEL = 1136
_TICK_MS = 30_000


class InboxView(ScreenView):
    """Opens a conversation by its id, or the one with a contact by ``("contact", id)``."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self.inbox = InboxPresenter(around, self)
        self.presenter = ConversationPresenter(around, self)
        self._contact = ContactPresenter(around, self)
        self._drafts = Drafts(around.preferences, self)
        self._wants_panel: bool | None = None
        self._clock = QTimer(self, interval=_TICK_MS)
        self._build()
        self._wire()
        self._bind()
        self.inbox.model.show_drafts(self._drafts.answers())
        self.inbox.reload()
        self.presenter.prepare()

    def open(self, target: object) -> None:
        match target:
            case UUID() as id_:
                self._open(id_)
            case ("contact", UUID() as contact_id):
                self.inbox.begin(contact_id)
            case ("contact", str(contact)):
                self.inbox.begin(UUID(contact))
            case str(text):
                self._open(UUID(text))

    def shown(self) -> None:
        self._look()

    def hidden(self) -> None:
        self.pane.leave()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.focusWidget() is None:
            self.list.list.setFocus()
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.pane.leave()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_panel()

    def is_watched(self, id_: UUID) -> bool:
        """A person sees this conversation right now."""
        return id_ == self.presenter.id and self.isVisible() and self.window().isActiveWindow()

    def _build(self) -> None:
        self.list = ListPane(self.inbox, self._around.navigator)
        self.pane = ConversationPane(self._around, self.presenter, self._drafts)
        self.panel = ContactPanel(self._contact, self._around.navigator)
        self._panel_edge = rule(vertical=True)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        for widget in (self.list, rule(vertical=True), self.pane, self._panel_edge, self.panel):
            line.addWidget(widget)
        line.setStretch(2, 1)
        self.setMinimumWidth(LIST + PANEL)
        self._show_panel()

    def _wire(self) -> None:
        self.inbox.is_watched = self.is_watched
        self.list.opened.connect(self._open)
        self.list.walked_to.connect(lambda id_: self._open(id_, focus=False))
        self.list.menu_wanted.connect(self._on_row_menu)
        self.inbox.begun.connect(self._open)
        self.inbox.model.modelReset.connect(lambda: self.list.show_open(self.presenter.id))
        self.inbox.model.rowsInserted.connect(lambda *_: self.list.show_open(self.presenter.id))
        self.presenter.opened.connect(self._on_opened)
        self.presenter.changed.connect(lambda _: self._look())
        self.presenter.done.connect(self.inbox.look_again)
        self.presenter.sending.settled.connect(self.inbox.look_again)
        self.pane.reaches_changed.connect(self.panel.show_reaches)
        self._drafts.changed.connect(self.inbox.model.show_draft)
        header = self.pane.header
        header.assigned.connect(self.presenter.assign)
        header.resolved.connect(self._resolve)
        header.resolved_next.connect(self._resolve_next)
        header.reopened.connect(self.presenter.reopen)
        header.panel_wanted.connect(self._toggle_panel)
        for one in (self.inbox, self._contact):
            one.failed.connect(self._around.notices.bad)
        self._clock.timeout.connect(self._on_tick)
        self._clock.start()
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._on_focus_window)

    def _bind(self) -> None:
        pane, reply = self.pane, self._around.session.may("inbox.reply")
        deeds: dict[str, Callable[[], object]] = {
            "inbox.next": lambda: self._step(1),
            "inbox.previous": lambda: self._step(-1),
            "inbox.next_unread": self._next_unread,
            "inbox.panel": self._toggle_panel,
            "search": self.list.search.setFocus,
            "reload": self._reload,
        }
        if reply:
            deeds |= {
                "inbox.reply": lambda: pane.choose(Mode.ANSWER),
                "inbox.note": lambda: pane.choose(Mode.NOTE),
                "inbox.resolve": self._resolve_or_reopen,
                "inbox.resolve_next": self._resolve_next,
                "inbox.assign": pane.header.open_assign_menu,
                "inbox.emoji": pane.composer.open_emoji,
                "inbox.unread": self.presenter.mark_unread,
            }
        for id_, run in deeds.items():
            self._around.commands.bind(id_, self, run)

    def _open(self, id_: UUID, *, focus: bool = True) -> None:
        self.inbox.keep = id_
        self.pane.switch(id_, focus=focus)
        self.list.show_open(id_)

    def _on_opened(self, detail: ConversationDetailOut | None) -> None:
        if detail is not None:
            self._contact.open(detail.contact_id)
            self._look()
        self._show_panel()

    def _look(self) -> None:
        """What is in view in the window one works in has been read."""
        if self.presenter.id is not None and self.is_watched(self.presenter.id):
            if self.presenter.seen():
                self.inbox.read_here(self.presenter.id)
            self._around.notices.settle(f"conversation:{self.presenter.id}")

    def _on_focus_window(self) -> None:
        """The window is told that it is active only after this."""
        QTimer.singleShot(0, self, self._look)

    def _step(self, step: int) -> None:
        if (id_ := self.list.neighbor(self.presenter.id, step)) is not None:
            self._open(id_)
            self.list.list.bring_into_view(id_)

    def _next_unread(self) -> None:
        if (id_ := self.list.next_unread(self.presenter.id)) is not None:
            self._open(id_)
            self.list.list.bring_into_view(id_)

    def _reload(self) -> None:
        self.inbox.reload()
        self.presenter.reload()

    def _resolve_or_reopen(self) -> None:
        if self.pane.header.is_open:
            self._resolve()
        elif self.presenter.id is not None:
            self.presenter.reopen()

    def _resolve(self) -> None:
        if (id_ := self.presenter.id) is not None and self.pane.header.is_open:
            self.presenter.resolve()
            self._offer_undo(id_)

    def _resolve_next(self) -> None:
        id_ = self.presenter.id
        if id_ is None or not self.pane.header.is_open:
            return
        following = self.list.neighbor(id_, 1) or self.list.neighbor(id_, -1)
        self._resolve()
        if following is not None and following != id_:
            self._open(following)
        else:
            self.pane.close_conversation()

    def _offer_undo(self, id_: UUID) -> None:
        def undo() -> None:
            self.presenter.change_state(id_, ConversationStateName.OPEN)

        self._around.notices.toast(t("Conversation resolved."), Tone.GOOD, undo=undo)

    def _on_row_menu(self, id_: UUID, where: QPoint) -> None:
        row = self.inbox.model.find(id_)
        if row is not None and self._around.session.may("inbox.reply"):
            self._row_menu(row).popup_at(self.list.list, where)

    def _row_menu(self, row: Row) -> Menu:
        menu = Menu()
        is_open = row.state is ConversationStateName.OPEN
        other = ConversationStateName.CLOSED if is_open else ConversationStateName.OPEN
        menu.add(t("Open"), lambda: self._open(row.id), icon="message-circle")
        if row.unread:
            menu.add(t("Mark as read"), lambda: self.presenter.mark(row.id, read=True), icon="mail-open")
        else:
            menu.add(t("Mark as unread"), lambda: self.presenter.mark(row.id, read=False), icon="mail")
        words = t("Resolve") if is_open else t("Reopen")
        icon = "check" if is_open else "rotate-ccw"
        menu.add(words, lambda: self.presenter.change_state(row.id, other), icon=icon)
        return menu

    def _toggle_panel(self) -> None:
        self._wants_panel = not self.panel.isVisibleTo(self)
        self._show_panel()

    def _show_panel(self) -> None:
        """Where there is room, unless the person said otherwise."""
        has_room = self.width() >= _ROOM_FOR_PANEL
        wanted = has_room if self._wants_panel is None else self._wants_panel
        is_shown = wanted and self.presenter.detail is not None
        self.panel.setVisible(is_shown)
        self._panel_edge.setVisible(is_shown)

    def _on_tick(self) -> None:
        self.pane.tick()
        self.list.list.viewport().update()
