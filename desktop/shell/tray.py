"""The icon beside the clock, where the system has a place for it, and the system's own notifications.

Everything it says is behind the bell too: without a tray nothing is lost.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDateTime, QObject, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from desktop.shell.app_icon import app_icon
from desktop.shell.notices import News, Notices
from desktop.shell.preferences import Preferences
from desktop.widgets.theme import theme
from embedded_server.contract.words import t, tn

#: Preference: no notifications of the system at all, or none at night.
SILENT, SILENT_AT_NIGHT = "notify/silent", "notify/silent_at_night"
NIGHT = (22, 8)
_SHOWN_MS = 8000


class Tray(QObject):
    """``show_wanted``, ``quit_wanted`` and ``opened`` (with a :class:`News`) are what a person asked for.

    Of each conversation one notification stands at a time, and none while the window is looked at.
    """

    show_wanted = Signal()
    quit_wanted = Signal()
    opened = Signal(object)

    def __init__(self, window: QWidget, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._preferences = window, preferences
        self._notices: Notices | None = None
        self._told: set[str] = set()
        self._last: News | None = None
        self._unread = 0
        self._icon: QSystemTrayIcon | None = None
        theme.changed.connect(self._draw)

    @property
    def is_there(self) -> bool:
        """Whether a closed window can still be reached from somewhere."""
        return self._icon is not None

    def begin(self) -> None:
        """Appear, if there is a place to appear in."""
        if self._icon is not None or not QSystemTrayIcon.isSystemTrayAvailable():
            return
        self._icon = QSystemTrayIcon(app_icon(), self)
        self._icon.setContextMenu(self._menu())
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self._on_message_clicked)
        self._draw()
        self._icon.show()

    def follow(self, notices: Notices) -> None:
        """Tell of this session's news from now on."""
        self._notices = notices
        self._told.clear()
        notices.arrived.connect(self.on_news)
        notices.news_changed.connect(self._forget_seen)

    def show_unread(self, count: int) -> None:
        self._unread = count
        self._draw()

    def on_news(self, news: News) -> None:
        if news.key in self._told or self._window.isActiveWindow() or is_silent(self._preferences, _now()):
            return
        self._told.add(news.key)
        self._last = news
        if self._icon is not None:
            self._icon.showMessage(news.title, news.text, app_icon(), _SHOWN_MS)

    def _forget_seen(self) -> None:
        if self._notices is not None:
            self._told &= {news.key for news in self._notices.news}

    def _draw(self) -> None:
        if self._icon is not None:
            self._icon.setIcon(app_icon(self._unread))
            waits = tn("{count} unread conversation", "{count} unread conversations", self._unread)
            self._icon.setToolTip(f"Master IA — {waits}" if self._unread else "Master IA")

    def _menu(self) -> QMenu:
        menu = QMenu(self._window)
        menu.addAction(t("Open Master IA"), self.show_wanted.emit)
        menu.addSeparator()
        menu.addAction(t("Quit and stop the engine"), self.quit_wanted.emit)
        return menu

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.show_wanted.emit()

    def _on_message_clicked(self) -> None:
        self.show_wanted.emit()
        if self._last is not None:
            self.opened.emit(self._last)


def is_silent(preferences: Preferences, now: datetime) -> bool:
    """Whether the person wants to hear nothing from the system now."""
    from_, until = NIGHT
    at_night = now.hour >= from_ or now.hour < until
    return preferences.flag(SILENT) or (at_night and preferences.flag(SILENT_AT_NIGHT))


def _now() -> datetime:
    moment = QDateTime.currentDateTime().toPython()
    if not isinstance(moment, datetime):
        raise TypeError("Qt's clock has no moment")
    return moment
