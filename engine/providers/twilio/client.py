"""Sends through Twilio's Messages resource, and asks it what became of a send in doubt."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from engine.providers.port import (
    Account,
    Action,
    Address,
    AddressKind,
    Content,
    Found,
    LookupFailed,
    Media,
    Outcome,
    Outgoing,
    SendResult,
    Template,
    Text,
    Trace,
    Unsendable,
)
from engine.providers.reasons import safe
from engine.providers.transport import InDoubt, Inexpressible, NotSent, Response, Transport
from engine.providers.transport.retry_after import retry_after
from engine.providers.twilio.errors import classify
from engine.providers.twilio.http import CarriedHttp, Unexpected
from engine.providers.untrusted import Unreadable, mapping, parse

#: How far Twilio's clock and ours, and a slow request, may put a record from the send.
WINDOW = timedelta(minutes=15)
#: More messages to one person than this cannot be searched for a proof of absence.
_MOST = 1000
_PAGE = 200
_WHATSAPP = "whatsapp:"
#: What a trial account's texts begin with.
_TRIAL = "Sent from your Twilio trial account - "
_WAITS = frozenset({Action.RETRY, Action.RETRY_RECIPIENT})


class TwilioSender:
    """A :class:`~engine.providers.port.Sender` that :class:`~engine.providers.port.LooksUp`, on the SDK."""

    def __init__(self, transport: Transport) -> None:
        self._http = CarriedHttp(transport)
        self._clients: dict[str, tuple[Account, Client]] = {}

    async def send(self, account: Account, message: Outgoing) -> SendResult:
        try:
            client, parameters = self._client(account), _parameters(account, message)
            record = await client.messages.create_async(**parameters)
        except Unsendable as error:
            return SendResult(Outcome.REJECTED, code="unsendable", reason=str(error), action=Action.PERMANENT)
        except (Inexpressible, TwilioException):
            # The SDK itself objects only to missing credentials.
            reason = "the account's address or credentials cannot be used"
            return SendResult(Outcome.REJECTED, code="account", reason=reason, action=Action.STOP_CHANNEL)
        except NotSent as error:
            return SendResult(Outcome.NOT_SENT, reason=str(error), action=Action.RETRY)
        except InDoubt as error:
            return SendResult(Outcome.UNCERTAIN, reason=str(error))
        except Unexpected as error:
            return _refused(error.response)
        return SendResult(Outcome.ACCEPTED, provider_message_id=record.sid)

    async def find(self, account: Account, trace: Trace) -> Found | None:
        """The record nearest to the send with its recipient and words.

        The list is asked for by person and sender only and dates are compared here: Twilio filters by the
        day of sending, which a message still in its queue does not have.
        """
        try:
            records = await self._list(account, trace.to)
        except (NotSent, InDoubt, Unexpected, TwilioException) as error:
            raise LookupFailed(f"the list of messages could not be read ({type(error).__name__})") from error
        matches = [record for record in records if _matches(record, account, trace)]
        if not matches:
            return None
        nearest = min(matches, key=lambda record: _distance(record, trace))
        return Found(nearest.sid, str(nearest.status))

    async def close(self) -> None:
        """Nothing to close: the transport belongs to whoever opened it."""

    async def _list(self, account: Account, to: str) -> list[MessageInstance]:
        query: dict[str, Any] = {"to": _phone(account, to), "limit": _MOST + 1, "page_size": _PAGE}
        if not _is_service(account):
            query["from_"] = account.sender
        stream = await self._client(account).messages.stream_async(**query)
        records = [record async for record in stream]
        if len(records) > _MOST:
            raise LookupFailed("too many messages to this person to be searched")
        return records

    def _client(self, account: Account) -> Client:
        known = self._clients.get(account.channel_id)
        if known and known[0] == account:
            return known[1]
        secrets = account.secrets
        # A key signs in the account's place; its secret is not the token that signs webhooks.
        user, password = account.account, secrets.get("auth_token")
        if secrets.get("api_key_sid"):
            user, password = secrets["api_key_sid"], secrets.get("api_key_secret")
        # A mapping of our own keeps the SDK from reading the environment.
        client = Client(user, password, account.account, http_client=self._http, environment={"-": "-"})
        client.api.base_url = account.base_url.rstrip("/")
        self._clients[account.channel_id] = (account, client)
        return client


def _parameters(account: Account, message: Outgoing) -> dict[str, Any]:
    sender = "messaging_service_sid" if _is_service(account) else "from_"
    parameters = {"to": _recipient(account, message.to), sender: account.sender, **_content(message.content)}
    if account.status_callback:
        parameters["status_callback"] = _callback(account.status_callback, message.token)
    return parameters


def _recipient(account: Account, to: Address) -> str:
    if to.kind not in (AddressKind.PHONE, AddressKind.WA_ID):
        raise Unsendable("Twilio writes to phones only")
    return _phone(account, to.value)


def _phone(account: Account, digits: str) -> str:
    phone = f"+{digits.removeprefix('+')}"
    return f"{_WHATSAPP}{phone}" if account.sender.startswith(_WHATSAPP) else phone


def _is_service(account: Account) -> bool:
    return account.sender.startswith("MG")


def _content(content: Content) -> dict[str, Any]:
    match content:
        case Text() if content.body:
            return {"body": content.body}
        case Template() if content.text:
            return {"body": content.text}
        case Media() if content.link:
            return {"media_url": [content.link], **({"body": content.caption} if content.caption else {})}
        case _:
            raise Unsendable("an SMS carries text or a linked file")


def _callback(address: str, token: str) -> str:
    """The token goes into the query, which Twilio's signature covers; a fragment holds retry settings."""
    base, mark, fragment = address.partition("#")
    return f"{base}{'&' if '?' in base else '?'}t={quote(token, safe='')}{mark}{fragment}"


def _refused(response: Response) -> SendResult:
    try:
        answer = mapping(parse(response.body))
    except Unreadable:
        answer = {}
    code = answer.get("code")
    code = code if isinstance(code, int) and not isinstance(code, bool) else None
    verdict = classify(code, response.status)
    asked = retry_after(response.header("retry-after")) if verdict.action in _WAITS else None
    return SendResult(
        verdict.outcome,
        code=None if code is None else str(code),
        # The classic shape has a message, RFC 9457 a title and a detail.
        reason=safe(answer.get("message"), answer.get("title"), answer.get("detail"))
        or f"Twilio answered {response.status}",
        action=verdict.action,
        retry_after=asked or verdict.wait,
    )


def _matches(record: MessageInstance, account: Account, trace: Trace) -> bool:
    if not isinstance(record.sid, str) or record.sid in trace.taken or record.direction == "inbound":
        return False
    if _is_service(account) and record.messaging_service_sid != account.sender:
        return False
    if not isinstance(record.body, str) or _words(record.body) not in _expected(trace):
        return False
    return _distance(record, trace) <= WINDOW


def _expected(trace: Trace) -> tuple[str, str]:
    words = _words(trace.body)
    return words, _words(_TRIAL) + words


def _words(body: str) -> str:
    """Letters and digits only: Twilio trims texts and, with smart encoding, replaces quotes and dashes."""
    return "".join(c for c in unicodedata.normalize("NFKD", body) if c.isalnum())


def _distance(record: MessageInstance, trace: Trace) -> timedelta:
    """From the send to the record; nothing where the record is undated, so that it counts as a match."""
    moments: Iterable[Any] = (record.date_created, record.date_sent)
    dated = [abs(m - trace.dispatched_at) for m in moments if isinstance(m, datetime) and m.tzinfo]
    return min(dated, default=timedelta(0))
