"""What an outgoing message says, as a timeline stores it and as a provider sends it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.providers.port import Content, Interactive, Media, Template, Text

#: Where in a message's payload the stored content lies.
KEY = "content"


def kind_of(content: Content) -> str:
    """The kind of message a content makes: text, template, interactive, or the kind of its file."""
    return content.kind if isinstance(content, Media) else type(content).__name__.lower()


def text_of(content: Content) -> str:
    """What the person will read."""
    match content:
        case Text():
            return content.body
        case Media():
            return content.caption or ""
        case Template() | Interactive():
            return content.text


def store(content: Content) -> dict[str, Any]:
    return {"type": type(content).__name__.lower(), **asdict(content)}


def read(stored: dict[str, Any]) -> Content:
    """The content that :func:`store` wrote.

    Raises:
        ValueError: it wrote no such thing.
    """
    values = dict(stored)
    match values.pop("type", None):
        case "text":
            return Text(**values)
        case "media":
            return Media(**values)
        case "interactive":
            return Interactive(**values)
        case "template":
            return Template(**{**values, "components": tuple(values.get("components") or ())})
        case other:
            raise ValueError(f"no content is of type {other!r}")
