"""Many facts become one look at the appliance: a little after the first, and never two at a time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

SETTLE_MS = 300


class Settling(QObject):
    """``due`` comes :data:`SETTLE_MS` after the first wish, and waits while ``is_busy``."""

    due = Signal()

    def __init__(self, parent: QObject, is_busy: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._is_busy = is_busy
        self._is_wished, self._is_watched = False, True
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(self._fire)

    def wish(self) -> None:
        self._is_wished = True
        if self._is_watched and not self._timer.isActive():
            self._timer.start()

    def watch(self, *, watched: bool) -> None:
        """While nobody looks, wishes wait."""
        self._is_watched = watched
        if watched and self._is_wished:
            self._timer.start()
        elif not watched:
            self._timer.stop()

    def _fire(self) -> None:
        if self._is_busy():
            self._timer.start()
        else:
            self._is_wished = False
            self.due.emit()
