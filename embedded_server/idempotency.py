"""``Idempotency-Key``: a repeated write gets the answer it got before and has no second effect."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from aiohttp import web
from psycopg.errors import LockNotAvailable
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from engine.accounts import Principal
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
#: How long a request waits for another one with the same key.
WAIT = "10s"
_VALID = re.compile(r"[\x21-\x7e]{1,200}")


class IdempotencyKeyInvalid(EngineError):
    """An idempotency key is 1 to 200 printable characters without spaces."""

    kind = Kind.INVALID


class IdempotencyKeyReused(EngineError):
    """This idempotency key was used for a different request."""

    kind = Kind.INVALID


class RequestInProgress(EngineError):
    """A request with this idempotency key is still being worked on. Try again in a moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = field(repr=False)


def key_of(request: web.Request) -> str | None:
    """Raises:
    IdempotencyKeyInvalid: the header is there and unusable.
    """
    key = request.headers.get(HEADER)
    if key is not None and not _VALID.fullmatch(key):
        raise IdempotencyKeyInvalid
    return key


def fingerprint(request: web.Request, raw: bytes) -> bytes:
    """What the key stands for: the same request in every byte that matters."""
    return hashlib.sha256(b"\n".join((request.method.encode(), request.raw_path.encode(), raw))).digest()


async def begin(uow: UnitOfWork, principal: Principal, key: str, digest: bytes) -> Answer | None:
    """Take the key for this transaction, or return the answer another one committed under it.

    While another transaction holds the key, this one waits; if that one rolls back, the key is ours.

    Raises:
        IdempotencyKeyReused: the key stood for another request.
        RequestInProgress: the other one takes too long.
    """
    row = {"company_id": uow.company_id, "device_id": principal.device_id, "key": key, "fingerprint": digest}
    take = insert(IdempotencyKey).values(row).on_conflict_do_nothing().returning(IdempotencyKey.key)
    await uow.session.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": WAIT})
    try:
        taken = await uow.session.scalar(take)
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise RequestInProgress from None
        raise
    await uow.session.execute(text("SELECT set_config('lock_timeout', '0', true)"))
    return None if taken is not None else await _answered(uow, principal, key, digest)


async def finish(uow: UnitOfWork, principal: Principal, key: str, answer: Answer) -> None:
    """Keep the answer, in the transaction that made it true."""
    keep = update(IdempotencyKey).where(
        IdempotencyKey.company_id == uow.company_id,
        IdempotencyKey.device_id == principal.device_id,
        IdempotencyKey.key == key,
    )
    await uow.session.execute(keep.values(status=answer.status, body=answer.body))


async def _answered(uow: UnitOfWork, principal: Principal, key: str, digest: bytes) -> Answer:
    found = await uow.session.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body).where(
            IdempotencyKey.company_id == uow.company_id,
            IdempotencyKey.device_id == principal.device_id,
            IdempotencyKey.key == key,
        )
    )
    kept, status, body = found.one()
    if kept != digest:
        raise IdempotencyKeyReused
    if status is None:
        raise RequestInProgress
    return Answer(status, body or b"")
