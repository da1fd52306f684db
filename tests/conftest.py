"""Fixtures every suite shares: one real PostgreSQL, one migrated database, a fresh company for each test."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import insert

from engine import ids
from engine.appliance.postgres import EmbeddedPostgres, embedded_postgres
from engine.context import Engine
from engine.db import migrate, pools
from engine.db.address import DatabaseAddress
from engine.events import EventBus
from engine.models import Company, CompanyKey
from engine.queue.doorbell import Doorbell
from engine.settings import Settings
from engine.vault import Vault

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="module", autouse=True)
def set_aside() -> None:
    """What is left by now stays: the collector, which every test of Qt calls, need not go through it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids never step back, so one test's journey into the future would show in the ids of all that follow."""
    monkeypatch.setattr(ids, "_sequence", type(ids._sequence)())


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The embedded server without fsync: what it keeps is thrown away after the run.

    Not below pytest's own folder: every other pytest on the machine closes that to all but its user, and the
    server runs as another one when we are root.
    """
    with (
        tempfile.TemporaryDirectory(prefix="master-ia-tests-", ignore_cleanup_errors=True) as folder,
        embedded_postgres(Path(folder), fsync=False) as server,
    ):
        migrate.upgrade(server.owner_dsn)
        yield server


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """A migrated database nobody connects to, to copy others from."""
    create_database(postgres, name := "migrated")
    migrate.upgrade(postgres.dsn_for("owner", name))
    return name


@pytest.fixture(scope="session")
def address(postgres: EmbeddedPostgres) -> DatabaseAddress:
    """One migrated database for all tests that stay within their own company."""
    return DatabaseAddress(owner=postgres.owner_dsn, app=postgres.app_dsn)


@pytest.fixture
def own_address(postgres: EmbeddedPostgres, template: str) -> Iterator[DatabaseAddress]:
    """A migrated database of this test's own, for what looks across companies (leases, sweepers)."""
    create_database(postgres, name := f"t_{uuid4().hex[:12]}", template)
    yield DatabaseAddress(owner=postgres.dsn_for("owner", name), app=postgres.dsn_for("app", name))
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def create_database(postgres: EmbeddedPostgres, name: str, template: str = "template1") -> None:
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} OWNER masteria_owner TEMPLATE {template} STRATEGY FILE_COPY"
        )


@pytest.fixture(scope="session")
def vault_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys folder of the tests' vault, for processes of their own."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def vault(vault_keys: Path) -> Vault:
    return Vault.open_or_create(vault_keys, use_keyring=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
async def engine(settings: Settings, address: DatabaseAddress, vault: Vault) -> AsyncIterator[Engine]:
    opened = open_engine(settings, address, vault)
    yield opened
    await opened.close()


@pytest.fixture
async def own_engine(settings: Settings, own_address: DatabaseAddress, vault: Vault) -> AsyncIterator[Engine]:
    """An engine on a database of this test's own."""
    opened = open_engine(settings, own_address, vault)
    yield opened
    await opened.close()


def open_engine(settings: Settings, address: DatabaseAddress, vault: Vault) -> Engine:
    pool = pools.open_pool(address, size=4, application="tests")
    return Engine(settings, address, pool, pools.sessions_of(pool), EventBus(), vault, Doorbell.silent())


MakeCompany = Callable[..., Awaitable[UUID]]


@pytest.fixture
def make_company() -> MakeCompany:
    async def make(engine: Engine, name: str = "Loja Ipê") -> UUID:
        company_id = uuid4()
        async with engine.unit_of_work(company_id) as uow:
            await uow.session.execute(insert(Company).values(id=company_id, name=name))
            wrapped = engine.vault.new_company_key(company_id, kid=1)
            await uow.session.execute(
                insert(CompanyKey).values(company_id=company_id, kid=1, wrapped=wrapped)
            )
        return company_id

    return make


@pytest.fixture
async def company_id(engine: Engine, make_company: MakeCompany) -> UUID:
    return await make_company(engine)
