"""The menu behind the gear: who is signed in, how the window looks and speaks, and the ways out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction

from desktop.shell.preferences import LANGUAGE
from desktop.shell.screen import Surroundings
from desktop.shell.shortcuts import SHORTCUTS, key_text
from desktop.shell.tray import NIGHT, SILENT, SILENT_AT_NIGHT
from desktop.widgets.icons import icon
from desktop.widgets.menu import Menu
from desktop.widgets.theme import Mode, theme
from embedded_server.contract.labels import text
from embedded_server.contract.words import spoken, t

#: Each language is written in itself, so that who chose the wrong one finds the way back.
_LANGUAGES = {"pt_BR": "Português (Brasil)", "en": "English"}
_MODES = {Mode.LIGHT: "sun", Mode.DARK: "moon", Mode.SYSTEM: "monitor"}


@dataclass(frozen=True, slots=True)
class Part:
    """A submenu's title and icon."""

    title: str
    icon: str


class AccountMenu(Menu):
    """Made anew for each showing. What has a shortcut is called by it, so there is one way of doing it."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._head()
        self._theme(Part(t("Theme"), "sun-moon"))
        self._language(Part(t("Language"), "languages"))
        self._notifications(Part(t("Notifications"), "bell"))
        self.addSeparator()
        for id_, picture in (("devices", "smartphone"), ("help", "keyboard")):
            self._command(id_, picture)
        self.addSeparator()
        self._command("sign_out", "log-out")
        self._command("quit", "power")

    def _head(self) -> None:
        me = self._around.session.me
        head = self.add(f"{me.name} · {text(me.role)}", lambda: None, icon="circle-user")
        head.setEnabled(False)
        self.addSeparator()

    def _theme(self, part: Part) -> None:
        menu = self._submenu(part)
        for mode, picture in _MODES.items():
            id_ = f"theme.{mode}"
            action = menu.add(t(SHORTCUTS[id_].title), self._run(id_), icon=picture)
            _check(action, is_on=theme.mode is mode)

    def _language(self, part: Part) -> None:
        menu = self._submenu(part)
        for code, name in _LANGUAGES.items():
            _check(menu.add(name, self._speak(code)), is_on=spoken() == code)

    def _notifications(self, part: Part) -> None:
        menu = self._submenu(part)
        from_, until = NIGHT
        night = t("None between {from_} and {until} o'clock", from_=from_, until=until)
        for name, title in ((SILENT, t("None outside this window")), (SILENT_AT_NIGHT, night)):
            is_on = self._around.preferences.flag(name)
            _check(menu.add(title, self._flip(name, to=not is_on)), is_on=is_on)

    def _submenu(self, part: Part) -> Menu:
        menu = Menu(self)
        menu.setTitle(part.title)
        menu.setIcon(icon(part.icon, "text", 18))
        self.addMenu(menu)
        return menu

    def _command(self, id_: str, picture: str) -> None:
        self.add(t(SHORTCUTS[id_].title), self._run(id_), icon=picture, key=key_text(id_))

    def _run(self, id_: str) -> Callable[[], object]:
        return lambda: self._around.commands.run(id_)

    def _flip(self, name: str, *, to: bool) -> Callable[[], object]:
        return lambda: self._around.preferences.keep(name, to)

    def _speak(self, code: str) -> Callable[[], object]:
        def chosen() -> None:
            self._around.preferences.keep(LANGUAGE, code)
            if code != spoken():
                self._around.notices.toast(t("The language changes when you open Master IA again."))

        return chosen


def _check(action: QAction, *, is_on: bool) -> None:
    action.setCheckable(True)
    action.setChecked(is_on)
