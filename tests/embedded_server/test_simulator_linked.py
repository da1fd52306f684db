"""A number linked with a pretend phone: from the API over a real host to the simulator, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from embedded_server import app
from embedded_server.simulator import Behavior, SimulatorConfig, serving
from embedded_server.simulator.linked_lane import open_lane
from embedded_server.simulator.linked_memory import Memory
from embedded_server.simulator.linked_refusal import LaneRefused
from embedded_server.simulator.whatsapp.people import Companion
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine import channels, clock, linked
from engine.cache.buckets import LocalBuckets
from engine.context import Engine
from engine.db import pools
from engine.dispatch import Dispatcher
from engine.intake import Processor, Writer
from engine.linked.launching import Launcher
from engine.linked.pretending import number_for
from engine.models import LinkedSession, Role
from engine.providers.linked.baileys import program
from engine.providers.linked.client import LinkedSender
from engine.providers.linked.pretend import Way
from engine.providers.linked.protocol import EngineName
from engine.providers.linked.switchboard import Switchboard
from tests.fakes.api import Api, join
from tests.fakes.simulated import QUICK
from tests.fakes.stage import QUICK as HASTE

ALL = "/api/v1/linked-sessions"
CUSTOMER = "+5511987651234"
TURNED = {"simulator": True}


def with_simulator(engine: Engine, url: str = "http://127.0.0.1:9") -> Engine:
    turned = {**TURNED, "simulator_port": int(url.rpartition(":")[2])}
    return replace(engine, settings=engine.settings.model_copy(update=turned))


@asynccontextmanager
async def worker(engine: Engine) -> AsyncIterator[Engine]:
    """What the worker runs for linked numbers, on this loop; the engine that has them."""
    switchboard, stop = Switchboard(), asyncio.Event()
    engine = replace(engine, senders={"linked": LinkedSender(switchboard)})
    writer = Writer(partial(pools.connect, engine.address, application="linked tests"), engine.keys)
    await writer.start()
    tools = linked.Tools(engine, writer.store, switchboard, Launcher(engine.settings))
    parts = (linked.Keeper(tools).run, Processor(engine).run, Dispatcher(engine, LocalBuckets(), HASTE).run)
    running = [asyncio.create_task(part(stop)) for part in parts]
    try:
        yield engine
    finally:
        stop.set()
        await asyncio.gather(*running)
        await writer.close()


async def until(asked: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(40):
        while not (found := await asked()):
            await asyncio.sleep(0.05)
    return found


@pytest.fixture
async def api(own_engine: Engine, make_company: Any, serve: Any) -> AsyncIterator[Api]:
    config = SimulatorConfig(behavior=replace(QUICK, reply=1.0), seed=1)
    async with serving(config) as simulator, worker(with_simulator(own_engine, simulator)) as engine:
        url = await serve(app.private(engine))
        owner = Api(url, await join(engine, await make_company(engine), Role.OWNER))
        yield owner
        await owner.close()


async def test_from_a_scanned_code_to_a_conversation_with_somebody_pretended(api: Api) -> None:
    begun = (await api.post(ALL, {"simulated": True})).json
    one = f"{ALL}/{begun['id']}"

    async def link(state: str) -> Any:
        found = (await api.get(one)).json
        return found if found["state"] == state else None

    await until(lambda: link("waiting"))
    assert (await api.post(f"{one}/scan", {})).status == 204
    channel = (await until(lambda: link("open")))["channel_id"]
    assert (await api.get(f"/api/v1/channels/{channel}")).json["mode"] == "simulator"

    said = {"channel_id": channel, "phone": CUSTOMER, "text": "Tem café?", "name": "Ana Souza"}
    assert (await api.post("/api/v1/simulator/messages", said)).status == 204
    chat = await until(partial(conversation, api, "Ana Souza"))
    await api.post(f"{chat}/messages", {"channel_id": channel, "content": {"type": "text", "body": "Sim!"}})

    states = await until(partial(texts, api, chat, 3))
    assert [text for text, _ in states[:2]] == ["Tem café?", "Sim!"]
    assert dict(states)["Sim!"] in {"accepted", "read"}


async def conversation(api: Api, name: str) -> str | None:
    items = (await api.get("/api/v1/conversations")).json["items"]
    return next((f"/api/v1/conversations/{one['id']}" for one in items if name in str(one)), None)


async def texts(api: Api, chat: str, count: int) -> list[tuple[str, str]]:
    """What was said and where it stands, once there is so much of it."""
    items = (await api.get(f"{chat}/messages")).json["items"]
    found = [(one["text"], one.get("status") or one["state"]) for one in items]
    return found[::-1] if len(found) >= count else []


def session_of(**values: Any) -> LinkedSession:
    return LinkedSession(**{"engine": EngineName.WHATSMEOW, "simulated": False, **values})


@pytest.mark.parametrize("name", EngineName)
async def test_a_real_number_is_never_led_to_the_simulator(
    engine: Engine, name: EngineName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with a simulator that runs and would show the way, and not by the environment either."""
    monkeypatch.setattr(program, "BUNDLE", Path(__file__))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    async with serving(SimulatorConfig()) as simulator, aiohttp.ClientSession() as http:
        launcher = Launcher(with_simulator(engine, simulator).settings)
        start = await launcher(session_of(engine=name))
        async with http.get(f"{simulator}/simulator/linked") as told:
            assert (await told.json())["is_running"] is False

    assert not [word for word in start.command if "pretend" in word]
    assert not {"HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE"} & start.environment.keys()


