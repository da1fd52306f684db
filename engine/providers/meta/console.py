"""Management calls to Meta: templates, numbers, tokens, files, read marks and subscriptions."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from engine.errors import EngineError, Kind
from engine.providers.meta import nodes
from engine.providers.meta.answers import as_code, error_reason, node_url, read_json, throttled_for
from engine.providers.meta.errors import classify
from engine.providers.meta.nodes import (
    Downloaded,
    MediaInfo,
    NumberInfo,
    Subscriber,
    TemplateNode,
    TokenInfo,
)
from engine.providers.port import Account, Action
from engine.providers.untrusted import identifier, items, mapping

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
FILE_TIMEOUT = aiohttp.ClientTimeout(total=300, connect=10, sock_read=30)
_ANSWER_LIMIT = 8 << 20
_CHUNK = 1 << 16
_MOST_PAGES = 200
_MEDIA_HOST = "lookaside.fbsbx.com"
_TEMPLATE_FIELDS = (
    "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason"
)
_NUMBER_FIELDS = (
    "id,display_phone_number,verified_name,name_status,quality_rating,status,throughput,"
    "whatsapp_business_manager_messaging_limit"
)
#: Webhook fields the engine understands.
FIELDS = (
    "messages,user_preferences,message_template_status_update,message_template_quality_update,"
    "template_category_update,phone_number_quality_update,business_capability_update,account_update"
)


class MetaUnreachable(EngineError):
    """Meta did not answer."""

    kind = Kind.UNAVAILABLE


class MetaRefused(EngineError):
    """Meta refused."""

    kind = Kind.INVALID

    def __init__(
        self, reason: str, *, error_code: int | None, action: Action | None, retry_after: timedelta | None
    ) -> None:
        super().__init__(reason)
        self.error_code = error_code
        self.action = action
        self.retry_after = retry_after


class ForeignMedia(EngineError):
    """The file is not on one of Meta's own hosts."""

    kind = Kind.FORBIDDEN


class MediaTooLarge(EngineError):
    """The file is larger than allowed."""

    kind = Kind.TOO_LARGE


