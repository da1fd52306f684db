"""Management calls to Twilio: is the account there, and does its token work?"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from engine.errors import EngineError, Kind
from engine.providers.port import Account
from engine.providers.reasons import safe
from engine.providers.untrusted import Unreadable, mapping, parse, text

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
_ANSWER_LIMIT = 1 << 20


class TwilioUnreachable(EngineError):
    """Twilio did not answer."""

    kind = Kind.UNAVAILABLE


class TwilioRefused(EngineError):
    """Twilio refused."""

    kind = Kind.INVALID

    def __init__(self, reason: str, *, is_token: bool) -> None:
        super().__init__(reason)
        self.is_token = is_token


@dataclass(frozen=True, slots=True)
class AccountInfo:
    #: ``active``, ``suspended`` or ``closed``.
    status: str | None
    name: str | None


class TwilioConsole:
    """Twilio's API beside sending. The HTTP session is injected and shared: whoever opened it closes it."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def account_info(self, account: Account) -> AccountInfo:
        """Raises:
        TwilioUnreachable: no answer came.
        TwilioRefused: the token or the account is not accepted.
        """
        url = f"{account.base_url.rstrip('/')}/2010-04-01/Accounts/{account.account}.json"
        login = aiohttp.encode_basic_auth(account.account, account.secrets.get("auth_token", ""), "utf-8")
        try:
            async with self._http.get(
                url, headers={"Authorization": login}, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                body = await response.content.read(_ANSWER_LIMIT)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Not "from error": what aiohttp raises can quote the request.
            raise TwilioUnreachable(type(error).__name__) from None
        answer = _mapping(body)
        if response.status != HTTPStatus.OK:
            reason = safe(answer.get("message")) or f"Twilio answered {response.status}"
            raise TwilioRefused(reason, is_token=response.status == HTTPStatus.UNAUTHORIZED)
        return AccountInfo(text(answer.get("status"), 40), text(answer.get("friendly_name"), 200))


def _mapping(body: bytes) -> dict[str, Any]:
    try:
        return mapping(parse(body))
    except Unreadable:
        return {}
