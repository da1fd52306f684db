"""The control API, the record of accepted sends, and the simulator as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from embedded_server.simulator import SimulatorConfig, serving
from embedded_server.simulator.fates import Provider
from embedded_server.simulator.ledger import Entry, Filter, Ledger
from tests.fakes.simulated import Simulated, simulated


@pytest.fixture
async def network() -> AsyncIterator[Simulated]:
    async with simulated(webhooks=False) as network:
        yield network


def entry(number: str, token: str, text: str = "h", **more: object) -> Entry:
    facts = {"sender": "1", "to": f"+{number}", "kind": "text", "body": "Oi", "time": 1.0, **more}
    return Entry(Provider.META, f"wamid.{token}", number=number, token=token, text_hash=text, **facts)


async def test_identical_content_to_one_person_is_a_duplicate(network: Simulated) -> None:
    for to in ("+5531988887777", "553188887777", "+5511999998888"):
        await network.send(to, biz_opaque_callback_data=f"camp:{to}")
    await network.send("+5511999998888", text={"body": "Outra coisa"}, biz_opaque_callback_data="camp:9")

    summary = await network.control("ledger/summary", method="GET")

    assert (summary["accepted"], summary["unique_recipients"]) == (4, 2)
    assert (summary["duplicates"], summary["duplicated"], summary["repeats"]) == (1, ["553188887777"], 2)


def test_the_same_words_in_two_campaigns_are_no_duplicate() -> None:
    ledger = Ledger()
    for token in ("a:1", "b:1", "b:1"):
        ledger.record(entry("5511999998888", token))

    assert ledger.summary(Filter())["duplicates"] == 1
    assert ledger.summary(Filter())["repeated_tokens"] == 1


def test_the_record_outlives_a_restart_and_a_torn_last_line(tmp_path: Path) -> None:
    path = tmp_path / "run" / "ledger.jsonl"
    first = Ledger(path)
    first.record(entry("1", "a"))
    first.record(entry("2", "b"))
    with path.open("ab") as file:
        file.write(b'{"provider":"me')

    again = Ledger(path)
    again.record(entry("3", "c"))

    assert [e.token for e in Ledger(path).entries] == ["a", "b", "c"]
    assert path.stat().st_mode & 0o777 == 0o600
    again.clear()
    assert Ledger(path).entries == []


async def test_the_ledger_can_be_filtered_and_cleared(network: Simulated) -> None:
    for n in range(5):
        await network.send(f"+55119888{n + 21000:05d}", biz_opaque_callback_data=f"t{n}")

    page = await network.control("ledger?offset=1&limit=2&provider=meta", method="GET")
    one = await network.control("ledger?to=%2B5511988821003", method="GET")
    later = await network.control("ledger?since=2999-01-01T00:00:00Z", method="GET")
    await network.control("ledger", method="DELETE")

    assert ([e["token"] for e in page["entries"]], page["total"]) == (["t1", "t2"], 5)
    assert ([e["token"] for e in one["entries"]], later["total"]) == (["t3"], 0)
    assert await network.ledger() == []


async def test_scripts_cover_the_next_sends_and_then_end(network: Simulated) -> None:
    await network.control("scripts", {"outcome": "reject:131048", "times": 2})
    await network.control("scripts", {"outcome": "refuse_500", "to": "+5511999998888"})

    own, other = await network.send("+5511999998888"), await network.send("+5511999997777")
    second, third = await network.send("+5511999998888"), await network.send("+5511999998888")

    assert [own.status, other.status, second.status, third.status] == [500, 400, 400, 200]
    assert await network.control("scripts", method="GET") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("scripts", {"outcome": "dance"}),
        ("scripts", {"outcome": "reject"}),
        ("config", {"read": 2}),
        ("config", {"no_such_knob": 1}),
        ("config", {"sent_after": [2, 1]}),
        ("config", {"meta_webhook_url": "nowhere"}),
        ("inbound", {"text": "from nobody"}),
        ("accounts", {"twilio": [{"sid": "x", "auth_token": "y"}]}),
    ],
)
async def test_what_makes_no_sense_is_refused(network: Simulated, path: str, body: dict[str, object]) -> None:
    async with network.http.post(f"{network.url}/simulator/{path}", json=body) as response:
        assert response.status == 422


async def test_chaos_strikes_the_share_that_was_asked_for(network: Simulated) -> None:
    await network.control("config", {"accept_then_500": 0.3, "refuse_500": 0.2, "throughput_limit": False})
    answers = [(await network.send(f"+55119888{n + 21000:05d}")).status for n in range(200)]

    accepted = len(await network.ledger())
    assert answers.count(200) + 30 < accepted < 190
    assert 60 < answers.count(500) < 140


async def test_reset_forgets_everything(network: Simulated) -> None:
    await network.control("scripts", {"outcome": "silent", "times": None})
    await network.send()
    await network.control("reset")

    assert await network.ledger() == []
    assert await network.control("scripts", method="GET") == []
    assert (await network.control("config", method="GET"))["webhooks"] is True


async def test_the_control_api_asks_for_its_key_and_a_loopback_name() -> None:
    async with serving(SimulatorConfig(key="k")) as url, aiohttp.ClientSession() as http:
        answers = []
        for headers in ({}, {"X-Simulator-Key": "k"}, {"X-Simulator-Key": "k", "Host": "evil.example"}):
            async with http.get(f"{url}/simulator/config", headers=headers) as response:
                answers.append(response.status)

    assert answers == [401, 200, 403]


async def test_the_process_keeps_its_record_over_kill_9(tmp_path: Path, unused_port: int) -> None:
    environment = {
        **os.environ,
        "MASTERIA_DATA_DIR": str(tmp_path),
        "MASTERIA_SIMULATOR_PORT": str(unused_port),
    }
    async with aiohttp.ClientSession() as http:
        network = Simulated(f"http://127.0.0.1:{unused_port}", None, http)
        for stop in (signal.SIGKILL, signal.SIGTERM):
            process = await start(environment, network)
            await network.send(f"+551198888100{stop.value % 10}")
            accepted = await network.ledger()
            process.send_signal(stop)
            code = await process.wait()

    assert (len(accepted), code) == (2, 0)


async def start(environment: dict[str, str], network: Simulated) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "embedded_server.simulator")
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    async with asyncio.timeout(20):
        while True:
            try:
                await network.control("config", method="GET")
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
            else:
                return process


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