class MetaConsole:
    """Meta's Graph API beside sending. The HTTP session is injected and shared: whoever opened it closes it.

    Every call raises :class:`MetaUnreachable` when no answer came and :class:`MetaRefused` when one refused.
    """

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def list_templates(self, account: Account) -> AsyncIterator[TemplateNode]:
        """Every template of the business account, page by page."""
        query = {"fields": _TEMPLATE_FIELDS, "limit": "100"}
        for _ in range(_MOST_PAGES):
            page = await self._get(account, f"{account.account}/message_templates", query)
            for node in items(page.get("data")):
                if found := nodes.template(node):
                    yield found
            # "next" is a whole address with a token in it: only its presence and the cursor are used.
            paging = mapping(page.get("paging"))
            after = identifier(mapping(paging.get("cursors")).get("after"))
            if not paging.get("next") or not after:
                return
            query["after"] = after

    async def number_info(self, account: Account) -> NumberInfo:
        node = await self._get(account, account.sender, {"fields": _NUMBER_FIELDS})
        return nodes.number(node, account.sender)

    async def debug_token(self, account: Account) -> TokenInfo:
        """What Meta thinks of the account's token, asked with the app's own."""
        query = {"input_token": account.secrets.get("access_token", "")}
        return nodes.token(await self._get(account, "debug_token", query, token=_app_token(account)))

    async def mark_read(self, account: Account, message_id: str, *, typing: bool = False) -> None:
        """Show the person that the message was read and, with ``typing``, that an answer is being written."""
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        await self._call(account, "POST", f"{account.sender}/messages", json=body)

    async def upload_media(self, account: Account, file: Path, *, mime: str) -> str:
        """Upload a file for sending; its id lives for 30 days."""
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": mime})
        # aiohttp reads the file in a thread and closes it.
        opened = await asyncio.to_thread(file.open, "rb")
        form.add_field("file", opened, content_type=mime, filename=file.name)
        path = f"{account.sender}/media"
        answer = await self._call(account, "POST", path, data=form, timeout=FILE_TIMEOUT)
        media_id = identifier(answer.get("id"))
        if not media_id:
            raise MetaUnreachable("Meta took the file without naming it")
        return media_id

    async def media_info(self, account: Account, media_id: str) -> MediaInfo:
        """Where a received file can be fetched, for about five minutes."""
        answer = await self._get(account, media_id, {"phone_number_id": account.sender})
        url = answer.get("url")
        if not isinstance(url, str) or not url:
            raise MetaUnreachable("Meta did not say where the file is")
        return nodes.media(answer, url)

    async def download_media(self, account: Account, url: str, file: Path, *, limit: int) -> Downloaded:
        """Fetch a file from Meta into ``file``, at most ``limit`` bytes. A failure leaves no file behind.

        Raises:
            ForeignMedia: the address is neither Meta's media host nor the account's own base.
            MediaTooLarge: the file is larger than ``limit``.
        """
        address = _media_address(url, account)
        stored: Downloaded | None = None
        try:
            stored = await self._fetch(account, address, file, limit)
        finally:
            if not stored:
                await asyncio.to_thread(file.unlink, missing_ok=True)
        return stored

    async def subscribers(self, account: Account) -> list[Subscriber]:
        """Who hears of the business account's messages and statuses."""
        return nodes.subscribers(await self._get(account, f"{account.account}/subscribed_apps", {}))

    async def subscribe_account(self, account: Account, *, callback_url: str) -> None:
        """Have the business account's messages and statuses sent to our listener."""
        verify_token = account.secrets.get("verify_token", "")
        body = {"override_callback_uri": callback_url, "verify_token": verify_token}
        await self._call(account, "POST", f"{account.account}/subscribed_apps", json=body)

    async def subscribe_app(self, account: Account, *, callback_url: str) -> None:
        """Have the app's webhooks sent to our listener: template and account facts come only this way."""
        form = {
            "object": "whatsapp_business_account",
            "callback_url": callback_url,
            "verify_token": account.secrets.get("verify_token", ""),
            "fields": FIELDS,
        }
        path = f"{account.secrets.get('app_id', '')}/subscriptions"
        await self._call(account, "POST", path, data=form, token=_app_token(account))

    async def _fetch(self, account: Account, address: URL, file: Path, limit: int) -> Downloaded:
        try:
            async with self._http.get(
                address, headers=_bearer(account), allow_redirects=False, timeout=FILE_TIMEOUT
            ) as response:
                if response.status != 200:
                    raise _refusal(response, await _read(response))
                return await _store(response, file, limit)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise MetaUnreachable(type(error).__name__) from None

    async def _get(
        self, account: Account, path: str, query: Mapping[str, str], *, token: str | None = None
    ) -> dict[str, Any]:
        return await self._call(account, "GET", path, params=query, token=token)

    async def _call(
        self, account: Account, method: str, path: str, *, token: str | None = None, **options: Any
    ) -> dict[str, Any]:
        options.setdefault("timeout", TIMEOUT)
        try:
            async with self._http.request(
                method,
                node_url(account, path),
                headers=_bearer(account, token),
                allow_redirects=False,
                **options,
            ) as response:
                body = await _read(response)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Not "from error": what aiohttp raises can quote the address, and debug_token's holds a token.
            raise MetaUnreachable(type(error).__name__) from None
        if response.status != 200:
            raise _refusal(response, body)
        return read_json(body)


def _app_token(account: Account) -> str:
    return f"{account.secrets.get('app_id', '')}|{account.secrets.get('app_secret', '')}"


def _bearer(account: Account, token: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token or account.secrets.get('access_token', '')}"}


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(_ANSWER_LIMIT)
    while chunk := await response.content.read(_ANSWER_LIMIT):
        body += chunk
        if len(body) > _ANSWER_LIMIT:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return body


def _refusal(response: aiohttp.ClientResponse, body: bytes) -> EngineError:
    error = mapping(read_json(body).get("error"))
    code = as_code(error.get("code"))
    if code is None and (response.status >= 500 or response.status < 400):
        return MetaUnreachable(f"Meta answered {response.status}")
    headers = response.headers
    return MetaRefused(
        error_reason(error) or f"Meta answered {response.status}",
        error_code=code,
        action=classify(code, as_code(error.get("error_subcode")), response.status).action,
        retry_after=throttled_for(headers.get("Retry-After"), headers.get("X-Business-Use-Case-Usage")),
    )


def _media_address(url: str, account: Account) -> URL:
    """The address as the client will read it, if it lies on a host the token may be shown to."""
    try:
        address = URL(url)
        is_ours = address.origin() == URL(account.base_url).origin()
    except ValueError:
        raise ForeignMedia from None
    is_metas = address.scheme == "https" and address.host == _MEDIA_HOST and address.port == 443
    if (is_metas or is_ours) and not address.user and not address.password:
        return address
    raise ForeignMedia


async def _store(response: aiohttp.ClientResponse, file: Path, limit: int) -> Downloaded:
    if (response.content_length or 0) > limit:
        raise MediaTooLarge
    digest, size = hashlib.sha256(), 0
    target = await asyncio.to_thread(file.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise MediaTooLarge
            digest.update(chunk)
            await asyncio.to_thread(target.write, chunk)
    finally:
        await asyncio.to_thread(target.close)
    return Downloaded(size, digest.hexdigest(), response.headers.get("Content-Type"))
