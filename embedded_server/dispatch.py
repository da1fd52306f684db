"""From a route to a handler: authenticate, parse, one transaction, serialize; the same for every endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from embedded_server import idempotency, wire
from embedded_server.auth import Doorkeeper
from embedded_server.idempotency import Answer
from embedded_server.keys import ENGINE
from embedded_server.problems import Handler
from embedded_server.routing import Call, Public, Route
from engine import accounts
from engine.errors import EngineError, Kind

_JSON = "application/json"


class MediaTypeRefused(EngineError):
    """This address does not take a body of this type."""

    kind = Kind.UNSUPPORTED


class NotFound(EngineError):
    """There is nothing at this address."""

    kind = Kind.NOT_FOUND


def handler_of(route: Route, doorkeeper: Doorkeeper) -> Handler:
    return _Endpoint(route, doorkeeper).answer


@dataclass(frozen=True, slots=True)
class _Endpoint:
    route: Route
    doorkeeper: Doorkeeper

    async def answer(self, request: web.Request) -> web.StreamResponse:
        call, raw = await self._call(request)
        if self.route.transaction:
            return await self._transact(call, raw)
        result = await self.route.verb(call)
        if isinstance(result, web.StreamResponse):
            return result
        return _respond(self._serialize(result))

    async def _call(self, request: web.Request) -> tuple[Call[Any, Any], bytes]:
        """Everything that can be refused before a transaction begins; a slow body must not hold one open."""
        engine, route = request.app[ENGINE], self.route
        caller = None
        if not isinstance(route.permission, Public):
            caller = await self.doorkeeper.admit(engine, request, route.permission)
        _check_media_type(request, route)
        raw = b"" if route.accepts else await request.read()
        body = wire.read_json(raw, route.body) if route.body else None
        query = wire.read_query(request.query, route.query) if route.query else None
        return Call(request, engine, body, query, _ids(request, route), caller=caller), raw

    async def _transact(self, call: Call[Any, Any], raw: bytes) -> web.Response:
        who, engine = call.principal, call.engine
        key = idempotency.key_of(call.request) if self.route.idempotent else None
        digest = idempotency.fingerprint(call.request, raw) if key else b""
        async with engine.unit_of_work(who.company_id, who.person_id) as uow:
            call.work = uow
            if key and (kept := await idempotency.begin(uow, who, key, digest)):
                return _respond(kept, replayed=True)
            result = await self.route.verb(call)
            answer = self._serialize(result)
            await self._audit(call, result)
            if key:
                await idempotency.finish(uow, who, key, answer)
        return _respond(answer)

    async def _audit(self, call: Call[Any, Any], result: object) -> None:
        if self.route.audits is None:
            return
        subject = call.subject or call.ids.get("id") or getattr(result, "id", None)
        named = str(subject) if subject else None
        await accounts.audit(call.uow, call.principal, self.route.audits, named, call.details)

    def _serialize(self, result: object) -> Answer:
        """What the handler returned, in the declared shape: a row fits by the names of its columns."""
        shape = self.route.returns
        if shape is None:
            return Answer(204, b"")
        value: BaseModel = (
            result if isinstance(result, shape) else shape.model_validate(result, from_attributes=True)
        )
        return Answer(self.route.status, wire.write_json(value))


def _respond(answer: Answer, *, replayed: bool = False) -> web.Response:
    headers = {idempotency.REPLAYED: "true"} if replayed else None
    if not answer.body:
        return web.Response(status=answer.status, headers=headers)
    return web.Response(status=answer.status, body=answer.body, content_type=_JSON, headers=headers)


def _check_media_type(request: web.Request, route: Route) -> None:
    """Raises:
    MediaTypeRefused: the body is not of a declared type (reliability E2), or is compressed.
    """
    expected = route.accepts or ((_JSON,) if route.body else ())
    if not expected:
        if request.body_exists and request.content_length != 0:
            raise MediaTypeRefused("This address takes no body.")
        return
    if request.content_type not in expected or "Content-Encoding" in request.headers:
        raise MediaTypeRefused(f"Send {' or '.join(expected)}, uncompressed.")


def _ids(request: web.Request, route: Route) -> dict[str, UUID]:
    try:
        return {name: UUID(request.match_info[name]) for name in route.parameters}
    except ValueError:
        raise NotFound from None
