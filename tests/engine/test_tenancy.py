"""What a forgotten WHERE may touch, and what a pooled connection remembers: nothing of another company."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from engine.context import Engine
from engine.db import pools
from engine.models import Base, Company, Contact, Person, Tag
from tests.fakes import catalogue
from tests.fakes.tenant import make_tenant

TABLES = sorted(name for name, table in Base.metadata.tables.items() if "company_id" in table.columns)
SETTINGS = text("SELECT current_setting('app.company_id', true), current_setting('app.person_id', true)")


@dataclass(frozen=True, slots=True)
class Two:
    mine: UUID
    theirs: UUID


@pytest.fixture
async def two(engine, company_id, make_company) -> Two:
    theirs = await make_company(engine, "Outra")
    await make_tenant(engine, company_id)
    await make_tenant(engine, theirs)
    return Two(company_id, theirs)


@pytest.fixture
async def narrow(engine):
    """The same engine on a pool of one connection: whoever comes next gets what the last one left."""
    pool = pools.open_pool(engine.address, size=1, application="narrow")
    yield replace(engine, pool=pool, sessions=pools.sessions_of(pool))
    await pool.dispose()


async def owners_in(engine: Engine, company_id: UUID, table: str) -> set[UUID]:
    async with engine.unit_of_work(company_id) as uow:
        return set(await uow.session.scalars(text(f"SELECT company_id FROM {table}")))


async def assert_nobody(engine: Engine) -> None:
    """The next lender of the connection sees no company and none of its rows."""
    async with engine.machine_work() as uow:
        assert (await uow.session.execute(SETTINGS)).one() == ("", "")
        assert await uow.session.scalar(select(func.count()).select_from(Company)) == 0
        assert await uow.session.scalar(select(func.count()).select_from(Contact)) == 0


def test_tn_05_the_sweep_knows_every_table(postgres) -> None:
    with psycopg.connect(postgres.owner_dsn) as connection:
        assert catalogue.company_tables(connection) == TABLES


async def test_tn_05_a_forgotten_where_reads_no_foreign_row(engine, two) -> None:
    mine = {table: await owners_in(engine, two.mine, table) for table in TABLES}
    theirs = {table: await owners_in(engine, two.theirs, table) for table in TABLES}

    assert set().union(*mine.values()) == {two.mine}
    # There was something to see.
    assert len([table for table in TABLES if theirs[table] == {two.theirs}]) >= 15


@pytest.mark.parametrize("statement", ["UPDATE tag SET name = 'mine'", "DELETE FROM tag"])
async def test_tn_05_a_forgotten_where_changes_no_foreign_row(engine, two, statement: str) -> None:
    async with engine.unit_of_work(two.mine) as uow:
        await uow.session.execute(text(statement))

    async with engine.unit_of_work(two.theirs) as uow:
        assert list(await uow.session.scalars(select(Tag.name))) == ["vip"]


async def test_tn_05_a_person_of_another_company_does_not_exist(engine, two) -> None:
    async with engine.unit_of_work(two.mine) as uow:
        mine = await uow.session.scalar(select(func.count()).select_from(Person))
        assert mine == await uow.session.scalar(text("SELECT count(*) FROM membership"))


async def test_tn_05_nothing_can_be_written_into_another_company(engine, two) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with engine.unit_of_work(two.mine) as uow:
            await uow.session.execute(insert(Tag).values(company_id=two.theirs, id=uuid4(), name="x"))


async def test_tn_05_no_row_can_be_moved_into_another_company(engine, two) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with engine.unit_of_work(two.mine) as uow:
            await uow.session.execute(text("UPDATE tag SET company_id = :it"), {"it": two.theirs})


async def test_tn_05_a_reference_finds_no_foreign_row(engine, two) -> None:
    async with engine.unit_of_work(two.theirs) as uow:
        contact_id = await uow.session.scalar(select(Contact.id))

    tagging = text("INSERT INTO contact_tag SELECT :company, :contact, id FROM tag")
    with pytest.raises(IntegrityError, match="foreign key"):
        async with engine.unit_of_work(two.mine) as uow:
            await uow.session.execute(tagging, {"company": two.mine, "contact": contact_id})


async def test_tn_05_without_a_company_there_is_nothing_and_no_error(engine, two) -> None:
    async with engine.machine_work() as uow:
        for table in (*TABLES, "company", "person"):
            assert await uow.session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


async def test_without_a_company_none_is_assumed(engine) -> None:
    async with engine.machine_work() as uow:
        with pytest.raises(LookupError, match="no company"):
            _ = uow.company_id


async def test_tn_06_an_exception_in_a_transaction_leaves_no_company_on_the_connection(narrow, two) -> None:
    async def fail() -> None:
        async with narrow.unit_of_work(two.mine, uuid4()) as uow:
            await uow.session.execute(select(Contact.id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    await assert_nobody(narrow)


async def test_tn_06_a_failed_statement_leaves_no_company_on_the_connection(narrow, two) -> None:
    with pytest.raises(DBAPIError):
        async with narrow.unit_of_work(two.mine) as uow:
            await uow.session.execute(text("SELECT 1 / 0"))

    await assert_nobody(narrow)


async def test_tn_06_a_cancelled_request_leaves_no_company_on_the_connection(narrow, two) -> None:
    async def slow() -> None:
        async with narrow.unit_of_work(two.mine) as uow:
            await uow.session.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slow(), 0.3)

    await assert_nobody(narrow)


async def test_tn_06_a_committed_transaction_leaves_no_company_on_the_connection(narrow, two) -> None:
    async with narrow.unit_of_work(two.mine) as uow:
        first = await uow.session.scalar(text("SELECT pg_backend_pid()"))

    async with narrow.machine_work() as uow:
        assert await uow.session.scalar(text("SELECT pg_backend_pid()")) == first
    await assert_nobody(narrow)


async def test_tn_06_two_companies_take_turns_on_one_connection(narrow, two) -> None:
    for _ in range(5):
        assert await owners_in(narrow, two.mine, "contact") == {two.mine}
        assert await owners_in(narrow, two.theirs, "contact") == {two.theirs}
