"""Meta's error codes, bodies, statuses and headers."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

HREF = "/documentation/business-messaging/whatsapp/support/error-codes"
JSON_HEADERS = {"Content-Type": "application/json; charset=UTF-8"}
THROTTLED = frozenset({4, 80007, 130429})


@dataclass(frozen=True, slots=True)
class Fault:
    """What Meta says about one code."""

    status: int
    title: str
    details: str = ""


_ENGAGEMENT = "In order to maintain a healthy ecosystem engagement, the message failed to be delivered."
FAULTS: dict[int, Fault] = {
    0: Fault(401, "AuthException", "We were unable to authenticate the app user."),
    2: Fault(503, "API Service", "Temporary due to downtime or due to being overloaded."),
    4: Fault(400, "API Too Many Calls", "The app has reached its API call rate limit."),
    10: Fault(403, "API Permission Denied", "Permission is either not granted or has been removed."),
    33: Fault(400, "Parameter value is not valid", "The business phone number has been deleted."),
    100: Fault(
        400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters."
    ),
    190: Fault(401, "Invalid OAuth access token - Cannot parse access token"),
    200: Fault(403, "API Permission", "Permission is either not granted or has been removed."),
    368: Fault(403, "Temporarily blocked for policies violations", "The account was restricted or disabled."),
    2200: Fault(400, "Callback verification failed", "The callback URL did not answer the challenge."),
    80007: Fault(400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: Fault(400, "Rate limit hit", "Cloud API message throughput has been reached."),
    130472: Fault(
        400,
        "User's number is part of an experiment",
        "Failed to send message because this user's phone number is part of an experiment.",
    ),
    130497: Fault(
        403,
        "Business account is restricted from messaging users in this country",
        "The business may not message users there.",
    ),
    131000: Fault(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: Fault(403, "Access denied", "Permission is either not granted or has been removed."),
    131008: Fault(400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: Fault(400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: Fault(500, "Service unavailable", "A service is temporarily unavailable."),
    131021: Fault(400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: Fault(400, "Message undeliverable", "Message Undeliverable."),
    131030: Fault(
        400, "Recipient phone number not in allowed list", "Recipient phone number not in allowed list."
    ),
    131031: Fault(403, "Account has been locked", "The business account has been restricted or disabled."),
    131037: Fault(
        400, "Display name is not approved", "The display name must be approved before messages can be sent."
    ),
    131042: Fault(
        400, "Business eligibility payment issue", "There was an error related to your payment method."
    ),
    131047: Fault(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer "
        "last replied to this number.",
    ),
    131048: Fault(
        400,
        "Spam rate limit hit",
        "Message failed to send because there are restrictions on how many messages "
        "can be sent from this phone number.",
    ),
    131049: Fault(
        400, "This message was not delivered to maintain healthy ecosystem engagement.", _ENGAGEMENT
    ),
    131050: Fault(
        400,
        "User has stopped marketing messages",
        "The recipient has chosen to stop receiving marketing messages from your business.",
    ),
    131051: Fault(400, "Unsupported message type", "Message type is not currently supported."),
    131052: Fault(400, "Media download error", "Unable to download the media sent by the user."),
    131053: Fault(400, "Media upload error", "Unable to upload the media used in the message."),
    131056: Fault(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "to the same phone number in a short period of time.",
    ),
    131057: Fault(500, "Business Account is in maintenance mode", "Business account is in maintenance mode."),
    132000: Fault(
        400,
        "Number of parameters does not match the expected number of params",
        "The number of variable values does not match the template.",
    ),
    132001: Fault(
        404,
        "Template name does not exist in the translation",
        "The template does not exist in the specified language or has not been approved.",
    ),
    132012: Fault(
        400,
        "Parameter format does not match format in the created template",
        "Variable values are formatted incorrectly.",
    ),
    132015: Fault(
        400,
        "Template is paused",
        "Template is paused due to low quality so it cannot be sent in a template message.",
    ),
    132016: Fault(
        400,
        "Template is disabled",
        "Template has been paused too many times due to low quality and is now permanently disabled.",
    ),
    132018: Fault(
        400,
        "There is an issue with the parameters in your template",
        "The parameter values of the template are wrong.",
    ),
    133010: Fault(
        400, "Phone number not registered", "Phone number not registered on the WhatsApp Business Platform."
    ),
}


def fault(code: int) -> Fault:
    return FAULTS.get(code) or Fault(400, "Something went wrong", "Simulated error.")


class MetaRefusal(Exception):
    """Meta answers with an error instead of accepting."""

    def __init__(self, code: int, details: str | None = None, *, subcode: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.subcode = subcode
        self.retry_after: int | None = None
        self.status: int | None = None
        self.account: str = ""

    def response(self) -> web.Response:
        """The answer as Meta words it; throttling brings its headers along."""
        trace = base64.urlsafe_b64encode(os.urandom(17)).decode()[:23]
        headers = {**JSON_HEADERS, "x-fb-request-id": trace, "x-fb-trace-id": trace}
        if self.code in THROTTLED and self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
            headers["X-Business-Use-Case-Usage"] = _usage(self.account, self.retry_after)
        body = orjson.dumps({"error": self._error(trace)})
        return web.Response(status=self.status or fault(self.code).status, body=body, headers=headers)

    def _error(self, trace: str) -> dict[str, Any]:
        known = fault(self.code)
        error: dict[str, Any] = {"message": self._message(known), "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.code == 100 and self.subcode == 33:
            error["type"] = "GraphMethodException"
        elif self.code not in (0, 190):
            details = self.details or known.details
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        return {**error, "fbtrace_id": trace}

    def _message(self, known: Fault) -> str:
        if self.code in (0, 190) or self.subcode == 33:
            return self.details or known.title
        return f"(#{self.code}) {known.title}"


def expired() -> MetaRefusal:
    """The token ran out: 190 with subcode 463."""
    when = "Tuesday, 24-Nov-26 10:00:00 PST"
    return MetaRefusal(190, f"Error validating access token: Session has expired on {when}.", subcode=463)


def unknown_object(object_id: str, method: str = "get") -> MetaRefusal:
    """No node has this id: 400, code 100, subcode 33, and not a 404."""
    details = (
        f"Unsupported {method} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation"
    )
    return MetaRefusal(100, details, subcode=33)


def as_status_error(code: int) -> dict[str, Any]:
    """The same error inside a ``failed`` status webhook."""
    known = fault(code)
    return {
        "code": code,
        "title": known.title,
        "message": known.title,
        "error_data": {"details": known.details},
        "href": HREF,
    }


def _usage(account: str, retry_after: int) -> str:
    minutes = max(1, round(retry_after / 60))
    use = {
        "type": "whatsapp",
        "call_count": 100,
        "total_cputime": 100,
        "total_time": 100,
        "estimated_time_to_regain_access": minutes,
    }
    return orjson.dumps({account: [use]}).decode()
