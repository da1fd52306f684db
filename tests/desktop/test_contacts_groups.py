"""Tags and segments against the real server: made, changed, counted while they are written, removed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.contacts.groups.condition_row import ConditionRow
from desktop.contacts.groups.conditions import Condition
from desktop.contacts.groups.groups_model import Kind
from desktop.contacts.groups.segment_dialog import SegmentDialog
from desktop.contacts.groups.tags_dialog import TagsDialog
from desktop.widgets.dialog import Confirm
from engine.contacts import NewContact
from tests.desktop.contacts_desk import arrange, desk, make_segment, make_tag, people, type_into
from tests.fakes.poll import until

LEFT = Qt.MouseButton.LeftButton


def test_tags_are_made_renamed_and_given_a_color(run_qt, surroundings, server, shop, show) -> None:
    arrange(server, shop, NewContact("Ana", tag_ids=[make_tag(server, shop, "vip")]))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            QTest.mouseClick(here.view.side.tags, LEFT)
            dialog = here.dialog(TagsDialog)
            type_into(dialog.name, "Feira")
            await until(lambda: [tag.name for tag in dialog.model.rows] == ["Feira", "vip"])
            type_into(dialog.name, "vip")
            await until(lambda: bool(dialog.field.error))
            dialog.table.selectRow(1)
            dialog.name.setText("VIP")
            dialog.color.choose("#ca8a04")
            QTest.mouseClick(dialog.save, LEFT)
            await until(lambda: [tag.name for tag in dialog.model.rows] == ["Feira", "VIP"])
            await until(lambda: here.view.presenter.model.row_at(0).tags[0].color == "yellow")
            dialog.accept()

    run_qt(scenario())


def test_deleting_a_tag_says_how_many_carry_it(run_qt, surroundings, server, shop, show) -> None:
    vip = make_tag(server, shop, "VIP")
    arrange(server, shop, NewContact("Ana", tag_ids=[vip]), NewContact("Bia", tag_ids=[vip]))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await until(lambda: here.count_of(Kind.TAG, vip) == 2)
            QTest.mouseClick(here.view.side.tags, LEFT)
            dialog = here.dialog(TagsDialog)
            dialog.table.selectRow(0)
            QTest.mouseClick(dialog.away, LEFT)
            sure = here.dialog(Confirm)
            assert sure.text.whole().startswith("2 contatos têm esta etiqueta")
            QTest.mouseClick(sure.yes, LEFT)
            await until(lambda: dialog.model.rowCount() == 0)
            await until(lambda: here.view.presenter.model.row_at(0).tags == ())
            dialog.accept()

    run_qt(scenario())


def test_a_segment_is_counted_while_it_is_written_and_then_chosen(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, NewContact("Ana", custom={"cidade": "Belém"}), *people("Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            QTest.mouseClick(here.view.side.segment, LEFT)
            dialog = here.dialog(SegmentDialog)
            assert dialog.count.whole() == "Complete as condições."
            QTest.keyClicks(dialog.rows[0].value, "ana")
            await until(lambda: dialog.count.whole() == "1 contato")
            dialog.mode.choose("any")
            dialog.add_condition(Condition("name", "starts_with", "bi")).changed.emit()
            await until(lambda: dialog.count.whole() == "2 contatos")
            QTest.mouseClick(dialog.save, LEFT)
            assert dialog.field.error == "Dê um nome ao segmento."
            type_into(dialog.name, "Todas")
            await until(lambda: here.view.presenter.wanted.segment_id is not None)
            await here.until_names("Bia", "Ana")

    run_qt(scenario())


def test_a_segment_is_changed_and_removed(run_qt, surroundings, server, shop, show) -> None:
    arrange(server, shop, *people("Ana", "Bia"))
    told = {"field": "name", "is": "starts_with", "value": "a"}
    segment = make_segment(server, shop, "Com A", told)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await until(lambda: here.count_of(Kind.SEGMENT, segment) == 1)
            here.view.side.table.select_key((Kind.SEGMENT, segment))
            await here.until_names("Ana")
            QTest.mouseClick(here.view.side.edit, LEFT)
            dialog = here.dialog(SegmentDialog)
            assert dialog.rows[0].condition() == Condition("name", "starts_with", "a")
            dialog.rows[0].value.setText("b")
            QTest.mouseClick(dialog.save, LEFT)
            await here.until_names("Bia")
            QTest.mouseClick(here.view.side.edit, LEFT)
            QTest.mouseClick(here.dialog(SegmentDialog).away, LEFT)
            QTest.mouseClick(here.dialog(Confirm).yes, LEFT)
            await here.until_names("Bia", "Ana")
            assert here.view.side.current().kind is Kind.EVERYBODY

    run_qt(scenario())


def test_a_segment_with_conditions_within_conditions_is_only_renamed(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, *people("Ana"))
    told = {"not": {"field": "name", "is": "empty"}}
    segment = make_segment(server, shop, "Com nome", told)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await until(lambda: here.count_of(Kind.SEGMENT, segment) == 1)
            here.view.side.table.select_key((Kind.SEGMENT, segment))
            QTest.mouseClick(here.view.side.edit, LEFT)
            dialog = here.dialog(SegmentDialog)
            assert dialog.advanced.isVisible()
            await until(lambda: dialog.count.whole() == "1 contato")
            dialog.name.setText("Nomeados")
            QTest.mouseClick(dialog.save, LEFT)
            await until(lambda: here.view.groups.segment(segment).name == "Nomeados")
            assert here.view.groups.segment(segment).filter == told

    run_qt(scenario())


def test_every_field_has_an_editor_whose_value_comes_back(qapp, qtbot) -> None:
    noon = "2025-11-21T00:00:00+00:00"
    for condition in (
        Condition("created_at", "before", noon),
        Condition("opted_out", "has", "sms"),
        Condition("source", "differs", "import"),
        Condition("custom:cidade", "empty"),
        Condition("phone", "starts_with", "+5531"),
    ):
        row = ConditionRow([], [], condition)
        qtbot.addWidget(row)
        told = row.condition()
        assert (told.name, told.test) == (condition.name, condition.test)
        assert told.value[:8] == condition.value[:8]
    row.name.choose("opted_out")
    row.name.chosen.emit("opted_out")
    assert row.condition() == Condition("opted_out", "has", "whatsapp")
