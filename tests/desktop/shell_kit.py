"""A window with stand-ins for its screens, for tests of the window itself."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.shell.screen import Screen, ScreenView, Surroundings
from desktop.shell.window import Window
from desktop.shell.workplace import Workplace

NAMES = {"inbox": "inbox", "contacts": "users", "campaigns": "megaphone", "channels": "plug"}


class StandIn(ScreenView):
    """A screen that writes down what the window asked of it."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.told: list[object] = []
        self.field = QLineEdit()
        self.field.setAccessibleName("Campo")
        QVBoxLayout(self).addWidget(self.field)

    def open(self, target: object) -> None:
        self.told.append(target)

    def shown(self) -> None:
        self.told.append("shown")

    def hidden(self) -> None:
        self.told.append("hidden")


def stand_ins() -> list[Screen]:
    return [
        Screen(name, f"Sala {name}", icon, StandIn, f"{name}.read", at_bottom=name == "channels")
        for name, icon in NAMES.items()
    ]


def make_work(around: Surroundings, show) -> tuple[Window, Workplace]:
    """A window on the screen with the page of this session in it."""
    window = Window(around.preferences)
    work = Workplace(around, stand_ins(), window)
    window.show_page(work)
    show(window)
    work.begin()
    return window, work


async def put_away(around: Surroundings, work: Workplace) -> None:
    """Leave as a person does: the page goes first, then the session."""
    window = work.window()
    work.leave()
    if isinstance(window, Window):
        window.show_page(QWidget())
    await asyncio.sleep(0.02)
    await around.session.close()
