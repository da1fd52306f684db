"""Linking a number from the desktop, with the engine's part played on the real server."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop.channels.details_view import DetailsView
from desktop.channels.guide_view import GuideView
from desktop.channels.link_dialog import LinkDialog
from desktop.channels.link_intro import LinkIntroView
from desktop.channels.view import ChannelsView
from desktop.channels.ways_view import WaysView
from engine.models import Role, SessionWish
from engine.providers.linked.protocol import EngineName, EventName, Phase
from tests.desktop.conftest import make_surroundings
from tests.desktop.link_desk import NUMBER, QR, Desk, Host, leave
from tests.fakes.on_screen import words_of
from tests.fakes.poll import until


@pytest.fixture
def desk(surroundings, server, shop, show) -> Any:
    """The screen, once its loop runs."""

    async def opened() -> Desk:
        return Desk(show(ChannelsView(surroundings)), surroundings, Host(server, shop))

    return opened


@pytest.fixture
def viewer_view(server, shop, show, tmp_path) -> Any:
    async def opened() -> Any:
        viewer = make_surroundings(server.url, server.sign_in(shop, Role.VIEWER), tmp_path / "viewer")
        return show(ChannelsView(viewer)), viewer

    return opened


async def until_wish(desk: Desk, wish: SessionWish, *, place: int = 0) -> None:
    """What the host is to do with this linking, the newest being 0."""
    async with asyncio.timeout(10):
        while (await desk.host.sessions())[place].wish is not wish:
            await asyncio.sleep(0.02)


async def typed(desk: Desk, number: str = "31 98888-1234") -> LinkDialog:
    """The dialog with a code to type under way."""
    dialog = await desk.begin()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    dialog.phone.number.setText(number)
    QTest.keyClick(dialog.phone.number, Qt.Key.Key_Return)
    await desk.host.begun(2)
    await until(lambda: desk.view.linking.link is not None)
    return dialog


def test_point_47_from_adding_to_a_connected_number_click_by_click(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        view, host = one.view, one.host
        view.connect_button.click()
        (way,) = [action for action in view.menu.actions() if action.text() == "WhatsApp pelo celular (QR)"]
        way.trigger()
        assert isinstance(view.page, LinkIntroView)
        assert "restringir ou banir" in view.page.risk.words()
        assert await host.sessions() == []
        view.page.start.click()
        await host.begun()
        await host.qr()
        await until(view.dialog.qr.code.isVisible)
        await host.state(Phase.SCANNED)
        await until(lambda: view.dialog.told.title.whole() == "Celular encontrado. Conectando…")
        channel_id = await host.open()
        await until(lambda: NUMBER in view.dialog.told.title.whole())
        view.dialog.main.click()
        assert one.went == ["inbox"]
        await until(lambda: channel_id in view.cards.cards and isinstance(view.page, DetailsView))
        await until(lambda: "pelo celular" in words_of(view.cards.cards[channel_id]))
        await one.leave()

    run_qt(scenario())


def test_the_qr_code_renews_itself_and_counts_down(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        assert dialog.qr.skeleton.isVisible()
        assert dialog.qr.countdown.whole() == "Preparando o código…"
        pictures = []
        for place, payload in enumerate((QR, QR.replace("r", "s"))):
            await one.host.qr(payload, seconds=17 + place)
            await until(lambda payload=payload: (one.view.linking.link.code or "") == payload)
            assert dialog.qr.countdown.whole().startswith("Novo código em 0:1")
            pictures.append(dialog.qr.qr.grab().toImage())
        assert pictures[0] != pictures[1]
        assert dialog.qr.state.text == "Aguardando o celular"
        await one.leave()

    run_qt(scenario())


def test_a_code_that_ran_out_is_shown_no_longer(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        await one.host.qr(seconds=1.2)
        await until(dialog.qr.code.isVisible)
        await until(dialog.qr.skeleton.isVisible)
        assert not dialog.qr.code.isVisible()
        await one.leave()

    run_qt(scenario())


def test_a_code_is_typed_instead_and_copied(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await typed(one)
        assert dialog.phone.number.text() == NUMBER
        assert (await one.host.newest()).phone == "+5531988881234"
        await until_wish(one, SessionWish.CANCEL, place=1)
        await one.host.typed("ABCD-EFGH")
        await until(dialog.typed.code.isVisible)
        groups = dialog.typed.typed.groups
        assert [group.text() for group in groups] == ["ABCD", "EFGH"]
        assert [group.accessibleName() for group in groups] == ["A B C D", "E F G H"]
        assert NUMBER in dialog.typed.phone.whole()
        assert dialog.typed.countdown.whole().startswith("O código vale por mais 2:")
        dialog.typed.typed.copy.click()
        assert QGuiApplication.clipboard().text() == "ABCDEFGH"
        assert one.said("Copiado.")
        await one.leave()

    run_qt(scenario())


@pytest.mark.parametrize("number", ["", "12", "Ana"])
def test_a_number_that_is_none_is_told_at_the_field(run_qt, desk, number) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
        dialog.phone.number.setText(number)
        dialog.main.click()
        assert "código do país e DDD" in dialog.phone.field.error
        assert len(await one.host.sessions()) == 1
        await one.leave()

    run_qt(scenario())


def test_another_number_or_the_qr_code_gives_the_typed_one_up(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await typed(one)
        dialog.typed.change.click()
        assert dialog.phone.isVisible()
        await until_wish(one, SessionWish.CANCEL)
        dialog.modes.findChildren(QPushButton)[0].click()
        assert (await one.host.begun(3)).phone is None
        await one.leave()

    run_qt(scenario())


@pytest.mark.parametrize(
    ("phase", "detail", "title", "verb"),
    [
        (Phase.SCANNED, {}, "Celular encontrado. Conectando…", ""),
        (Phase.CONNECTING, {}, "Celular encontrado. Conectando…", ""),
        (Phase.BACKOFF, {}, "A conexão com o WhatsApp caiu", ""),
        (Phase.EXPIRED, {}, "O código expirou", "Gerar novo código"),
        (Phase.PASSKEY, {}, "Esta conta pede uma chave de acesso (passkey)", "Ver a plataforma oficial"),
        (Phase.LOGGED_OUT, {"code": "401"}, "A conexão foi desfeita", "Tentar de novo"),
        (Phase.REPLACED, {}, "Outro programa está usando esta conexão", "Tentar de novo"),
        (Phase.BANNED, {"until": "2031-01-02T12:00:00+00:00"}, "O WhatsApp bloqueou este número", ""),
        (Phase.OUTDATED, {"code": "405"}, "O Master IA precisa ser atualizado", ""),
        (Phase.FAILED, {"code": "crashes"}, "Não deu para conectar o número", "Tentar de novo"),
    ],
)
def test_each_state_is_told_with_what_to_do(run_qt, desk, phase, detail, title, verb) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        await one.host.state(phase, **detail)
        await until(lambda: dialog.told.title.whole() == title)
        assert dialog.main.text() == verb
        assert dialog.main.isVisible() is bool(verb)
        assert not dialog.choice.isVisible()
        assert dialog.close_button.text() == "Fechar"
        assert title in dialog.told.accessibleName()
        assert "crashes" not in words_of(dialog)
        await one.leave()

    run_qt(scenario())


def test_old_conversations_come_with_a_bar(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        await one.host.open()
        for percent in (40, 90):
            await one.host.tell(EventName.HISTORY, progress=percent)
            said = f"Trazendo conversas antigas: {percent}%"
            await until(lambda said=said: dialog.told.note.whole() == said)
            assert dialog.told.bar.isVisible()
        await one.host.tell(EventName.HISTORY, progress=100)
        await until(lambda: not dialog.told.bar.isVisible())
        assert "já estão aqui" in dialog.told.note.whole()
        await one.leave()

    run_qt(scenario())


def test_an_expired_code_is_made_anew_the_same_way(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await typed(one)
        await one.host.state(Phase.EXPIRED)
        await until(dialog.told.isVisible)
        dialog.main.click()
        assert (await one.host.begun(3)).phone == "+5531988881234"
        await until(dialog.typed.isVisible)
        await one.leave()

    run_qt(scenario())


def test_an_account_with_a_passkey_is_led_to_the_official_platform(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        await one.host.state(Phase.PASSKEY)
        await until(dialog.told.isVisible)
        assert "só os aplicativos do próprio WhatsApp" in dialog.told.said.whole()
        dialog.main.click()
        assert isinstance(one.view.page, GuideView)
        await one.leave()

    run_qt(scenario())


@pytest.mark.parametrize("shows_code", [True, False])
def test_closing_while_a_code_waits_gives_the_linking_up(run_qt, desk, shows_code) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        if shows_code:
            await one.host.qr()
            await until(dialog.qr.code.isVisible)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await until_wish(one, SessionWish.CANCEL)
        assert one.view.linking.link is None
        assert isinstance(one.view.page, LinkIntroView)
        await one.leave()

    run_qt(scenario())


def test_a_linking_whose_dialog_closed_before_it_began_is_given_up_too(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        one.view.open("linked")
        one.view.page.start.click()
        one.view.dialog.close_button.click()
        await one.host.begun()
        await until_wish(one, SessionWish.CANCEL)
        await one.leave()

    run_qt(scenario())


def test_once_the_phone_answered_the_linking_goes_on_without_the_dialog(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        await one.host.state(Phase.SCANNED)
        await until(dialog.told.isVisible)
        dialog.close_button.click()
        assert one.said("continua sendo conectado")
        channel_id = await one.host.open()
        await until(lambda: channel_id in one.view.cards.cards)
        assert (await one.host.newest()).wish is SessionWish.RUN
        await one.leave()

    run_qt(scenario())


def test_the_second_engine_is_folded_away_and_begins_anew(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await one.begin()
        options = dialog.options
        assert not options.inside.isVisible()
        options.button.click()
        assert options.inside.isVisible()
        assert "não confirmada" in words_of(options)
        assert "a pessoa vê uma só" in words_of(options)
        options.radios["baileys"].click()
        assert (await one.host.begun(2)).engine == EngineName.BAILEYS.value
        await until_wish(one, SessionWish.CANCEL, place=1)
        await one.leave()

    run_qt(scenario())


def test_a_silent_appliance_is_told_and_asked_again(run_qt, desk, server) -> None:
    async def scenario() -> None:
        one = await desk()
        await until(lambda: not one.view.presenter.tasks.is_running("load"))
        await asyncio.to_thread(server.go_away)
        one.view.open("linked")
        one.view.page.start.click()
        dialog = one.view.dialog
        await until(lambda: "não responde" in dialog.told.said.whole())
        await asyncio.to_thread(server.come_back)
        dialog.main.click()
        await one.host.begun()
        await until(dialog.qr.isVisible)
        await one.leave()

    run_qt(scenario())


def test_point_47_the_code_leaves_no_trace(run_qt, desk, caplog) -> None:
    caplog.set_level(logging.DEBUG)

    async def scenario() -> None:
        one = await desk()
        dialog = await typed(one)
        await one.host.typed("CANA-RY77")
        await until(dialog.typed.code.isVisible)
        assert "CANARY" not in repr(one.view.linking.link)
        await one.leave()

    run_qt(scenario())
    # The loop logs what the test itself hands to the server's thread.
    logged = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("qasync"))
    assert logged
    assert "CANA" not in logged
    assert "88881234" not in logged


def test_who_may_not_manage_is_offered_no_linking(run_qt, viewer_view) -> None:
    async def scenario() -> None:
        view, surroundings = await viewer_view()
        view.open("linked")
        assert isinstance(view.page, WaysView)
        assert not view.page.buttons["linked"].isEnabled()
        await leave(view, surroundings)

    run_qt(scenario())
