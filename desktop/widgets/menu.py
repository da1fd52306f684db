"""Menus of actions that open below what was pressed, never with an event loop of their own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.widgets.icons import icon as picture

_NO_SHADOW = Qt.WindowType.NoDropShadowWindowHint


class Menu(QMenu):
    """Made anew for each showing, or kept: one without a parent goes away after it was shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Without this the corners outside the rounded border would be painted square.
        self.setWindowFlags(self.windowFlags() | Qt.WindowType.FramelessWindowHint | _NO_SHADOW)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)

    def add(
        self, text: str, run: Callable[[], object], icon: str = "", key: str = "", danger: bool = False
    ) -> QAction:
        """One entry. ``key`` is only shown: it is bound in the registry of shortcuts."""
        words = text.replace("&", "&&")
        action = QAction(f"{words}\t{key}" if key else words, self)
        if icon:
            action.setIcon(picture(icon, "red" if danger else "text", 18))
        action.triggered.connect(lambda *_: run())
        self.addAction(action)
        return action

    def popup_below(self, widget: QWidget) -> None:
        """Open at the lower edge of a widget; Qt keeps it on the screen."""
        self.popup_at(widget, widget.mapToGlobal(QPoint(0, widget.height() + 4)))

    def popup_at(self, widget: QWidget, where: QPoint) -> None:
        """Open at a point of the screen, on behalf of a widget."""
        if self.parent() is None:
            self.setParent(widget, self.windowFlags())
            self.aboutToHide.connect(self.deleteLater)
        self.popup(where)
