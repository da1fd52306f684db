"""Twilio's error codes and bodies."""

from __future__ import annotations

import orjson
from aiohttp import web

JSON_HEADERS = {"Content-Type": "application/json"}

#: HTTP status and wording by code; ``{to}`` and ``{from_}`` are filled in.
FAULTS: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {to} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21211: (400, "Invalid 'To' Phone Number: {to}"),
    21212: (400, "Invalid From Number (caller ID): {from_}"),
    21266: (400, "'To' and 'From' number cannot be the same: {to}"),
    21408: (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}",
    ),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The 'From' phone number {from_} is not a valid, SMS-capable phone number for your account.",
    ),
    21608: (400, "The number {to} is unverified. Trial accounts cannot send messages to unverified numbers."),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "The message cannot be sent with the current combination of 'To' and 'From' parameters."),
    21614: (400, "'To' number {to} is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21635: (400, "'To' number {to} is a landline"),
}


class TwilioRefusal(Exception):
    """Twilio answers with an error instead of accepting."""

    def __init__(self, code: int, *, to: str = "", sender: str = "", retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self._to = to
        self._sender = sender
        self._retry_after = retry_after

    def response(self) -> web.Response:
        status, words = FAULTS.get(self.code, (400, "Simulated error"))
        body = {
            "code": self.code,
            "message": words.format(to=self._to, from_=self._sender),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": status,
        }
        headers = dict(JSON_HEADERS)
        if self._retry_after is not None:
            headers["Retry-After"] = str(self._retry_after)
        return web.Response(status=status, body=orjson.dumps(body), headers=headers)
