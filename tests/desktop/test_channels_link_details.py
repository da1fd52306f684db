"""A linked number among the connections: where its link stands, and what can be done about it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QTimer

from desktop.channels.details_view import SETTINGS, DetailsView
from desktop.channels.view import ChannelsView
from desktop.shell.presenter import Phase as Asked
from engine import clock
from engine.models import Role, SessionWish
from engine.providers.linked.protocol import EngineName, EventName, Phase
from tests.desktop.conftest import make_surroundings
from tests.desktop.link_desk import NUMBER, Desk, Host, leave
from tests.fakes.on_screen import words_of
from tests.fakes.poll import until

LATER = "2031-01-02T12:00:00+00:00"


@pytest.fixture
def opened(surroundings, server, shop, show) -> Any:
    """The screen with the details of a linked number."""

    async def shown(**how: Any) -> tuple[Desk, DetailsView]:
        host = Host(server, shop)
        channel_id = await host.make(**how)
        desk = Desk(show(ChannelsView(surroundings)), surroundings, host)
        return desk, await desk.details(channel_id)

    return shown


def test_a_linked_number_shows_its_own_and_nothing_of_a_vendors(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        await until(lambda: page.badges.state.text == "Conectado")
        known = dict(page.summary.rows())
        assert known["Número"] == NUMBER
        assert {"Conectado em", "Conexão com o celular", "Mantido por", "Mensagem em dúvida"} <= known.keys()
        assert not {"Conta", "Último teste", "O que os clientes escrevem"} & known.keys()
        assert page.keys == ["summary", "settings"]
        assert not page.test_button.isVisible()
        page.show_part(SETTINGS)
        assert not page.settings.swap.isVisible()
        assert not page.settings.price_field.isVisible()
        assert "até 2" in page.settings.pace_field.below.whole().lower()
        assert not desk.view.presenter.tasks.is_running("webhook")
        await desk.leave()

    run_qt(scenario())


@pytest.mark.parametrize(
    ("phase", "detail", "badge", "said", "verb"),
    [
        (Phase.BACKOFF, {}, "Reconectando", "volta sozinha", ""),
        (Phase.CONNECTING, {}, "Conectando", "", ""),
        (Phase.REPLACED, {}, "Em uso em outro lugar", "Outro programa", "Usar aqui"),
        (Phase.LOGGED_OUT, {"code": "401"}, "Desconectado", "desconectado pelo celular", "Conectar de novo"),
        (Phase.BANNED, {"until": LATER}, "Bloqueado pelo WhatsApp", "acaba em 02/01/2031", ""),
        (Phase.BANNED, {}, "Bloqueado pelo WhatsApp", "bloqueou este número", "Tentar de novo"),
        (Phase.OUTDATED, {}, "Atualização necessária", "não aceita mais esta versão", "Tentar de novo"),
        (Phase.FAILED, {"code": "crashes"}, "Falha", "parou várias vezes", "Tentar de novo"),
    ],
)
def test_each_state_of_the_link_is_seen_at_once(run_qt, opened, phase, detail, badge, said, verb) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        await desk.host.state(phase, **detail)
        await until(lambda: page.badges.state.text == badge)
        card = desk.view.cards.cards[page.channel_id]
        await until(lambda: card.badges.state.text == badge)
        assert said in " ".join(note.words() for note in page.notes())
        assert len(page.notes()) == bool(said)
        assert page.link.main.text() == verb
        assert page.link.main.isVisible() is bool(verb)
        assert not page.resume_button.isVisible()
        await desk.leave()

    run_qt(scenario())


@pytest.mark.parametrize("phase", [Phase.REPLACED, Phase.FAILED, Phase.OUTDATED])
def test_a_number_is_held_here_again(run_qt, opened, phase) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        await desk.host.state(phase)
        await until(page.link.main.isVisible)
        page.link.main.click()
        await until(lambda: page.badges.state.text == "Iniciando")
        assert page.notes() == []
        assert (await desk.host.newest()).state == Phase.STARTING.value
        await desk.host.state(Phase.OPEN)
        await until(lambda: page.badges.state.text == "Conectado")
        await until(lambda: desk.view.presenter.channel().state == "active")
        await desk.leave()

    run_qt(scenario())


def test_a_number_is_unlinked_after_a_question_that_says_what_stays(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        page.link.out.click()
        question = page.link.question
        assert NUMBER in question.windowTitle()
        assert "O que fica: conversas" in question.text.whole()
        assert question.no.isDefault()
        question.yes.click()
        await until(lambda: page.link.line.whole() == "Desconectando…")
        assert not page.link.out.isEnabled()
        assert (await desk.host.newest()).wish is SessionWish.LOG_OUT
        await desk.host.state(Phase.LOGGED_OUT)
        await until(lambda: page.link.main.text() == "Conectar de novo")
        assert not page.link.out.isVisible()
        assert not page.link.isVisible()
        await desk.leave()

    run_qt(scenario())


def test_saying_no_unlinks_nothing(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        page.link.out.click()
        page.link.question.no.click()
        await asyncio.sleep(0.05)
        assert (await desk.host.newest()).wish is SessionWish.RUN
        assert page.link.out.isEnabled()
        await desk.leave()

    run_qt(scenario())


def test_an_unlinked_number_is_linked_again_by_the_same_engine(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened(name=EngineName.BAILEYS)
        await desk.host.state(Phase.LOGGED_OUT)
        await until(page.link.main.isVisible)
        page.link.main.click()
        assert (await desk.host.begun(2)).engine == EngineName.BAILEYS.value
        await until(lambda: desk.view.linking.link is not None)
        assert await desk.host.open() == page.channel_id
        await until(lambda: NUMBER in desk.view.dialog.told.title.whole())
        desk.view.dialog.close_button.click()
        assert desk.view.page is page
        await until(lambda: page.badges.state.text == "Conectado" and page.notes() == [])
        await desk.leave()

    run_qt(scenario())


def test_a_limit_of_whatsapps_is_told_and_ends_by_itself(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        until_ = clock.now() + timedelta(seconds=1.5)
        await desk.host.tell(EventName.RESTRICTION, kind="reachout", until=until_.isoformat())
        await until(lambda: bool(page.notes()))
        assert "quem nunca escreveu" in page.notes()[0].words()
        assert "respostas continuam" in page.notes()[0].words()
        assert page.badges.state.text == "Conectado"
        await until(lambda: page.notes() == [])
        await desk.leave()

    run_qt(scenario())


def test_old_conversations_are_seen_to_come_until_all_are_here(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        await desk.host.tell(EventName.HISTORY, progress=40)
        await until(page.link.bar.isVisible)
        assert page.link.line.whole() == "Trazendo conversas antigas: 40%"
        await desk.host.tell(EventName.HISTORY, progress=100)
        await until(lambda: page.link.line.whole() == "Pessoas novas contatadas hoje: 0 de 20")
        assert not page.link.bar.isVisible()
        await desk.leave()

    run_qt(scenario())


def test_a_burst_of_events_makes_few_requests(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        asked: list[object] = []
        desk.view.links.phase_changed.connect(lambda phase, _: asked.append(phase))
        for percent in range(1, 21):
            await desk.host.tell(EventName.HISTORY, progress=percent)
        await until(lambda: page.link.line.whole().endswith("20%"))
        assert asked.count(Asked.LOADING) < 8
        await desk.leave()

    run_qt(scenario())


def test_what_a_person_disabled_is_said_before_its_link(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        page.disable_button.click()
        page.question.yes.click()
        await until(lambda: page.badges.state.text == "Desativado")
        assert page.resume_button.isVisible()
        page.resume_button.click()
        await until(lambda: page.badges.state.text == "Conectado")
        await desk.leave()

    run_qt(scenario())


def test_links_that_could_not_be_asked_are_asked_again(run_qt, opened, server) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        view = desk.view
        view.links.by_channel.clear()
        view.links.to_phase(Asked.LOADING)
        assert "Consultando" in page.link.line.whole()
        assert not page.link.main.isVisible()
        await asyncio.to_thread(server.go_away)
        view.links.refresh()
        await until(page.link.look.isVisible)
        assert "Não deu para consultar" in page.link.line.whole()
        await asyncio.to_thread(server.come_back)
        page.link.look.click()
        await until(page.link.out.isVisible)
        assert not page.link.look.isVisible()
        await desk.leave()

    run_qt(scenario())


def test_a_number_without_any_link_is_linked_again(run_qt, opened) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        await until(lambda: not desk.view.links.tasks.is_running("load"))
        for timer in desk.view.links.findChildren(QTimer):
            timer.stop()
        desk.view.links.by_channel.clear()
        desk.view.links.changed.emit()
        assert "Nenhum celular" in page.link.line.whole()
        assert page.link.main.text() == "Conectar de novo"
        assert not page.link.out.isVisible()
        await desk.leave()

    run_qt(scenario())


def test_who_may_not_manage_sees_the_state_and_no_button(run_qt, server, shop, show, tmp_path) -> None:
    viewer = make_surroundings(server.url, server.sign_in(shop, Role.VIEWER), tmp_path / "viewer")

    async def scenario() -> None:
        host = Host(server, shop)
        channel_id = await host.make()
        desk = Desk(show(ChannelsView(viewer)), viewer, host)
        page = await desk.details(channel_id)
        await host.state(Phase.REPLACED)
        await until(lambda: page.badges.state.text == "Em uso em outro lugar")
        assert page.keys == ["summary"]
        for button in (
            page.link.main,
            page.link.out,
            page.link.look,
            page.disable_button,
            page.resume_button,
        ):
            assert not button.isVisible()
        assert NUMBER in words_of(page)
        await leave(desk.view, viewer)

    run_qt(scenario())


@pytest.mark.parametrize("size", [(1216, 800), (960, 640)])
def test_nothing_of_a_linked_number_is_cut_off_at_the_side(run_qt, opened, size) -> None:
    async def scenario() -> None:
        desk, page = await opened()
        view = desk.view
        view.resize(*size)
        await desk.host.state(Phase.FAILED)
        await until(page.link.main.isVisible)
        for part in page.keys:
            page.show_part(part)
            await asyncio.sleep(0.02)
            assert view.panel.minimumSizeHint().width() <= view.side.viewport().width(), part
        view.open("linked")
        await asyncio.sleep(0.02)
        assert view.panel.minimumSizeHint().width() <= view.side.viewport().width()
        await desk.leave()

    run_qt(scenario())
