"""Sends through Meta's WhatsApp Cloud API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.providers.meta.answers import as_code, error_reason, node_url, read_json, throttled_for
from engine.providers.meta.bodies import message_body
from engine.providers.meta.errors import classify
from engine.providers.port import Account, Action, Outcome, Outgoing, SendResult, Unsendable
from engine.providers.transport import InDoubt, Inexpressible, NotSent, Request, Response, Transport
from engine.providers.verdict import Verdict

_WAITS = frozenset({Action.RETRY, Action.RETRY_RECIPIENT, Action.STOP_CHANNEL})
#: Words beside an accepted id that mean the message is not on its way yet.
_HELD = frozenset({"paused", "held_for_quality_assessment"})


class MetaSender:
    """A :class:`~engine.providers.port.Sender`. Whoever opened the shared transport closes it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, account: Account, message: Outgoing) -> SendResult:
        try:
            request = _request(account, message)
            response = await self._transport.request(request)
        except Unsendable as error:
            return SendResult(Outcome.REJECTED, code="unsendable", reason=str(error), action=Action.PERMANENT)
        except Inexpressible as error:
            # The body is ours; only the account's address, number or token can spoil a request.
            return SendResult(
                Outcome.REJECTED, code=error.code, reason=str(error), action=Action.STOP_CHANNEL
            )
        except NotSent as error:
            return SendResult(Outcome.NOT_SENT, reason=str(error), action=Action.RETRY)
        except InDoubt as error:
            return SendResult(Outcome.UNCERTAIN, reason=str(error))
        return read_answer(response)

    async def close(self) -> None:
        """Nothing to close: the transport belongs to whoever opened it."""


def read_answer(response: Response) -> SendResult:
    """How a send ended, by Meta's answer."""
    answer = read_json(response.body)
    if 200 <= response.status < 300 and (accepted := _accepted(answer)):
        return accepted
    error = answer.get("error")
    error = error if isinstance(error, dict) else {}
    code, subcode = as_code(error.get("code")), as_code(error.get("error_subcode"))
    verdict = classify(code, subcode, response.status)
    return SendResult(
        verdict.outcome,
        code=None if code is None else str(code),
        reason=error_reason(error) or f"Meta answered {response.status}",
        action=verdict.action,
        retry_after=_wait(verdict, response),
    )


def _request(account: Account, message: Outgoing) -> Request:
    headers = (
        f"Authorization: Bearer {account.secrets.get('access_token', '')}",
        "Content-Type: application/json",
    )
    return Request("POST", node_url(account, f"{account.sender}/messages"), headers, message_body(message))


def _accepted(answer: dict[str, Any]) -> SendResult | None:
    message = _first(answer.get("messages"))
    message_id = message.get("id")
    if not isinstance(message_id, str) or not message_id:
        return None
    contact, status = _first(answer.get("contacts")), message.get("message_status")
    identity = contact.get("wa_id") or contact.get("user_id")
    return SendResult(
        Outcome.ACCEPTED,
        provider_message_id=message_id,
        wa_id=identity if isinstance(identity, str) else None,
        reason=status if isinstance(status, str) and status in _HELD else None,
    )


def _first(value: object) -> dict[str, Any]:
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, dict) else {}


def _wait(verdict: Verdict, response: Response) -> timedelta | None:
    if verdict.action not in _WAITS:
        return verdict.wait
    asked = throttled_for(response.header("retry-after"), response.header("x-business-use-case-usage"))
    return asked or verdict.wait
