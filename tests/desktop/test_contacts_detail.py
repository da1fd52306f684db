"""One contact against the real server: edited in place, tagged, annotated, left alone when it asks for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.contacts.detail.consent_card import WishDialog
from desktop.contacts.tag_field import TagChip
from embedded_server.contract.channels import ChannelKindName
from engine import contacts
from engine.contacts import NewContact
from tests.desktop.contacts_desk import Desk, arrange, desk, is_at_rest, make_tag, people, type_into
from tests.fakes.inbound import one, rows
from tests.fakes.poll import until

LEFT = Qt.MouseButton.LeftButton


def chips(here: Desk) -> list[str]:
    flow = here.view.detail.tags._flow
    return [flow.itemAt(place).widget().tag.name for place in range(flow.count())]


def test_a_field_is_kept_when_it_is_left_and_the_list_follows(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, *people("Ana", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            line = here.view.detail.lines["name"]
            line.line.clear()
            type_into(line.line, "Ana Maria")
            await until(lambda: line.below.whole() == "Salvo")
            await here.until_names("Bia", "Ana Maria")
            assert here.view.detail.title.whole() == "Ana Maria"

    run_qt(scenario())


def test_what_is_refused_is_told_below_its_field_and_esc_gives_the_old_back(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, *people("Ana", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            phone, email = here.view.detail.lines["phone"], here.view.detail.lines["email"]
            phone.line.setText("98888-1234")
            type_into(phone.line, "")
            await until(lambda: phone.error == "O DDD está faltando ou não existe.")
            type_into(email.line, "ana")
            await until(lambda: email.error == "Isto não é um endereço de e-mail.")
            QTest.keyClick(phone.line, Qt.Key.Key_Escape)
            assert (phone.line.text(), phone.error) == ("+55 11 98000-0000", "")
            phone.line.setText("(31) 98888-1234")
            type_into(phone.line, "")
            await until(lambda: phone.line.text() == "+55 31 98888-1234")

    run_qt(scenario())


def test_what_somebody_is_typing_survives_a_change_by_another(
    run_qt, surroundings, server, shop, show
) -> None:
    ids = arrange(server, shop, *people("Ana"))

    async def change() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await contacts.change(uow, ids[0], {"name": "Ana Maria", "email": "ana@x.example"})

    async def scenario() -> None:
        async with desk(surroundings, show, live=True) as here:
            await here.open("Ana")
            lines = here.view.detail.lines
            QTest.keyClicks(lines["name"].line, " S")
            server.run(change)
            await until(lambda: lines["email"].line.text() == "ana@x.example")
            assert lines["name"].line.text() == "Ana S"
            assert here.view.detail.title.whole() == "Ana Maria"

    run_qt(scenario())


def test_tags_are_put_on_made_and_taken_off(run_qt, surroundings, server, shop, show) -> None:
    vip = make_tag(server, shop, "VIP", "#ca8a04")
    arrange(server, shop, *people("Ana"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            tags = here.view.detail.tags
            await until(lambda: tags._known)
            type_into(tags.field, "vip")
            assert chips(here) == ["VIP"], "at once, before the server answers"
            type_into(tags.field, "Feira")
            await until(lambda: chips(here) == ["Feira", "VIP"])
            chip = next(one for one in tags.findChildren(TagChip) if one.tag.id == vip and not one.isHidden())
            QTest.mouseClick(chip, LEFT, pos=chip.rect().center())
            assert "VIP" in chips(here), "only the cross takes it off"
            QTest.keyClick(chip, Qt.Key.Key_Delete)
            assert chips(here) == ["Feira"]
            await until(lambda: is_at_rest(here.view))
            assert chips(here) == ["Feira"]
            query = "SELECT t.name FROM contact_tag c JOIN tag t ON t.id = c.tag_id"
            assert server.run(rows, server.engine, shop, query) == [("Feira",)]

    run_qt(scenario())


def test_fields_are_added_changed_and_removed(run_qt, surroundings, server, shop, show) -> None:
    arrange(server, shop, NewContact("Ana", custom={"cidade": "Belém"}))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            card = here.view.detail.fields
            QTest.mouseClick(card.add_button, LEFT)
            QTest.mouseClick(card.save, LEFT)
            assert card.name_field.error == "Dê um nome ao campo."
            QTest.keyClicks(card.name, "bairro")
            type_into(card.value, "Centro")
            await until(lambda: list(card.lines) == ["bairro", "cidade"])
            card.lines["cidade"].line.clear()
            type_into(card.lines["cidade"].line, "Rio")
            await until(lambda: here.view.details.contact.custom["cidade"] == "Rio")
            card.kept.emit("bairro", "")
            await until(lambda: list(card.lines) == ["cidade"])

    run_qt(scenario())


def test_notes_are_kept_on_request_and_a_draft_survives_a_look_at_another(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, *people("Ana", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            notes = here.view.detail.notes
            QTest.keyClicks(notes.area, "Prefere tarde")
            assert notes.below.whole() == "Ainda não salvo"
            await here.open("Bia")
            assert notes.area.toPlainText() == ""
            await here.open("Ana")
            assert notes.area.toPlainText() == "Prefere tarde"
            QTest.mouseClick(notes.save, LEFT)
            await until(lambda: notes.below.whole() == "Salvo")
            assert not notes.save.isVisible()
            assert b"tarde" not in server.run(
                one, server.engine, shop, "SELECT notes FROM contact WHERE notes IS NOT NULL"
            )

    run_qt(scenario())


def test_an_opt_out_is_recorded_with_its_proof_and_taken_back(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, *people("Ana"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            card = here.view.detail.consent
            await record(here, card.stop, ChannelKindName.WHATSAPP, "Pediu ao telefone")
            await until(lambda: here.view.details.contact.opted_out == [ChannelKindName.WHATSAPP])
            assert not card.marks.isHidden()
            await record(here, card.allow, ChannelKindName.WHATSAPP, "Voltou à loja")
            await until(card.marks.isHidden)
            history = [(entry.granted, entry.evidence["said"]) for entry in card._entries]
            assert history == [(True, "Voltou à loja"), (False, "Pediu ao telefone")]

    run_qt(scenario())


async def record(here: Desk, button: object, kind: ChannelKindName, said: str) -> None:
    QTest.mouseClick(button, LEFT)
    dialog = here.dialog(WishDialog)
    QTest.mouseClick(dialog.save, LEFT)
    assert dialog.field.error == "Escreva o que foi dito: é a prova."
    dialog.kinds[kind].setChecked(True)
    dialog.said.setPlainText(said)
    QTest.mouseClick(dialog.save, LEFT)
    await until(lambda: here.view.detail.dialog is None)


def test_who_cannot_be_reached_on_a_channel_cannot_be_stopped_on_it(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, NewContact("Ana"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            QTest.mouseClick(here.view.detail.consent.stop, LEFT)
            dialog = here.dialog(WishDialog)
            dialog.said.setPlainText("x")
            QTest.mouseClick(dialog.save, LEFT)
            await until(lambda: bool(dialog.field.error))
            assert dialog.save.isEnabled()
            dialog.reject()

    run_qt(scenario())


def test_one_contact_is_archived_and_undo_brings_it_back(run_qt, surroundings, server, shop, show) -> None:
    arrange(server, shop, *people("Ana", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            QTest.mouseClick(here.view.detail.away, LEFT)
            toast = await here.until_said("Contato arquivado")
            await here.until_names("Bia")
            assert here.view.detail.archived.isVisible()
            toast.undo()
            await here.until_names("Bia", "Ana")
            assert not here.view.detail.archived.isVisible()

    run_qt(scenario())


def test_the_conversation_is_one_click_away(run_qt, surroundings, server, shop, show) -> None:
    ids = arrange(server, shop, *people("Ana"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.open(("contact", ids[0]))
            await until(lambda: here.view.details.contact is not None)
            QTest.mouseClick(here.view.detail.talk, LEFT)
            assert here.went == [("inbox", ("contact", ids[0]))]

    run_qt(scenario())


def test_a_contact_that_does_not_exist_closes_the_pane(run_qt, surroundings, shop, show) -> None:
    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.open(shop)
            await until(here.view.pane.isHidden)
            await here.until_said("Este contato não existe mais")

    run_qt(scenario())


def test_every_address_is_shown_by_what_it_is(run_qt, surroundings, server, shop, show) -> None:
    ids = arrange(server, shop, *people("Ana"))
    add = "INSERT INTO contact_identity (company_id, id, contact_id, kind, value, match_key) VALUES "
    values = f"('{shop}', gen_random_uuid(), '{ids[0]}', 'wa_id', '551180000000', '551180000000') RETURNING 1"
    server.run(one, server.engine, shop, add + values)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await here.open("Ana")
            shown = here.view.detail._addresses
            words = [shown.itemAt(place).widget().whole() for place in range(shown.count())]
            assert words == ["Número do WhatsApp", "+55 11 8000-0000"]

    run_qt(scenario())
