"""One of a few: filters and modes that fit on one line, with how many there are behind each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QPushButton

from desktop.widgets.layouts import row
from embedded_server.contract.words import number


class Segmented(QFrame):
    """``chosen`` follows the person, not :meth:`choose`. Arrow keys move within, Tab leaves."""

    chosen = Signal(str)

    def __init__(self, items: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.setProperty("segmented", True)
        self._texts = dict(items)
        self._buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._build()
        self._group.buttonToggled.connect(self._let_tab_in)
        self._group.buttonClicked.connect(lambda _: self.chosen.emit(self.current()))

    def current(self) -> str:
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def choose(self, key: str) -> None:
        """Raises KeyError when there is no such segment."""
        self._buttons[key].setChecked(True)

    def count(self, key: str, n: int | None) -> None:
        """Show a number behind the words, or none."""
        words = self._texts[key] if n is None else f"{self._texts[key]} {number(n)}"
        self._buttons[key].setText(words.replace("&", "&&"))
        self._buttons[key].setAccessibleName(words)

    def _build(self) -> None:
        layout = row(gap="")
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(2)
        for key, text in self._texts.items():
            button = QPushButton(text.replace("&", "&&"))
            button.setCheckable(True)
            button.setProperty("segment", True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAccessibleName(text)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._group.addButton(button)
            self._buttons[key] = button
            layout.addWidget(button)
        first = next(iter(self._buttons.values()))
        first.setChecked(True)
        first.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setLayout(layout)

    def _let_tab_in(self, button: QAbstractButton, checked: bool) -> None:
        """Tab stops at the chosen one only; from there the arrow keys lead on."""
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus if checked else Qt.FocusPolicy.NoFocus)
