"""Qt with an asyncio loop, a real server beside it, and a watch on the window's own thread."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import qasync
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.client.api import Api
from desktop.shell.notices import Notices
from desktop.shell.preferences import Preferences
from desktop.shell.screen import Navigator, Surroundings
from desktop.shell.session import Session
from desktop.shell.shortcuts import Commands
from desktop.widgets import theme
from embedded_server.contract import words
from embedded_server.contract.session import MeOut
from engine.accounts import SignedIn
from engine.models import Role
from engine.settings import Settings
from tests.conftest import open_engine
from tests.fakes.running_server import RunningServer
from tests.fakes.watchdog import watched

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    """Every test begins in light and in Portuguese."""
    qapp.setQuitOnLastWindowClosed(False)
    if qapp.style().name().lower() != "fusion":
        theme.install(qapp, theme.Mode.LIGHT)
    elif theme.theme.mode is not theme.Mode.LIGHT:
        theme.theme.use(theme.Mode.LIGHT)
    words.use("pt_BR")
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[qasync.QEventLoop]:
    made = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(made)
    yield made
    left = [task for task in asyncio.all_tasks(made) if not task.done()]
    for task in left:
        task.cancel()
    made.run_until_complete(_last_rounds(left))
    made.close()
    asyncio.set_event_loop(None)


async def _last_rounds(left: list[asyncio.Task[Any]]) -> None:
    """What was cancelled ends; what was closed while it connected is gone only in the rounds after."""
    await asyncio.gather(*left, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
def run_qt(loop: qasync.QEventLoop) -> Run:
    """Run a scenario on Qt's loop; a stall of the window fails it."""

    def run(scenario: Coroutine[Any, Any, None]) -> None:
        loop.run_until_complete(asyncio.wait_for(watched(scenario), 30))

    return run


@pytest.fixture
def server(tmp_path: Path, address: Any, vault: Any) -> Iterator[RunningServer]:
    """The product's server; its company's rows are made through ``server.run``."""
    settings = Settings(data_dir=tmp_path / "data")
    with RunningServer(lambda: open_engine(settings, address, vault)) as running:
        yield running


@pytest.fixture
def shop(server: RunningServer, make_company: Any) -> UUID:
    """A company on the server."""
    return server.run(make_company, server.engine)


@pytest.fixture
def owner(server: RunningServer, shop: UUID) -> SignedIn:
    return server.sign_in(shop, Role.OWNER)


@pytest.fixture
def surroundings(server: RunningServer, owner: SignedIn, tmp_path: Path) -> Surroundings:
    """What a screen is given, for the owner of the shop. Close its session in the scenario: ``closing``."""
    return make_surroundings(server.url, owner, tmp_path / "desktop")


def make_surroundings(url: str, signed: SignedIn, folder: Path) -> Surroundings:
    who = signed.principal
    me = MeOut(
        company_id=who.company_id,
        person_id=who.person_id,
        device_id=who.device_id,
        name="Ana",
        email="ana@loja.example",
        role=str(who.role),  # type: ignore[arg-type]
        permissions=sorted(who.permissions),
    )
    session = Session(Api(url, signed.token), me)
    return Surroundings(session, Notices(), Navigator(), Commands(), Preferences(folder))


@pytest.fixture
def show(qtbot: Any) -> Callable[[QWidget], QWidget]:
    """Put a widget on the screen in a usual size and let it go at the end."""

    def shown(widget: QWidget, width: int = 1280, height: int = 800) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return shown
