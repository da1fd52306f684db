"""The Connections screen on the real server, with the simulator as the vendors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from PySide6.QtWidgets import QLineEdit

from desktop.channels.details_view import RECEIVING, SETTINGS, TEMPLATES, DetailsView
from desktop.channels.guide_view import GuideView
from desktop.channels.settings_view import SecretsDialog
from desktop.channels.view import ChannelsView
from desktop.channels.ways_view import WaysView
from desktop.shell.presenter import Phase
from desktop.shell.screen import Surroundings
from desktop.widgets.theme import theme
from engine import channels, clock
from engine.channels import NewChannel
from engine.context import Engine
from engine.models import ChannelKind, Provider, Role
from tests.conftest import open_engine
from tests.desktop.conftest import make_surroundings
from tests.desktop.link_desk import leave
from tests.fakes.on_screen import words_of
from tests.fakes.played_vendors import PlayedVendors, played_vendors
from tests.fakes.poll import until
from tests.fakes.running_server import RunningServer

SECRETS = {"access_token": "EAAG-canary-9f2c", "app_secret": "canary" * 4, "app_id": "684200000000001"}


@pytest.fixture
def vendors(tmp_path, address, vault) -> Iterator[PlayedVendors]:
    with played_vendors(lambda s: open_engine(s, address, vault), data_dir=tmp_path / "data") as played:
        yield played


@pytest.fixture
def server(vendors: PlayedVendors) -> RunningServer:
    return vendors.server


@pytest.fixture
def number(server: RunningServer, shop: UUID) -> UUID:
    """A connected and tested WhatsApp number of the shop."""
    return server.run(connect, server.engine, shop)


@pytest.fixture
def details(surroundings: Surroundings, number: UUID, show):
    """The screen with the number's details open."""

    async def opened() -> tuple[ChannelsView, DetailsView]:
        view = show(ChannelsView(surroundings))
        view.open(number)
        await until(lambda: isinstance(view.page, DetailsView))
        assert isinstance(view.page, DetailsView)
        return view, view.page

    return opened


async def connect(engine: Engine, company_id: UUID) -> UUID:
    new = NewChannel(
        kind=ChannelKind.WHATSAPP,
        provider=Provider.META,
        name="Loja",
        sender="573542517421694",
        account="215589313241560883",
        secrets=SECRETS,
    )
    async with engine.unit_of_work(company_id) as uow:
        channel = await channels.create(engine, uow, new)
    return (await channels.test_connection(engine, company_id, channel.id)).id


async def change(engine: Engine, company_id: UUID, channel_id: UUID, **values: object) -> None:
    async with engine.unit_of_work(company_id) as uow:
        channel = await channels.lock(uow, channel_id)
        for name, value in values.items():
            setattr(channel, name, value)


async def stop(engine: Engine, company_id: UUID, channel_id: UUID, reason: str) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await channels.stop(uow, channel_id, reason)


def test_without_numbers_three_ways_are_offered(run_qt, surroundings, show) -> None:
    async def scenario() -> None:
        view = show(ChannelsView(surroundings))
        await until(lambda: view.list.pages.currentWidget() is view.list.empty)
        assert isinstance(view.page, WaysView)
        await until(view.page.buttons["simulator"].isVisible)
        for way in ("meta", "twilio"):
            view.page.buttons[way].click()
            assert isinstance(view.page, GuideView)
            view.page.cancel.click()
        await leave(view, surroundings)

    run_qt(scenario())


def test_a_number_that_is_not_loaded_yet_is_opened_when_it_is(run_qt, details, surroundings, number) -> None:
    async def scenario() -> None:
        view, page = await details()
        assert page.channel_id == number
        assert view.presenter.chosen == number
        await until(lambda: "qualidade alta" in words_of(view.cards))
        view.open(uuid4())
        assert view.page is page
        await leave(view, surroundings)

    run_qt(scenario())


def test_a_number_is_disabled_after_a_question_and_resumed(run_qt, details, surroundings) -> None:
    async def scenario() -> None:
        view, page = await details()
        page.disable_button.click()
        assert "campanhas dele ficam paradas" in page.question.text.whole()
        assert page.question.no.hasFocus() or page.question.no.isDefault()
        page.question.yes.click()
        await until(page.resume_button.isVisible)
        assert page.badges.state.text == "Desativado"
        assert "desativado" in page.notes()[0].words()
        page.resume_button.click()
        await until(lambda: page.badges.state.text == "Conectado")
        assert page.notes() == []
        await leave(view, surroundings)

    run_qt(scenario())


