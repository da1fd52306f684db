"""Buttons, switches, segments, pagers, menus, dialogs and toasts, by mouse, by key and by ear."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QDialog, QLineEdit, QMenu, QWidget

from desktop.widgets import toast
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.dialog import Confirm, Dialog
from desktop.widgets.fields import Field, TextField
from desktop.widgets.layouts import column
from desktop.widgets.menu import Menu
from desktop.widgets.pager import CursorPager, Pager
from desktop.widgets.segmented import Segmented
from desktop.widgets.toast import ToastStack
from desktop.widgets.toggle import Toggle

Key = Qt.Key


def heard(signal) -> list:
    said: list = []
    signal.connect(said.append)
    return said


def test_an_icon_without_words_has_a_name_and_its_key_in_the_tooltip(qtbot) -> None:
    button = IconButton("bell", "Notificações", key="Ctrl+Shift+B")
    qtbot.addWidget(button)
    assert button.accessibleName() == "Notificações"
    assert "Notificações (Ctrl+Shift+B)" in button.toolTip()


def test_an_ampersand_in_a_button_is_no_shortcut(qtbot) -> None:
    button = Button("Silva & Filhos")
    qtbot.addWidget(button)
    assert button.shortcut().isEmpty()
    assert QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name) == "Silva & Filhos"


def test_a_switch_is_flipped_by_mouse_and_by_space(show, qtbot) -> None:
    toggle = show(Toggle("Agente ativo"), 60, 40)
    flips = heard(toggle.toggled)
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton)
    qtbot.keyClick(toggle, Key.Key_Space)
    assert flips == [True, False]
    assert toggle.accessibleName() == "Agente ativo"


def test_a_switch_that_is_set_says_nothing_and_a_busy_one_does_not_flip(show, qtbot) -> None:
    toggle = show(Toggle("Agente ativo"), 60, 40)
    flips = heard(toggle.toggled)
    toggle.set_on(True)
    toggle.set_busy(True)
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton)
    assert (flips, toggle.isChecked(), toggle.isEnabled()) == ([], True, False)
    toggle.set_busy(False)
    assert toggle.isEnabled()


@pytest.fixture
def segments() -> Segmented:
    return Segmented([("all", "Todos"), ("active", "Ativos"), ("inactive", "Inativos")])


def test_segments_are_walked_with_the_arrow_keys(segments, qtbot) -> None:
    chosen = heard(segments.chosen)
    segments.show()
    segments.activateWindow()
    segments._buttons["all"].setFocus()
    qtbot.waitUntil(segments._buttons["all"].hasFocus)
    qtbot.keyClick(segments._buttons["all"], Key.Key_Right)
    qtbot.keyClick(segments._buttons["active"], Key.Key_Right)
    qtbot.keyClick(segments._buttons["inactive"], Key.Key_Left)
    assert chosen == ["active", "inactive", "active"]
    assert segments.current() == "active"


def test_segments_that_are_set_say_nothing(segments) -> None:
    chosen = heard(segments.chosen)
    segments.choose("inactive")
    assert (chosen, segments.current()) == ([], "inactive")


def test_tab_leaves_the_segments(segments, show, qtbot) -> None:
    after, window = QLineEdit(), QWidget()
    window.setLayout(column(segments, after))
    show(window)
    segments.choose("active")
    window.activateWindow()
    qtbot.waitUntil(lambda: window.focusWidget() is segments._buttons["active"])
    qtbot.keyClick(window.focusWidget(), Key.Key_Tab)
    assert window.focusWidget() is after


def test_segments_count_in_the_numbers_of_the_language(segments) -> None:
    segments.count("all", 1218)
    assert segments._buttons["all"].text() == "Todos 1.218"
    segments.count("all", None)
    assert segments._buttons["all"].text() == "Todos"


def test_pages_are_turned_and_end_at_both_ends(qtbot) -> None:
    pager = Pager()
    qtbot.addWidget(pager)
    wanted = heard(pager.wanted)
    pager.show_page(2, 3)
    qtbot.keyClick(pager.forth, Key.Key_Space)
    qtbot.keyClick(pager.back, Key.Key_Space)
    assert wanted == [3, 1]
    pager.show_page(1, 0)
    assert (pager.back.isEnabled(), pager.forth.isEnabled()) == (False, False)


def test_a_page_says_which_of_how_many_it_is(qtbot) -> None:
    pager = Pager()
    qtbot.addWidget(pager)
    pager.show_page(9, 3)
    assert pager.words.whole() == "Página 3 de 3"


def test_long_lists_are_walked_without_numbers(qtbot) -> None:
    pager = CursorPager()
    qtbot.addWidget(pager)
    said: list[str] = []
    pager.older.connect(lambda: said.append("older"))
    pager.newer.connect(lambda: said.append("newer"))
    pager.forth.click()
    pager.allow(newer=True, older=True)
    pager.forth.click()
    pager.back.click()
    assert said == ["older", "newer"]


def test_a_menu_opens_without_waiting_and_goes_away_after_it_was_used(show, qtbot) -> None:
    button = show(Button("Mais"), 100, 40)
    done: list[str] = []
    menu = Menu()
    menu.add("Abrir", lambda: done.append("open"), "external-link", "Enter")
    menu.add("Excluir", lambda: done.append("delete"), "trash-2", danger=True)
    menu.popup_below(button)
    qtbot.keyClick(menu, Key.Key_Down)
    qtbot.keyClick(menu, Key.Key_Return)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert done == ["open"]
    assert button.findChildren(QMenu) == []


@pytest.fixture
def window(show) -> QWidget:
    return show(QWidget(), 1024, 640)


def test_a_dialog_answers_with_the_result_of_its_button(window, qtbot) -> None:
    dialog = Dialog("Novo contato", parent=window)
    name = TextField()
    dialog.add(Field("Nome", name))
    dialog.add_button("Apagar", result=7)
    dialog.add_button("Salvar", result=QDialog.DialogCode.Accepted)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.focusWidget() is name)
    dialog.buttons.itemAt(1).widget().click()
    assert dialog.result() == 7


def test_a_dialog_is_never_higher_than_the_screen(window) -> None:
    dialog = Dialog("Muitos campos", parent=window)
    for n in range(60):
        dialog.add(Field(f"Campo {n}", TextField()))
    dialog.open()
    assert dialog.height() < dialog.screen().availableGeometry().height()


@pytest.mark.parametrize(("danger", "result"), [(True, QDialog.Rejected), (False, QDialog.Accepted)])
def test_enter_means_the_safe_answer(window, qtbot, danger: bool, result: int) -> None:
    dialog = Confirm("Apagar?", "Isso não volta.", verb="Apagar", danger=danger, parent=window)
    dialog.open()
    qtbot.keyClick(dialog, Key.Key_Return)
    assert dialog.result() == result
    assert dialog.accessibleDescription() == "Isso não volta."


def test_escape_answers_no(window, qtbot) -> None:
    dialog = Confirm("Enviar?", "Para 312 contatos.", verb="Enviar", parent=window)
    dialog.open()
    qtbot.keyClick(dialog, Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected


@pytest.fixture
def toasts(window) -> ToastStack:
    return ToastStack(window)


def test_a_toast_offers_to_take_it_back_once(toasts, qtbot) -> None:
    undone: list[bool] = []
    toasts.show_toast("Conversa resolvida.", "good", lambda: undone.append(True))
    card = toasts.cards[0]
    qtbot.keyClick(card.undo_button, Key.Key_Space)
    card.take_back()
    assert undone == [True]
    assert toasts.cards == []


def test_a_toast_goes_by_itself_but_not_under_the_mouse(toasts, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(toast, "STAYS_MS", 30)
    toasts.show_toast("Salvo.")
    toasts.cards[0].hold()
    qtbot.wait(60)
    assert len(toasts.cards) == 1
    toasts.cards[0]._left = 10
    toasts.cards[0].start()
    qtbot.waitUntil(lambda: toasts.cards == [])
    assert not toasts.isVisible()


def test_an_offer_stays_longer_than_a_word(toasts) -> None:
    toasts.show_toast("Salvo.")
    toasts.show_toast("Excluído.", undo=lambda: None)
    assert [card._timer.interval() for card in toasts.cards] == [5000, 8000]


def test_what_is_said_twice_stands_once(toasts) -> None:
    toasts.show_toast("O motor não responde.", "bad")
    toasts.show_toast("O motor não responde.", "bad")
    assert len(toasts.cards) == 1


def test_toasts_stay_in_the_corner_and_few(toasts) -> None:
    for n in range(9):
        toasts.show_toast(f"Aviso {n}")
    assert [card.words for card in toasts.cards] == [f"Aviso {n}" for n in range(5, 9)]
    toasts.parentWidget().resize(800, 600)
    assert toasts.geometry().right() <= 800
    assert toasts.geometry().bottom() <= 600
    assert toasts.y() > 200


def test_escape_closes_the_newest_toast_and_undo_finds_its_offer(toasts, qtbot) -> None:
    undone: list[str] = []
    toasts.show_toast("Excluído.", undo=lambda: undone.append("delete"))
    toasts.show_toast("Salvo.")
    assert toasts.close_newest()
    assert toasts.undo_newest()
    assert not toasts.undo_newest()
    assert not toasts.close_newest()
    assert undone == ["delete"]
