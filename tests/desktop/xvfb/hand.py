"""What a person does: looks for words, waits until they are there, clicks and types."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QWidget,
)

from desktop.widgets.badge import Badge
from desktop.widgets.text import Text
from embedded_server.contract.words import t

Kind = TypeVar("Kind", bound=QWidget)

#: Seconds a person waits before giving up; the machine may have other work.
PATIENCE = 40.0
#: Looks at the screen after which one tries again, where that is offered: about four seconds.
_TURNS = 80


async def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Raises:
    AssertionError: it did not come true in time; says what was on the screen instead.
    """
    try:
        async with asyncio.timeout(seconds):
            turns = 0
            while not condition():
                await asyncio.sleep(0.05)
                turns += 1
                if turns % _TURNS == 0:
                    _try_again()
    except TimeoutError:
        raise AssertionError(f"{what} did not come in {seconds} s. On the screen: {read()}") from None


def _try_again() -> None:
    """What anybody does who is offered it: on a busy machine the engine may have been too slow once."""
    if (again := find_button(t("Try again"))) is not None:
        click(again)


def visible(kind: type[Kind], within: QWidget | None = None) -> Iterator[Kind]:
    """What is in sight of one kind, below ``within`` or anywhere a click can reach."""
    modal = QApplication.activeModalWidget()
    for widget in within.findChildren(kind) if within else QApplication.allWidgets():
        is_reached = within or modal is None or widget is modal or modal.isAncestorOf(widget)
        if isinstance(widget, kind) and widget.isVisible() and is_reached:
            yield widget


def find_button(words: str, within: QWidget | None = None) -> QAbstractButton | None:
    """By what is written on it or what a screen reader says."""
    for button in visible(QAbstractButton, within):
        said = (button.text().replace("&&", "&"), button.accessibleName())
        if words in said and button.isEnabled():
            return button
    return None


async def press(words: str, within: QWidget | None = None, seconds: float = PATIENCE) -> None:
    """Click the button that says this, once it is there and can be clicked."""
    await until(lambda: find_button(words, within), f"A button “{words}”", seconds)
    button = find_button(words, within)
    assert button is not None
    click(button)
    await asyncio.sleep(0.1)


def click(widget: QWidget, at: QPoint | None = None) -> None:
    """A click in the middle, or at a place in it."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())


async def fill(label: str, words: str, within: QWidget | None = None) -> None:
    """Type into the field with this label."""

    def editor() -> QWidget | None:
        editors = (one for kind in (QLineEdit, QPlainTextEdit) for one in visible(kind, within))
        return next((one for one in editors if one.accessibleName().split(",")[0] == label), None)

    await until(editor, f"A field “{label}”")
    found = editor()
    assert found is not None
    type_into(found, words)


def type_into(editor: QWidget, words: str) -> None:
    """Click there, take away what is there, and write."""
    click(editor.viewport() if isinstance(editor, QPlainTextEdit) else editor)
    if isinstance(editor, QLineEdit | QPlainTextEdit):
        editor.selectAll()
    write(editor, words)


def write(editor: QWidget, words: str) -> None:
    """Letter by letter; those no keyboard of Qt's tests has are sent as the system sends them."""
    for letter in words:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            key = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(editor, key)


async def choose_file(path: str) -> None:
    """In the dialog of files."""
    await until(lambda: any(visible(QFileDialog)), "A dialog of files")
    dialog = next(iter(visible(QFileDialog)))
    name = next(iter(visible(QLineEdit, dialog)))
    name.setText(path)
    QTest.keyClick(name, Qt.Key.Key_Return)
    await asyncio.sleep(0.1)


def click_row(table: QTableView, row: int) -> None:
    """The middle of a row."""
    rect = table.visualRect(table.model().index(row, 0))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def read() -> str:
    """All the words in sight, for who wonders why something did not come."""
    said = [text.whole() for text in visible(Text)] + [badge.text for badge in visible(Badge)]
    said += [button.text() for button in visible(QAbstractButton)]
    return " | ".join(dict.fromkeys(words for words in said if words))[:2000]


def sees(words: str) -> bool:
    """Somewhere in sight, in a text or a badge."""
    return any(words in text.whole() for text in visible(Text)) or any(
        words == badge.text for badge in visible(Badge)
    )


async def choose(label: str, words: str) -> None:
    """In a list that opens, the entry with these words in it."""

    def box() -> QComboBox | None:
        return next((one for one in visible(QComboBox) if one.accessibleName() == label), None)

    await until(box, f"A list “{label}”")
    found = box()
    assert found is not None
    place = next(n for n in range(found.count()) if words in found.itemText(n))
    while found.currentIndex() != place:
        step = Qt.Key.Key_Down if found.currentIndex() < place else Qt.Key.Key_Up
        QTest.keyClick(found, step)
        await asyncio.sleep(0.05)
