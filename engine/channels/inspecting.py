"""What a vendor says about a channel when it is asked, in words of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import aiohttp

from engine.providers.meta.console import MetaConsole, MetaRefused, MetaUnreachable
from engine.providers.meta.nodes import NumberInfo, TokenInfo
from engine.providers.port import Account
from engine.providers.twilio.console import TwilioConsole, TwilioRefused, TwilioUnreachable

_SCOPES = frozenset({"whatsapp_business_messaging", "whatsapp_business_management"})
_TOKEN_INVALID = 190
_UNREACHABLE, _TOKEN, _REFUSED = "unreachable", "token_invalid", "refused"


@dataclass(frozen=True, slots=True)
class Inspection:
    """The vendor's own words beside ``problems``, which are stable words of ours; none means all is well.

    ``unreachable``, ``token_invalid``, ``permission_missing``, ``number_unusable``, ``account_unusable``,
    ``refused``.
    """

    problems: tuple[str, ...] = ()
    display: str | None = None
    verified_name: str | None = None
    #: Meta: GREEN, YELLOW, RED or UNKNOWN.
    quality: str | None = None
    status: str | None = None
    throughput: str | None = None
    messaging_limit: str | None = None
    #: When the token stops to work; None means never, or unknown.
    expires_at: datetime | None = None


async def inspect_meta(http: aiohttp.ClientSession, account: Account) -> Inspection:
    """The number, and the life of its token (providers 1.6 and 1.7)."""
    console = MetaConsole(http)
    try:
        number = await console.number_info(account)
        token = await console.debug_token(account) if account.secrets.get("app_id") else None
    except MetaUnreachable:
        return Inspection(problems=(_UNREACHABLE,))
    except MetaRefused as error:
        return Inspection(problems=(_TOKEN if error.error_code == _TOKEN_INVALID else _REFUSED,))
    return Inspection(
        problems=_problems(number, token),
        display=number.display_phone_number,
        verified_name=number.verified_name,
        quality=number.quality_rating,
        status=number.status,
        throughput=number.throughput,
        messaging_limit=number.messaging_limit,
        expires_at=token.expires_at if token else None,
    )


async def inspect_twilio(http: aiohttp.ClientSession, account: Account) -> Inspection:
    """The account, asked with its own token."""
    try:
        found = await TwilioConsole(http).account_info(account)
    except TwilioUnreachable:
        return Inspection(problems=(_UNREACHABLE,))
    except TwilioRefused as error:
        return Inspection(problems=(_TOKEN if error.is_token else _REFUSED,))
    problems = () if found.status == "active" else ("account_unusable",)
    return Inspection(problems=problems, verified_name=found.name, status=found.status)


def _problems(number: NumberInfo, token: TokenInfo | None) -> tuple[str, ...]:
    found = []
    if number.status not in (None, "CONNECTED"):
        found.append("number_unusable")
    if token is not None and not token.is_valid:
        found.append(_TOKEN)
    elif token is not None and not token.scopes >= _SCOPES:
        found.append("permission_missing")
    return tuple(found)
