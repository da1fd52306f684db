"""Ours on a bench: one company with one number, and the product's own processes around it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import insert

from engine import channels, runtime
from engine.appliance import plan, private_file
from engine.channels import NewChannel
from engine.context import Engine
from engine.db import migrate
from engine.db.address import FILE
from engine.models import ChannelKind, Company, CompanyKey, Provider
from engine.settings import Settings
from tests.benchmarks import kit, machine
from tests.benchmarks.services import Bench

APP_SECRET = "0123456789abcdef0123456789abcdef"
PHONE_NUMBER_ID = "106540352242922"
BUSINESS_ACCOUNT = "102290129340398"
#: More than any benchmark reaches: the pace of the number must not be what is measured.
UNLIMITED = 100_000.0

_EMPTIED = ("campaign", "contact", "tag", "conversation", "webhook_event", "outbox", "import_job", "opt_out")
_CONTACTS = """
    WITH people AS (
        SELECT n, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id
        FROM generate_series(1, %(count)s) n
    ), made AS (
        INSERT INTO contact (company_id, id, name, name_folded)
        SELECT %(company)s, id, 'Cliente ' || n, 'cliente ' || n FROM people
    )
    INSERT INTO contact_identity (company_id, id, contact_id, kind, value, match_key)
    SELECT %(company)s, id, id, 'phone', '+5511' || (900000000 + n), '5511' || (900000000 + n) FROM people
"""
_HOLDS_DUTY = "SELECT EXISTS (SELECT FROM lease WHERE name = 'dispatch' AND expires_at > now())"


@dataclass(frozen=True, slots=True)
class Product:
    """An installation with one founded company. Its processes run only inside the blocks below."""

    bench: Bench
    settings: Settings
    company_id: UUID
    channel_id: UUID

    def facing(self, graph_url: str) -> Product:
        """The same installation, sending to another stand-in for Meta."""
        return replace(self, settings=self.settings.model_copy(update={"meta_base_url": graph_url}))

    @property
    def environment(self) -> dict[str, str]:
        return plan.environment(self.settings)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """The worker process, holding the duty of sending."""
        process = self._start("worker", "-m", "engine", "worker")
        try:
            self._wait("worker", process, lambda: bool(self.ask(_HOLDS_DUTY)))
            yield process
        finally:
            machine.stop(process, by=signal.SIGINT)

    @contextmanager
    def server(self) -> Iterator[subprocess.Popen[bytes]]:
        """The server process with its public listener."""
        process = self.start_server()
        try:
            yield process
        finally:
            machine.stop(process)

    def start_server(self) -> subprocess.Popen[bytes]:
        """The same, for who wants to kill it."""
        process = self._start("server", "-m", "embedded_server")
        self._wait("server", process, lambda: machine.is_open(self.settings.public_port))
        return process

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, *arguments]
        return machine.start(command, environment=self.environment, folder=kit.ROOT, log=self._log(name))

    def _wait(self, name: str, process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
        try:
            machine.wait_until(
                lambda: process.poll() is not None or condition(), seconds=60, what=f"the {name} to begin"
            )
            assert process.poll() is None, f"the {name} ended at once"
        except (machine.TimedOut, AssertionError) as error:
            error.add_note("\n".join(self._log(name).read_text().splitlines()[-20:]))
            machine.stop(process)
            raise

    def _log(self, name: str) -> Path:
        return self.bench.folder / f"{name}.log"

    def empty(self) -> None:
        """Remove everything but the company and its number. No process may be running."""
        tables = sql.SQL(", ").join(sql.Identifier(name) for name in _EMPTIED)
        with psycopg.connect(self.bench.postgres.owner_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))

    def add_contacts(self, count: int) -> None:
        """People with one phone each, as the peers' recipients have."""
        with psycopg.connect(self.bench.all_seeing_dsn, autocommit=True) as connection:
            connection.execute(_CONTACTS, {"company": self.company_id, "count": count})
            connection.execute("VACUUM ANALYZE contact, contact_identity")
        self.bench.settle()

    @contextmanager
    def watching(self) -> Iterator[Callable[..., Any]]:
        """A function that answers single values over one connection kept open, cheap enough to ask often."""
        with psycopg.connect(self.bench.all_seeing_dsn, autocommit=True) as connection:

            def ask(query: str, *values: Any) -> Any:
                named = values[0] if values and isinstance(values[0], dict) else values
                row = connection.execute(query, named).fetchone()
                return row[0] if row else None

            yield ask

    def ask(self, query: str, *values: Any) -> Any:
        """The single value of a query over all rows."""
        with psycopg.connect(self.bench.all_seeing_dsn) as connection:
            row = connection.execute(query, values).fetchone()
        return row[0] if row else None


def install(bench: Bench) -> Product:
    """Migrate the bench's database and found a company with a WhatsApp number on it."""
    bench.say("Installing the product")
    server = bench.postgres
    migrate.upgrade(server.owner_dsn)
    settings = Settings(
        data_dir=bench.data_dir,
        private_port=machine.free_port(),
        public_port=machine.free_port(),
        log_level="WARNING",
    )
    private_file.make_folder(settings.run_dir)
    private_file.write_json(settings.run_dir / FILE, {"owner": server.owner_dsn, "app": server.app_dsn})
    company_id, channel_id = asyncio.run(_found(settings))
    return Product(bench, settings, company_id, channel_id)


async def _found(settings: Settings) -> tuple[UUID, UUID]:
    engine = await runtime.open_engine(settings, runtime.Part.COMMAND)
    try:
        return await _make_company(engine)
    finally:
        await engine.close()


async def _make_company(engine: Engine) -> tuple[UUID, UUID]:
    company_id = uuid4()
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(insert(Company).values(id=company_id, name="Loja Ipê"))
        wrapped = engine.vault.new_company_key(company_id, kid=1)
        await uow.session.execute(insert(CompanyKey).values(company_id=company_id, kid=1, wrapped=wrapped))
    async with engine.unit_of_work(company_id) as uow:
        channel = await channels.create(engine, uow, _number())
    return company_id, channel.id


def _number() -> NewChannel:
    return NewChannel(
        kind=ChannelKind.WHATSAPP,
        provider=Provider.META,
        name="Loja",
        sender=PHONE_NUMBER_ID,
        account=BUSINESS_ACCOUNT,
        secrets={"access_token": "TOKEN", "app_secret": APP_SECRET, "verify_token": "verify-me"},
        rate=UNLIMITED,
    )
