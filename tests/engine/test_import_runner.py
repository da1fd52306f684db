"""Imports in processes of their own: carried on after any death, given up in the end, and tidied away."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import orjson
import psutil
import pytest
from sqlalchemy import text

from engine.contacts import importing
from engine.contacts.importing import runner as runners
from engine.context import Engine
from engine.models import ImportJob, ImportState
from engine.settings import Settings
from engine.vault import Vault
from tests.conftest import open_engine


@pytest.fixture
async def engine(own_address, tmp_path, monkeypatch) -> AsyncIterator[Engine]:
    """An engine whose children find their database and their keys as those of an appliance do."""
    settings = Settings(data_dir=tmp_path / "data")
    settings.run_dir.mkdir(parents=True)
    (settings.run_dir / "database.json").write_bytes(orjson.dumps(asdict(own_address)))
    monkeypatch.setenv("MASTERIA_DATA_DIR", str(settings.data_dir))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    opened = open_engine(settings, own_address, Vault.open_or_create(settings.keys_dir, use_keyring=False))
    yield opened
    await opened.close()


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[importing.Runner]:
    stop, runner = asyncio.Event(), importing.Runner(engine)
    task = asyncio.create_task(runner.run(stop))
    try:
        async with asyncio.timeout(50):
            yield runner
    finally:
        stop.set()
        await task


async def make_job(engine: Engine, company_id: UUID, rows: int) -> UUID:
    async def pieces() -> AsyncIterator[bytes]:
        lines = (f"Ana {n},+55119{80000000 + n}\n" for n in range(rows))
        yield ("nome,telefone\n" + "".join(lines)).encode()

    job = await importing.take_in(engine, company_id, importing.Upload("lista.csv", pieces()))
    return job.id


async def start(engine: Engine, company_id: UUID, job_id: UUID) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await importing.start(uow, job_id)


async def look(engine: Engine, company_id: UUID, job_id: UUID) -> ImportJob:
    async with engine.unit_of_work(company_id) as uow:
        return await importing.find(uow, job_id)


async def until(engine: Engine, company_id: UUID, job_id: UUID, state: ImportState) -> ImportJob:
    while (job := await look(engine, company_id, job_id)).state is not state:
        await asyncio.sleep(0.05)
    return job


def is_there(job: ImportJob) -> bool:
    return Path(job.file_path).exists()


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "import-contacts" in " ".join(child.cmdline())]


async def test_a_started_import_runs_in_a_modest_process_and_its_file_goes(engine, company_id) -> None:
    job_id = await make_job(engine, company_id, 2_000)
    await start(engine, company_id, job_id)

    async with running(engine):
        while not (found := children()):
            await asyncio.sleep(0.01)
        while found[0].is_running() and found[0].nice() == psutil.Process().nice():
            await asyncio.sleep(0.01)
        job = await until(engine, company_id, job_id, ImportState.COMPLETED)
        while is_there(job):
            await asyncio.sleep(0.05)

    assert (job.rows_created, job.rows_invalid) == (2_000, 0)


async def test_in_08_an_import_whose_process_is_killed_goes_on_where_it_was(
    engine, company_id, monkeypatch
) -> None:
    monkeypatch.setattr(runners, "_LOOK_SECONDS", 0.1)
    job_id = await make_job(engine, company_id, 110_000)
    await start(engine, company_id, job_id)

    async with running(engine):
        while not 0 < (await look(engine, company_id, job_id)).rows_read < 110_000:
            await asyncio.sleep(0.01)
        for child in children():
            child.kill()
        job = await until(engine, company_id, job_id, ImportState.COMPLETED)

    assert (job.rows_read, job.rows_created, job.rows_duplicate) == (110_000, 110_000, 0)
    async with engine.unit_of_work(company_id) as uow:
        assert await uow.session.scalar(text("SELECT count(*) FROM contact")) == 110_000


async def test_stopping_interrupts_an_import_and_leaves_no_process(engine, company_id) -> None:
    job_id = await make_job(engine, company_id, 150_000)
    await start(engine, company_id, job_id)

    async with running(engine):
        await until(engine, company_id, job_id, ImportState.RUNNING)
        asked = time.monotonic()

    assert time.monotonic() - asked < 4
    assert children() == []
    assert (await look(engine, company_id, job_id)).state is ImportState.RUNNING


async def test_a_child_ends_with_its_parent(engine, company_id) -> None:
    job_id = await make_job(engine, company_id, 150_000)
    await start(engine, company_id, job_id)
    ours, theirs = os.pipe()
    command = (sys.executable, "-m", "engine", "import-contacts", str(company_id), str(job_id))
    child = await asyncio.create_subprocess_exec(*command, stdin=ours)
    await until(engine, company_id, job_id, ImportState.RUNNING)

    os.close(ours)
    os.close(theirs)

    assert await asyncio.wait_for(child.wait(), 5) == importing.ORPHANED


async def test_an_import_that_kills_its_process_again_and_again_is_given_up(
    engine, company_id, monkeypatch
) -> None:
    monkeypatch.setattr(runners, "_LOOK_SECONDS", 0.05)
    job_id = await make_job(engine, company_id, 10)
    await start(engine, company_id, job_id)
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(text("UPDATE import_job SET options = '{}'"))

    async with running(engine):
        job = await until(engine, company_id, job_id, ImportState.FAILED)

    assert job.error == "The import stopped unexpectedly three times. The log has the details."


async def test_the_file_of_an_import_that_was_given_up_is_removed(engine, company_id) -> None:
    kept = await look(engine, company_id, await make_job(engine, company_id, 1))
    dropped = await look(engine, company_id, await make_job(engine, company_id, 1))
    lost = Path(kept.file_path).with_name("01a20746-94ff-75b6-ad5c-9e610f1442ac")
    lost.write_bytes(b"half a fi")
    os.utime(lost, (0, 0))

    async with running(engine) as runner:
        async with engine.unit_of_work(company_id) as uow:
            await importing.cancel(uow, dropped.id)
        runner.nudge()
        while is_there(dropped) or lost.exists():
            await asyncio.sleep(0.05)

    assert is_there(kept)
