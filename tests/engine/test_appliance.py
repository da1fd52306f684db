"""The whole appliance on a real database, with tiny programs in its processes' places."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.appliance import external, lock, runfile
from engine.appliance.process import is_alive
from engine.appliance.runfile import State
from engine.appliance.supervisor import AlreadyRunning, Appliance, running
from tests.fakes import programs
from tests.fakes.appliance import settings_in, stand_ins

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


async def test_it_starts_says_where_it_is_and_stops_in_order(tmp_path: Path) -> None:
    told: list[str] = []
    settings = settings_in(tmp_path, simulator=True)

    async with running(settings, report=told.append, programs=stand_ins()) as appliance:
        facts = runfile.running(settings.run_dir)
        assert facts == appliance.facts
        assert facts is not None
        assert facts.state is State.READY
        assert set(facts.children) == {"simulator", "server", "worker"}
        addresses = json.loads((settings.run_dir / "database.json").read_text())
        with psycopg.connect(addresses["app"]) as connection:
            assert connection.execute("SELECT count(*) FROM company").fetchone() == (0,)
        await until(lambda: programs.starts(tmp_path))

    assert told[-4:] == [f"Stopping the {name}" for name in ("worker", "server", "simulator", "database")]
    assert (tmp_path / "drained").exists()
    assert runfile.read(settings.run_dir) is None
    assert not lock.is_held(settings.run_dir)


async def test_a_second_start_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    async with running(settings, programs=stand_ins()) as appliance:
        second = Appliance(settings, programs=stand_ins())
        with pytest.raises(AlreadyRunning) as refusal:
            second.open()
        second.close()

        assert refusal.value.facts == appliance.facts
        assert runfile.running(settings.run_dir) is not None


async def test_it_goes_on_degraded_when_a_process_keeps_crashing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    crashing = stand_ins(worker=programs.program("worker", programs.CRASHES))

    async with running(settings, programs=crashing) as appliance:
        await until(lambda: appliance.facts and appliance.facts.state is State.DEGRADED)

        facts = runfile.running(settings.run_dir)
        assert facts is not None
        assert "The worker stopped by itself 3 times" in facts.notes[0]
        assert "server" in facts.children


async def test_a_killed_database_comes_back_at_the_same_address(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    async with running(settings, programs=stand_ins()):
        dsn = json.loads((settings.run_dir / "database.json").read_text())["app"]
        os.kill(database_pid(tmp_path), signal.SIGKILL)

        await until(lambda: answers(dsn))


def test_killed_whole_it_starts_again_and_nothing_is_left_over(tmp_path: Path) -> None:
    with launched(tmp_path) as (process, facts):
        process.kill()
        left = [pid for pid, _ in facts["children"].values()]

    with launched(tmp_path) as (process, again):
        assert not [pid for pid in left if is_alive(pid)]
        assert again["pid"] == process.pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_everything_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with launched(tmp_path) as (process, facts):
        database = database_pid(tmp_path)
        await until(lambda: programs.starts(tmp_path))
        process.send_signal(number)

        assert process.wait(20) == 0

    pids = [database, *(pid for pid, _ in facts["children"].values())]
    assert not [pid for pid in pids if is_alive(pid)]
    assert (tmp_path / "drained").exists()
    assert "database system is shut down" in (tmp_path / "logs" / "postgres.log").read_text()


async def test_a_failed_start_gives_everything_back(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, database_url="postgresql://nobody:hidden@127.0.0.1:1/none")

    with pytest.raises(external.Unreachable) as refusal:
        async with running(settings, programs=stand_ins()):
            pass

    assert "hidden" not in str(refusal.value)
    assert not lock.is_held(settings.run_dir)
    assert runfile.read(settings.run_dir) is None


@contextmanager
def launched(place: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    command = [sys.executable, "-m", "tests.fakes.appliance", str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
        process.terminate()


def database_pid(place: Path) -> int:
    return int((place / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True
