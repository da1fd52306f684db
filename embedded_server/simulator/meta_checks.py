"""What Meta looks at before it accepts a message; each check refuses with Meta's own code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from embedded_server.simulator import phones
from embedded_server.simulator.meta_errors import MetaRefusal

Json = dict[str, Any]

_USER_ID = re.compile(r"^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$")
_MEDIA = ("image", "video", "audio", "document", "sticker")
_WITHOUT_CAPTION = frozenset({"audio", "sticker"})


def check_envelope(message: Any) -> tuple[str, Json]:
    """The kind of the message and its inner object.

    Raises:
        MetaRefusal: 100, 131008, 131009 or 131051.
    """
    if not isinstance(message, dict):
        raise MetaRefusal(100, "The body must be a JSON object")
    if message.get("messaging_product") != "whatsapp":
        raise MetaRefusal(100, "messaging_product must be one of {WHATSAPP}")
    kind = message.get("type", "text")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise MetaRefusal(100, f"Param type must be one of {{{', '.join(_CHECKS).upper()}}} - got {kind!r}")
    inner = message.get(kind)
    if not isinstance(inner, dict | list):
        raise MetaRefusal(131008, f"The parameter {kind} is required.")
    check(inner)
    opaque = message.get("biz_opaque_callback_data")
    if opaque is not None and (not isinstance(opaque, str) or len(opaque) > 512):
        raise MetaRefusal(100, "biz_opaque_callback_data must be a string of at most 512 characters")
    return kind, inner if isinstance(inner, dict) else {"contacts": inner}


def check_recipient(message: Json, our_digits: str) -> str:
    """The recipient's digits, or the business-scoped user id.

    Raises:
        MetaRefusal: 100, 131009 or 131021.
    """
    to, user = message.get("to"), message.get("recipient")
    if isinstance(user, str) and to is None:
        if not _USER_ID.match(user):
            raise MetaRefusal(131009, "recipient is not a business-scoped user id")
        return user
    if not isinstance(to, str) or not to:
        raise MetaRefusal(100, "The parameter to is required.")
    digits = phones.digits_of(to)
    if not digits:
        raise MetaRefusal(131009, "Recipient phone number is not valid")
    if digits == our_digits:
        raise MetaRefusal(131021)
    return digits


def _require(inner: Any, name: str, most: int, *, where: str) -> str:
    value = inner.get(name) if isinstance(inner, dict) else None
    if not isinstance(value, str) or not value:
        raise MetaRefusal(131008, f"The parameter {where}['{name}'] is required.")
    return _limit(value, most, where=f"{where}['{name}']")


def _limit(value: str, most: int, *, where: str) -> str:
    if len(value) > most:
        raise MetaRefusal(131009, f"{where} must be at most {most} characters long")
    return value


def _dict(value: Any, where: str) -> Json:
    if not isinstance(value, dict):
        raise MetaRefusal(131008, f"The parameter {where} is required.")
    return value


def _list(value: Any, where: str, most: int) -> list[Json]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise MetaRefusal(131008, f"The parameter {where} is required.")
    if len(value) > most:
        raise MetaRefusal(131009, f"{where} must have at most {most} items")
    return value


def _text(inner: Any) -> None:
    _require(inner, "body", 4096, where="text")


def _template(inner: Any) -> None:
    _require(inner, "name", 512, where="template")
    _require(_dict(inner.get("language"), "template['language']"), "code", 20, where="language")
    components = inner.get("components", [])
    if not isinstance(components, list) or not all(_is_component(c) for c in components):
        raise MetaRefusal(132012, "components must be a list of objects with a list of parameters")


def _is_component(component: Any) -> bool:
    if not isinstance(component, dict):
        return False
    parameters = component.get("parameters") or []
    return isinstance(parameters, list) and all(isinstance(p, dict) for p in parameters)


def _media(kind: str) -> Callable[[Any], None]:
    def check(inner: Any) -> None:
        _dict(inner, kind)
        if bool(inner.get("id")) == bool(inner.get("link")):
            raise MetaRefusal(131008, f"{kind} needs exactly one of id and link")
        link = inner.get("link")
        if link and not str(link).startswith(("http://", "https://")):
            raise MetaRefusal(131009, f"{kind}['link'] must be a URL")
        caption = inner.get("caption")
        if caption and kind in _WITHOUT_CAPTION:
            raise MetaRefusal(100, f"{kind} takes no caption")
        _limit(str(caption or ""), 1024, where=f"{kind}['caption']")

    return check


def _location(inner: Any) -> None:
    _dict(inner, "location")
    for name in ("latitude", "longitude"):
        try:
            float(inner[name])
        except (KeyError, TypeError, ValueError):
            raise MetaRefusal(131008, f"The parameter location['{name}'] is required.") from None


def _contacts(inner: Any) -> None:
    for contact in _list(inner, "contacts", 257):
        _require(contact.get("name"), "formatted_name", 1024, where="contacts['name']")


def _reaction(inner: Any) -> None:
    _require(inner, "message_id", 512, where="reaction")
    if not isinstance(inner.get("emoji"), str):
        raise MetaRefusal(131008, "The parameter reaction['emoji'] is required.")


def _interactive(inner: Any) -> None:
    kind = _require(inner, "type", 40, where="interactive")
    if kind not in _INTERACTIVE:
        raise MetaRefusal(131009, f"interactive['type'] {kind!r} is not supported")
    _require(_dict(inner.get("body"), "interactive['body']"), "text", 1024, where="body")
    if "footer" in inner:
        _require(inner["footer"], "text", 60, where="footer")
    header = inner.get("header")
    if isinstance(header, dict) and header.get("type") == "text":
        _require(header, "text", 60, where="header")
    _INTERACTIVE[kind](_dict(inner.get("action"), "interactive['action']"))


def _buttons(action: Json) -> None:
    replies = [
        _dict(button.get("reply"), "reply") for button in _list(action.get("buttons"), "action['buttons']", 3)
    ]
    for reply in replies:
        _require(reply, "title", 20, where="reply")
        _require(reply, "id", 256, where="reply")
    _refuse_twins([str(reply["id"]) for reply in replies])


def _sections(action: Json) -> None:
    _require(action, "button", 20, where="action")
    sections = _list(action.get("sections"), "action['sections']", 10)
    rows = [row for section in sections for row in _list(section.get("rows"), "section['rows']", 10)]
    if len(rows) > 10:
        raise MetaRefusal(131009, "Total row count exceed max allowed count: 10")
    for section in sections:
        if len(sections) > 1 or "title" in section:
            _require(section, "title", 24, where="section")
    for row in rows:
        _require(row, "title", 24, where="row")
        _require(row, "id", 200, where="row")
        _limit(str(row.get("description") or ""), 72, where="row['description']")
    _refuse_twins([str(row["id"]) for row in rows])


def _call_to_action(action: Json) -> None:
    parameters = _dict(action.get("parameters"), "action['parameters']")
    _require(parameters, "display_text", 20, where="parameters")
    _require(parameters, "url", 2000, where="parameters")


def _named_action(action: Json) -> None:
    _require(action, "name", 60, where="action")


def _refuse_twins(ids: list[str]) -> None:
    if len(set(ids)) != len(ids):
        raise MetaRefusal(131009, "Duplicated id in the interactive object")


_INTERACTIVE: dict[str, Callable[[Json], None]] = {
    "button": _buttons,
    "list": _sections,
    "cta_url": _call_to_action,
    "location_request_message": _named_action,
    "address_message": _named_action,
    "call_permission_request": _named_action,
    "request_contact_info": _named_action,
    "flow": _named_action,
    "product": lambda action: None,
    "product_list": lambda action: None,
}
_CHECKS: dict[str, Callable[[Any], None]] = {
    "text": _text,
    "template": _template,
    **{kind: _media(kind) for kind in _MEDIA},
    "interactive": _interactive,
    "reaction": _reaction,
    "location": _location,
    "contacts": _contacts,
}
