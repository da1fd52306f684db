"""One reusable libcurl easy handle: what goes out through it and what came back."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import certifi
import pycurl

from engine.providers.transport.wire import InDoubt, Inexpressible, Limits, NotSent, Request, Response

_REASON_LENGTH = 200
_MALFORMED = frozenset({pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL})


@cache
def trusted_certificates() -> str:
    """The system's bundle where there is one, else Mozilla's."""
    return ssl.get_default_verify_paths().cafile or certifi.where()


class Handle:
    """An easy handle with its options set once; only what differs is set again for the next request.

    ``left`` is the evidence the outcome classes rest on: libcurl announces every request before its first
    byte, so a transfer that ends without an announcement has sent nothing.
    """

    __slots__ = ("_body", "_head", "_headers", "_method", "_url", "curl", "left")

    def __init__(self, limits: Limits) -> None:
        self.left = False
        self._body: list[bytes] = []
        self._head: list[bytes] = []
        self._url = ""
        self._headers: tuple[str, ...] = ()
        self._method = ""
        self.curl = self._configure(limits)

    def load(self, request: Request) -> None:
        """Make the handle ready for this request.

        Raises:
            Inexpressible: the address or a header is not fit for HTTP.
        """
        self.left = False
        self._body.clear()
        self._head.clear()
        try:
            self._apply(request)
        except (pycurl.error, TypeError, ValueError):
            self._url, self._headers, self._method = "", (), ""
            # What libcurl says of it may quote a header, and a header holds the token.
            raise Inexpressible from None

    def response(self) -> Response:
        return Response(self.curl.getinfo(pycurl.RESPONSE_CODE), b"".join(self._body), tuple(self._head))

    def failure(self, code: int, message: str) -> NotSent | InDoubt:
        """What libcurl's error means for the message that was to leave."""
        if code == pycurl.E_ABORTED_BY_CALLBACK:
            message = "the connection died before an answer"
        if code in _MALFORMED:
            return Inexpressible()
        reason = f"curl {code}: {message[:_REASON_LENGTH]}"
        return InDoubt(reason) if self.left else NotSent(reason)

    def _apply(self, request: Request) -> None:
        if request.url != self._url:
            self.curl.setopt(pycurl.URL, request.url)
            self._url = request.url
        if request.headers != self._headers:
            self.curl.setopt(pycurl.HTTPHEADER, _lines(request.headers))
            self._headers = request.headers
        if request.method != self._method:
            self.curl.setopt(pycurl.POST if request.method == "POST" else pycurl.HTTPGET, 1)
            self._method = request.method
        if request.method == "POST":
            self.curl.setopt(pycurl.POSTFIELDS, request.body)

    def _before_request(self, *_addresses: object) -> int:
        """Let a request leave once.

        libcurl calls this when a connection stands and the request is about to be written. When a reused
        connection dies without an answer it opens another and writes the same POST again, which no option
        forbids (curl/curl#18417): the second call for one transfer is that copy, and it is stopped here.
        """
        if self.left:
            return int(pycurl.PREREQFUNC_ABORT)
        self.left = True
        return int(pycurl.PREREQFUNC_OK)

    def _configure(self, limits: Limits) -> Any:
        curl = pycurl.Curl()
        options: dict[int, Any] = {
            pycurl.NOSIGNAL: 1,
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
            pycurl.FOLLOWLOCATION: 0,
            # An empty proxy also switches off the environment's http_proxy.
            pycurl.PROXY: "",
            pycurl.SSL_VERIFYPEER: 1,
            pycurl.SSL_VERIFYHOST: 2,
            pycurl.CAINFO: trusted_certificates(),
            pycurl.TIMEOUT_MS: int(limits.total * 1000),
            pycurl.CONNECTTIMEOUT_MS: int(limits.connect * 1000),
            pycurl.MAXAGE_CONN: limits.idle,
            pycurl.MAXFILESIZE: limits.response_size,
            pycurl.USERAGENT: "master-ia",
            pycurl.WRITEFUNCTION: self._body.append,
            pycurl.HEADERFUNCTION: self._head.append,
            pycurl.PREREQFUNCTION: self._before_request,
        }
        for option, value in options.items():
            curl.setopt(option, value)
        return curl


def _lines(headers: tuple[str, ...]) -> list[str]:
    if any("\r" in line or "\n" in line or "\0" in line for line in headers):
        raise ValueError("a header line holds a line break")
    # Without this a large body would wait for "100 Continue", and a 417 would make libcurl send it again.
    return [*headers, "Expect:"]
