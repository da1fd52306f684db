"""What a screen is to the window, and what the window is to a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.shell.notices import Notices
from desktop.shell.preferences import Preferences
from desktop.shell.session import Session
from desktop.shell.shortcuts import Commands


class Navigator(QObject):
    """Leads from one screen to another without either knowing the other."""

    wanted = Signal(str, object)

    def go(self, screen: str, target: object = None) -> None:
        """Show a screen; ``target`` is what it should open, such as a contact's id."""
        self.wanted.emit(screen, target)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything a screen is given."""

    session: Session
    notices: Notices
    navigator: Navigator
    commands: Commands
    preferences: Preferences


class ScreenView(QWidget):
    """The widget of a screen. All of this is optional to answer."""

    def open(self, target: object) -> None:
        """Show this one thing, as :meth:`Navigator.go` asked."""

    def shown(self) -> None:
        """The person came to this screen."""

    def hidden(self) -> None:
        """The person left it."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One entry of the navigation rail. ``build`` runs when it is first shown.

    ``title`` is a message id. ``permission`` hides the screen from who may not use it.
    """

    name: str
    title: str
    icon: str
    build: Callable[[Surroundings], ScreenView]
    permission: str
    at_bottom: bool = False
