"""Bytes to shapes and back: strict JSON, query strings, cursors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import orjson
from multidict import MultiMapping
from pydantic import BaseModel, TypeAdapter, ValidationError

from embedded_server.contract.base import FieldError, Page, PageQuery
from engine.errors import EngineError, Kind

Shape = TypeVar("Shape", bound=BaseModel)
Keys = TypeVar("Keys")
Row = TypeVar("Row")

MAX_JSON = 256 * 1024


class InvalidRequest(EngineError):
    """The request does not have the expected shape."""

    kind = Kind.INVALID

    def __init__(self, message: str | None = None, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.errors = list(errors)


class NotJson(EngineError):
    """The body is not a JSON object."""

    kind = Kind.INVALID


class CursorUnknown(EngineError):
    """This is not a place in this list. Start again without "after"."""

    kind = Kind.INVALID


def read_json(raw: bytes, shape: type[Shape]) -> Shape:
    """The shape in a body.

    orjson refuses NaN, lone surrogates, integers beyond 64 bits and nesting beyond 1,024, all of which would
    come back as trouble later (reliability 1.5).

    Raises:
        NotJson: not JSON, or not an object.
        InvalidRequest: the object does not fit the shape.
    """
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"The body is not JSON: {error.msg}.") from None
    if not isinstance(data, dict):
        raise NotJson
    if rb"\u0000" in raw and _has_nul(data):
        raise InvalidRequest("Text must not hold the character U+0000.")
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        raise _invalid(error) from None


def read_query(query: MultiMapping[str], shape: type[Shape]) -> Shape:
    """The shape in a query string. A name that comes twice is a list, for a field that takes one.

    Raises:
        InvalidRequest: it does not fit.
    """
    data: dict[str, Any] = {}
    for name in query:
        values = query.getall(name)
        if any("\x00" in value for value in values):
            raise InvalidRequest("Text must not hold the character U+0000.")
        data[name] = values if len(values) > 1 or _is_list(shape, name) else values[0]
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        raise _invalid(error) from None


def write_json(value: BaseModel) -> bytes:
    return value.model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class Window(Generic[Keys]):
    """What a list verb needs: where the page before ended, and how many rows to read."""

    after: Keys | None
    limit: int

    @property
    def fetch(self) -> int:
        """One more than the page holds: its presence says there is a next page."""
        return self.limit + 1


def window(query: PageQuery, keys: type[Keys]) -> Window[Keys]:
    """``keys`` is the type of a list's sort key, as ``UUID`` or ``tuple[datetime, UUID]``.

    Raises:
        CursorUnknown: the cursor was not made for such a list.
    """
    return Window(None if query.after is None else _decode(query.after, keys), query.limit)


def page(rows: Sequence[Row], asked: Window[Any], key: Callable[[Row], object]) -> Page[Row]:
    """A page of rows read with ``asked.fetch``; ``key`` gives the sort key of a row."""
    if len(rows) <= asked.limit:
        return Page[Any](items=list(rows))
    kept = rows[: asked.limit]
    return Page[Any](items=list(kept), next=_encode(key(kept[-1])))


def part(rows: Sequence[Row], next_key: object | None) -> Page[Row]:
    """A page of a verb that knows by itself where the next one begins; None means nowhere."""
    return Page[Any](items=list(rows), next=None if next_key is None else _encode(next_key))


def _encode(key: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


def _decode(text: str, keys: type[Keys]) -> Keys:
    try:
        padded = text + "=" * (-len(text) % 4)
        return TypeAdapter(keys).validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValidationError, binascii.Error, ValueError):
        raise CursorUnknown from None


@lru_cache(maxsize=512)
def _is_list(shape: type[BaseModel], name: str) -> bool:
    field = shape.model_fields.get(name)
    return field is not None and "list" in str(field.annotation)


def _invalid(error: ValidationError) -> InvalidRequest:
    # Never the input: it may be a password.
    found = error.errors(include_url=False, include_context=False, include_input=False)
    errors = [FieldError(field=".".join(map(str, e["loc"])), code=e["type"], message=e["msg"]) for e in found]
    first = errors[0]
    return InvalidRequest(f"{first.field or 'body'}: {first.message}", errors)


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(k) or _has_nul(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))
