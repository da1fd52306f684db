"""DX-04: an engine that is away, slow or of another version; the window moves on and says what is wrong."""

from __future__ import annotations

import asyncio
import time

import pytest

from desktop.client.api import PATIENCE, Api
from desktop.client.credentials import Credentials, Stored
from desktop.shell.presenter import Phase, Presenter
from desktop.welcome.welcome_model import Stage
from embedded_server.contract.contacts import TagOut
from tests.desktop.appliance_kit import settings_in
from tests.desktop.welcome_kit import Way
from tests.fakes.chaos_proxy import ChaosProxy, Trouble
from tests.fakes.faulty_server import FaultyServer, Reply
from tests.fakes.poll import until

OTHER_VERSION = Reply(200, b'{"items": [{"id": 7}], "next": null, "beyond": true}')


class Tags(Presenter):
    """Loads what any screen might."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__()
        self.api = Api(url, token)
        self.told: list[tuple[Phase, str]] = []
        self.phase_changed.connect(lambda phase, message: self.told.append((phase, message)))

    async def loads(self, *, seconds: float = 10) -> tuple[Phase, str]:
        self.load(self._fetch)
        await until(lambda: not self.tasks.is_running("load"), seconds=seconds)
        return self.told[-1]

    async def _fetch(self) -> bool:
        return bool((await self.api.page("/api/v1/tags", TagOut)).items)


@pytest.mark.parametrize("trouble", [Trouble.RESET, Trouble.SWALLOW])
def test_dx_04_an_engine_that_is_away_is_said_to_be_away_and_found_again(
    run_qt, server, owner, trouble: Trouble
) -> None:
    async def scenario() -> None:
        async with ChaosProxy(server.url) as proxy:
            tags = Tags(proxy.url, owner.token)
            proxy.make(trouble)
            phase, said = await tags.loads()
            assert (phase, "motor não responde" in said) == (Phase.FAILED, True)
            proxy.heal()
            assert await tags.loads() == (Phase.EMPTY, "")
            await tags.api.close()

    run_qt(scenario())


def test_dx_04_a_slow_engine_is_given_up_and_the_window_never_waits(run_qt, server, owner) -> None:
    async def scenario() -> None:
        async with ChaosProxy(server.url) as proxy:
            proxy.delay = 30
            tags = Tags(proxy.url, owner.token)
            began = time.monotonic()
            phase, said = await tags.loads(seconds=PATIENCE + 5)
            assert (phase, "motor não responde" in said) == (Phase.FAILED, True)
            assert PATIENCE - 1 <= time.monotonic() - began <= PATIENCE + 3
            await tags.api.close()

    run_qt(scenario())


def test_dx_04_an_engine_of_another_version_is_said_to_be_one(run_qt, owner) -> None:
    async def scenario() -> None:
        async with FaultyServer() as engine:
            engine.will(OTHER_VERSION)
            tags = Tags(engine.url, owner.token)
            phase, said = await tags.loads()
            assert (phase, "versões diferentes" in said) == (Phase.FAILED, True)
            await tags.api.close()

    run_qt(scenario())


@pytest.fixture
def way(run_qt, tmp_path, show) -> Way:
    return Way(tmp_path, show)


def remember(place, url: str, token: str) -> None:
    keeper = Credentials(settings_in(place).desktop_dir, use_keyring=False)
    keeper.save(Stored(base=url, token=token, is_local=False))


def test_dx_04_the_way_in_says_so_too_and_goes_on_when_it_can(run_qt, way, server, owner, tmp_path) -> None:
    async def scenario() -> None:
        async with ChaosProxy(server.url) as proxy:
            remember(tmp_path, proxy.url, owner.token)
            proxy.make(Trouble.RESET)
            way.view.resume()
            await way.reaches(Stage.TROUBLE)
            assert way.view.presenter.phase is Phase.FAILED
            said = way.view.trouble.lead.whole()
            assert said.startswith(f"127.0.0.1:{proxy.port} não está respondendo")
            proxy.heal()
            way.view.trouble.retry.click()
            await way.enters()
            await way.leave()

    run_qt(scenario())


def test_dx_04_the_way_in_knows_another_version(run_qt, way, tmp_path) -> None:
    async def scenario() -> None:
        async with FaultyServer() as engine:
            engine.will(OTHER_VERSION)
            remember(tmp_path, engine.url, "mia_x")
            way.view.resume()
            await way.reaches(Stage.TROUBLE)
            assert "versões diferentes" in way.view.trouble.lead.whole()
            way.view.trouble.other.click()
            await way.reaches(Stage.CHOICE)

    run_qt(scenario())


def test_dx_04_while_nothing_comes_another_way_is_open(run_qt, way, server, owner, tmp_path) -> None:
    async def scenario() -> None:
        async with ChaosProxy(server.url) as proxy:
            remember(tmp_path, proxy.url, owner.token)
            proxy.make(Trouble.BLACKHOLE)
            way.view.resume()
            await asyncio.sleep(0.3)
            assert way.stage is Stage.OPENING
            way.view.presenter.choose()
            await way.reaches(Stage.CHOICE)
            await way.leave()

    run_qt(scenario())