def test_saying_no_disables_nothing(run_qt, details, surroundings) -> None:
    async def scenario() -> None:
        view, page = await details()
        page.disable_button.click()
        page.question.no.click()
        await asyncio.sleep(0.05)
        assert not view.presenter.tasks.is_running("switch")
        assert page.badges.state.text == "Conectado"
        await leave(view, surroundings)

    run_qt(scenario())


def test_what_happens_elsewhere_is_seen_at_once(run_qt, details, surroundings, server, shop, number) -> None:
    async def scenario() -> None:
        surroundings.session.listen()
        view, page = await details()
        await until(lambda: view.presenter.phase is Phase.READY)
        await asyncio.to_thread(server.run, stop, server.engine, shop, number, "131042")
        await until(lambda: page.badges.state.text == "Parado")
        card = view.cards.cards[number]
        assert "não consegue cobrar" in card.trouble.whole()
        assert card.trouble.palette().windowText().color() == theme.color("red")
        assert "Confira a forma de pagamento" in page.notes()[0].words()
        assert card.button.text() == "Corrigir"
        await leave(view, surroundings)

    run_qt(scenario())


def test_point_47_the_test_tells_the_vendors_reason(run_qt, details, surroundings, vendors) -> None:
    vendors_tokens = {"tokens": ["another-token"]}

    async def scenario() -> None:
        view, page = await details()
        await asyncio.to_thread(vendors.control, "accounts", vendors_tokens)
        page.test_button.click()
        await until(lambda: bool(page.notes()))
        assert "Invalid OAuth access token" in page.notes()[0].words()
        await leave(view, surroundings)

    run_qt(scenario())


def test_name_pace_and_price_are_changed(run_qt, details, surroundings) -> None:
    async def scenario() -> None:
        view, page = await details()
        settings = page.settings
        page.show_part(SETTINGS)
        settings.name.setText("Matriz")
        settings.rename.click()
        await until(lambda: page.name.whole() == "Matriz")
        settings.pace.setText("12,5")
        settings.price.setText("0,35")
        settings.save.click()
        await until(lambda: view.presenter.channel().rate == 12.5)
        assert view.presenter.channel().settings == {"price": {"amount": 0.35, "currency": "BRL"}}
        await leave(view, surroundings)

    run_qt(scenario())


def test_the_pace_stays_within_the_vendors_bounds(run_qt, details, surroundings) -> None:
    async def scenario() -> None:
        view, page = await details()
        settings = page.settings
        assert "permite 80" in settings.pace_field.below.whole()
        for pace in ("81", "0", "muito"):
            settings.pace.setText(pace)
            settings.save.click()
            assert "até 80" in settings.pace_field.error
        settings.pace.setText("80")
        settings.price.setText("caro")
        settings.save.click()
        assert settings.pace_field.error == ""
        assert settings.price_field.error
        assert not view.presenter.tasks.is_running("change")
        await leave(view, surroundings)

    run_qt(scenario())


def test_point_47_credentials_are_replaced_and_never_shown(run_qt, details, surroundings, caplog) -> None:
    async def scenario() -> None:
        view, page = await details()
        page.settings.swap.click()
        dialog = page.settings.findChild(SecretsDialog)
        assert {one.displayText() for one in dialog.findChildren(QLineEdit)} == {""}
        dialog.form.editors["access_token"].setText("EAAG-canary-newer-77aa")
        assert "canary" not in words_of(dialog)
        dialog.save.click()
        await until(lambda: "••••77aa" in words_of(page))
        assert "canary" not in words_of(view)
        await leave(view, surroundings)

    run_qt(scenario())
    assert "canary" not in caplog.text


def test_templates_are_fetched_and_listed_with_their_states(run_qt, details, surroundings) -> None:
    async def scenario() -> None:
        view, page = await details()
        page.show_part(TEMPLATES)
        page.templates.button.click()
        await until(lambda: view.presenter.templates.rowCount() > 3)
        assert "modelos" in page.templates.count.whole()
        model = view.presenter.templates
        states = {model.index(row, 1).data() for row in range(model.rowCount())}
        assert {"Aprovado", "Em análise"} <= states
        await leave(view, surroundings)

    run_qt(scenario())


def test_meta_is_asked_to_report_here_and_its_refusal_is_told(run_qt, details, surroundings) -> None:
    async def scenario() -> None:
        said: list[str] = []
        surroundings.notices.toasted.connect(lambda toast: said.append(toast.text))
        view, page = await details()
        page.show_part(RECEIVING)
        await until(lambda: bool(page.webhook.address.value.text()))
        assert not page.webhook.tell.isVisible()
        page.webhook.register.emit()
        await until(lambda: any("Callback verification failed" in text for text in said))
        await leave(view, surroundings)

    run_qt(scenario())


