"""F1: every key there is, read from the registry, what can be called now in full color."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from desktop.shell.shortcuts import SHORTCUTS, Commands, Shortcut
from desktop.widgets.buttons import Kind
from desktop.widgets.dialog import Dialog
from desktop.widgets.layouts import STRETCH, holder, row
from desktop.widgets.text import Text
from desktop.widgets.theme import SPACE, theme
from embedded_server.contract.words import t


class KeyCap(Text):
    """A key as it looks on the keyboard."""

    def __init__(self, keys: str) -> None:
        super().__init__(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText), "chip")
        self.setContentsMargins(8, 3, 8, 3)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("line2"))
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)
        painter.end()
        super().paintEvent(event)


class ShortcutSheet(Dialog):
    """Grouped as the registry is. Commands without a key are in the palette alone."""

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(t("Keyboard shortcuts"), width=560, parent=parent)
        titles = {command.id: command.title for command in commands.available()}
        for group in dict.fromkeys(one.group for one in SHORTCUTS.values()):
            entries = [(id_, one) for id_, one in SHORTCUTS.items() if one.group == group and one.keys]
            if entries:
                self.add(Text(t(group), "heading"))
                self.add(holder(_grid(entries, titles)))
        self.add_button(t("Close"), Kind.PRIMARY, QDialog.DialogCode.Accepted)


def _grid(entries: list[tuple[str, Shortcut]], titles: dict[str, str]) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, SPACE["s"])
    grid.setVerticalSpacing(SPACE["s"])
    grid.setColumnStretch(0, 1)
    for line, (id_, shortcut) in enumerate(entries):
        color = "text" if id_ in titles else "mute"
        grid.addWidget(Text(titles.get(id_, t(shortcut.title)), "body", color=color), line, 0)
        caps = [KeyCap(keys) for keys in shortcut.keys]
        grid.addLayout(row(STRETCH, *caps), line, 1, Qt.AlignmentFlag.AlignRight)
    return grid
