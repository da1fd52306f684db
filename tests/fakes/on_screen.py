"""What a person could read on the screen, and what a screen reader could say."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit, QWidget

from tests.fakes.poll import until


async def in_use(window: QWidget) -> None:
    """Bring a window to the front, as often as another that just closes takes the place from it."""

    def is_in_front() -> bool:
        if not window.isActiveWindow():
            window.activateWindow()
        return window.isActiveWindow()

    await until(is_in_front)


def words_of(top: QWidget) -> str:
    """Every text of a widget and of everything in it, hidden parts and tooltips too."""
    return "\n".join(word for widget in (top, *top.findChildren(QWidget)) for word in _words(widget) if word)


def _words(widget: QWidget) -> Iterator[str]:
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    yield widget.windowTitle()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield from (widget.displayText(), widget.placeholderText())
    elif isinstance(widget, QPlainTextEdit):
        yield widget.toPlainText()
