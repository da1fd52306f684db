"""Back to the newest message, and how many came meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import Button
from embedded_server.contract.words import t, tn

_FROM_EDGE = 16


class JumpButton(Button):
    """Floats at the lower right of the chat while its end is out of view."""

    def __init__(self, chat: QWidget) -> None:
        super().__init__("", icon="arrow-down")
        self.setParent(chat)
        self._room = QSize()
        self._count = -1
        self.show_count(0)
        self.hide()

    @property
    def count(self) -> int:
        return self._count

    def show_count(self, count: int) -> None:
        if count != self._count:
            self._count = count
            self.show_text(tn("{count} new", "{count} new", count) if count else "")
            self.setAccessibleName(self.text() or t("Go to the newest message"))
            self.adjustSize()
            self.place(self._room)

    def place(self, room: QSize) -> None:
        """Keep to the corner of a chat of this size."""
        self._room = room
        self.move(room.width() - self.width() - _FROM_EDGE, room.height() - self.height() - _FROM_EDGE)
