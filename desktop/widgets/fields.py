"""Fields of forms: the label above, the hint or what is wrong below, both told to screen readers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent, QTextCharFormat, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QStyledItemDelegate,
    QToolButton,
    QWidget,
)

from desktop.widgets.checks import Check, Radio
from desktop.widgets.icons import icon, pixmap
from desktop.widgets.layouts import TopDown
from desktop.widgets.text import Text
from desktop.widgets.theme import SPACE, theme
from embedded_server.contract.words import spoken, t

__all__ = ["Area", "Check", "Field", "Moment", "Number", "Radio", "SearchField", "Select", "TextField"]

DEBOUNCE_MS = 200
_ICON = 16
#: From the edge of a field to its icon.
_INSET = 12


class Field(QWidget):
    """A label above an editor, and a line below for help or for what is wrong."""

    def __init__(self, label: str, editor: QWidget, *, hint: str = "", required: bool = False) -> None:
        super().__init__()
        self.editor = editor
        self._name, self._hint = label, hint
        self.label = Text(f"{label} *" if required else label, "strong")
        self.below = Text(hint, "small", wrap=True)
        whole = TopDown()
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(SPACE["xs"])
        for part in (self.label, editor, self.below):
            whole.addWidget(part)
        self.setLayout(whole)
        self.setFocusProxy(editor)
        self.error = ""
        editor.setAccessibleName(t("{field}, required", field=label) if required else label)
        self.clear_error()

    def show_error(self, text: str) -> None:
        self._show(text, is_wrong=bool(text))

    def clear_error(self) -> None:
        self._show(self._hint, is_wrong=False)

    def show_hint(self, hint: str) -> None:
        self._hint = hint
        if not self.error:
            self.clear_error()

    def _show(self, text: str, *, is_wrong: bool) -> None:
        self.error = text if is_wrong else ""
        self.below.recolor("red" if is_wrong else "mute")
        self.below.show_text(text)
        self.below.setVisible(bool(text))
        self.editor.setAccessibleDescription(text)
        self.editor.setProperty("invalid", is_wrong)
        self.editor.style().unpolish(self.editor)
        self.editor.style().polish(self.editor)


class TextField(QLineEdit):
    """One line. A secret one is masked, with an eye to look at it."""

    def __init__(self, placeholder: str = "", *, secret: bool = False) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self._eye: QAction | None = None
        if secret:
            self._eye = QAction(t("Show"), self)
            self._eye.triggered.connect(lambda: self._mask(masked=not self._is_masked()))
            self.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
            self._mask(masked=True)
            theme.changed.connect(self._tint)

    def _tint(self) -> None:
        self._mask(masked=self._is_masked())

    def _is_masked(self) -> bool:
        return self.echoMode() is QLineEdit.EchoMode.Password

    def _mask(self, *, masked: bool) -> None:
        mode = QLineEdit.EchoMode.Password if masked else QLineEdit.EchoMode.Normal
        self.setEchoMode(mode)
        if self._eye:
            self._eye.setIcon(icon("eye" if masked else "eye-off", "mute", _ICON))
            self._eye.setText(t("Show") if masked else t("Hide"))


class SearchField(QLineEdit):
    """``searched`` comes 200 ms after the last key, at once with Enter, and once for the same words."""

    searched = Signal(str)

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self._said = ""
        self._late = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._late.timeout.connect(self._say)
        self._clear = QAction(t("Clear"), self)
        self.setTextMargins(_ICON + 4, 0, 0, 0)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self._clear.triggered.connect(self.clear)
        self.textChanged.connect(self._on_text)
        self.returnPressed.connect(self._say)
        self._on_text("")
        self._tint()
        theme.changed.connect(self._tint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _on_text(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self._late.start()

    def _say(self) -> None:
        self._late.stop()
        if (words := self.text().strip()) != self._said:
            self._said = words
            self.searched.emit(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_icon(self, "search", _INSET)

    def _tint(self) -> None:
        self._clear.setIcon(icon("x", "mute", _ICON))


class Select(QComboBox):
    """One of a list of values. ``chosen`` follows the person, not :meth:`choose`."""

    chosen = Signal(object)

    def __init__(self, items: Sequence[tuple[object, str]] = ()) -> None:
        super().__init__()
        self._values: list[object] = []
        # Only this kind of delegate follows the style sheet.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.show_items(items)
        self.activated.connect(lambda _: self.chosen.emit(self.value()))
        theme.changed.connect(self.update)

    def show_items(self, items: Sequence[tuple[object, str]]) -> None:
        """Replace what can be chosen; the chosen value stays if it is still among them."""
        had, chosen = self.count() > 0, self.value()
        self.clear()
        self._values = [value for value, _ in items]
        self.addItems([text for _, text in items])
        if had and chosen in self._values:
            self.choose(chosen)

    def value(self) -> object:
        """The chosen one, or None where nothing can be chosen."""
        index = self.currentIndex()
        return self._values[index] if 0 <= index < len(self._values) else None

    def choose(self, value: object) -> None:
        """Raises ValueError when it is not in the list."""
        self.setCurrentIndex(self._values.index(value))

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling a form must not change what is in it.
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_icon(self, "chevron-down", self.width() - _ICON - _INSET)


class Area(QPlainTextEdit):
    """Several lines; Tab leaves it instead of being written."""

    def __init__(self, placeholder: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)


class Number(QSpinBox):
    """A whole number between two bounds, by typing, arrow keys or the small arrows at the right."""

    def __init__(self, lowest: int, highest: int, value: int | None = None, *, unit: str = "") -> None:
        super().__init__()
        self.setRange(lowest, highest)
        self.setValue(lowest if value is None else value)
        self.setGroupSeparatorShown(True)
        self.lineEdit().setTextMargins(_INSET - 2, 0, 0, 0)
        self.setSuffix(f" {unit}" if unit else "")
        theme.changed.connect(self.update)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling a form must not change what is in it.
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        left = self.width() - _ICON - _INSET
        for name, middle in (("chevron-up", 0.33), ("chevron-down", 0.67)):
            _paint_icon(self, name, left, middle=middle, size=14)


class Moment(QDateTimeEdit):
    """A day and a time on this machine's clock, with a calendar to choose from."""

    def __init__(self, moment: QDateTime | None = None) -> None:
        super().__init__(moment or QDateTime.currentDateTime())
        self.setCalendarPopup(True)
        self.setDisplayFormat("yyyy-MM-dd HH:mm" if spoken() == "en" else "dd/MM/yyyy HH:mm")
        self.calendarWidget().setLocale(QLocale(spoken()))
        self._tint()
        theme.changed.connect(self._tint)

    def _tint(self) -> None:
        calendar = self.calendarWidget()
        plain = QTextCharFormat()
        plain.setForeground(theme.color("text"))
        for weekday in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            calendar.setWeekdayTextFormat(weekday, plain)
        plain.setForeground(theme.color("mute"))
        calendar.setHeaderTextFormat(plain)
        for name, picture in (("prev", "chevron-left"), ("next", "chevron-right")):
            button = calendar.findChild(QToolButton, f"qt_calendar_{name}month")
            if button is not None:
                button.setIcon(icon(picture, "text", _ICON))
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling a form must not change what is in it.
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_icon(self, "calendar", self.width() - _ICON - _INSET)


def _paint_icon(widget: QWidget, name: str, left: int, *, middle: float = 0.5, size: int = _ICON) -> None:
    top = round(widget.height() * middle - size / 2)
    QPainter(widget).drawPixmap(left, top, pixmap(name, "mute", size))
