"""Who is asking: the bearer token of every request, looked up every time."""

from __future__ import annotations

import time

from aiohttp import web

from engine import accounts
from engine.accounts import Permission, Principal
from engine.context import Engine
from engine.errors import EngineError, Kind

_SCHEME = "bearer "
_SEEN_EVERY_SECONDS = 300.0
_REMEMBERED = 10_000


class NotSignedIn(EngineError):
    """Sign in first: this needs a bearer token."""

    kind = Kind.UNAUTHENTICATED


class NotPermitted(EngineError):
    """Your role in this company does not allow this."""

    kind = Kind.FORBIDDEN


def token_of(request: web.Request) -> str:
    """The token. Never from a cookie or a query string: a browser sends those on its own, and logs keep them.

    Raises:
        NotSignedIn: there is no bearer token.
    """
    headers = request.headers.getall("Authorization", [])
    if len(headers) != 1 or not headers[0][: len(_SCHEME)].lower() == _SCHEME:
        raise NotSignedIn
    return headers[0][len(_SCHEME) :].strip()


def check(principal: Principal, permission: Permission) -> None:
    """Raises:
    NotPermitted: the role does not have it.
    """
    if not principal.may(permission):
        raise NotPermitted


class Doorkeeper:
    """Lets a request in, and notes from time to time that a device was here."""

    def __init__(self) -> None:
        self._seen: dict[object, float] = {}

    async def admit(self, engine: Engine, request: web.Request, permission: Permission) -> Principal:
        """Raises:
        NotSignedIn: no token.
        SessionEnded: the token is unknown, expired or revoked, or the person may no longer come in.
        NotPermitted: the role does not have the permission.
        """
        principal = await accounts.authenticate(engine, token_of(request))
        check(principal, permission)
        await self._note(engine, principal)
        return principal

    async def _note(self, engine: Engine, principal: Principal) -> None:
        now = time.monotonic()
        if now - self._seen.get(principal.device_id, -_SEEN_EVERY_SECONDS) < _SEEN_EVERY_SECONDS:
            return
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[principal.device_id] = now
        async with engine.unit_of_work(principal.company_id, principal.person_id) as uow:
            await accounts.note_device(uow, principal.device_id)
