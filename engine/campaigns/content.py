"""What a campaign says: one text or one approved template, with variables, frozen per person at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import EngineError, Kind
from engine.providers.port import Content, Template, Text

#: WhatsApp allows 4,096 characters of text, Twilio 1,600 (providers 1.3 and 2.1).
MOST_CHARACTERS = {"whatsapp": 4096, "sms": 1600}


class InvalidContent(EngineError):
    """The message of this campaign cannot be sent as it is."""

    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Letter:
    """A campaign's content as stored.

    A text has ``body``; a template has ``name``, ``language``, the vendor's ``components`` and ``body``, the
    text a person will read. Variables may stand in ``body`` and in every text parameter of the components.
    """

    kind: str
    body: str = field(repr=False)
    name: str = ""
    language: str = ""
    components: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def slots(self) -> list[str]:
        """Every text parameter of the components, in order: what is rendered per person."""
        return [parameter["text"] for parameter in _text_parameters(self.components)]

    def to_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = {"type": self.kind, "body": self.body}
        if self.kind == "template":
            stored |= {"name": self.name, "language": self.language, "components": list(self.components)}
        return stored


@dataclass(frozen=True, slots=True)
class Frozen:
    """What one person gets: the text, and the template's parameters when there is one."""

    body: str = field(repr=False)
    params: list[str] | None = field(default=None, repr=False)


def read(stored: dict[str, Any]) -> Letter:
    """Raises:
    InvalidContent: neither a text nor a template, or empty.
    """
    if not stored:
        raise InvalidContent("The message is not written yet.")
    kind = stored.get("type")
    body = str(stored.get("body") or "")
    if kind == "text":
        if not body.strip():
            raise InvalidContent("The message has no text.")
        return Letter("text", body)
    if kind == "template" and stored.get("name") and stored.get("language"):
        components = _checked(stored.get("components") or [])
        return Letter("template", body, str(stored["name"]), str(stored["language"]), components)
    raise InvalidContent


def draft(stored: dict[str, Any]) -> Letter | None:
    """What a draft says so far; None while it says nothing.

    Raises:
        InvalidContent: it could never be sent.
    """
    return read(stored) if stored else None


def freeze(letter: Letter, render: Callable[[str], str]) -> Frozen:
    """Put one person's values in place. ``render`` fills the variables of one text."""
    if letter.kind == "text":
        return Frozen(render(letter.body))
    # A template parameter may hold no line breaks, tabs or runs of spaces (providers 1.5).
    return Frozen(render(letter.body), [" ".join(render(slot).split()) for slot in letter.slots])


def compose(letter: Letter, frozen: Frozen) -> Content:
    """The content a provider sends."""
    if letter.kind == "text":
        return Text(frozen.body, preview_url="http" in frozen.body)
    values = iter(frozen.params or ())
    components = tuple(_filled(component, values) for component in letter.components)
    if next(values, None) is not None:
        raise InvalidContent("The template has fewer parameters than were written down.")
    return Template(letter.name, letter.language, components, frozen.body)


def _filled(component: dict[str, Any], values: Iterator[str]) -> dict[str, Any]:
    """A copy whose text parameters hold the next values; what is not text is shared, never changed."""
    if not component.get("parameters"):
        return component
    try:
        return component | {
            "parameters": [
                parameter | {"text": next(values)} if parameter.get("type") == "text" else parameter
                for parameter in component["parameters"]
            ]
        }
    except StopIteration:
        raise InvalidContent("The template has more parameters than were written down.") from None


def _checked(components: Any) -> tuple[dict[str, Any], ...]:
    """What is broken must be said while somebody writes, not found by a start that can never succeed."""
    try:
        parameters = _text_parameters(components)
    except (AttributeError, TypeError) as error:
        raise InvalidContent("The template's components are not as the vendor lists them.") from error
    if not all(isinstance(parameter.get("text"), str) for parameter in parameters):
        raise InvalidContent("A text parameter of the template has no text.")
    return tuple(components)


def _text_parameters(components: Any) -> list[dict[str, Any]]:
    return [
        parameter
        for component in components
        for parameter in component.get("parameters") or ()
        if parameter.get("type") == "text"
    ]
