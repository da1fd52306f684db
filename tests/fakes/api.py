"""A small client of the REST API, and people for it to be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID, uuid4

import aiohttp
import orjson
from aiohttp import web, web_app
from sqlalchemy import insert

from engine.accounts import SignedIn, sessions
from engine.context import Engine
from engine.models import Membership, Person, Role

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.raw)

    @property
    def code(self) -> str | None:
        return self.json.get("code") if self.headers.get("Content-Type", "").endswith("json") else None


@dataclass(slots=True)
class Api:
    """Speaks as one device, or as nobody."""

    url: str
    session: SignedIn | None = None
    _http: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def call(self, method: str, path: str, json: Any = None, **more: Any) -> Answer:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        headers = dict(more.pop("headers", {}))
        if self.session is not None:
            headers.setdefault("Authorization", f"Bearer {self.session.token}")
        async with self._http.request(method, self.url + path, json=json, headers=headers, **more) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.call("GET", path, **more)

    async def post(self, path: str, json: Any = None, **more: Any) -> Answer:
        return await self.call("POST", path, json, **more)

    async def patch(self, path: str, json: Any = None, **more: Any) -> Answer:
        return await self.call("PATCH", path, json, **more)

    async def put(self, path: str, json: Any = None, **more: Any) -> Answer:
        return await self.call("PUT", path, json, **more)

    async def delete(self, path: str, **more: Any) -> Answer:
        return await self.call("DELETE", path, **more)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


@dataclass(slots=True)
class RunningApp:
    """An application on a free port of this machine."""

    runner: web.AppRunner
    url: str

    @classmethod
    async def start(cls, application: web.Application | web.AppRunner, port: int = 0) -> Self:
        runner = application
        if isinstance(runner, web.Application):
            runner = web.AppRunner(runner, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return cls(runner, f"http://127.0.0.1:{runner.addresses[0][1]}")

    async def stop(self) -> None:
        await self._stop_accepting()
        await self.runner.cleanup()
        # aiohttp remembers the last 1,024 handlers, and with them the whole server each belonged to.
        web_app._cached_build_middleware.cache_clear()

    async def _stop_accepting(self) -> None:
        """asyncio drops a connection unclosed that it accepts in the very round in which a server closes."""
        for site in self.runner.sites:
            for listening in site._server.sockets:  # type: ignore[union-attr]
                asyncio.get_running_loop().remove_reader(listening.fileno())
        await asyncio.sleep(0)


async def join(engine: Engine, company_id: UUID, role: Role, password_hash: str | None = None) -> SignedIn:
    """A new person with this role, signed in. The address is ``<id>@loja.example``."""
    person_id = uuid4()
    values = {"id": person_id, "email": f"{person_id}@loja.example", "name": "Ana"}
    async with engine.unit_of_work(company_id, person_id) as uow:
        await uow.session.execute(insert(Person).values(**values, password_hash=password_hash))
        uow.session.add(Membership(company_id=company_id, person_id=person_id, role=role))
        await uow.session.flush()
        return await sessions.open_session(uow, person_id, role, device="Tests")
