"""The command line as a person meets it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine import cli
from engine.appliance import runfile
from engine.appliance.supervisor import running
from tests.fakes.appliance import settings_in, stand_ins


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *arguments]
    told = dict(os.environ) | environment
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=30)


def test_every_file_is_a_command_and_help_loads_none_of_them() -> None:
    script = "import sys; from engine import cli\ntry: cli.main(['--help'])\nfinally: print(*sys.modules)"

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    shown = {path.stem.replace("_", "-") for path in Path(cli.__file__).parent.glob("[!_]*.py")}
    for name in shown - {"import-contacts"}:  # only the worker calls it
        assert name in told
    assert not {"engine.settings", "psycopg", "sqlalchemy", "aiohttp"} & set(told.split())


def test_an_unknown_command_is_refused() -> None:
    assert run("dance").returncode == 2


def test_the_doctor_finds_a_taken_port_and_a_silent_database(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        facts = {"MASTERIA_PRIVATE_PORT": str(port), "DATABASE_URL": "postgresql://x:geheim@127.0.0.1:1/x"}
        result = run(
            "doctor", **facts, MASTERIA_DATA_DIR=str(tmp_path / "new"), REDIS_URL="redis://:geheim@h:1"
        )

    assert result.returncode == 1
    assert f"wrong  Port {port} is in use by another program" in result.stdout
    assert "wrong  The database of DATABASE_URL did not answer" in result.stdout
    assert "wrong  The Redis of REDIS_URL did not answer" in result.stdout
    assert "geheim" not in result.stdout + result.stderr
    assert not (tmp_path / "new").exists()


def test_the_doctor_finds_nothing_wrong_with_an_empty_machine(tmp_path: Path) -> None:
    result = run(
        "doctor", MASTERIA_DATA_DIR=str(tmp_path), MASTERIA_PRIVATE_PORT="0", MASTERIA_PUBLIC_PORT="0"
    )

    assert result.returncode == 0
    assert "The embedded database works: postgres (PostgreSQL) 18" in result.stdout


def test_a_setting_that_makes_no_sense_is_named() -> None:
    result = run("doctor", MASTERIA_PRIVATE_PORT="sesame")

    assert result.returncode == 1
    assert "MASTERIA_PRIVATE_PORT: Input should be a valid integer" in result.stderr
    assert "Traceback" not in result.stderr


def test_migrate_makes_the_tables_on_its_own_and_may_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        result = run("migrate", MASTERIA_DATA_DIR=str(tmp_path))

        assert result.returncode == 0, result.stderr
        assert "The tables are up to date." in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
async def test_a_second_up_shows_the_first_ones_addresses_and_secret(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    async with running(settings, programs=stand_ins()) as appliance:
        (settings.run_dir / runfile.FIRST_RUN_SECRET).write_text("correct-horse\n")
        result = await asyncio.to_thread(run, "up", "--data-dir", str(tmp_path))

        assert appliance.facts is not None
        assert result.returncode == 0
        assert "runs already on this data folder (ready)" in result.stdout
        assert appliance.facts.private_url in result.stdout
        assert "correct-horse" in result.stdout
