"""What an approved template leaves open, and how what a person fills in becomes the vendor's components."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from embedded_server.contract.templates import TemplateOut

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_PLAIN_BUTTONS = frozenset({"QUICK_REPLY", "PHONE_NUMBER"})
_FILES = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}
#: Stands in the preview where nothing is filled in yet.
_OPEN = "[…]"


class SlotKind(StrEnum):
    TEXT = "text"
    #: The address of an image, video or document, the same for everybody.
    FILE = "file"
    #: A coupon people copy, the same for everybody.
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing to fill in. ``name`` is what the template calls it; ``key`` tells it from all others."""

    part: str
    name: str
    kind: SlotKind = SlotKind.TEXT
    index: int = 0
    example: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        return f"{self.part}:{self.index}:{self.name}"


class NotFillable(ValueError):
    """The template has a part this screen cannot fill in, such as a catalog or a form."""


def slots(template: TemplateOut) -> list[Slot]:
    """Raises:
    NotFillable: it has a part we know nothing of.
    """
    return [slot for component in template.components for slot in _slots_of(component)]


def is_fillable(template: TemplateOut) -> bool:
    try:
        slots(template)
    except NotFillable:
        return False
    return True


def components(template: TemplateOut, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """The vendor's list for a send; values may hold variables of contacts."""
    is_named = template.parameter_format == "NAMED"
    made = []
    for component in template.components:
        found = list(_slots_of(component))
        if component["type"].upper() == "BUTTONS":
            made += [_button(slot, values.get(slot.key, "")) for slot in found]
        elif found:
            parameters = [_parameter(slot, values.get(slot.key, ""), is_named=is_named) for slot in found]
            made.append({"type": component["type"].lower(), "parameters": parameters})
    return made


def values_in(template: TemplateOut, sent: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What somebody filled in before, out of the components of their draft."""
    given = {_place(component): list(component.get("parameters") or ()) for component in sent}
    found = {}
    for component in template.components:
        for place, slot in enumerate(_slots_of(component)):
            is_button = slot.part == "button"
            parameters = given.get((slot.part, slot.index if is_button else 0), [])
            at = 0 if is_button else place
            if at < len(parameters):
                found[slot.key] = _value(parameters[at])
    return found


def shown(template: TemplateOut, values: Mapping[str, str]) -> str:
    """What a person reads: header, body and footer, with what is filled in so far."""
    parts = []
    for component in template.components:
        part = component["type"].upper()
        text = str(component.get("text") or "")
        if text and part in ("HEADER", "BODY", "FOOTER"):
            parts.append(_filled(text, part.lower(), values))
    return "\n\n".join(parts)


def buttons(template: TemplateOut) -> list[str]:
    """The words on the template's buttons."""
    return [
        str(button.get("text") or "")
        for component in template.components
        if component["type"].upper() == "BUTTONS"
        for button in component.get("buttons") or ()
    ]


def _slots_of(component: Mapping[str, Any]) -> Iterator[Slot]:
    match str(component.get("type")).upper():
        case "HEADER":
            yield from _header_slots(component)
        case "BODY":
            yield from _text_slots("body", component)
        case "BUTTONS":
            for index, button in enumerate(component.get("buttons") or ()):
                yield from _button_slots(index, button)
        case "FOOTER":
            return
        case other:
            raise NotFillable(other)


def _header_slots(component: Mapping[str, Any]) -> Iterator[Slot]:
    form = str(component.get("format") or "TEXT").upper()
    if form == "TEXT":
        yield from _text_slots("header", component)
    elif form in _FILES:
        yield Slot("header", _FILES[form], SlotKind.FILE)
    else:
        raise NotFillable(form)


def _text_slots(part: str, component: Mapping[str, Any]) -> Iterator[Slot]:
    names = dict.fromkeys(_VARIABLE.findall(str(component.get("text") or "")))
    examples = _examples(part, component)
    ordered = sorted(names, key=int) if all(name.isdigit() for name in names) else list(names)
    for place, name in enumerate(ordered):
        by_place = examples.get(str(place), "")
        yield Slot(part, name, example=examples.get(f"={name}", by_place))


def _examples(part: str, component: Mapping[str, Any]) -> dict[str, str]:
    """By ``=name``, or by place."""
    example = component.get("example") or {}
    named = example.get(f"{part}_text_named_params") or ()
    found = {f"={one.get('param_name')}": str(one.get("example") or "") for one in named}
    listed = example.get(f"{part}_text") or ()
    first = listed[0] if listed and isinstance(listed[0], list) else listed
    return found | {str(place): str(value) for place, value in enumerate(first)}


def _button_slots(index: int, button: Mapping[str, Any]) -> Iterator[Slot]:
    kind = str(button.get("type")).upper()
    if kind == "URL":
        if _VARIABLE.search(str(button.get("url") or "")):
            example = (button.get("example") or [""])[0]
            yield Slot("button", "url", SlotKind.TEXT, index, str(example))
    elif kind == "COPY_CODE":
        yield Slot("button", "code", SlotKind.CODE, index)
    elif kind not in _PLAIN_BUTTONS:
        raise NotFillable(kind)


def _parameter(slot: Slot, value: str, *, is_named: bool) -> dict[str, Any]:
    if slot.kind is SlotKind.FILE:
        return {"type": slot.name, slot.name: {"link": value}}
    named = {"parameter_name": slot.name} if is_named else {}
    return {"type": "text", **named, "text": value}


def _button(slot: Slot, value: str) -> dict[str, Any]:
    at = {"type": "button", "index": str(slot.index)}
    if slot.kind is SlotKind.CODE:
        code = {"type": "coupon_code", "coupon_code": value}
        return {**at, "sub_type": "copy_code", "parameters": [code]}
    return {**at, "sub_type": "url", "parameters": [{"type": "text", "text": value}]}


def _place(component: Mapping[str, Any]) -> tuple[str, int]:
    return str(component.get("type")).lower(), int(component.get("index") or 0)


def _value(parameter: Mapping[str, Any]) -> str:
    kind = str(parameter.get("type"))
    if kind in ("text", "coupon_code"):
        return str(parameter.get(kind) or "")
    return str((parameter.get(kind) or {}).get("link") or "")


def _filled(text: str, part: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(f"{part}:0:{found[1]}", "").strip() or _OPEN, text)
