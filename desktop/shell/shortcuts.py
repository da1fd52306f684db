"""The one registry of keys: the palette, the F1 sheet, tooltips and tests read it; nothing else binds keys.

On Brazilian keyboards AltGr is Ctrl+Alt and types "/" and "?", so Ctrl+Alt with a letter is never bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from embedded_server.contract.words import mark, t


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A command a person can call by name or by key. ``title`` and ``group`` are message ids.

    ``keys`` may be empty: then it is in the palette alone.
    """

    title: str
    group: str
    keys: tuple[str, ...] = ()


_ANYWHERE, _INBOX, _LISTS = mark("Anywhere"), mark("Conversations"), mark("Lists")

SHORTCUTS: dict[str, Shortcut] = {
    "palette": Shortcut(mark("Search and commands"), _ANYWHERE, ("Ctrl+K",)),
    "help": Shortcut(mark("Keyboard shortcuts"), _ANYWHERE, ("F1",)),
    "bell": Shortcut(mark("Notifications"), _ANYWHERE, ("Ctrl+Shift+B",)),
    "account": Shortcut(mark("Account and settings"), _ANYWHERE, ("Ctrl+,",)),
    "devices": Shortcut(mark("My devices"), _ANYWHERE),
    "undo": Shortcut(mark("Undo what was just done"), _ANYWHERE, ("Ctrl+Z",)),
    "quit": Shortcut(mark("Quit and stop the engine"), _ANYWHERE, ("Ctrl+Q",)),
    "theme.light": Shortcut(mark("Light theme"), _ANYWHERE),
    "theme.dark": Shortcut(mark("Dark theme"), _ANYWHERE),
    "theme.system": Shortcut(mark("Theme of the system"), _ANYWHERE),
    "sign_out": Shortcut(mark("Sign out"), _ANYWHERE),
    "screen.1": Shortcut(mark("Section 1"), _ANYWHERE, ("Ctrl+1",)),
    "screen.2": Shortcut(mark("Section 2"), _ANYWHERE, ("Ctrl+2",)),
    "screen.3": Shortcut(mark("Section 3"), _ANYWHERE, ("Ctrl+3",)),
    "screen.4": Shortcut(mark("Section 4"), _ANYWHERE, ("Ctrl+4",)),
    "reload": Shortcut(mark("Load again"), _LISTS, ("F5",)),
    "search": Shortcut(mark("Search in this list"), _LISTS, ("Ctrl+F",)),
    "new": Shortcut(mark("New"), _LISTS, ("Ctrl+N",)),
    "inbox.next": Shortcut(mark("Next conversation"), _INBOX, ("Alt+Down", "Ctrl+PgDown")),
    "inbox.previous": Shortcut(mark("Previous conversation"), _INBOX, ("Alt+Up", "Ctrl+PgUp")),
    "inbox.next_unread": Shortcut(mark("Next unread conversation"), _INBOX, ("Ctrl+Shift+Down",)),
    "inbox.reply": Shortcut(mark("Reply"), _INBOX, ("Alt+L",)),
    "inbox.note": Shortcut(mark("Internal note"), _INBOX, ("Alt+P",)),
    "inbox.resolve": Shortcut(mark("Resolve"), _INBOX, ("Ctrl+Shift+E",)),
    "inbox.resolve_next": Shortcut(mark("Resolve and go to the next"), _INBOX, ("Ctrl+Shift+Return",)),
    "inbox.assign": Shortcut(mark("Assign"), _INBOX, ("Ctrl+Shift+A",)),
    "inbox.unread": Shortcut(mark("Mark as unread"), _INBOX, ("Ctrl+U",)),
    "inbox.emoji": Shortcut(mark("Emoji"), _INBOX, ("Ctrl+E",)),
    "inbox.panel": Shortcut(mark("Contact panel"), _INBOX, ("Ctrl+.",)),
}


@dataclass(frozen=True, slots=True)
class Command:
    """A shortcut that does something now."""

    id: str
    shortcut: Shortcut
    action: QAction

    @property
    def title(self) -> str:
        return self.action.text()


class Commands(QObject):
    """Which shortcuts do something, and what. ``changed`` follows every binding and unbinding."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bound: dict[str, list[QAction]] = {}

    def bind(self, id_: str, widget: QWidget, run: Callable[[], object], *, title: str = "") -> QAction:
        """Let a shortcut act while ``widget`` (and what is in it) is in view; the last bound in view wins.

        Raises:
            KeyError: the registry has no such shortcut.
        """
        shortcut = SHORTCUTS[id_]
        action = QAction(title or t(shortcut.title), widget)
        action.setShortcuts([QKeySequence(keys) for keys in shortcut.keys])
        top = widget.isWindow()
        context = Qt.ShortcutContext
        action.setShortcutContext(context.WindowShortcut if top else context.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda *_: run())
        widget.addAction(action)
        self._bound.setdefault(id_, []).append(action)
        bound = self._bound
        action.destroyed.connect(lambda *_: bound[id_].remove(action) if action in bound[id_] else None)
        self.changed.emit()
        return action

    def available(self) -> Iterator[Command]:
        """What can be called right now, in the order of the registry."""
        for id_, shortcut in SHORTCUTS.items():
            live = [action for action in self._bound.get(id_, ()) if _is_in_view(action)]
            if live:
                yield Command(id_, shortcut, live[-1])

    def run(self, id_: str) -> bool:
        """Call by name; whether there was something to call."""
        command = next((command for command in self.available() if command.id == id_), None)
        if command is not None:
            command.action.trigger()
        return command is not None


def key_text(id_: str) -> str:
    """The first key of a shortcut as a person reads it, for tooltips; empty when it has none."""
    keys = SHORTCUTS[id_].keys
    return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""


def _is_in_view(action: QAction) -> bool:
    owner = action.parent()
    return action.isEnabled() and isinstance(owner, QWidget) and owner.isVisible()
