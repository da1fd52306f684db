"""The chat for screen readers: a list whose children are the messages in view, each with all of its words."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget

from desktop.inbox.chat_view import ChatView
from desktop.inbox.chat_words import spoken
from embedded_server.contract.words import t


class MessageAccess(QAccessibleInterface):
    """One message, known by its key: it may have scrolled away since."""

    def __init__(self, chat: ChatView, key: str) -> None:
        super().__init__()
        self._chat, self.key = chat, key

    def isValid(self) -> bool:
        return self._chat.stand.find(self.key) is not None

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        return QAccessible.queryAccessibleInterface(self._chat)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def text(self, kind: QAccessible.Text) -> str:
        spot = self._chat.stand.find(self.key)
        if kind is not QAccessible.Text.Name or spot is None:
            return ""
        return spoken(spot.bubble.item, self._chat.painter)

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Nothing here can be written to."""

    def rect(self) -> QRect:
        spot = self._chat.stand.find(self.key)
        if spot is None:
            return QRect()
        place = spot.bubble.box.translated(0, spot.top).toRect()
        return QRect(self._chat.viewport().mapToGlobal(place.topLeft()), place.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focused = self._chat.hasFocus() and self._chat.current == self.key
        return state

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()


class ChatAccess(QAccessibleWidget):
    def __init__(self, chat: ChatView) -> None:
        super().__init__(chat, QAccessible.Role.List, t("Messages"))
        self._chat = chat
        self._known: dict[str, MessageAccess] = {}

    def childCount(self) -> int:
        return len(self._keys())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        keys = self._keys()
        if not 0 <= index < len(keys):
            return None
        self._known = {key: self._known.get(key) or MessageAccess(self._chat, key) for key in keys}
        return self._known[keys[index]]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        keys = self._keys()
        return keys.index(child.key) if isinstance(child, MessageAccess) and child.key in keys else -1

    def _keys(self) -> list[str]:
        return [spot.bubble.item.key for spot in self._chat.stand.spots]


@cache
def install() -> None:
    """Once in a process: Qt asks every factory for every kind of object."""
    QAccessible.installFactory(_made)


#: Qt holds bare pointers to what a factory made.
_kept: list[ChatAccess] = []


def _made(_: str, thing: QObject | None) -> QAccessibleInterface | None:
    if not isinstance(thing, ChatView):
        return None
    made = ChatAccess(thing)
    _kept.append(made)
    thing.destroyed.connect(lambda *_: _kept.remove(made) if made in _kept else None)
    return made
