"""Typed calls to the appliance's REST API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import to_json

from desktop.client.errors import Refused, SignedOut, Unreachable, Untrusted, VersionMismatch
from embedded_server.contract.base import Page, Problem

logger = logging.getLogger(__name__)

Shape = TypeVar("Shape", bound=BaseModel)

#: A person waits no longer for an answer; uploads and downloads have their own clocks.
PATIENCE = 10.0
#: A write that got no answer is asked again with the same key, which cannot do it twice.
TRIES = 3
_RETRY_AFTER = 0.3


class Api:
    """One appliance as one signed-in device sees it.

    Every write carries an ``Idempotency-Key``, so that asking again after a lost answer changes nothing.
    ``on_signed_out`` is called once the appliance no longer knows the session.
    """

    def __init__(self, base: str, token: str = "") -> None:
        self.base = base.rstrip("/")
        self._token = token
        self._http: aiohttp.ClientSession | None = None
        self._is_closed = False
        self.on_signed_out: Callable[[], None] = lambda: None

    @property
    def token(self) -> str:
        return self._token

    def sign(self, token: str) -> None:
        """Speak as this session from now on."""
        self._token = token

    async def close(self) -> None:
        """For good: whoever still asks afterwards gets no answer, and opens nothing that nobody closes."""
        self._is_closed = True
        if self._http is not None:
            await self._http.close()

    async def get(self, path: str, shape: type[Shape], **query: object) -> Shape:
        """Raises:
        Unreachable, Refused, SignedOut, VersionMismatch: as their names say.
        """
        return _read(shape, await self._ask("GET", path, params=_plain(query)))

    async def page(
        self, path: str, item: type[Shape], *, limit: int = 50, after: str | None = None, **query: object
    ) -> Page[Shape]:
        """One page of a list; the next begins after its ``next``."""
        raw = await self._ask("GET", path, params=_plain({"limit": limit, "after": after, **query}))
        shape: type[Page[Shape]] = Page.__class_getitem__(item)  # type: ignore[assignment]
        return _read(shape, raw)

    async def every(self, path: str, item: type[Shape], **query: object) -> AsyncIterator[Shape]:
        """All items of a short list, page by page."""
        after: str | None = None
        while True:
            page = await self.page(path, item, limit=200, after=after, **query)
            for one in page.items:
                yield one
            if (after := page.next) is None:
                return

    async def send(
        self,
        method: str,
        path: str,
        shape: type[Shape],
        body: BaseModel | None = None,
        *,
        key: str | None = None,
    ) -> Shape:
        """A write with an answer. ``key`` names it where a person may ask for the same thing twice."""
        return _read(shape, await self._write(method, path, body, key))

    async def do(self, method: str, path: str, body: BaseModel | None = None) -> None:
        """A write whose answer says nothing more."""
        await self._write(method, path, body, None)

    async def upload(self, path: str, shape: type[Shape], data: Any, *, media_type: str, name: str) -> Shape:
        """Send a file as it is; ``data`` is bytes or an asynchronous iterator of them."""
        headers = {"Content-Type": media_type}
        raw = await self._ask("POST", path, params={"name": name}, data=data, headers=headers, patience=600)
        return _read(shape, raw)

    async def download(self, path: str, **query: object) -> AsyncIterator[bytes]:
        """A file's bytes as they come."""
        clock = aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=30)
        how: dict[str, Any] = {"params": _plain(query), "headers": self._headers(), "timeout": clock}
        with _in_our_words():
            async with self._session().get(self.base + path, **how) as response:
                if response.status >= 400:
                    self._refuse(response.status, await response.read())
                async for chunk in response.content.iter_chunked(64 * 1024):
                    yield chunk

    async def _write(self, method: str, path: str, body: BaseModel | None, key: str | None) -> bytes:
        headers = {"Idempotency-Key": key or str(uuid4())}
        how: dict[str, Any] = {"headers": headers}
        if body is not None:
            how["data"] = _dump(body)
            headers["Content-Type"] = "application/json"
        for left in reversed(range(TRIES)):
            try:
                return await self._ask(method, path, **how)
            except Unreachable:
                if not left or self._is_closed:
                    raise
                await asyncio.sleep(_RETRY_AFTER)
        raise Unreachable

    async def _ask(self, method: str, path: str, *, patience: float = PATIENCE, **how: Any) -> bytes:
        how["headers"] = {**self._headers(), **how.get("headers", {})}
        clock = aiohttp.ClientTimeout(total=patience)
        with _in_our_words():
            async with self._session().request(method, self.base + path, timeout=clock, **how) as response:
                raw = await response.read()
        if response.status >= 400:
            self._refuse(response.status, raw)
        return raw

    def _refuse(self, status: int, raw: bytes) -> None:
        try:
            problem = Problem.model_validate_json(raw)
        except ValidationError as error:
            raise VersionMismatch(f"HTTP {status}") from error
        if status == 401:
            if self._token:
                self.on_signed_out()
            raise SignedOut(problem)
        raise Refused(problem)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def _session(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise Unreachable
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=8))
        return self._http


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What aiohttp says went wrong, as one of our errors."""
    try:
        yield
    except aiohttp.ClientSSLError as error:
        raise Untrusted from error
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
        raise Unreachable from error
    except aiohttp.ClientError as error:
        # Something answers there that does not even speak HTTP as we do.
        raise VersionMismatch(type(error).__name__) from error


def _read(shape: type[Shape], raw: bytes) -> Shape:
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        logger.warning("The appliance answered with another shape than %s", shape.__name__)
        raise VersionMismatch(shape.__name__) from error


def _dump(body: BaseModel) -> bytes:
    """What was set, with secrets in the clear: they travel to the appliance and nowhere else."""
    return to_json(_bare(body.model_dump(exclude_unset=True)))


def _bare(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items()}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def _plain(query: dict[str, object]) -> dict[str, str]:
    return {name: _word(value) for name, value in query.items() if value is not None}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
