"""Tables: Qt's rules are kept, rows are opened by mouse and by key, and read by who cannot see them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from desktop.widgets.cells import MUTED, STRONG, BadgeCell, BadgesCell, NameCell, ProgressCell
from desktop.widgets.rows_model import Role
from desktop.widgets.table import Column, RowsModel, Table, framed
from desktop.widgets.theme import Mode, theme
from embedded_server.contract.labels import Color, Label
from tests.desktop.test_widgets_controls import heard

Key = Qt.Key


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    phone: str = field(default="+55 31 98888-1234", repr=False)
    done: int = 3


COLUMNS = [
    Column[Person]("Nome", lambda p: p.name, stretch=2, cell=NameCell(lambda p: p.phone, avatar=True)),
    Column[Person]("Telefone", lambda p: p.phone, cell=MUTED, tip=lambda p: f"<b>{p.phone}", drops_below=500),
    Column[Person]("Estado", lambda _: "Ativo", width=120, cell=BadgeCell(lambda _: BUSY)),
    Column[Person]("Etiquetas", lambda _: "VIP", width=90, cell=BadgesCell(lambda _: TAGS)),
    Column[Person]("Feito", lambda p: f"{p.done} / 9", width=160, cell=ProgressCell(lambda p: (p.done, 9))),
    Column[Person]("Total", lambda p: str(p.done), width=80, right=True, cell=STRONG),
]
BUSY = Label("Active", Color.BLUE, "send", pulses=True)
TAGS = [("VIP", Color.YELLOW), ("Orçamento", Color.BLUE), ("Atacado", Color.PURPLE)]


def people(count: int) -> list[Person]:
    return [Person(n, f"Cliente {n}") for n in range(count)]


@pytest.fixture
def model() -> RowsModel[Person]:
    made = RowsModel(COLUMNS, key=lambda person: person.id)
    made.replace_all(people(5))
    return made


@pytest.fixture
def table(model, show) -> Table:
    made = Table(row_height=56)
    made.show_rows(model)
    return show(made, 900, 500)


def test_the_model_obeys_the_rules_of_qt(qapp) -> None:
    model = RowsModel(COLUMNS, key=lambda person: person.id)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.replace_all(people(3))
    model.append(people(5))
    model.upsert(Person(1, "Outra"))
    model.upsert(Person(9, "Nova"), on_top=True)
    model.remove(2)
    model.remove(2)
    model.replace_all([])
    model.append(people(2))
    assert model.rows == tuple(people(2))


def test_keys_find_their_rows_after_every_change(model) -> None:
    model.upsert(Person(9, "Nova"), on_top=True)
    model.remove(1)
    assert [model.place(key) for key in (9, 0, 1, 4)] == [0, 1, None, 4]
    assert model.find(9) == Person(9, "Nova")
    assert model.find(77) is None


def test_the_same_rows_again_tell_only_what_changed(model) -> None:
    resets, changes = [], []
    model.modelReset.connect(lambda: resets.append(True))
    model.dataChanged.connect(lambda top, bottom, *_: changes.append((top.row(), bottom.column())))
    rows = people(5)
    rows[3] = replace(rows[3], name="Mudou")
    model.replace_all(rows)
    assert (resets, changes) == ([], [(3, len(COLUMNS) - 1)])


def test_a_row_is_opened_by_click_and_by_enter(table, qtbot) -> None:
    opened = heard(table.opened)
    where = table.visualRect(table.model().index(2, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.keyClick(table, Key.Key_Down)
    qtbot.keyClick(table, Key.Key_Return)
    assert opened == [2, 3]


def test_the_arrow_keys_home_and_end_walk_the_rows(table, qtbot) -> None:
    table.select_key(2)
    qtbot.keyClick(table, Key.Key_Up)
    assert table.selected_keys() == [1]
    qtbot.keyClick(table, Key.Key_End)
    assert table.selected_keys() == [4]
    qtbot.keyClick(table, Key.Key_Home)
    assert table.current_key() == 0


def test_several_rows_are_selected_where_that_is_asked_for(model, show, qtbot) -> None:
    table = Table(multiple=True)
    table.show_rows(model)
    show(table)
    opened, selected = heard(table.opened), []
    table.selected.connect(lambda: selected.append(len(table.selected_keys())))
    qtbot.keyClick(table, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    where = table.visualRect(table.model().index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert selected[0] == 5
    assert opened == [1]


def test_what_was_selected_stays_so_when_the_rows_are_loaded_again(table, model) -> None:
    table.select_key(3)
    model.replace_all([Person(7, "Nova"), *people(5)])
    assert table.selected_keys() == [3]
    assert table.current_key() == 3
    model.replace_all(people(2))
    assert table.selected_keys() == []


def test_a_row_says_what_its_cells_show(table) -> None:
    said = table.model().index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Telefone: +55 31 98888-1234"
    spoken = QAccessible.queryAccessibleInterface(table)
    names = [spoken.child(n).text(QAccessible.Text.Name) for n in range(spoken.childCount())]
    assert said in names
    assert "Nome: Cliente 4" in names


def test_a_tooltip_is_never_taken_for_markup(table) -> None:
    assert "&lt;b&gt;" in table.model().index(0, 1).data(Qt.ItemDataRole.ToolTipRole)


def test_the_columns_fill_the_width_and_some_give_way_on_a_narrow_one(table) -> None:
    assert table.horizontalHeader().length() == table.viewport().width()
    assert not table.isColumnHidden(1)
    table.resize(480, 500)
    assert table.isColumnHidden(1)
    table.resize(900, 500)
    assert table.horizontalHeader().length() == table.viewport().width()


def test_the_end_is_announced_before_it_is_reached(table, model, qtbot) -> None:
    near = []
    table.near_end.connect(lambda: near.append(True))
    model.append(people(200))
    bar = table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 5000)
    near.clear()
    bar.setValue(bar.maximum() // 2)
    assert near == []
    bar.setValue(bar.maximum() - 60)
    assert near == [True]


def test_the_menu_key_asks_for_the_menu_of_the_current_row(table) -> None:
    asked = []
    table.menu_wanted.connect(lambda key, where: asked.append((key, where)))
    table.select_key(2)
    row = table.visualRect(table.model().index(2, 0))
    spot = table.viewport().mapToGlobal(row.bottomLeft())
    by_key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(table.viewport(), by_key)
    assert asked[-1] == (2, spot)


def test_the_row_that_has_the_focus_wears_the_ring(table, qtbot) -> None:
    table.activateWindow()
    table.setFocus()
    table.select_key(2)
    qtbot.waitUntil(table.hasFocus)
    top = table.visualRect(table.model().index(2, 0)).top()
    assert table.viewport().grab().toImage().pixelColor(300, top + 1) == theme.color("ring")


def test_a_pulsing_badge_is_painted_again_only_while_it_is_seen(table, qtbot) -> None:
    beat = table.itemDelegate()._beat
    table.grab()
    assert beat.is_running
    table.hide()
    qtbot.waitUntil(lambda: not beat.is_running)


def test_a_hundred_thousand_rows_move_at_once(show, run_qt) -> None:
    """The watch of ``run_qt`` fails the test when the window stands still."""

    async def scenario() -> None:
        table.select_key(50_000)
        table.scrollTo(model.index(90_000, 0))
        table.grab()
        table.selectionModel().select(model.index(5, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect)

    model = RowsModel(COLUMNS, key=lambda person: person.id)
    model.replace_all(people(100_000))
    table = Table()
    table.show_rows(model)
    frame = show(framed(table))
    assert frame.layout().count() == 1
    run_qt(scenario())


def test_every_column_names_itself_and_keeps_its_row(model) -> None:
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert titles == [column.title for column in COLUMNS]
    assert model.index(2, 0).data(Role.ROW) == Person(2, "Cliente 2")


def test_a_table_that_is_open_follows_the_theme(show) -> None:
    table = Table()
    table.show_rows(RowsModel(COLUMNS, key=lambda person: person.id))
    show(table, 600, 300)

    for mode in (Mode.DARK, Mode.LIGHT):
        theme.use(mode)
        assert table.viewport().grab().toImage().pixelColor(300, 200) == theme.color("bg")
