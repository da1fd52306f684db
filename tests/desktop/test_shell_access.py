"""Every screen without a mouse and without eyes: all can be reached by Tab, and all has a name."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from desktop.app import SCREENS
from desktop.shell.screen import Surroundings
from desktop.shell.window import Window
from desktop.shell.workplace import Workplace
from tests.desktop.shell_kit import put_away
from tests.fakes import inbound, world
from tests.fakes.on_screen import in_use
from tests.fakes.poll import until

_INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
)
#: More steps than any screen has controls.
_LONGEST_WAY = 300


@pytest.fixture
def furnished(server, shop) -> None:
    """A company in which every screen has something to show."""
    channel = server.run(world.make_channel, server.engine, shop)
    server.run(world.make_contacts, server.engine, shop, world.phones(3))
    server.run(world.make_campaign, server.engine, shop, channel)
    server.run(inbound.receive, server.engine, shop, channel, inbound.written("Vocês abrem hoje?"))


async def opened(around: Surroundings, show, name: str) -> Workplace:
    window = Window(around.preferences)
    work = Workplace(around, SCREENS, window)
    window.show_page(work)
    show(window)
    work.begin()
    work.show_screen(name)
    await asyncio.sleep(0.05)
    await in_use(window)
    await until(lambda: not [one for one in work.view(name).findChildren(QWidget) if _is_skeleton(one)])
    return work


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("name", [screen.name for screen in SCREENS])
def test_dx_49_everything_that_takes_the_focus_has_a_name(run_qt, show, surroundings, name) -> None:
    async def scenario() -> None:
        work = await opened(surroundings, show, name)
        nameless = [_whose(one) for one in work.findChildren(QWidget) if _is_met(one) and not _name(one)]
        assert nameless == []
        await put_away(surroundings, work)

    run_qt(scenario())


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("name", [screen.name for screen in SCREENS])
def test_dx_49_everything_is_reached_by_tab(run_qt, show, surroundings, name) -> None:
    async def scenario() -> None:
        work = await opened(surroundings, show, name)
        missed = [_whose(one) for one in _controls(work) if one not in walked(work)]
        assert missed == []
        await put_away(surroundings, work)

    run_qt(scenario())


def test_the_ring_of_the_focus_is_seen_on_the_rail(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        work = await opened(surroundings, show, "channels")
        button = work.rail.buttons()[1]
        before = button.grab().toImage()
        button.setFocus(Qt.FocusReason.TabFocusReason)
        assert button.grab().toImage() != before
        QTest.keyClick(button, Qt.Key.Key_Down)
        assert work.rail.buttons()[2].hasFocus()
        await put_away(surroundings, work)

    run_qt(scenario())


def walked(work: Workplace) -> set[QWidget]:
    """Where Tab leads, from the rail until it comes round."""
    work.rail.buttons()[0].setFocus(Qt.FocusReason.TabFocusReason)
    met: list[QWidget] = []
    for _ in range(_LONGEST_WAY):
        here = QApplication.focusWidget()
        if here is None or (met and here is met[0]):
            break
        met.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
    return set(met)


def _controls(work: Workplace) -> list[QWidget]:
    """What a mouse could use; of a group of choices the chosen one, from which arrows lead to the others."""
    found = [one for one in work.findChildren(QWidget) if isinstance(one, _INTERACTIVE) and _is_seen(one)]
    return [one for one in found if not _is_inner(one) and not _is_other_choice(one)]


def _is_met(widget: QWidget) -> bool:
    return _is_seen(widget) and widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not _is_inner(widget)


def _is_seen(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty()


def _is_inner(widget: QWidget) -> bool:
    """A part of a control, which lends it its own focus: the line of a spin box, the header of a table."""
    parent = widget.parentWidget()
    if isinstance(parent, QComboBox | QAbstractSpinBox | QAbstractItemView):
        return True
    return widget.objectName().startswith("qt_") or (parent is not None and parent.focusProxy() is widget)


def _is_other_choice(widget: QWidget) -> bool:
    if not isinstance(widget, QAbstractButton) or not widget.isCheckable() or widget.isChecked():
        return False
    group = widget.group()
    return group is not None and group.exclusive()


def _name(widget: QWidget) -> str:
    told = QAccessible.queryAccessibleInterface(widget)
    return str(told.text(QAccessible.Text.Name)) if told else ""


def _whose(widget: QWidget) -> str:
    line = widget.parentWidget()
    above = type(line).__name__ if line else ""
    return f"{type(widget).__module__}.{type(widget).__name__} in {above}: {_name(widget)}"


def _is_skeleton(widget: QWidget) -> bool:
    return type(widget).__name__ == "Skeleton" and widget.isVisible()
