"""Whether a webhook's bytes come from the vendor that signs them. Pure, and in constant time."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

_META_PREFIX = b"sha256="
_DEFAULT_PORTS = {"https": 443, "http": 80}


def verify_meta(raw: bytes, header: str | None, *, app_secret: str) -> bool:
    """Check ``X-Hub-Signature-256`` over the received bytes, never over re-serialised JSON."""
    if not header or not app_secret:
        return False
    expected = _META_PREFIX + hmac.digest(app_secret.encode(), raw, "sha256").hex().encode()
    return hmac.compare_digest(expected, _bytes(header))


def verify_twilio(url: str, form: Iterable[tuple[str, str]], header: str | None, *, auth_token: str) -> bool:
    """Check ``X-Twilio-Signature``.

    ``url`` is the address as configured at Twilio (scheme, public host, path and query), never put together
    from the request's own headers. ``form`` is every pair of the body; a key sent twice counts each distinct
    value once. Twilio signs with or without the scheme's default port, so both are tried.
    """
    if not header or not auth_token:
        return False
    pairs = sorted(set(form))
    said = "".join(key + value for key, value in pairs)
    given = _bytes(header)
    # No early exit: how long it takes must not tell which form matched.
    matches = [
        hmac.compare_digest(_twilio_digest(address + said, auth_token), given) for address in _forms(url)
    ]
    return any(matches)


def _twilio_digest(signed: str, auth_token: str) -> bytes:
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode("utf-8", "surrogatepass"), "sha1"))


def _forms(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if parts.port is None:
        other = f"{parts.netloc}:{_DEFAULT_PORTS.get(parts.scheme, 80)}"
    else:
        other = parts.netloc.rsplit(":", 1)[0]
    return url, urlunsplit(parts._replace(netloc=other))


def _bytes(header: str) -> bytes:
    return header.encode("utf-8", "surrogatepass")
