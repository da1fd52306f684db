"""Filters over contacts: a small tree of known fields and operators, compiled to bound parameters (IN-10).

On the wire and in the database a filter is JSON: ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` or a
condition such as ``{"field": "custom:cidade", "is": "equals", "value": "Belém"}``. Nothing a person wrote
ever becomes SQL: names come from the tables below, values are parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_
from sqlalchemy.sql.elements import SQLColumnExpression

from engine.contacts.folding import fold, printable
from engine.errors import EngineError, Kind
from engine.models import ChannelKind, Contact, ContactIdentity, ContactTag, IdentityKind, OptOut

MOST_CONDITIONS = 100
DEEPEST = 6
LONGEST_VALUE = 200
_CUSTOM = "custom:"


class FilterRefused(EngineError):
    """This filter is not understood."""

    kind = Kind.INVALID


class Comparison(StrEnum):
    """How a field is compared."""

    EQUALS = "equals"
    DIFFERS = "differs"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    EMPTY = "empty"
    FILLED = "filled"
    BEFORE = "before"
    AFTER = "after"
    HAS = "has"
    HAS_NOT = "has_not"


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    test: Comparison
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


Filter = Condition | All | Either | Not


def parse(told: object) -> Filter:
    """Read a filter from JSON.

    Raises:
        FilterRefused: a field, operator or value nobody knows, or more than 100 conditions.
    """
    reader = _Reader()
    return reader.read(told, depth=0)


def compile_filter(tree: Filter) -> ColumnElement[bool]:
    """The filter as a condition on :class:`engine.models.Contact`."""
    match tree:
        case All(parts):
            return and_(*map(compile_filter, parts))
        case Either(parts):
            return or_(*map(compile_filter, parts))
        case Not(part):
            return not_(compile_filter(part))
        case Condition() as condition:
            return _compile(condition)


class _Reader:
    def __init__(self) -> None:
        self._left = MOST_CONDITIONS

    def read(self, told: object, depth: int) -> Filter:
        if depth > DEEPEST or not isinstance(told, dict):
            raise FilterRefused
        match told:
            case {"all": list(parts)} if parts and len(told) == 1:
                return All(self._many(parts, depth))
            case {"any": list(parts)} if parts and len(told) == 1:
                return Either(self._many(parts, depth))
            case {"not": part} if len(told) == 1:
                return Not(self.read(part, depth + 1))
        return self._condition(told)

    def _many(self, parts: list[object], depth: int) -> tuple[Filter, ...]:
        if len(parts) > self._left:
            raise FilterRefused("The filter has more than 100 conditions.")
        return tuple(self.read(part, depth + 1) for part in parts)

    def _condition(self, told: dict[str, Any]) -> Condition:
        self._left -= 1
        if self._left < 0:
            raise FilterRefused("The filter has more than 100 conditions.")
        if not {"field", "is"} <= told.keys() <= {"field", "is", "value"}:
            raise FilterRefused
        name, value = str(told["field"]), told.get("value", "")
        if told["is"] not in _tests_of(name):
            raise FilterRefused
        if not isinstance(value, str) or len(value) > LONGEST_VALUE:
            raise FilterRefused("A value of the filter is not a text of at most 200 characters.")
        return Condition(name, Comparison(told["is"]), _checked(name, printable(value)))


_TEXT = frozenset(
    (
        Comparison.EQUALS,
        Comparison.DIFFERS,
        Comparison.CONTAINS,
        Comparison.STARTS_WITH,
        Comparison.EMPTY,
        Comparison.FILLED,
    )
)
_TESTS: dict[str, frozenset[Comparison]] = {
    "name": _TEXT,
    "email": _TEXT,
    "source": frozenset((Comparison.EQUALS, Comparison.DIFFERS)),
    "created_at": frozenset((Comparison.BEFORE, Comparison.AFTER)),
    "phone": frozenset((Comparison.STARTS_WITH, Comparison.CONTAINS, Comparison.EMPTY, Comparison.FILLED)),
    "tag": frozenset((Comparison.HAS, Comparison.HAS_NOT)),
    "opted_out": frozenset((Comparison.HAS, Comparison.HAS_NOT)),
}


def _tests_of(name: str) -> frozenset[Comparison]:
    if name.startswith(_CUSTOM) and 0 < len(name) - len(_CUSTOM) <= 64:
        return _TEXT
    return _TESTS.get(name, frozenset())


def _checked(name: str, value: str) -> str:
    """The value, if a field of this kind can be compared with it."""
    try:
        if name == "tag":
            return str(UUID(value))
        if name == "opted_out":
            return ChannelKind(value).value
        if name == "created_at":
            return _moment(value).isoformat()
    except ValueError as error:
        raise FilterRefused from error
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compile(condition: Condition) -> ColumnElement[bool]:
    name, value = condition.name, condition.value
    if name.startswith(_CUSTOM):
        column = func.lower(func.coalesce(Contact.custom[name.removeprefix(_CUSTOM)].astext, ""))
        return _text(column, condition.test, value.lower())
    return _FIELDS[name](condition.test, value)


def _text(column: SQLColumnExpression[str], test: Comparison, value: str) -> ColumnElement[bool]:
    match test:
        case Comparison.EMPTY:
            return column == ""
        case Comparison.FILLED:
            return column != ""
        case Comparison.CONTAINS:
            return column.contains(value, autoescape=True)
        case Comparison.STARTS_WITH:
            return column.startswith(value, autoescape=True)
        case Comparison.DIFFERS:
            return column != value
        case _:
            return column == value


def _name(test: Comparison, value: str) -> ColumnElement[bool]:
    return _text(Contact.name_folded, test, fold(value))


def _email(test: Comparison, value: str) -> ColumnElement[bool]:
    return _text(func.lower(func.coalesce(Contact.email, "")), test, value.lower())


def _source(test: Comparison, value: str) -> ColumnElement[bool]:
    return _text(Contact.source, test, value)


def _created(test: Comparison, value: str) -> ColumnElement[bool]:
    moment = _moment(value)
    return Contact.created_at < moment if test is Comparison.BEFORE else Contact.created_at >= moment


def _phone(test: Comparison, value: str) -> ColumnElement[bool]:
    phone = exists().where(
        ContactIdentity.company_id == Contact.company_id,
        ContactIdentity.contact_id == Contact.id,
        ContactIdentity.kind == IdentityKind.PHONE,
    )
    if test in (Comparison.EMPTY, Comparison.FILLED):
        return phone if test is Comparison.FILLED else not_(phone)
    digits = "".join(character for character in value if character.isascii() and character.isdigit())
    wanted = f"+{digits}" if test is Comparison.STARTS_WITH else digits
    return phone.where(_text(ContactIdentity.value, test, wanted))


def _tag(test: Comparison, value: str) -> ColumnElement[bool]:
    tagged = exists().where(
        ContactTag.company_id == Contact.company_id,
        ContactTag.contact_id == Contact.id,
        ContactTag.tag_id == UUID(value),
    )
    return tagged if test is Comparison.HAS else not_(tagged)


def _opted_out(test: Comparison, value: str) -> ColumnElement[bool]:
    stopped = exists().where(
        ContactIdentity.company_id == Contact.company_id,
        ContactIdentity.contact_id == Contact.id,
        OptOut.company_id == Contact.company_id,
        OptOut.match_key == ContactIdentity.match_key,
        OptOut.channel_kind == ChannelKind(value),
        OptOut.revoked_at.is_(None),
    )
    return stopped if test is Comparison.HAS else not_(stopped)


_FIELDS: dict[str, Callable[[Comparison, str], ColumnElement[bool]]] = {
    "name": _name,
    "email": _email,
    "source": _source,
    "created_at": _created,
    "phone": _phone,
    "tag": _tag,
    "opted_out": _opted_out,
}
