"""Lets Twilio's SDK speak through our transport, which knows what left and what did not."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

import orjson
from twilio.http import AsyncHttpClient
from twilio.http.response import Response as TwilioResponse

from engine.errors import EngineError, Kind
from engine.providers.port import Unsendable
from engine.providers.transport import Request, Response, Transport


class Unexpected(EngineError):
    """Twilio answered something else than the record or the page that was asked for."""

    kind = Kind.UNAVAILABLE

    def __init__(self, response: Response) -> None:
        super().__init__(f"Twilio answered {response.status}")
        self.response = response


class CarriedHttp(AsyncHttpClient):  # type: ignore[misc]  # the SDK is untyped
    """The SDK's HTTP client. One attempt, no redirects; the transport's own errors pass through.

    Raises:
        Unexpected: any answer the SDK could not turn into a record or a page.
        Unsendable: a parameter that cannot be encoded.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._transport = transport

    async def request(
        self,
        method: Literal["GET", "POST"],
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> TwilioResponse:
        url = f"{uri}?{_encode(params)}" if params else uri
        lines = _lines(headers or {}, options.get("auth"))
        request = Request(method, url, lines, _encode(data).encode())
        response = await self._transport.request(request)
        if not _is_expected(method, response):
            raise Unexpected(response)
        return TwilioResponse(response.status, response.body.decode(), {})


def _encode(pairs: Mapping[str, object] | None) -> str:
    try:
        return urlencode(pairs or {}, doseq=True)
    except UnicodeEncodeError:
        raise Unsendable("the text is not valid Unicode") from None


def _lines(headers: Mapping[str, str], auth: tuple[str, str] | None) -> tuple[str, ...]:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if auth:
        lines.append(f"Authorization: Basic {base64.b64encode(':'.join(auth).encode()).decode()}")
    return tuple(lines)


def _is_expected(method: str, response: Response) -> bool:
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(answer, dict) or not 200 <= response.status < 300:
        return False
    if method == "POST":
        return isinstance(answer.get("sid"), str) and bool(answer["sid"])
    messages = answer.get("messages")
    return isinstance(messages, list) and all(isinstance(message, dict) for message in messages)
