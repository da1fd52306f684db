"""Fetches files people sent over Twilio: its API names a host of its storage, which asks for no login."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp
from yarl import URL

from engine.errors import EngineError, Kind
from engine.providers.port import Account

TIMEOUT = aiohttp.ClientTimeout(total=300, connect=10, sock_read=30)
_CHUNK = 1 << 16
_API_HOST = "api.twilio.com"
#: Where the API sends us for the bytes themselves.
_STORAGE = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")
_REDIRECTS = 3


class TwilioMediaUnreachable(EngineError):
    """Twilio did not hand over the file."""

    kind = Kind.UNAVAILABLE


class TwilioMediaGone(EngineError):
    """Twilio no longer has this file."""

    kind = Kind.NOT_FOUND


class ForeignTwilioMedia(EngineError):
    """The file is not on one of Twilio's hosts."""

    kind = Kind.FORBIDDEN


class TwilioMediaTooLarge(EngineError):
    """The file is larger than allowed."""

    kind = Kind.TOO_LARGE


@dataclass(frozen=True, slots=True)
class Fetched:
    size: int
    sha256: str


async def download(
    http: aiohttp.ClientSession, account: Account, url: str, file: Path, *, limit: int
) -> Fetched:
    """Fetch the file of an inbound message into ``file``, at most ``limit`` bytes.

    The account's login is shown to the API's own host only.

    Raises:
        ForeignTwilioMedia, TwilioMediaGone, TwilioMediaTooLarge: it never will be fetched.
        TwilioMediaUnreachable: not now.
    """
    address = _api_address(url, account)
    login = aiohttp.encode_basic_auth(account.account, account.secrets.get("auth_token", ""))
    headers = {"Authorization": login}
    for _ in range(_REDIRECTS):
        try:
            async with http.get(address, headers=headers, allow_redirects=False, timeout=TIMEOUT) as response:
                if not 300 <= response.status < 400:
                    return await _take(response, file, limit)
                location = response.headers.get("Location", "")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Not "from error": what aiohttp raises can quote the request.
            raise TwilioMediaUnreachable(type(error).__name__) from None
        address, headers = _storage_address(address, location, account), {}
    raise TwilioMediaUnreachable("Twilio sent us in circles")


def _api_address(url: str, account: Account) -> URL:
    address = _parse(url)
    if _is_own(address, account) or (address.scheme == "https" and address.host == _API_HOST):
        return address
    raise ForeignTwilioMedia


def _storage_address(asked: URL, location: str, account: Account) -> URL:
    try:
        address = _parse(str(asked.join(URL(location))))
    except ValueError:
        raise ForeignTwilioMedia from None
    is_storage = address.scheme == "https" and (address.host or "").endswith(_STORAGE)
    if is_storage or _is_own(address, account):
        return address
    raise ForeignTwilioMedia


def _parse(url: str) -> URL:
    try:
        address = URL(url)
    except ValueError:
        raise ForeignTwilioMedia from None
    if not address.is_absolute() or address.user:
        raise ForeignTwilioMedia
    return address


def _is_own(address: URL, account: Account) -> bool:
    return address.origin() == URL(account.base_url).origin()


async def _take(response: aiohttp.ClientResponse, file: Path, limit: int) -> Fetched:
    if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise TwilioMediaGone
    if response.status != HTTPStatus.OK:
        raise TwilioMediaUnreachable(f"Twilio answered {response.status}")
    digest, size = hashlib.sha256(), 0
    target = await asyncio.to_thread(file.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TwilioMediaTooLarge
            digest.update(chunk)
            await asyncio.to_thread(target.write, chunk)
    finally:
        await asyncio.to_thread(target.close)
    return Fetched(size, digest.hexdigest())
