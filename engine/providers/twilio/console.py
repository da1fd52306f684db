"""Management calls to Twilio: do the token and the key work, whose is the number, what is left to spend?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from engine.errors import EngineError, Kind
from engine.providers.port import Account
from engine.providers.reasons import safe
from engine.providers.untrusted import Unreadable, identifier, items, mapping, parse, text

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
_ANSWER_LIMIT = 1 << 20
_ADDRESS_LENGTH = 2048


class TwilioUnreachable(EngineError):
    """Twilio did not answer."""

    kind = Kind.UNAVAILABLE


class TwilioRefused(EngineError):
    """Twilio refused."""

    kind = Kind.INVALID

    def __init__(self, reason: str, *, is_token: bool, error_code: str | None = None) -> None:
        super().__init__(reason)
        self.is_token = is_token
        self.error_code = error_code


@dataclass(frozen=True, slots=True)
class AccountInfo:
    #: ``active``, ``suspended`` or ``closed``.
    status: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Balance:
    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class NumberPlace:
    """Whether the account has our number, and where it sends what people write to it."""

    is_here: bool
    sms_url: str | None = field(default=None, repr=False)


class TwilioConsole:
    """Twilio's API beside sending. The HTTP session is injected and shared: whoever opened it closes it.

    Every call raises :class:`TwilioUnreachable` when no answer came.
    """

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def account_info(self, account: Account) -> AccountInfo:
        """Raises:
        TwilioRefused: the token or the account is not accepted.
        """
        answer = await self._get(account, ".json")
        return AccountInfo(text(answer.get("status"), 40), text(answer.get("friendly_name"), 200))

    async def balance(self, account: Account) -> Balance | None:
        """What is left to spend; None where Twilio does not tell."""
        try:
            answer = await self._get(account, "/Balance.json")
        except TwilioRefused:
            return None
        amount, currency = _amount(answer.get("balance")), text(answer.get("currency"), 3)
        return Balance(amount, currency) if amount is not None and currency else None

    async def number_place(self, account: Account) -> NumberPlace | None:
        """Where our number lives; None for other kinds of sender, and where Twilio does not tell."""
        if not account.sender.startswith("+"):
            return None
        try:
            answer = await self._get(
                account, "/IncomingPhoneNumbers.json", {"PhoneNumber": account.sender, "PageSize": "1"}
            )
        except TwilioRefused:
            return None
        found = [mapping(one) for one in items(answer.get("incoming_phone_numbers"))]
        ours = [one for one in found if one.get("phone_number") == account.sender]
        if not ours:
            return NumberPlace(is_here=False)
        return NumberPlace(is_here=True, sms_url=text(ours[0].get("sms_url"), _ADDRESS_LENGTH))

    async def try_api_key(self, account: Account) -> None:
        """Nothing happens when the account has no key, or one that works.

        Raises:
            TwilioRefused: the key is not accepted.
        """
        key = account.secrets.get("api_key_sid")
        if key:
            login = (key, account.secrets.get("api_key_secret", ""))
            await self._get(account, "/Messages.json", {"PageSize": "1"}, login=login)

    async def _get(
        self,
        account: Account,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        login: tuple[str, str] | None = None,
    ) -> dict[str, Any]:
        url = f"{account.base_url.rstrip('/')}/2010-04-01/Accounts/{account.account}{path}"
        user, word = login or (account.account, account.secrets.get("auth_token", ""))
        headers = {"Authorization": aiohttp.encode_basic_auth(user, word, "utf-8")}
        try:
            async with self._http.get(
                url, params=query, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                body = await response.content.read(_ANSWER_LIMIT)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Not "from error": what aiohttp raises can quote the request.
            raise TwilioUnreachable(type(error).__name__) from None
        answer = _mapping(body)
        if response.status != HTTPStatus.OK:
            raise _refusal(response.status, answer)
        return answer


def _refusal(status: int, answer: Mapping[str, Any]) -> TwilioRefused:
    reason = safe(answer.get("message")) or f"Twilio answered {status}"
    return TwilioRefused(
        reason, is_token=status == HTTPStatus.UNAUTHORIZED, error_code=identifier(answer.get("code"))
    )


def _amount(value: object) -> float | None:
    try:
        amount = float(value) if isinstance(value, str | int | float) and len(str(value)) < 20 else math.nan
    except ValueError:
        return None
    return amount if math.isfinite(amount) else None


def _mapping(body: bytes) -> dict[str, Any]:
    try:
        return mapping(parse(body))
    except Unreadable:
        return {}
