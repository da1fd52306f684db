"""Dialogs: a title, a column, and buttons at the right; opened with ``open()``, never waited for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.widgets.buttons import Button, Kind
from desktop.widgets.layouts import STRETCH, TopDown, column, holder, row
from desktop.widgets.text import Text
from desktop.widgets.theme import SPACE
from embedded_server.contract.words import t


class _Room(QScrollArea):
    """As high as its content, as long as the screen has room for that."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = content
        self.setWidget(content)

    def sizeHint(self) -> QSize:
        content, width = self._content, max(self.width(), self.minimumWidth())
        wanted = content.sizeHint()
        height = content.heightForWidth(width) if content.hasHeightForWidth() else wanted.height()
        room = self.screen().availableGeometry().height() - 220
        return QSize(wanted.width(), min(max(height, wanted.height()), room))

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().boundedTo(self.sizeHint())


class Dialog(QDialog):
    """``body`` is a column that scrolls when the screen is low; ``buttons`` a row at the right end."""

    body: QVBoxLayout
    buttons: QHBoxLayout

    def __init__(self, title: str, *, width: int = 480, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.heading = Text(title, "title", wrap=True)
        self.body = TopDown()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(SPACE["m"])
        self.buttons = row(STRETCH)
        self._room = _Room(holder(self.body))
        self._room.setMinimumWidth(width - 48)
        whole = column(self.heading, self._room, self.buttons, gap="l", margins="xl")
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.setMinimumWidth(width)

    def add(self, widget: QWidget) -> None:
        self.body.addWidget(widget)

    def add_button(self, text: str, kind: Kind = Kind.PLAIN, result: int | None = None) -> Button:
        """A button that closes with this result, or, without one, leaves the dialog to its click."""
        button = Button(text, kind=kind)
        button.setAutoDefault(kind is Kind.PRIMARY)
        button.setDefault(kind is Kind.PRIMARY)
        if result is not None:
            button.clicked.connect(lambda: self.done(result))
        self.buttons.addWidget(button)
        return button


class Confirm(Dialog):
    """Asks before something cannot be taken back. Enter means the safe answer where it is dangerous."""

    def __init__(
        self, title: str, text: str, *, verb: str, danger: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, width=440, parent=parent)
        self.text = Text(text, wrap=True)
        self.add(self.text)
        self.setAccessibleDescription(text)
        self.no = self.add_button(t("Go back"), Kind.PLAIN, QDialog.DialogCode.Rejected)
        kind = Kind.DANGER if danger else Kind.PRIMARY
        self.yes = self.add_button(verb, kind, QDialog.DialogCode.Accepted)
        safe = self.no if danger else self.yes
        safe.setDefault(True)
        safe.setFocus()
