"""The desktop tests' server with the simulator as Meta and Twilio themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from embedded_server.simulator import SimulatorConfig, serving
from engine.context import Engine
from engine.settings import Settings
from tests.chaos.processes import free_ports
from tests.fakes.running_server import RunningServer
from tests.fakes.simulated import QUICK


@dataclass(frozen=True)
class PlayedVendors:
    """A server whose vendors answer; ``control`` turns the vendors' knobs."""

    server: RunningServer
    url: str

    def control(self, path: str, body: Any = None) -> None:
        self.server.run(self._control, path, body)

    async def _control(self, path: str, body: Any) -> None:
        at = f"{self.url}/simulator/{path}"
        async with aiohttp.ClientSession() as http, http.post(at, json=body) as response:
            assert response.status < 300, await response.text()


@contextmanager
def played_vendors(open_engine: Callable[[Settings], Engine], **settings: Any) -> Iterator[PlayedVendors]:
    """Whatever is asked of Meta or Twilio goes to the simulator, on the server's own loop."""
    port, public = free_ports(2)
    url, hooks = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{public}/hooks"
    more = {"meta_base_url": url, "twilio_base_url": url, "simulator": True, "simulator_port": port}
    config = SimulatorConfig(f"{hooks}/meta", f"{hooks}/twilio", behavior=QUICK)
    there = Settings(public_port=public, **{**more, **settings})
    with RunningServer(lambda: open_engine(there)) as server:
        stack = AsyncExitStack()
        server.run(stack.enter_async_context, serving(config, port=port))
        yield PlayedVendors(server, url)
        server.run(stack.aclose)
