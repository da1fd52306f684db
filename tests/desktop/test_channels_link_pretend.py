"""Linking a pretend phone from the desktop: the way in, the button beside the code, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from desktop.channels.details_view import PRETEND, DetailsView
from desktop.channels.link_dialog import LinkDialog
from desktop.channels.view import ChannelsView
from desktop.channels.ways_view import SimulatorView
from engine.providers.linked.protocol import Phase
from tests.conftest import open_engine
from tests.desktop.link_desk import QR, Desk, Host
from tests.fakes.on_screen import words_of
from tests.fakes.played_vendors import played_vendors
from tests.fakes.poll import until
from tests.fakes.running_server import RunningServer


@pytest.fixture
def server(tmp_path, address, vault) -> Iterator[RunningServer]:
    with played_vendors(lambda s: open_engine(s, address, vault), data_dir=tmp_path / "data") as played:
        yield played.server


@pytest.fixture
def desk(surroundings, server, shop, show) -> Any:
    async def opened() -> Desk:
        return Desk(show(ChannelsView(surroundings)), surroundings, Host(server, shop))

    return opened


async def link_a_phone(desk: Desk) -> LinkDialog:
    """From the simulator's page to the code of a pretend phone."""
    desk.view.begin("simulator")
    assert isinstance(desk.view.page, SimulatorView)
    desk.view.page.phone.click()
    assert (await desk.host.begun()).simulated
    assert not desk.view.dialog.qr.pretend.isEnabled()
    await desk.host.qr()
    await until(desk.view.dialog.qr.pretend.isEnabled)
    return desk.view.dialog


def test_a_code_the_simulator_does_not_know_is_told_and_can_be_tried_again(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await link_a_phone(one)
        assert "nenhum celular de verdade pode usar este código" in words_of(dialog.qr)
        dialog.qr.pretend.click()
        assert not dialog.qr.pretend.isEnabled()
        await until(lambda: one.said("não conseguiu conectar"))
        await until(dialog.qr.pretend.isEnabled)
        await one.host.qr(QR.replace("r", "s"))
        await one.host.open()
        await until(lambda: dialog.main.text() == "Ir para Conversas")
        dialog.close_button.click()
        await until(lambda: isinstance(one.view.page, DetailsView))
        assert PRETEND in one.view.page.keys
        assert one.view.page.pretend.isVisible()
        await one.leave()

    run_qt(scenario())


def test_a_simulator_that_is_gone_is_told(run_qt, desk) -> None:
    async def scenario() -> None:
        one = await desk()
        dialog = await link_a_phone(one)
        await one.host.state(Phase.FAILED, code="simulator_unreachable")
        await until(lambda: dialog.told.said.whole().startswith("O simulador não responde."))
        await one.leave()

    run_qt(scenario())
