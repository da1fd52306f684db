"""Fields: what is asked, what is wrong with the answer, and who hears it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QDateTime, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QPalette, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from desktop.widgets.checks import Check, Radio
from desktop.widgets.fields import Area, Field, Moment, Number, SearchField, Select, TextField
from desktop.widgets.layouts import column
from desktop.widgets.theme import CONTROL, theme
from tests.desktop.test_widgets_controls import heard

Key = Qt.Key


def test_what_is_wrong_is_shown_and_said(show) -> None:
    field = show(Field("Telefone", TextField(), hint="Com o DDD.", required=True), 300, 120)
    field.show_error("Faltam dígitos.")
    assert field.below.whole() == "Faltam dígitos."
    assert field.below.palette().color(QPalette.ColorRole.WindowText) == theme.color("red")
    spoken = QAccessible.queryAccessibleInterface(field.editor)
    assert spoken.text(QAccessible.Text.Name) == "Telefone, obrigatório"
    assert spoken.text(QAccessible.Text.Description) == "Faltam dígitos."
    assert field.editor.property("invalid")


def test_what_was_wrong_gives_room_to_the_hint_again(show) -> None:
    field = show(Field("Telefone", TextField(), hint="Com o DDD."), 300, 120)
    field.show_error("Faltam dígitos.")
    field.clear_error()
    assert (field.below.whole(), field.error) == ("Com o DDD.", "")
    assert field.editor.accessibleDescription() == "Com o DDD."
    assert not field.editor.property("invalid")


def test_fields_beside_each_other_begin_at_the_same_height(show) -> None:
    field = show(Field("Nome", TextField()), 300, 400)
    assert field.editor.y() < 40
    assert field.editor.height() == CONTROL


@pytest.mark.parametrize(
    "make",
    [TextField, lambda: SearchField("Buscar"), lambda: Select([(1, "Um")]), lambda: Number(1, 9), Moment],
)
def test_controls_of_one_line_are_of_one_height(show, make) -> None:
    widget = show(make(), 300, 200)
    assert widget.height() == CONTROL


def test_a_secret_is_masked_until_it_is_asked_for(qtbot) -> None:
    field = TextField(secret=True)
    qtbot.addWidget(field)
    assert field.echoMode() is QLineEdit.EchoMode.Password
    field._eye.trigger()
    assert field.echoMode() is QLineEdit.EchoMode.Normal
    assert field._eye.text() == "Ocultar"


def test_a_search_waits_for_the_last_key_and_says_the_same_once(qtbot) -> None:
    field = SearchField("Buscar")
    qtbot.addWidget(field)
    searched = heard(field.searched)
    for letter in "Ana":
        qtbot.keyClicks(field, letter)
    assert searched == []
    qtbot.waitUntil(lambda: searched == ["Ana"], timeout=1000)
    qtbot.keyClick(field, Key.Key_Return)
    qtbot.keyClick(field, Key.Key_Escape)
    qtbot.waitUntil(lambda: searched == ["Ana", ""], timeout=1000)


def test_enter_searches_at_once(qtbot) -> None:
    field = SearchField("Buscar")
    qtbot.addWidget(field)
    searched = heard(field.searched)
    qtbot.keyClicks(field, " Bruno ")
    qtbot.keyClick(field, Key.Key_Return)
    assert searched == ["Bruno"]


def test_one_of_a_list_is_chosen_by_key(show, qtbot) -> None:
    select = show(Select([("wa", "WhatsApp"), ("sms", "SMS"), (None, "Todos")]), 200, 40)
    chosen = heard(select.chosen)
    qtbot.keyClick(select, Key.Key_Down)
    assert (chosen, select.value()) == (["sms"], "sms")
    select.choose(None)
    assert (chosen, select.currentText()) == (["sms"], "Todos")
    with pytest.raises(ValueError, match="not in list"):
        select.choose("voice")


def test_what_was_chosen_stays_when_the_list_is_filled_anew(qtbot) -> None:
    select = Select([(1, "Um"), (2, "Dois")])
    qtbot.addWidget(select)
    select.choose(2)
    select.show_items([(3, "Três"), (2, "Dois")])
    assert select.value() == 2
    select.show_items([])
    assert select.value() is None


def test_scrolling_a_form_changes_nothing_in_it(show) -> None:
    at, down = QPointF(10, 10), QPoint(0, -120)
    none = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    for field in (Select([(1, "Um"), (2, "Dois")]), Number(1, 9, 5), Moment()):
        show(field, 200, 40)
        before = field.value() if not isinstance(field, Moment) else field.dateTime()
        turn = QWheelEvent(at, at, down, down, *none, Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(field, turn)
        assert before == (field.value() if not isinstance(field, Moment) else field.dateTime())


def test_tab_leaves_a_text_of_several_lines(show, qtbot) -> None:
    area, after, window = Area("Mensagem"), TextField(), QWidget()
    window.setLayout(column(area, after))
    show(window)
    area.setFocus()
    qtbot.keyClick(area, Key.Key_Tab)
    assert (area.toPlainText(), window.focusWidget()) == ("", after)


def test_days_and_numbers_are_written_as_in_the_language(qtbot) -> None:
    moment = Moment(QDateTime(2026, 11, 25, 9, 0, 0))
    number = Number(1, 1000, 20, unit="por minuto")
    for field in (moment, number):
        qtbot.addWidget(field)
    assert moment.text() == "25/11/2026 09:00"
    assert number.text() == "20 por minuto"


@pytest.mark.parametrize("kind", [Check, Radio])
def test_the_words_of_a_choice_can_be_pressed_and_wrap(show, qtbot, kind) -> None:
    choice = show(kind("A pessoa aceitou & quer receber mensagens da loja por este canal"), 220, 90)
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton, pos=choice.rect().center())
    assert choice.isChecked()
    assert choice.heightForWidth(160) > choice.heightForWidth(800)
    assert choice.accessibleName().startswith("A pessoa aceitou & quer")


def test_a_choice_is_made_by_space(show, qtbot) -> None:
    check = show(Check("Repetir"), 200, 40)
    qtbot.keyClick(check, Key.Key_Space)
    assert check.isChecked()
