"""A field that is edited where it is read: Enter or leaving it keeps, Esc gives the old text back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from desktop.widgets.fields import Field, TextField
from embedded_server.contract.words import t

_PRAISE_MS = 2500


class InPlace(Field):
    """``kept`` carries a new text once; what becomes of it comes back as :meth:`show_value` or an error."""

    kept = Signal(str)

    def __init__(self, label: str, placeholder: str = "") -> None:
        self.line = TextField(placeholder)
        super().__init__(label, self.line)
        self._value = self._sent = ""
        self._praise = QTimer(self, singleShot=True, interval=_PRAISE_MS)
        self._praise.timeout.connect(lambda: self.show_hint(""))
        self.line.installEventFilter(self)
        self.line.editingFinished.connect(self._keep)
        self.line.textEdited.connect(lambda _: self.clear_error())

    @property
    def is_dirty(self) -> bool:
        return self.line.text() != self._value

    def show_value(self, value: str, *, is_other: bool = False) -> None:
        """The text as it is kept. What somebody is typing stays, unless it ``is_other``: another contact."""
        was_dirty, self._value = self.is_dirty, value
        if is_other or not was_dirty or self.line.text() == self._sent:
            self.line.setText(value)
            self._sent = value
            self.clear_error()

    def praise(self) -> None:
        """It was kept."""
        self.show_hint(t("Saved"))
        self._praise.start()

    def let(self, *, edit: bool) -> None:
        self.line.setReadOnly(not edit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key()
        if pressed == Qt.Key.Key_Escape and (self.is_dirty or self.error):
            self._sent = self._value
            self.line.setText(self._value)
            self.clear_error()
            return True
        return super().eventFilter(watched, event)

    def show_error(self, text: str) -> None:
        super().show_error(text)
        # Asking again with the same text is allowed: the fault may be gone.
        self._sent = self._value

    def _keep(self) -> None:
        text = self.line.text().strip()
        if text not in (self._value, self._sent):
            self._sent = text
            self.kept.emit(text)
