"""Connecting a number, click by click, with the simulator as Meta and Twilio."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from desktop.channels.details_view import DetailsView
from desktop.channels.guide_view import ENTER, PREPARE, RECEIVE, GuideView
from desktop.channels.view import ChannelsView
from desktop.channels.ways_view import SimulatorView, WaysView
from tests.conftest import open_engine
from tests.desktop.link_desk import leave
from tests.fakes.on_screen import words_of
from tests.fakes.played_vendors import PlayedVendors, played_vendors
from tests.fakes.poll import until
from tests.fakes.running_server import RunningServer

TOKEN, SECRET = "EAAGcanary-token-77aa", "canaryappsecret0123456789abcdef"
META = {
    "name": "Loja do centro",
    "sender": "573542517421694",
    "account": "215589313241560883",
    "access_token": TOKEN,
    "app_secret": SECRET,
    "app_id": "684200000000001",
}
TWILIO = {
    "name": "SMS da loja",
    "account": "AC" + "1" * 32,
    "auth_token": "canary-auth-token-9f2c",
    "sender": "+551150000000",
}


@pytest.fixture
def vendors(tmp_path, address, vault) -> Iterator[PlayedVendors]:
    with played_vendors(lambda s: open_engine(s, address, vault), data_dir=tmp_path / "data") as played:
        yield played


@pytest.fixture
def server(vendors: PlayedVendors) -> RunningServer:
    return vendors.server


@pytest.fixture
def begin(surroundings, show) -> Any:
    """The screen with a guide under way."""

    async def begun(way: str) -> tuple[ChannelsView, GuideView]:
        view = show(ChannelsView(surroundings))
        await until(lambda: view.list.pages.currentWidget() is view.list.empty)
        view.open(way)
        assert isinstance(view.page, GuideView)
        return view, view.page

    return begun


def write(guide: GuideView, said: dict[str, str]) -> None:
    for key, text in said.items():
        editor = guide.form.editors[key]
        editor.setText(text)
        editor.textEdited.emit(text)


async def answer(guide: GuideView, said: dict[str, str]) -> str:
    """What the screen says after the click on "Test connection"."""
    write(guide, said)
    guide.test.click()
    await until(guide.answer.isVisible)
    return guide.answer.words()


async def enter(guide: GuideView, said: dict[str, str]) -> None:
    """From the first step to the click on "Connect this number"."""
    guide.next.click()
    await answer(guide, said)
    guide.next.click()


def test_point_47_meta_is_connected_step_by_step(run_qt, begin, surroundings) -> None:
    async def scenario() -> None:
        view, guide = await begin("meta")
        assert guide.step == PREPARE
        guide.next.click()
        assert guide.step == ENTER
        assert not guide.next.isEnabled()
        said = await answer(guide, META)
        assert "A Meta respondeu." in said
        assert "Loja Ipê" in said
        guide.next.click()
        await until(lambda: guide.step == RECEIVE and bool(guide.webhook.address.value.text()))
        assert guide.webhook.token.value.text()
        guide.next.click()
        assert isinstance(view.page, DetailsView)
        await until(lambda: "qualidade alta" in words_of(view.cards))
        assert "••••77aa" in words_of(view)
        await leave(view, surroundings)

    run_qt(scenario())


def test_point_47_a_wrong_token_is_told_in_metas_own_words(run_qt, begin, vendors, surroundings) -> None:
    vendors.control("accounts", {"tokens": [TOKEN]})

    async def scenario() -> None:
        view, guide = await begin("meta")
        guide.next.click()
        said = await answer(guide, META | {"access_token": "EAAG-not-the-token"})
        assert "A Meta não aceita o token de acesso." in said
        assert "Invalid OAuth access token" in said
        assert "Confira o que você preencheu" in said
        assert not guide.next.isEnabled()
        await answer(guide, META)
        assert guide.next.isEnabled()
        write(guide, {"access_token": "EAAG-another-token"})
        assert not guide.answer.isVisible()
        assert not guide.next.isEnabled()
        assert view.presenter.model.rowCount() == 0
        await leave(view, surroundings)

    run_qt(scenario())


def test_what_looks_wrong_is_not_even_asked(run_qt, begin, surroundings) -> None:
    async def scenario() -> None:
        view, guide = await begin("meta")
        guide.next.click()
        write(guide, META | {"sender": "+55 11 3333-4444", "name": "", "app_id": ""})
        guide.test.click()
        fields = guide.form.fields
        assert "não é o número do telefone" in fields["sender"].error
        assert fields["name"].error == "Preencha este campo."
        assert fields["app_id"].error == ""
        assert not guide.answer.isVisible()
        await leave(view, surroundings)

    run_qt(scenario())


def test_twilio_is_connected_step_by_step(run_qt, begin, surroundings) -> None:
    async def scenario() -> None:
        view, guide = await begin("twilio")
        guide.next.click()
        assert "A Twilio respondeu." in await answer(guide, TWILIO)
        guide.next.click()
        await until(lambda: "/hooks/twilio/" in guide.webhook.address.value.text())
        assert not guide.webhook.token.isVisible()
        guide.next.click()
        await until(lambda: "AC••••11" in words_of(view.cards))
        await leave(view, surroundings)

    run_qt(scenario())


def test_a_number_is_not_connected_twice(run_qt, begin, surroundings) -> None:
    async def scenario() -> None:
        view, guide = await begin("twilio")
        await enter(guide, TWILIO)
        await until(lambda: guide.step == RECEIVE)
        view.begin("twilio")
        again = view.page
        await enter(again, TWILIO)
        await until(lambda: "já tem" in again.answer.words())
        assert again.step == ENTER
        assert view.presenter.model.rowCount() == 1
        await leave(view, surroundings)

    run_qt(scenario())


def test_address_and_token_are_copied_with_a_click(run_qt, begin, surroundings) -> None:
    async def scenario() -> None:
        said: list[str] = []
        surroundings.notices.toasted.connect(lambda toast: said.append(toast.text))
        view, guide = await begin("meta")
        await enter(guide, META)
        await until(lambda: bool(guide.webhook.token.value.text()))
        for copied in (guide.webhook.address, guide.webhook.token):
            copied.button.click()
            assert QGuiApplication.clipboard().text() == copied.value.text()
            assert copied.button.accessibleName()
        assert said.count("Copiado.") == 2
        assert guide.webhook.at_home.isVisible()
        await leave(view, surroundings)

    run_qt(scenario())


def test_point_47_secrets_are_masked_and_leave_no_trace(run_qt, begin, surroundings, caplog) -> None:
    caplog.set_level(logging.DEBUG)

    async def scenario() -> None:
        view, guide = await begin("meta")
        guide.next.click()
        write(guide, META)
        assert "canary" not in words_of(view)
        await answer(guide, META)
        guide.next.click()
        await until(lambda: guide.step == RECEIVE)
        assert not any("canary" in one.text() for one in view.findChildren(QLineEdit))
        guide.next.click()
        await until(lambda: view.presenter.templates.rowCount() == 0 and isinstance(view.page, DetailsView))
        assert "canary" not in words_of(view)
        surroundings.preferences.save()
        assert not any(b"canary" in file.read_bytes() for file in surroundings.preferences.folder.iterdir())
        await leave(view, surroundings)

    run_qt(scenario())
    gc.collect()
    assert "canary" not in caplog.text


def test_giving_up_leaves_nothing_and_offers_the_ways_again(run_qt, begin, surroundings) -> None:
    async def scenario() -> None:
        view, guide = await begin("meta")
        guide.next.click()
        write(guide, META)
        guide.cancel.click()
        assert isinstance(view.page, WaysView)
        assert {editor.text() for editor in guide.form.editors.values()} == {""}
        await leave(view, surroundings)

    run_qt(scenario())


def test_the_simulator_takes_one_click(run_qt, begin, surroundings, show) -> None:
    async def scenario() -> None:
        view = show(ChannelsView(surroundings))
        ways = view.page
        await until(ways.buttons["simulator"].isVisible)
        ways.buttons["simulator"].click()
        assert isinstance(view.page, SimulatorView)
        assert "Nada sai deste computador" in words_of(view.page)
        view.page.start.click()
        await until(lambda: isinstance(view.page, DetailsView))
        assert len(view.cards.cards) == 2
        assert words_of(view.cards).count("Simulador") >= 2
        assert view.page.pretend.isVisible()
        await leave(view, surroundings)

    run_qt(scenario())
