"""What the window says without being asked: toasts that pass, and news that wait behind the bell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QDateTime, QObject, Signal


class Tone(StrEnum):
    INFO = "info"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Toast:
    """``undo`` makes it an offer: "Desfazer" calls it while the toast stands."""

    text: str = field(repr=False)
    tone: Tone = Tone.INFO
    undo: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened elsewhere. ``key`` groups: a newer one takes the place of the same key's older.

    ``screen`` and ``target`` are where a click leads.
    """

    key: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    screen: str
    target: object = None
    at: datetime | None = None


class Notices(QObject):
    """The window listens to ``toasted``; bell and tray to ``news_changed``."""

    toasted = Signal(object)
    news_changed = Signal()
    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._news: dict[str, News] = {}
        #: The key of what somebody looks at right now: nobody has to be told of it. Its screen sets it.
        self.attended = ""

    @property
    def news(self) -> list[News]:
        """The newest first."""
        return list(reversed(self._news.values()))

    def toast(self, text: str, tone: Tone = Tone.INFO, undo: Callable[[], None] | None = None) -> None:
        self.toasted.emit(Toast(text, tone, undo))

    def bad(self, text: str) -> None:
        """A failure, in a sentence."""
        self.toast(text, Tone.BAD)

    def tell(self, key: str, title: str, text: str, screen: str, target: object = None) -> None:
        """News for the bell, and for the system where nobody looks at the window."""
        if key == self.attended:
            return
        moment = QDateTime.currentDateTime().toPython()
        self._news.pop(key, None)
        self._news[key] = news = News(
            key, title, text, screen, target, moment if isinstance(moment, datetime) else None
        )
        self.news_changed.emit()
        self.arrived.emit(news)

    def settle(self, key: str) -> None:
        """Seen, or no longer true."""
        if self._news.pop(key, None):
            self.news_changed.emit()

    def settle_all(self) -> None:
        self._news.clear()
        self.news_changed.emit()
