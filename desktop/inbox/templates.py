"""Approved templates: which of their places a person has to fill, and what is sent when they are filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_server.contract.conversations import TemplateIn
from embedded_server.contract.templates import TemplateOut

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Place:
    """One variable. ``key`` tells it apart from those of other components; ``example`` is Meta's sample."""

    key: str
    name: str
    example: str = ""


def places(template: TemplateOut) -> list[Place]:
    """What has to be filled in, in the order in which it is read."""
    found: dict[str, Place] = {}
    for where, component, text in _texts(template):
        examples = _examples(component)
        for n, name in enumerate(dict.fromkeys(_PLACE.findall(text))):
            example = examples.get(name) or examples.get(f"#{n}", "")
            found.setdefault(f"{where}:{name}", Place(f"{where}:{name}", name, example))
    return list(found.values())


def can_be_sent(template: TemplateOut) -> bool:
    """A header with a picture needs a file that the vendor holds: such a template goes with campaigns."""
    return all(
        component.get("type") != "HEADER" or component.get("format", "TEXT") == "TEXT"
        for component in template.components
    )


def preview(template: TemplateOut, values: Mapping[str, str]) -> str:
    """What the person will read."""
    said = [
        _filled(where, text, values)
        for where, component, text in _texts(template)
        if component.get("type") != "BUTTONS"
    ]
    return "\n".join(said)


def filled(template: TemplateOut, values: Mapping[str, str]) -> TemplateIn:
    """The template as it is sent, with its parameters in Meta's shape."""
    is_named = template.parameter_format == "NAMED"
    components = [
        component
        for where, source, text in _texts(template)
        if (component := _component(where, source, _parameters(where, text, values, is_named=is_named)))
    ]
    return TemplateIn(
        type="template",
        name=template.name,
        language=template.language,
        components=components,
        text=preview(template, values)[:4096],
    )


def _texts(template: TemplateOut) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every text of a template with its place: header, body, footer, and addresses of buttons."""
    for component in template.components:
        kind = str(component.get("type", "")).upper()
        if kind == "BUTTONS":
            for n, button in enumerate(component.get("buttons") or ()):
                if button.get("type") == "URL":
                    yield f"button{n}", {**button, "type": "BUTTONS", "index": n}, str(button.get("url", ""))
        elif isinstance(text := component.get("text"), str):
            yield kind.lower(), {**component, "type": kind}, text


def _examples(component: dict[str, Any]) -> dict[str, str]:
    """By the name of a place, or by its number counted from zero: ``#0``."""
    told = component.get("example")
    if not isinstance(told, dict):
        return {}
    named = [one for key in told if key.endswith("_named_params") for one in told[key]]
    found = {str(one.get("param_name")): str(one.get("example")) for one in named}
    rows = [value for key, value in told.items() if key in ("header_text", "body_text") and value]
    for row in rows:
        first = row[0] if isinstance(row[0], list) else row
        found |= {f"#{n}": str(value) for n, value in enumerate(first)}
    return found


def _filled(where: str, text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values.get(f"{where}:{match[1]}") or match[0], text)


def _parameters(where: str, text: str, values: Mapping[str, str], *, is_named: bool) -> list[dict[str, str]]:
    made = []
    for name in dict.fromkeys(_PLACE.findall(text)):
        parameter = {"type": "text", "text": values.get(f"{where}:{name}", "")}
        if is_named and not where.startswith("button"):
            parameter["parameter_name"] = name
        made.append(parameter)
    return made


def _component(where: str, source: dict[str, Any], parameters: list[dict[str, str]]) -> dict[str, Any] | None:
    if not parameters:
        return None
    if source["type"] == "BUTTONS":
        return {"type": "button", "sub_type": "url", "index": str(source["index"]), "parameters": parameters}
    return {"type": where, "parameters": parameters}
