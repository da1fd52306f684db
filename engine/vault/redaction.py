"""Logging that cannot tell a customer's number, a document or a credential."""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
from types import TracebackType

# One scan, first alternative wins at each position: what is listed first protects or claims its whole token.
# Ids that help to follow a message come first and stay; each other group is named after what replaces it.
_PARTS = {
    "keep": (
        r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"
        r"|wamid\.[A-Za-z0-9+/=_-]+"
    ),
    "url": (
        r"(?:postgres(?:ql)?|redis)[\w+]*://(?P<dsn_user>[^\s:/?#@]*):[^\s\"'<>]{1,512}(?=@)"
        r"|[A-Za-z][A-Za-z0-9+.-]{1,20}://(?P<url_user>[^\s:/?#@]*):[^\s/@\"'<>]+(?=@)"
    ),
    "assigned": (
        r"(?P<name>(?<![\w-])[\w-]*?(?i:passw(?:or)?d|pwd|secret|token|api[_-]?key|authorization|pincode)"
        r"(?: ?= ?|\\*[\"']\s*[:=]\s*)|(?i:authorization|x-[\w-]{1,40}(?:token|secret|key)):\s*)"
        r"(?!\[secret\]|None\b|null\b)"
        r"(?:b?\"(?:[^\"\\]|\\.)*\"|b?(?:'(?:[^'\\]|\\.)*')+"
        r"|(?:(?i:bearer|basic)\s+)?\\*[\"']?(?:[^\s&\"',;)}\]\\]|\\(?![\"']))+)"
    ),
    "token": (
        r"(?P<scheme>\b(?i:bearer|basic)\s+)[A-Za-z0-9._~+/=|-]{16,}"
        r"|(?<![A-Za-z0-9])(?:EAA[A-Za-z0-9]{10,}|sk-[A-Za-z0-9_-]{16,}|\d{12,17}\|[A-Za-z0-9_-]{16,})"
        r"|(?<![A-Za-z0-9_])(?:key_[A-Za-z0-9]{12,}|whsec_[A-Za-z0-9+/=_-]{8,})"
        r"|(?<![A-Za-z0-9])(?:AC|SK)?[0-9a-fA-F]{32}(?![A-Za-z0-9])"
        r"|(?<![\w-])eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]+"
    ),
    "phone": (
        r"(?:\+|%2[Bb])(?:[1-9]\d{7,14}(?!\d)|[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d))"
        r"|\(\d{2}\) ?9?\d{4}-?\d{4}(?!\d)"
        # A WhatsApp id is the number without its plus; only Brazil's plan is narrow enough to tell.
        r"|(?<![\w.-])55[1-9]{2}(?:9\d{8}|[2-5]\d{7})(?![\w@-]|\.\d)"
    ),
    "email": r"(?<![\w.+-])[\w.+-]++(?:@|%40)[\w-]+(?:\.[\w-]+)+",
    "cnpj": r"(?<![0-9A-Z])[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-\d{2}(?!\d)",
    "cpf": r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)",
    "document": r"(?<![\w.+-])(?:\d{11}|[0-9A-Z]{12}\d{2})(?![\w-]|\.\d)",
}
_SCAN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PARTS.items()))


def mask(text: str) -> str:
    """``text`` with phone numbers, e-mails, CPF and CNPJ, tokens and passwords replaced by what they were.

    UUIDs, WhatsApp message ids and ordinary numbers stay. Masking twice changes nothing more.
    """
    return _SCAN.sub(_replacement, text)


class Redaction(logging.Filter):
    """Masks message, arguments, exception and stack of every record that passes; put it on handlers.

    A filter on a logger would not see the records of its children.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception as error:  # an argument's own __str__ may raise anything
            message = f"{record.msg} (arguments not shown: {type(error).__name__})"
        record.msg, record.args = mask(message), ()
        if record.exc_info and not record.exc_text:
            # Formatters reuse this text and so never see the exception itself.
            record.exc_text = _PLAIN.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask(record.exc_text)
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        return True


class _MaskedStderr(logging.StreamHandler):  # type: ignore[type-arg]
    """The one handler :func:`install` puts on the root logger."""


def install(level: str | int) -> None:
    """Send every log record, warning and uncaught exception to stderr, masked; installing again replaces.

    ``level`` is a name of the ``logging`` module such as ``INFO``, or its number.
    """
    handler = _MaskedStderr(sys.stderr)
    handler.setFormatter(_formatter())
    handler.addFilter(Redaction())
    root = logging.getLogger()
    for previous in [h for h in root.handlers if isinstance(h, _MaskedStderr)]:
        root.removeHandler(previous)
    root.addHandler(handler)
    root.setLevel(level.upper() if isinstance(level, str) else level)
    logging.captureWarnings(True)
    # Python's own hooks would print the exception's text as it is.
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _formatter() -> logging.Formatter:
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(process)d %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    return formatter


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger().critical("uncaught exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


_PLAIN = logging.Formatter()


def _replacement(found: re.Match[str]) -> str:
    group = found.lastgroup or ""
    text = found[0]
    if group == "keep" or (group == "document" and not _is_document(text)):
        return text
    if group == "url":
        user = "url_user" if found["dsn_user"] is None else "dsn_user"
        return text[: found.end(user) - found.start()] + ":[password]"
    if group == "assigned":
        return found["name"] + "[secret]"
    return f"{found['scheme'] or ''}[{group}]"


def _is_document(text: str) -> bool:
    """Whether the check digits of a bare CPF or CNPJ are right, which one in a hundred other numbers gets."""
    values = [ord(symbol) - 48 for symbol in text]
    if len(set(values)) == 1:
        return False
    longest = 11 if len(values) == 11 else 9
    return all(_check_digit(values[:end], longest) == values[end] for end in (-2, -1))


def _check_digit(values: list[int], longest: int) -> int:
    total = sum(value * (2 + place % (longest - 1)) for place, value in enumerate(reversed(values)))
    return -total % 11 % 10
