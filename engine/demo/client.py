"""The demonstration as a user of the product: only the REST API and the simulator's control panel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from engine.errors import EngineError, Kind

PASSWORD = "uma senha só da demonstração"  # noqa: S105 - of a company that lives for a minute


class Refused(EngineError):
    """The appliance refused a step of the demonstration."""

    kind = Kind.INVALID


@dataclass(slots=True)
class Api:
    """Calls of one signed-in device."""

    http: aiohttp.ClientSession
    base: str
    token: str = field(default="", repr=False)

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        how: dict[str, Any] = {} if body is None else {"json": body}
        return await self._call("POST", path, **how)

    async def upload(self, path: str, data: bytes, media_type: str, **query: str) -> dict[str, Any]:
        return await self._call("POST", path, params=query, data=data, media_type=media_type)

    async def pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        after: str | None = ""
        while after is not None:
            page = await self.get(path, limit="200", **({"after": after} if after else {}))
            for item in page["items"]:
                yield item
            after = page["next"]

    async def claim(self, secret: str) -> None:
        session = await self.post(
            "/api/v1/claim",
            {
                "secret": secret,
                "company": "Loja Demonstração",
                "name": "Dona da Loja",
                "email": "dona@loja.example",
                "password": PASSWORD,
                "device": "demo",
            },
        )
        self.token = session["token"]

    async def _call(
        self, method: str, path: str, media_type: str | None = None, **how: Any
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if media_type:
            headers["Content-Type"] = media_type
        async with self.http.request(method, self.base + path, headers=headers, **how) as response:
            # An answer may come without a body, as 204 does.
            answer: dict[str, Any] = await response.json(content_type=None) or {}
            if response.status >= 400:
                raise Refused(f"{method} {path}: {answer.get('detail', response.status)}")
            return answer
