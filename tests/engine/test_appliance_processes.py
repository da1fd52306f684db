"""Locks, facts, ports and single children, with tiny real programs."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.appliance import logs, plan, ports, private_file, rules, runfile, watch
from engine.appliance.child import Child, ChildState, Surroundings
from engine.appliance.lock import ApplianceLock, is_held
from engine.appliance.process import is_alive, started_at, tied, wait_gone
from engine.settings import Settings
from tests.fakes import programs

QUICK = rules.Budget(crashes=3, window=60, first_delay=0.01)


def surroundings(place: Path, told: list[str], *, verbose: bool = False) -> Surroundings:
    return Surroundings(dict(os.environ), place, told.append, lambda: None, verbose, QUICK)


async def until(condition: object) -> None:
    assert callable(condition)
    while not condition():
        await asyncio.sleep(0.01)


def test_only_one_holds_the_lock_and_its_death_gives_it_back(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from engine.appliance.lock import ApplianceLock\n"
        "print(ApplianceLock(Path(sys.argv[1])).acquire(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"True"
        assert is_held(tmp_path)
        assert not ApplianceLock(tmp_path).acquire()
        holder.kill()

    assert not is_held(tmp_path)
    mine = ApplianceLock(tmp_path)
    assert mine.acquire()
    mine.release()


def test_the_facts_come_back_as_written_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, private_host="0.0.0.0", simulator=True)
    facts = runfile.facts_of(settings)

    runfile.write(tmp_path, facts)

    assert runfile.read(tmp_path) == facts
    assert facts.private_url == "http://127.0.0.1:8460"
    assert stat.S_IMODE((tmp_path / runfile.FILE).stat().st_mode) == 0o600
    assert runfile.running(tmp_path) is None


@pytest.mark.parametrize("garbage", ["", "[]", '{"pid": 1}', '{"state": "on fire"}', "{"])
def test_facts_nobody_understands_are_no_facts(tmp_path: Path, garbage: str) -> None:
    (tmp_path / runfile.FILE).write_text(garbage)

    assert runfile.read(tmp_path) is None


def test_leftovers_end_but_a_stranger_with_a_reused_id_lives(tmp_path: Path) -> None:
    command = [sys.executable, "-c", programs.ENDLESS]
    with subprocess.Popen(command) as left, subprocess.Popen(command) as stranger:
        children = {"worker": (left.pid, started_at(left.pid) or 0), "server": (stranger.pid, 1.0)}
        facts = runfile.Facts(str(tmp_path), "http://x", "http://y", None, children=children)
        runfile.write(tmp_path, facts)

        assert runfile.end_leftovers(tmp_path) == ["worker"]

        assert not is_alive(left.pid)
        assert is_alive(stranger.pid)
        stranger.kill()


def test_port_0_becomes_a_free_port_and_a_taken_one_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        asked = Settings(data_dir=tmp_path, private_port=0, public_port=0)
        settled = ports.settle(asked)
        assert 0 not in {settled.private_port, settled.public_port, settled.simulator_port}
        assert settled.private_port != settled.public_port

        with pytest.raises(ports.PortTaken, match=f"Port {taken} .* MASTERIA_PRIVATE_PORT"):
            ports.settle(asked.model_copy(update={"private_port": taken}))


def test_children_are_told_every_chosen_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, simulator=True, public_port=9, allowed_hosts=("a", "b"))

    told = plan.environment(settings)
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    assert Settings() == settings
    assert told["MASTERIA_PRIVATE_PORT"] == "8460"
    assert "DATABASE_URL" not in told


async def test_a_crashed_child_is_started_again_until_its_budget_is_spent(tmp_path: Path) -> None:
    told: list[str] = []
    child = Child(programs.program("worker", programs.CRASHES), surroundings(tmp_path, told))

    await child.keep_running()

    assert child.state is ChildState.GAVE_UP
    assert (tmp_path / "worker.log").read_text().splitlines() == ["I cannot go on"] * 3
    assert told[0] == "The worker stopped by itself (exit code 3), starting it again"
    assert told[-1] == child.note
    assert "stopped by itself 3 times in 60 seconds and was left stopped" in told[-1]
    assert told[-1].endswith("worker.log ends with: I cannot go on")


async def test_a_killed_child_comes_back_with_another_id(tmp_path: Path) -> None:
    child = Child(programs.program("worker", programs.ENDLESS), surroundings(tmp_path, []))
    keeping = asyncio.create_task(child.keep_running())
    await until(lambda: child.identity)
    first = child.identity

    child.kill()
    await until(lambda: child.identity not in {None, first})

    await child.stop()
    await keeping
    assert child.state is ChildState.STOPPED
    assert child.identity is None


async def test_a_child_that_ignores_the_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    told: list[str] = []
    program = programs.program("server", programs.STUBBORN, grace=0.1)
    child = Child(program, surroundings(tmp_path, told, verbose=True))
    keeping = asyncio.create_task(child.keep_running())
    await until(lambda: "[server] here" in told)

    await child.stop()
    await keeping

    assert told[-1] == "The server did not stop in 0 s: killed"
    assert child.identity is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent's")
def test_a_child_dies_with_its_parent() -> None:
    command = [sys.executable, "-c", programs.ENDLESS]
    script = (
        "import subprocess, time; from engine.appliance.process import tied; from signal import SIGTERM\n"
    )
    script += (
        f"print(subprocess.Popen(tied({command!r}, on_orphaned=SIGTERM)).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()

    assert wait_gone([pid], 5)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent's")
def test_a_child_whose_parent_died_first_does_not_start() -> None:
    command = tied([sys.executable, "-c", programs.ENDLESS], on_orphaned=signal.SIGTERM)
    command[5] = str(int(command[5]) + 1)

    result = subprocess.run(command, capture_output=True, check=False)

    assert result.returncode == 1
    assert b"the parent died first" in result.stderr


def test_delays_double_and_old_crashes_are_forgiven() -> None:
    budget = rules.Budget()
    crashes = [0.0, 50.0, 51.0, 52.0, 53.0]

    assert rules.is_spent(crashes, now=54.0, budget=budget)
    assert not rules.is_spent(crashes, now=61.0, budget=budget)
    assert [rules.delay(crashes[:n], now=54.0, budget=budget) for n in (1, 2, 3, 5)] == [0.25, 0.5, 1.0, 4.0]
    assert rules.delay([0.0] * 50, now=1.0, budget=budget) == budget.longest_delay


def test_the_disk_is_reported_in_steps() -> None:
    assert [rules.disk(room) for room in (6 * 10**9, 4 * 10**9, 10**9, 10**8)] == list(rules.Disk)
    assert watch.disk_note(6 * 10**9) == ""
    assert "Only 0.1 GB are left" in watch.disk_note(10**8)


def test_a_full_log_moves_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    for number in range(6):
        log.write_text(str(number) * 10)
        logs.rotate(log, limit=10, kept=3)

    assert [path.read_text()[0] for path in sorted(tmp_path.iterdir())] == ["5", "4", "3"]


def test_a_file_replaced_half_way_keeps_its_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "facts.json"
    private_file.write_json(path, {"old": 1})

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        private_file.write_json(path, {"new": 2})

    assert private_file.read_json(path) == {"old": 1}
