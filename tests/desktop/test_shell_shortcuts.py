"""The registry of keys, the sheet that reads it, and the menu of the account."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from desktop.shell.account_menu import AccountMenu
from desktop.shell.preferences import LANGUAGE
from desktop.shell.shortcut_sheet import KeyCap, ShortcutSheet
from desktop.shell.shortcuts import SHORTCUTS
from desktop.shell.tray import SILENT
from desktop.widgets.menu import Menu
from desktop.widgets.text import Text
from embedded_server.contract.words import t
from tests.desktop.shell_kit import make_work, put_away

ALL_KEYS = [QKeySequence(keys) for one in SHORTCUTS.values() for keys in one.keys]


def test_no_key_means_two_things() -> None:
    written = [keys.toString() for keys in ALL_KEYS]

    assert "" not in written
    assert len(written) == len(set(written))


def test_altgr_stays_free_to_type_with() -> None:
    """On ABNT2 keyboards AltGr is Ctrl+Alt: AltGr+Q types a slash."""
    assert [keys.toString() for keys in ALL_KEYS if "Ctrl+Alt+" in keys.toString()] == []
    assert [keys.toString() for keys in ALL_KEYS if "Alt+Ctrl+" in keys.toString()] == []


def test_every_key_of_the_window_does_something(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        everywhere = {id_ for id_, one in SHORTCUTS.items() if one.group == SHORTCUTS["palette"].group}
        assert everywhere <= {command.id for command in surroundings.commands.available()}
        await put_away(surroundings, work)

    run_qt(scenario())


def test_f1_shows_every_key_in_its_group(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        assert surroundings.commands.run("help")
        sheet = work.findChild(ShortcutSheet)
        assert sheet.isVisible()
        assert len(sheet.findChildren(KeyCap)) == len(ALL_KEYS)
        words = {label.whole() for label in sheet.findChildren(Text)}
        assert {t(one.group) for one in SHORTCUTS.values()} <= words
        assert "Ir para Sala contacts" in words
        sheet.reject()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_the_account_says_who_one_is_and_what_is_chosen(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        menu = AccountMenu(surroundings)
        assert "Ana · Proprietário" in [action.text() for action in menu.actions()]
        chosen = [a.text() for part in menu.findChildren(Menu) for a in part.actions() if a.isChecked()]
        assert chosen == [t("Light theme"), "Português (Brasil)"]
        menu.deleteLater()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_language_and_silence_are_kept(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        menu = AccountMenu(surroundings)
        actions = {a.text(): a for part in menu.findChildren(Menu) for a in part.actions()}
        actions["English"].trigger()
        actions[t("None outside this window")].trigger()
        assert surroundings.preferences.text(LANGUAGE) == "en"
        assert surroundings.preferences.flag(SILENT)
        assert len(work.toasts.cards) == 1
        menu.deleteLater()
        await put_away(surroundings, work)

    run_qt(scenario())
