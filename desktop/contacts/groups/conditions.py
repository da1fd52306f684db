"""Filters as the builder shows them: a flat list of conditions, of which all or any must hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from embedded_server.contract.words import mark, t

CUSTOM = "custom:"
ALL, ANY = "all", "any"


class Editor(StrEnum):
    """What the value of a condition is chosen with."""

    TEXT = "text"
    DAY = "day"
    TAG = "tag"
    CHANNEL = "channel"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    test: str
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be asked about a contact: its word, how it is compared, and with what."""

    title: str
    tests: dict[str, str]
    editor: Editor = Editor.TEXT


_FILLED = {"filled": mark("is filled in"), "empty": mark("is empty")}
_TEXT = {
    "contains": mark("contains"),
    "equals": mark("is"),
    "differs": mark("is not"),
    "starts_with": mark("begins with"),
    **_FILLED,
}
_HAS = {"has": mark("includes"), "has_not": mark("does not include")}
SUBJECTS: dict[str, Subject] = {
    "tag": Subject(mark("Tags"), _HAS, Editor.TAG),
    "name": Subject(mark("Name"), _TEXT),
    "phone": Subject(
        mark("Phone"),
        {"starts_with": mark("begins with"), "contains": mark("contains"), **_FILLED},
    ),
    "email": Subject(mark("E-mail"), _TEXT),
    "created_at": Subject(
        mark("Added"), {"after": mark("on or after"), "before": mark("before")}, Editor.DAY
    ),
    "source": Subject(mark("Origin"), {"equals": mark("is"), "differs": mark("is not")}, Editor.SOURCE),
    "opted_out": Subject(mark("Opt-out"), _HAS, Editor.CHANNEL),
}
_CUSTOM_SUBJECT = Subject(mark("Field"), _TEXT)
#: Comparisons that need nothing to compare with.
BARE = frozenset(_FILLED)


def subject(name: str) -> Subject | None:
    """What a field of a filter is about; None for a field nobody knows."""
    return _CUSTOM_SUBJECT if name.startswith(CUSTOM) else SUBJECTS.get(name)


def title(name: str) -> str:
    """How a field of a filter is called."""
    if name.startswith(CUSTOM):
        return t("Field: {name}", name=name.removeprefix(CUSTOM))
    return t(SUBJECTS[name].title)


def read(told: dict[str, Any]) -> tuple[str, list[Condition]] | None:
    """How conditions are joined, and which they are; None for a filter the builder cannot show."""
    for mode in (ALL, ANY):
        if list(told) == [mode] and isinstance(told[mode], list):
            conditions = [_condition(part) for part in told[mode]]
            return None if None in conditions else (mode, [one for one in conditions if one])
    single = _condition(told)
    return None if single is None else (ALL, [single])


def write(mode: str, conditions: Sequence[Condition]) -> dict[str, Any]:
    return {mode: [_told(condition) for condition in conditions]}


def is_complete(conditions: Sequence[Condition]) -> bool:
    """Whether there is something to ask, and nothing is left open."""
    return bool(conditions) and all(one.value or one.test in BARE for one in conditions)


def _condition(told: object) -> Condition | None:
    if not isinstance(told, dict):
        return None
    name, test, value = told.get("field"), told.get("is"), told.get("value", "")
    if not (isinstance(name, str) and isinstance(test, str) and isinstance(value, str)):
        return None
    about = subject(name)
    return Condition(name, test, value) if about and test in about.tests else None


def _told(condition: Condition) -> dict[str, str]:
    told = {"field": condition.name, "is": condition.test}
    return told if condition.test in BARE else {**told, "value": condition.value}
