"""Rows and columns with the spacing of the tokens, so that no screen counts pixels."""

from __future__ import annotations

from typing import Final, TypeVar

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets.theme import SPACE


class _Stretch:
    """See :data:`STRETCH`."""


#: Stands between widgets of a row or column and takes the room that is left.
STRETCH: Final = _Stretch()

_BOUNDLESS = 16_777_215


class TopDown(QVBoxLayout):
    """Keeps its content together at the top of a room that is higher, unless something in it grows."""

    def maximumSize(self) -> QSize:
        return QSize(_BOUNDLESS, _BOUNDLESS)

    def setGeometry(self, rect: QRect) -> None:
        if not self.expandingDirections() & Qt.Orientation.Vertical:
            wanted = (
                self.heightForWidth(rect.width()) if self.hasHeightForWidth() else self.sizeHint().height()
            )
            rect = QRect(rect.left(), rect.top(), rect.width(), min(rect.height(), wanted))
        super().setGeometry(rect)


Item = QWidget | QLayout | _Stretch


def row(*items: Item, gap: str = "s", margins: str | None = None) -> QHBoxLayout:
    """Side by side; ``gap`` and ``margins`` are names of spaces."""
    return _filled(QHBoxLayout(), items, gap, margins)


def column(*items: Item, gap: str = "m", margins: str | None = None) -> QVBoxLayout:
    """One below the other; ``gap`` and ``margins`` are names of spaces."""
    return _filled(QVBoxLayout(), items, gap, margins)


def holder(layout: QLayout, *, pane: str = "") -> QWidget:
    """A widget around a layout. ``pane="surface"`` gives it the color of side panes."""
    widget = QWidget()
    if pane:
        widget.setProperty("pane", pane)
        widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    widget.setLayout(layout)
    return widget


def rule(*, vertical: bool = False) -> QFrame:
    """A hairline between two parts."""
    line = QFrame()
    line.setProperty("rule", True)
    line.setFixedWidth(1) if vertical else line.setFixedHeight(1)
    return line


def hug(widget: QWidget) -> QWidget:
    """Let a widget be as wide as what it shows, no wider."""
    widget.setSizePolicy(QSizePolicy.Policy.Maximum, widget.sizePolicy().verticalPolicy())
    return widget


def clear(layout: QLayout) -> None:
    """Take everything out and let it go."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
            inner.deleteLater()


Box = TypeVar("Box", bound=QBoxLayout)


def _filled(box: Box, items: tuple[Item, ...], gap: str, margins: str | None) -> Box:
    edge = SPACE[margins] if margins else 0
    box.setContentsMargins(edge, edge, edge, edge)
    box.setSpacing(SPACE[gap] if gap else 0)
    for item in items:
        if isinstance(item, _Stretch):
            box.addStretch(1)
        elif isinstance(item, QLayout):
            box.addLayout(item)
        else:
            box.addWidget(item)
    return box
