"""What is said before the window goes: that the engine works on, or that it stops."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import Kind
from desktop.widgets.dialog import Confirm, Dialog
from desktop.widgets.text import Text
from embedded_server.contract.words import t

#: What :class:`FirstClose` ends with, besides 0 for staying.
CLOSE, QUIT = 1, 2


class FirstClose(Dialog):
    """Shown at the first close only: to close and to quit are two things here."""

    def __init__(self, *, has_tray: bool, parent: QWidget) -> None:
        super().__init__(t("Master IA keeps working"), parent=parent)
        self.add(Text(_where(has_tray=has_tray), wrap=True))
        self.add(
            Text(
                t(
                    "Messages go on arriving and campaigns go on sending. "
                    "To stop everything, use “Quit and stop the engine” ({key}).",
                    key="Ctrl+Q",
                ),
                wrap=True,
            )
        )
        self.add_button(t("Quit and stop the engine"), Kind.PLAIN, QUIT)
        self.close_button = self.add_button(t("Close the window"), Kind.PRIMARY, CLOSE)
        self.close_button.setFocus()


class ConfirmQuit(Confirm):
    """The engine is this desktop's own: with it everything stops."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            t("Quit and stop the engine?"),
            t(
                "Nothing is lost: what is being sent goes on where it stopped, and what customers write "
                "meanwhile arrives when you open Master IA again."
            ),
            verb=t("Quit and stop"),
            parent=parent,
        )


def _where(*, has_tray: bool) -> str:
    if has_tray:
        return t("The window closes, and the icon beside the clock opens it again.")
    return t("The window closes and the engine works on. Open Master IA again to see it.")
