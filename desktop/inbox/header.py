"""Above the chat: who it is, on which channel, how long words may still go, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.inbox.bubbles import text_width
from desktop.inbox.entries import Team
from desktop.inbox.reaches import Reach
from desktop.inbox.rows import name_of
from desktop.shell.shortcuts import key_text
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.layouts import STRETCH, row
from desktop.widgets.menu import Menu
from desktop.widgets.text import Text
from embedded_server.contract import labels
from embedded_server.contract.accounts import MemberState, UserOut
from embedded_server.contract.conversations import ConversationDetailOut, ConversationStateName
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

HEIGHT = 54
_NAME = 96


class Header(QWidget):
    """``assigned`` carries a person's id, or None for nobody."""

    assigned = Signal(object)
    resolved = Signal()
    resolved_next = Signal()
    reopened = Signal()
    panel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._users: Sequence[UserOut] = ()
        self._team = Team()
        self._detail: ConversationDetailOut | None = None
        self._is_reached = False
        self._build()
        self._wire()

    @property
    def is_open(self) -> bool:
        return self._detail is not None and self._detail.state is ConversationStateName.OPEN

    def show_conversation(self, detail: ConversationDetailOut) -> None:
        self._detail = detail
        self.name.show_text(name_of(detail.contact_name, detail.address))
        self.name.setMaximumWidth(max(_NAME, round(text_width("heading", self.name.whole())) + 4))
        self._show_verbs()

    def show_reach(self, reach: Reach | None, now: datetime) -> None:
        """The channel an answer goes to, and its window."""
        told = reach.window_text(now) if reach is not None else None
        if reach is not None:
            self.channel.show_label(labels.label(reach.kind))
        self._is_reached = reach is not None
        self.window_badge.setVisible(told is not None)
        if told is not None:
            self.window_badge.say(told[0], told[1], icon="clock")
        self._show_verbs()

    def show_team(self, team: Team, users: Sequence[UserOut]) -> None:
        self._team = team
        self._users = [user for user in users if user.state is MemberState.ACTIVE]
        self._show_verbs()

    def allow(self, *, reply: bool) -> None:
        for button in (self.assign, self.resolve, self.more):
            button.setVisible(reply)

    def open_assign_menu(self) -> None:
        if self.assign.isVisible() and self._detail is not None:
            self._assign_menu().popup_below(self.assign)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_verbs()

    def _build(self) -> None:
        self.setFixedHeight(HEIGHT)
        self.name = Text("", "heading", elided=True)
        self.name.setMinimumWidth(_NAME)
        self.channel = Badge()
        self.window_badge = Badge("", Color.NEUTRAL)
        self.assign = Button(t("Assign"), icon="user-plus", key=key_text("inbox.assign"))
        self.resolve = Button(t("Resolve"), icon="check", key=key_text("inbox.resolve"))
        self.more = IconButton("chevron-down", t("More ways to resolve"), kind=Kind.PLAIN)
        self.panel = IconButton("panel-right", t("Contact panel"), key=key_text("inbox.panel"))
        line = row(
            self.name,
            self.channel,
            self.window_badge,
            STRETCH,
            self.assign,
            self.resolve,
            self.more,
            self.panel,
        )
        line.setStretch(0, 3)
        line.setContentsMargins(16, 0, 12, 0)
        self.setLayout(line)
        self._line = line
        # It makes do with any width instead of asking for one.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _wire(self) -> None:
        self.assign.clicked.connect(self.open_assign_menu)
        self.resolve.clicked.connect(self._on_resolve)
        self.more.clicked.connect(lambda: self._resolve_menu().popup_below(self.more))
        self.panel.clicked.connect(self.panel_wanted)

    def _on_resolve(self) -> None:
        said = self.resolved if self.is_open else self.reopened
        said.emit()

    def _show_verbs(self) -> None:
        """As many words as there is room for; icons stay and say the same to a screen reader."""
        detail = self._detail
        assignee = self._team.name(detail.assignee_id) if detail and detail.assignee_id else ""
        self.assign.setAccessibleName(t("Assigned to {name}", name=assignee) if assignee else t("Assign"))
        verb = t("Resolve") if self.is_open else t("Reopen")
        self.resolve.setAccessibleName(verb)
        self.resolve.show_icon("check" if self.is_open else "rotate-ccw")
        self.more.setEnabled(self.is_open)
        has_window = not self.window_badge.isHidden()
        for spared in range(4):
            self.channel.setVisible(self._is_reached and not (spared > 0 and has_window))
            self.assign.show_text("" if spared > 1 else assignee.split(" ")[0] or t("Assign"))
            self.resolve.show_text("" if spared > 2 else verb)
            if self._line.minimumSize().width() <= self.width():
                break

    def _assign_menu(self) -> Menu:
        menu, me = Menu(), self._team.me
        menu.add(t("Assign to me"), lambda: self.assigned.emit(me), icon="user-check")
        for user in self._users:
            if user.id != me:
                menu.add(user.name, self._hand_to(user.id), icon="user")
        menu.addSeparator()
        menu.add(t("Nobody"), lambda: self.assigned.emit(None), icon="user-x")
        return menu

    def _hand_to(self, person_id: UUID) -> Callable[[], None]:
        return lambda: self.assigned.emit(person_id)

    def _resolve_menu(self) -> Menu:
        menu = Menu()
        menu.add(t("Resolve"), self.resolved.emit, icon="check", key=key_text("inbox.resolve"))
        next_ = t("Resolve and go to the next")
        menu.add(next_, self.resolved_next.emit, icon="skip-forward", key=key_text("inbox.resolve_next"))
        return menu