async def test_a_pretend_phone_leads_to_this_machine_and_nowhere_else(engine: Engine) -> None:
    async with serving(SimulatorConfig()) as simulator:
        start = await Launcher(with_simulator(engine, simulator).settings)(session_of(simulated=True))

    assert start.command[2] == "engine.providers.linked.pretend_host"
    assert start.environment["HTTPS_PROXY"].startswith("http://127.0.0.1:")
    with pytest.raises(ValueError, match="no way"):
        Way(0, "/authority.pem", "0" * 64)


async def test_without_a_simulator_nobody_links_a_pretend_phone(engine: Engine, owner: Api) -> None:
    refused = await owner.post(ALL, {"simulated": True})

    assert (refused.status, refused.code) == (409, "simulator_off")
    with pytest.raises(channels.SimulatorOff):
        await Launcher(engine.settings)(session_of(simulated=True))


async def test_only_a_simulated_code_can_be_scanned_by_a_pretend_phone(
    engine: Engine, company_id: UUID, serve: Any
) -> None:
    engine = with_simulator(engine)
    api = Api(await serve(app.private(engine)), await join(engine, company_id, Role.OWNER))
    real = (await api.post(ALL, {})).json["id"]
    fresh = (await api.post(ALL, {"simulated": True})).json["id"]

    refused = [(await api.post(f"{ALL}/{id_}/scan", {})).code for id_ in (real, fresh)]
    await api.close()

    assert refused == ["session_not_simulated", "no_code_to_scan"]


def test_the_phone_that_was_unlinked_is_taken_again() -> None:
    old, held = (
        session_of(simulated=True, jid=f"{number}@s.whatsapp.net", ended_at=ended)
        for number, ended in (("5511900000001", clock.now()), ("5511900000002", None))
    )

    assert number_for([held, old]) == "5511900000001"
    assert number_for([held]) not in {"5511900000001", "5511900000002"}


async def test_a_pretend_phone_is_of_the_company_that_had_it_first() -> None:
    code = "2@" + "r" * 40 + ",AAAA,AAAA,AAAA,1"
    async with open_lane(None, Random(1), Behavior) as lane:
        with pytest.raises(LaneRefused, match="too old"):
            await lane.scan(code, "5511900000001", "ours")
        with pytest.raises(LaneRefused) as taken:
            await lane.scan(code, "5511900000001", "theirs")

    assert taken.value.code == "phone_taken"


def test_a_linked_phone_is_the_same_after_a_restart(tmp_path: Path) -> None:
    memory, number = Memory(tmp_path), "5511900000001"
    person = memory.person(WhatsAppServer(tmp_path), number)
    key = bytes(32)
    person.companions[3] = Companion(person, 3, key, key, bytes(4), (bytes(3), key, bytes(64)), b"vouched")
    memory.keep({person: "ours"})

    server, again = WhatsAppServer(tmp_path), Memory(tmp_path)
    assert again.restore(server) == {number: "ours"}
    found = next(iter(server.directory))
    assert (found.lid, found.device.identity) == (person.lid, person.device.identity)
    assert found.companions[3].vouched == b"vouched"
    assert (tmp_path / "phones.json").stat().st_mode & 0o077 == 0
