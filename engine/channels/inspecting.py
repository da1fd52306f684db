"""What a vendor says about a channel when it is asked, in words of ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import aiohttp

from engine.providers.meta.console import MetaConsole, MetaRefused, MetaUnreachable
from engine.providers.meta.nodes import NumberInfo, TokenInfo
from engine.providers.port import Account
from engine.providers.twilio.console import (
    AccountInfo,
    Balance,
    NumberPlace,
    TwilioConsole,
    TwilioRefused,
    TwilioUnreachable,
)

_SCOPES = frozenset({"whatsapp_business_messaging", "whatsapp_business_management"})
_TOKEN_INVALID = 190
_UNREACHABLE, _TOKEN, _REFUSED = "unreachable", "token_invalid", "refused"
#: Where the vendor reports what happens: to us, to somebody else, where its app says, or nowhere.
HERE, ELSEWHERE, APP, NOWHERE = "here", "elsewhere", "app", "nowhere"


@dataclass(frozen=True, slots=True)
class Inspection:
    """The vendor's own words beside ``problems``, which are stable words of ours; none means all is well.

    ``unreachable``, ``token_invalid``, ``app_refused``, ``api_key_invalid``, ``permission_missing``,
    ``number_unusable``, ``number_missing``, ``account_unusable``, ``webhook_missing``, ``refused``.
    """

    problems: tuple[str, ...] = ()
    #: Why the vendor refused, in its own words, and its code; safe to show.
    reason: str | None = None
    code: str | None = None
    display: str | None = None
    verified_name: str | None = None
    #: Meta: APPROVED, PENDING_REVIEW, DECLINED, …
    name_status: str | None = None
    #: Meta: GREEN, YELLOW, RED or UNKNOWN.
    quality: str | None = None
    status: str | None = None
    throughput: str | None = None
    messaging_limit: str | None = None
    #: ``here``, ``elsewhere``, ``app`` (the app's own address counts) or ``nowhere``; None means unknown.
    webhook: str | None = None
    #: Twilio: what is left to spend.
    balance: float | None = None
    currency: str | None = None
    #: When the token stops to work; None means never, or unknown.
    expires_at: datetime | None = None


async def inspect_linked(_: aiohttp.ClientSession, __: Account, ___: str | None) -> Inspection:
    """There is nobody to ask: whether the number is connected is what its link tells all the time."""
    return Inspection()


async def inspect_meta(http: aiohttp.ClientSession, account: Account, address: str | None) -> Inspection:
    """The number, the life of its token (providers 1.6 and 1.7), and who hears of its messages.

    ``address`` is where we listen; None for a number that is no channel yet.
    """
    console = MetaConsole(http)
    try:
        number = await console.number_info(account)
        webhook = await _subscription(console, account, address)
    except MetaUnreachable:
        return Inspection(problems=(_UNREACHABLE,))
    except MetaRefused as error:
        return _refused(error, _TOKEN if error.error_code == _TOKEN_INVALID else _REFUSED)
    found = _of_number(number, webhook)
    if not account.secrets.get("app_id"):
        return found
    try:
        return _with_token(found, await console.debug_token(account))
    except MetaUnreachable:
        return replace(found, problems=(*found.problems, _UNREACHABLE))
    except MetaRefused as error:
        # Asked with the app's own id and secret: it is these that Meta does not know.
        told = _refused(error, "app_refused")
        return replace(found, problems=(*told.problems, *found.problems), reason=told.reason, code=told.code)


async def inspect_twilio(http: aiohttp.ClientSession, account: Account, address: str | None) -> Inspection:
    """The account with its own token, its key, its money, and whether the number is its own."""
    console = TwilioConsole(http)
    try:
        found = await console.account_info(account)
        balance, place = await console.balance(account), await console.number_place(account)
    except TwilioUnreachable:
        return Inspection(problems=(_UNREACHABLE,))
    except TwilioRefused as error:
        return Inspection((_TOKEN if error.is_token else _REFUSED,), str(error), error.error_code)
    inspection = _of_account(found, balance, place, address)
    try:
        await console.try_api_key(account)
    except (TwilioUnreachable, TwilioRefused) as error:
        told = ("api_key_invalid", *inspection.problems)
        return replace(inspection, problems=told, reason=str(error), code=getattr(error, "error_code", None))
    return inspection


async def _subscription(console: MetaConsole, account: Account, address: str | None) -> str | None:
    """Where the business account's messages go; None where the token may not ask."""
    try:
        subscribers = await console.subscribers(account)
    except MetaRefused:
        return None
    if not subscribers:
        return NOWHERE
    overrides = {one.callback for one in subscribers if one.callback}
    if address in overrides:
        return HERE
    return ELSEWHERE if address and overrides else APP


def _of_number(number: NumberInfo, webhook: str | None) -> Inspection:
    problems = [] if number.status in (None, "CONNECTED") else ["number_unusable"]
    problems += ["webhook_missing"] if webhook == NOWHERE else []
    return Inspection(
        problems=tuple(problems),
        display=number.display_phone_number,
        verified_name=number.verified_name,
        name_status=number.name_status,
        quality=number.quality_rating,
        status=number.status,
        throughput=number.throughput,
        messaging_limit=number.messaging_limit,
        webhook=webhook,
    )


def _with_token(found: Inspection, token: TokenInfo) -> Inspection:
    problems = list(found.problems)
    if not token.is_valid:
        problems.insert(0, _TOKEN)
    elif not token.scopes >= _SCOPES:
        problems.append("permission_missing")
    return replace(
        found,
        problems=tuple(problems),
        reason=token.reason,
        code=None if token.code is None else str(token.code),
        expires_at=token.expires_at,
    )


def _of_account(
    found: AccountInfo, balance: Balance | None, place: NumberPlace | None, address: str | None
) -> Inspection:
    problems = [] if found.status == "active" else ["account_unusable"]
    problems += ["number_missing"] if place is not None and not place.is_here else []
    webhook = _place_of(place, address)
    problems += ["webhook_missing"] if webhook == NOWHERE else []
    return Inspection(
        problems=tuple(problems),
        verified_name=found.name,
        status=found.status,
        webhook=webhook,
        balance=balance.amount if balance else None,
        currency=balance.currency if balance else None,
    )


def _place_of(place: NumberPlace | None, address: str | None) -> str | None:
    if place is None or not place.is_here or address is None:
        return None
    if not place.sms_url:
        return NOWHERE
    return HERE if place.sms_url.partition("#")[0] == address else ELSEWHERE


def _refused(error: MetaRefused, problem: str) -> Inspection:
    code = None if error.error_code is None else str(error.error_code)
    return Inspection(problems=(problem,), reason=str(error), code=code)
