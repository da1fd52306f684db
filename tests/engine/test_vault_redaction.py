"""What reaches the log names no customer and opens no door."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.vault import redaction
from engine.vault.redaction import mask

HEX = "0123456789abcdef0123456789abcdef"
META = "EAAGm0PX4ZCpsBAKZCvZBZAnx"

SECRETS = [
    ("to +5511987654321 now", "to [phone] now"),
    ("to +55 11 98765-4321.", "to [phone]."),
    ("to +1 (415) 555-2671, twice", "to [phone], twice"),
    ("whatsapp:+5511987654321", "whatsapp:[phone]"),
    ("?To=whatsapp%3A%2B5511987654321&x=1", "?To=whatsapp%3A[phone]&x=1"),
    ("+5511987654321 12 rows", "[phone] 12 rows"),
    ("{'wa_id': '5511987654321', 'n': 3}", "{'wa_id': '[phone]', 'n': 3}"),
    ("fixo 551132654321", "fixo [phone]"),
    ("ligar (11) 98765-4321", "ligar [phone]"),
    ("from joao.silva+loja@exemplo.com.br today", "from [email] today"),
    ("?mail=joao%40exemplo.com", "?mail=[email]"),
    ("<maria@exemplo.com>", "<[email]>"),
    ("5511987654321@s.whatsapp.net", "[email]"),
    ("cpf 529.982.247-25", "cpf [cpf]"),
    ("cpf 52998224725.", "cpf [document]."),
    ("cnpj 11.222.333/0001-81", "cnpj [cnpj]"),
    ("cnpj 11222333000181", "cnpj [document]"),
    ("cnpj 12.ABC.345/01DE-35", "cnpj [cnpj]"),
    ("cnpj 12ABC34501DE35", "cnpj [document]"),
    ("Authorization: Bearer abc.def-123", "Authorization: [secret]"),
    ("{'Authorization': 'Bearer abc123', 'n': 1}", "{'Authorization': [secret], 'n': 1}"),
    ("got bearer abcdefgh12345678xyz", "got bearer [token]"),
    ("Basic QUM6dG9rZW4xMjM0NTY3ODkw==", "Basic [token]"),
    (f"with {META}", "with [token]"),
    (f"/me?access_token={META}&fields=id", "/me?access_token=[secret]&fields=id"),
    ("1234567890123456|aBcDeFgHiJkLmNoPqRsT", "[token]"),
    (f"/Accounts/AC{HEX}/Messages.json", "/Accounts/[token]/Messages.json"),
    (f"SK{HEX}:{HEX}", "[token]:[token]"),
    (f"auth {HEX}", "auth [token]"),
    ("retell key_1d2025c27c6328b3f9840255e4df", "retell [token]"),
    ("signed whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD==", "signed [token]"),
    ("postgresql://app:s3cr3t@db:5432/x", "postgresql://app:[password]@db:5432/x"),
    ("postgres+psycopg://app:p@ss/w:rd@db/x", "postgres+psycopg://app:[password]@db/x"),
    ("'redis://:hunter2@cache:6379/0'", "'redis://:[password]@cache:6379/0'"),
    ("https://user:pw@proxy.example/", "https://user:[password]@proxy.example/"),
    ("host=db password=hunter2 user=app", "host=db password=[secret] user=app"),
    ("Login(password='it''s', n=1)", "Login(password=[secret], n=1)"),
    (r'body "{\"access_token\": \"abc\", \"n\": 1}"', r'body "{\"access_token\": [secret]\", \"n\": 1}"'),
    ("password = hunter2 for app", "password = [secret] for app"),
    ('{"app_secret": "a b\\" c", "n": 1}', '{"app_secret": [secret], "n": 1}'),
    ("x-api-key: abc", "x-api-key: [secret]"),
    ('password="unfinished', "password=[secret]"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[token]"),
]

PLAIN = [
    "attempt 3f1c9a52-fddb-4100-8ac6-ba0b1382d803 of company 736cba81-10e1-4f3d-b6eb-cbdc757c0070",
    "attempt 01934f5e-7c1a-7b3c-8d4e-551199998888 done",
    "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFjNFQjBEAAA5NTc2RTk= delivered",
    "imported 1234567 rows, 12 refused, in 1532.25 ms",
    "11111111111 and 12345678901 and 1767225600000 and 5500000000000",
    "2026-01-02T03:04:05.123456+00:00 or 2026-01-02 03:04:05 +0000",
    "phone number id 106540352242922 of account 102290129340398",
    f"SM{HEX} was queued",
    "GET /api/v1/campaigns/3 200 http://127.0.0.1:8460/health",
    "postgresql://127.0.0.1:5432/masteria as postgres@localhost",
    "invalid token: expired, bearer authentication missing, 3 tokens=5 left, token=None",
    "key_constraint_violation on foreign_key_contact_company, primary_key=3",
    "sha256 " + HEX + HEX,
    "kid 2, version 3.11.9, pid 4242, port 8461, 50% of 10.000.000",
]


@pytest.fixture(autouse=True)
def logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.parametrize(("text", "masked"), SECRETS)
def test_secrets_and_people_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize("text", PLAIN)
def test_what_helps_to_follow_a_message_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text(alphabet="+5511 98@.:/=\"'-_tokenEAey", max_size=200))
def test_masking_never_fails_and_settles(text: str) -> None:
    assert mask(mask(mask(text))) == mask(mask(text))


@pytest.mark.parametrize(
    "unit", ["a", "1", "+1 ", "a.", "@", "eyJ-", "postgres://:", "token=\"'", "x-", "5511", "A-b", "bearer "]
)
def test_hostile_text_does_not_slow_the_log(unit: str) -> None:
    started = time.perf_counter()

    mask(unit * (20_000 // len(unit)))

    assert time.perf_counter() - started < 2


def unreachable() -> None:
    raise ValueError("cannot reach +5511987654321 with postgresql://u:hunter2@db/x")


def test_message_arguments_and_exceptions_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    redaction.install("info")

    try:
        unreachable()
    except ValueError:
        logging.getLogger("engine.test").exception("to %s by %r", "+5511987654321", {"token": META})

    logged = capsys.readouterr().err
    assert "to [phone] by {'token': [secret]}" in logged
    assert "ValueError: cannot reach [phone] with postgresql://u:[password]@db/x" in logged
    assert "987654321" not in logged


def test_a_record_another_handler_already_formatted_is_masked_too() -> None:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "failed", (), None)
    record.exc_text = "ValueError: +5511987654321"
    record.stack_info = "Stack: joao@exemplo.com"

    assert redaction.Redaction().filter(record)

    assert (record.exc_text, record.stack_info) == ("ValueError: [phone]", "Stack: [email]")


class Broken:
    def __str__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(("message", "argument"), [("+5511987654321: %s", Broken()), ("%d rows", "five")])
def test_arguments_that_do_not_fit_never_stop_the_program(message: str, argument: object) -> None:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, message, (argument,), None)

    assert redaction.Redaction().filter(record)

    assert "arguments not shown" in record.getMessage()
    assert "987654321" not in record.getMessage()


def test_installing_twice_logs_once_at_the_last_level(capsys: pytest.CaptureFixture[str]) -> None:
    redaction.install("DEBUG")
    redaction.install(logging.WARNING)

    logging.getLogger("engine.test").info("hidden")
    logging.getLogger("engine.test").warning("shown")

    logged = capsys.readouterr().err
    assert logged.count("shown") == 1
    assert "hidden" not in logged


def test_an_uncaught_exception_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    redaction.install("INFO")

    sys.excepthook(ValueError, ValueError("to +5511987654321"), None)
    thread = threading.Thread(target=unreachable)
    thread.start()
    thread.join()

    logged = capsys.readouterr().err
    assert logged.count("CRITICAL") == 2
    assert "987654321" not in logged
