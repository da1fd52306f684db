"""The desktop's appliance: started, found again, survived and stopped, as real processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import psutil
import pytest

from desktop.client.appliance import STARTING_SERVICES, Appliance, ApplianceFailed
from tests.desktop.appliance_kit import a_place, environment, leave_facts, settings_in

_STARTER = """
import asyncio, sys
from pathlib import Path
from desktop.client.appliance import Appliance
from desktop.client.settings import DesktopSettings
place = Path(sys.argv[1])
settings = DesktopSettings(data_dir=place / "data", desktop_dir=place / "desktop")
asyncio.run(Appliance(settings).ensure(lambda words: None))
print("up", flush=True)
sys.stdin.read()
"""
_SLEEPER = "import time; time.sleep(60)"


@pytest.fixture
def place() -> Iterator[Path]:
    with a_place() as folder:
        yield folder


def start(program: str, *arguments: str, **pipes: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, *arguments], env=environment(), **pipes)


async def test_it_is_started_found_again_and_stopped(place: Path) -> None:
    words: list[str] = []
    appliance = Appliance(settings_in(place), environment=environment())
    assert appliance.running() is None

    started = await appliance.ensure(words.append)
    again = await Appliance(settings_in(place)).ensure(words.append)

    assert again.facts.pid == started.facts.pid
    assert started.secret
    assert started.secret not in repr(started)
    told = list(dict.fromkeys(words))
    assert told.index("Preparing the tables") < told.index(STARTING_SERVICES)
    async with aiohttp.ClientSession() as http, http.get(f"{started.facts.private_url}/ready") as answer:
        assert (await answer.json())["ready"] is True
    assert Appliance(settings_in(place)).is_ours()
    assert await appliance.stop()
    assert not psutil.pid_exists(started.facts.pid)
    assert appliance.running() is None
    assert await appliance.stop()


async def test_it_survives_the_sudden_death_of_who_started_it(place: Path) -> None:
    starter = start(_STARTER, str(place), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert await asyncio.to_thread(starter.stdout.readline) == b"up\n"
    starter.kill()
    starter.communicate()

    appliance = Appliance(settings_in(place))
    found = await appliance.ensure(lambda words: None)

    assert appliance.is_ours()
    async with aiohttp.ClientSession() as http, http.get(f"{found.facts.private_url}/health") as answer:
        assert answer.status == 200
    assert await appliance.stop()
    assert not psutil.pid_exists(found.facts.pid)


async def test_what_others_started_is_used_and_left_alone(place: Path) -> None:
    other = start(_SLEEPER)
    leave_facts(place, other.pid)
    appliance = Appliance(settings_in(place))

    assert (await appliance.ensure(lambda words: None)).facts.pid == other.pid
    assert not appliance.is_ours()
    assert await appliance.stop()

    assert other.poll() is None
    other.kill()
    other.wait()


async def test_why_it_did_not_start_is_said_in_its_own_words(place: Path) -> None:
    (place / "data").write_text("in the way")

    with pytest.raises(ApplianceFailed) as failed:
        await Appliance(settings_in(place), environment=environment()).ensure(lambda words: None)

    assert str(place / "data") in str(failed.value)


def test_facts_of_the_dead_count_for_nothing(place: Path) -> None:
    dead = start("")
    dead.wait()
    leave_facts(place, dead.pid)
    assert Appliance(settings_in(place)).running() is None

    # The same number, but a process that began after the facts were written.
    leave_facts(place, os.getpid(), began=datetime.now(UTC) - timedelta(days=1))
    assert Appliance(settings_in(place)).running() is None

    leave_facts(place, os.getpid())
    assert Appliance(settings_in(place)).running() is not None


def test_a_dead_child_that_nobody_has_buried_yet_is_dead(place: Path) -> None:
    child = start("")
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    leave_facts(place, child.pid)

    assert Appliance(settings_in(place)).running() is None
    child.wait()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '"x"'])
def test_facts_that_make_no_sense_count_for_nothing(place: Path, content: str) -> None:
    leave_facts(place, os.getpid())
    (place / "data/run/appliance.json").write_text(content)

    assert Appliance(settings_in(place)).running() is None


async def test_one_that_is_stopping_is_waited_for(place: Path) -> None:
    leaving = start(_SLEEPER)
    leave_facts(place, leaving.pid, state="stopping")
    appliance = Appliance(settings_in(place), environment=environment())

    waiting = asyncio.create_task(appliance.ensure(lambda words: None))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    assert not (place / "desktop/appliance.log").exists()
    leaving.kill()
    leaving.wait()
    started = await waiting

    assert started.facts.pid != leaving.pid
    assert await appliance.stop()
