"""Ctrl+K: what it finds, how soon, and that the keyboard is enough."""

from __future__ import annotations

import asyncio
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from desktop.shell.palette_model import Entry, PaletteModel, closeness, ranked
from desktop.shell.palette_presenter import DEBOUNCE
from tests.desktop.shell_kit import make_work, put_away
from tests.fakes import inbound
from tests.fakes.poll import until


def entry(title: str, hint: str = "") -> Entry:
    return Entry(f"key:{title}", "Contato", title, "user", lambda: None, hint)


def titles(work) -> list[str]:
    return [one.title for one in work.palette_presenter.model.entries()]


def test_the_model_obeys_qt(qapp) -> None:
    model = PaletteModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)

    model.show_entries([entry("Ana"), entry("Bruno", "+55 31 98888-1234")])
    model.show_entries([])
    model.show_entries([entry("Ana", "VIP")])

    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "Ana, VIP, Contato"


def test_accents_and_capitals_do_not_matter() -> None:
    assert [e.title for e in ranked("joao", [entry("João"), entry("Ana")])] == ["João"]
    assert [e.title for e in ranked("CONEXÕES", [entry("Conexoes")])] == ["Conexoes"]


def test_the_start_of_a_name_comes_before_its_middle() -> None:
    found = ranked("ana", [entry("Mariana"), entry("Rosa Ana"), entry("Ana Silva")])

    assert [e.title for e in found] == ["Ana Silva", "Rosa Ana", "Mariana"]


@pytest.mark.parametrize(
    ("typed", "text", "is_found"),
    [("tesc", "tema escuro", True), ("ncamp", "nova campanha", True), ("xyz", "tema escuro", False)],
)
def test_first_letters_are_enough(typed: str, text: str, is_found: bool) -> None:
    assert (closeness(typed, text) is not None) is is_found


def test_every_word_must_be_found_and_a_hint_counts() -> None:
    found = ranked("ana 8888", [entry("Ana", "+55 31 98888-1234"), entry("Ana"), entry("Bruno", "8888")])

    assert [e.hint for e in found] == ["+55 31 98888-1234"]


def test_before_typing_it_lists_screens_and_commands_and_what_was_used_comes_first(
    run_qt, show, surroundings
) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        palette = work.command_palette
        palette.open()
        assert titles(work)[:4] == ["Sala inbox", "Sala contacts", "Sala campaigns", "Sala channels"]
        await until(lambda: work.palette_presenter.model.rowCount() > 5)
        QTest.keyClicks(palette.field, "tema escuro")
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert not palette.isVisible()
        palette.open()
        assert titles(work)[0] == "Tema escuro"
        palette.reject()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_arrows_and_enter_lead_to_a_screen(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        palette = work.command_palette
        palette.open()
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return):
            QTest.keyClick(palette.field, key)
        await until(lambda: work.current == "contacts")
        await put_away(surroundings, work)

    run_qt(scenario())


def test_a_person_is_found_by_name_and_number_and_leads_to_its_place(
    run_qt, show, surroundings, server, shop
) -> None:
    id_ = server.run(inbound.make_contact, server.engine, shop, "+5531988881234", "Débora Lima")

    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        work.command_palette.open()
        QTest.keyClicks(work.command_palette.field, "988881234")
        await until(lambda: titles(work) == ["Débora Lima"])
        QTest.keyClick(work.command_palette.field, Qt.Key.Key_Return)
        await until(lambda: work.current == "contacts")
        assert work.view("contacts").told == ["shown", id_]
        await put_away(surroundings, work)

    run_qt(scenario())


def test_conversations_are_there_before_a_key_is_pressed(run_qt, show, surroundings, server, shop) -> None:
    channel = server.run(inbound.make_channel, server.engine, shop)
    server.run(inbound.receive, server.engine, shop, channel, inbound.written("Quero um orçamento"))

    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        work.command_palette.open()
        await until(lambda: "Ana Souza" in titles(work))
        QTest.keyClicks(work.command_palette.field, "orcamento")
        assert titles(work)[0] == "Ana Souza"
        work.command_palette.reject()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_dx_07_what_is_known_here_is_listed_within_150_ms(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        presenter = work.palette_presenter
        presenter.begin()
        presenter._conversations = [entry(f"Cliente {n}", "Oi, tudo bem? " * 8) for n in range(1000)]
        began = time.process_time()
        presenter.look_for("cliente 99")
        took = time.process_time() - began
        assert presenter.model.rowCount() > 10
        assert took < 0.15
        presenter.tasks.cancel_all()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_a_fast_typist_asks_the_appliance_once(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        asked, ask = [], surroundings.session.api._ask

        async def counted(method: str, path: str, **how):
            asked.append((path, how["params"].get("q")))
            return await ask(method, path, **how)

        surroundings.session.api._ask = counted
        work.command_palette.open()
        QTest.keyClicks(work.command_palette.field, "ana")
        await asyncio.sleep(DEBOUNCE + 0.3)
        searches = [path for path, typed in asked if typed]
        assert sorted(searches) == ["/api/v1/contacts", "/api/v1/conversations"]
        work.command_palette.reject()
        await put_away(surroundings, work)

    run_qt(scenario())
