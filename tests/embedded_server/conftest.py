"""A private server on a real port, and people of every role who talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from aiohttp import web

from embedded_server import app
from engine.context import Engine
from engine.models import Role
from tests.fakes.api import Api, RunningApp, join


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[web.Application | web.AppRunner], Awaitable[str]]]:
    """Starts applications, or their runners, on free ports and returns their addresses."""
    running: list[RunningApp] = []

    async def start(application: web.Application | web.AppRunner) -> str:
        running.append(await RunningApp.start(application))
        return running[-1].url

    yield start
    for one in running:
        await one.stop()


@pytest.fixture
async def url(engine: Engine, serve) -> str:
    """The address of the product's private listener, guard and live updates included."""
    return await serve(app.private(engine))


MakeApi = Callable[..., Awaitable[Api]]


@pytest.fixture
async def make_api(url: str, engine: Engine) -> AsyncIterator[MakeApi]:
    """A signed-in client for a new person of a role in a company."""
    made: list[Api] = []

    async def make(company_id: UUID, role: Role = Role.OWNER) -> Api:
        made.append(Api(url, await join(engine, company_id, role)))
        return made[-1]

    yield make
    for api in made:
        await api.close()


@pytest.fixture
async def owner(make_api: MakeApi, company_id: UUID) -> Api:
    return await make_api(company_id)


@pytest.fixture
async def stranger(url: str) -> AsyncIterator[Api]:
    """A client without a token."""
    api = Api(url)
    yield api
    await api.close()