def test_somebody_pretends_to_be_a_customer(run_qt, surroundings, server, shop, show) -> None:
    async def scenario() -> None:
        view = show(ChannelsView(surroundings))
        view.open("simulator")
        view.page.start.click()
        await until(lambda: isinstance(view.page, DetailsView))
        pretend, went = view.page.pretend, []
        surroundings.navigator.wanted.connect(lambda screen, _: went.append(screen))
        pretend.number.setText("11")
        pretend.send.click()
        assert pretend.number_field.error
        pretend.number.setText("(11) 99999-8888")
        pretend.send.click()
        await until(pretend.sent.isVisible)
        pretend.inbox.click()
        assert went == ["inbox"]
        await leave(view, surroundings)

    run_qt(scenario())


def test_a_tokens_end_is_news_once_for_each_step(run_qt, details, surroundings, server, shop, number) -> None:
    soon = clock.now() + timedelta(days=6, hours=12)
    server.run(change, server.engine, shop, number, token_expires_at=soon)

    async def scenario() -> None:
        view, page = await details()
        assert "vence em 7 dias" in page.notes()[0].words()
        (news,) = surroundings.notices.news
        assert (news.screen, news.target) == ("channels", number)
        surroundings.notices.settle_all()
        view.presenter.refresh()
        await until(lambda: view.presenter.phase is Phase.READY)
        assert surroundings.notices.news == []
        await leave(view, surroundings)

    run_qt(scenario())


def test_who_may_not_manage_only_reads(run_qt, server, shop, number, show, tmp_path) -> None:
    viewer = make_surroundings(server.url, server.sign_in(shop, Role.VIEWER), tmp_path / "viewer")

    async def scenario() -> None:
        view = show(ChannelsView(viewer))
        view.open("meta")
        assert isinstance(view.page, WaysView)
        view.open(number)
        await until(lambda: isinstance(view.page, DetailsView))
        page = view.page
        assert page.keys == ["summary", "templates"]
        for button in (view.connect_button, page.test_button, page.disable_button, page.templates.button):
            assert not button.isVisible()
        await leave(view, viewer)

    run_qt(scenario())


def test_a_silent_appliance_leaves_what_is_shown(run_qt, details, surroundings, server) -> None:
    async def scenario() -> None:
        view, page = await details()
        await until(lambda: view.presenter.phase is Phase.READY)
        await asyncio.to_thread(server.go_away)
        view.presenter.refresh()
        await until(lambda: view.presenter.phase is Phase.FAILED)
        assert view.list.stale.isVisible()
        assert view.cards.isVisible()
        assert page is view.page
        await leave(view, surroundings)

    run_qt(scenario())


@pytest.mark.parametrize("is_on", [True, False])
def test_the_menu_offers_the_simulator_only_where_it_runs(
    run_qt, show, address, vault, make_company, tmp_path, is_on
) -> None:
    data = {"data_dir": tmp_path / "data", "simulator": is_on}
    with played_vendors(lambda s: open_engine(s, address, vault), **data) as played:
        server = played.server
        signed = server.sign_in(server.run(make_company, server.engine))
        surroundings = make_surroundings(server.url, signed, tmp_path / "desktop")

        async def scenario() -> None:
            view = show(ChannelsView(surroundings))
            await until(lambda: not view.presenter.tasks.is_running("simulator"))
            view.connect_button.click()
            offered = [action.text() for action in view.menu.actions()]
            assert offered == [
                "WhatsApp (Meta)",
                "WhatsApp pelo celular (QR)",
                "SMS (Twilio)",
                *(["Simulador"] if is_on else []),
            ]
            view.menu.actions()[2].trigger()
            assert isinstance(view.page, GuideView)
            view.menu.close()
            await leave(view, surroundings)

        run_qt(scenario())


@pytest.mark.parametrize("size", [(1216, 800), (960, 640)])
def test_nothing_is_cut_off_at_the_side(run_qt, details, surroundings, size) -> None:
    async def scenario() -> None:
        view, page = await details()
        view.resize(*size)
        for part in page.keys:
            page.show_part(part)
            await asyncio.sleep(0.02)
            assert view.panel.minimumSizeHint().width() <= view.side.viewport().width(), part
        await leave(view, surroundings)

    run_qt(scenario())
