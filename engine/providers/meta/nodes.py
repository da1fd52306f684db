"""What Meta's management calls answer, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.providers.reasons import safe
from engine.providers.untrusted import identifier, items, mapping, moment, sha256, text

_NAME_LENGTH = 512
_ADDRESS_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class TemplateNode:
    """A message template in one language. ``status`` and the like are Meta's own words, which grow."""

    id: str
    name: str
    language: str
    status: str
    category: str
    #: ``NAMED`` or ``POSITIONAL``.
    parameter_format: str
    components: tuple[dict[str, Any], ...] = field(repr=False)
    quality: str | None = None
    rejected_reason: str | None = None


@dataclass(frozen=True, slots=True)
class NumberInfo:
    """A business number. Only ``CONNECTED`` ones send; ``messaging_limit`` is the whole portfolio's."""

    id: str
    display_phone_number: str | None
    verified_name: str | None
    status: str | None
    quality_rating: str | None
    #: ``STANDARD`` (80 messages a second), ``HIGH`` (1,000) or ``NOT_APPLICABLE``.
    throughput: str | None
    messaging_limit: str | None
    #: ``APPROVED``, ``PENDING_REVIEW``, ``DECLINED``, …: whether people may see the verified name.
    name_status: str | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An app that hears of a business account's messages, and where, if not at the app's own address."""

    app_id: str | None
    callback: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What ``debug_token`` says. ``expires_at`` is None for a token that does not expire."""

    is_valid: bool
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    scopes: frozenset[str]
    #: Why it is not valid, as code and subcode and in Meta's words.
    code: int | None = None
    subcode: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Where a file waits, for about five minutes."""

    url: str = field(repr=False)
    mime: str | None
    sha256: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Downloaded:
    size: int
    sha256: str
    mime: str | None


def template(node: object) -> TemplateNode | None:
    """A listed template, or None when it lacks a name, language or id."""
    said = mapping(node)
    id_, name = identifier(said.get("id")), text(said.get("name"), _NAME_LENGTH)
    language = text(said.get("language"), 16)
    if not id_ or not name or not language:
        return None
    return TemplateNode(
        id_,
        name,
        language,
        status=text(said.get("status"), 32) or "UNKNOWN",
        category=text(said.get("category"), 32) or "UNKNOWN",
        parameter_format=text(said.get("parameter_format"), 16) or "POSITIONAL",
        components=tuple(part for part in items(said.get("components")) if isinstance(part, dict)),
        quality=text(mapping(said.get("quality_score")).get("score"), 16),
        rejected_reason=text(said.get("rejected_reason"), 64),
    )


def number(said: dict[str, Any], id_: str) -> NumberInfo:
    return NumberInfo(
        identifier(said.get("id")) or id_,
        display_phone_number=text(said.get("display_phone_number"), 32),
        verified_name=text(said.get("verified_name"), _NAME_LENGTH),
        status=text(said.get("status"), 32),
        quality_rating=text(said.get("quality_rating"), 32),
        throughput=text(mapping(said.get("throughput")).get("level"), 32),
        messaging_limit=text(said.get("whatsapp_business_manager_messaging_limit"), 32),
        name_status=text(said.get("name_status"), 32),
    )


def subscribers(said: dict[str, Any]) -> list[Subscriber]:
    rows = [row for row in items(said.get("data")) if isinstance(row, dict)]
    return [
        Subscriber(
            identifier(mapping(row.get("whatsapp_business_api_data")).get("id")),
            text(row.get("override_callback_uri"), _ADDRESS_LENGTH),
        )
        for row in rows
    ]


def token(said: dict[str, Any]) -> TokenInfo:
    data = mapping(said.get("data"))
    error = mapping(data.get("error"))
    code, subcode = error.get("code"), error.get("subcode")
    return TokenInfo(
        data.get("is_valid") is True,
        moment(data.get("expires_at")),
        moment(data.get("data_access_expires_at")),
        frozenset(scope for scope in items(data.get("scopes")) if isinstance(scope, str)),
        code if isinstance(code, int) else None,
        subcode if isinstance(subcode, int) else None,
        safe(error.get("message")),
    )


def media(said: dict[str, Any], url: str) -> MediaInfo:
    size = said.get("file_size")
    return MediaInfo(
        url,
        text(said.get("mime_type"), 255),
        sha256(said.get("sha256")),
        int(size) if isinstance(size, int | str) and str(size).isdecimal() and len(str(size)) < 16 else None,
    )
