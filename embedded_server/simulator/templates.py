"""Message templates: the seeded ones, and what a send must bring along for one."""

from __future__ import annotations

import copy
import re
from typing import Any

from embedded_server.simulator.meta_errors import MetaRefusal

_VARIABLE = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_BAD_SPACE = re.compile(r"[\n\r\t]| {5,}")
_STOPPED = {"PAUSED": 132015, "DISABLED": 132016}


def _template(
    number: int, name: str, category: str, *components: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {
        "id": str(1689556908129800 + number),
        "name": name,
        "language": "pt_BR",
        "status": "APPROVED",
        "category": category,
        "parameter_format": "POSITIONAL",
        "components": list(components),
        "quality_score": {"score": "GREEN", "date": 1795343700},
        "rejected_reason": "NONE",
    } | more


def _named(text: str, **examples: str) -> dict[str, Any]:
    listed = [{"param_name": name, "example": value} for name, value in examples.items()]
    return {"type": "BODY", "text": text, "example": {"body_text_named_params": listed}}


def _positional(text: str, *examples: str) -> dict[str, Any]:
    return {"type": "BODY", "text": text, "example": {"body_text": [list(examples)]}}


_FOOTER = {"type": "FOOTER", "text": "Loja Ipê"}
_STOP = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Parar promoções"}]}
_TRACK = {
    "type": "URL",
    "text": "Rastrear",
    "url": "https://loja.example/{{1}}",
    "example": ["https://loja.example/r/481"],
}
_SEEDS = (
    _template(
        32,
        "pedido_enviado",
        "UTILITY",
        _named("Oi {{nome}}, o pedido {{pedido}} foi enviado hoje.", nome="Ana", pedido="481"),
        _FOOTER,
        parameter_format="NAMED",
    ),
    _template(
        33,
        "promocao_semana",
        "MARKETING",
        _positional(
            "Olá {{1}}, nesta semana {{2}} está com desconto. Responda SAIR para não receber.", "Ana", "café"
        ),
        _FOOTER,
        _STOP,
    ),
    _template(
        34,
        "boas_vindas",
        "MARKETING",
        {"type": "BODY", "text": "Que bom ter você com a gente! Como podemos ajudar?"},
    ),
    _template(
        35,
        "lembrete_horario",
        "UTILITY",
        _named("Olá {{nome}}, seu horário é {{quando}}. Até lá!", nome="Ana", quando="terça às 15h"),
        parameter_format="NAMED",
    ),
    _template(
        36,
        "nota_fiscal",
        "UTILITY",
        {"type": "HEADER", "format": "DOCUMENT", "example": {"header_handle": ["4::aW1h"]}},
        _positional("Oi {{1}}, segue a nota fiscal da sua compra.", "Ana"),
    ),
    _template(
        37,
        "rastrear_pedido",
        "UTILITY",
        _positional("Oi {{1}}, acompanhe sua entrega pelo botão abaixo.", "Ana"),
        {"type": "BUTTONS", "buttons": [_TRACK, {"type": "QUICK_REPLY", "text": "Falar com a loja"}]},
    ),
    _template(
        38,
        "oferta_relampago",
        "MARKETING",
        _positional("Oi {{1}}, só hoje: frete grátis na loja inteira!", "Ana"),
        _STOP,
        status="PAUSED",
        quality_score={"score": "RED", "date": 1795343700},
    ),
    _template(
        39,
        "novidades_mes",
        "MARKETING",
        _positional("Oi {{1}}, veja as novidades do mês.", "Ana"),
        status="PENDING",
    ),
    _template(40, "hello_world", "UTILITY", {"type": "BODY", "text": "Hello World"}, language="en_US"),
)


def seeded() -> dict[str, dict[str, Any]]:
    """A fresh set by id; ``oferta_relampago`` is paused and ``novidades_mes`` not approved yet."""
    return {seed["id"]: copy.deepcopy(seed) for seed in _SEEDS}


def check_sendable(template: dict[str, Any] | None, sent: dict[str, Any]) -> dict[str, Any]:
    """Hold the parameters of a send against its template and return the template.

    Raises:
        MetaRefusal: 132001, 132015, 132016, 132000, 132012, 132018 or 131008, as Meta does.
    """
    if template is None or template["status"] not in ("APPROVED", *_STOPPED):
        raise MetaRefusal(132001, f"template name ({sent.get('name')}) does not exist in the language")
    if code := _STOPPED.get(template["status"]):
        raise MetaRefusal(code)
    given = {_key(component): component.get("parameters") or [] for component in sent.get("components") or []}
    for component in template["components"]:
        kind = component["type"]
        if kind == "BODY" or (kind == "HEADER" and component.get("format") == "TEXT"):
            _check_text(template, component["text"], given.get(kind.lower(), []))
        elif kind == "HEADER":
            _check_media_header(component["format"].lower(), given.get("header", []))
        elif kind == "BUTTONS":
            _check_buttons(component["buttons"], given)
    return template


def rendered(template: dict[str, Any], sent: dict[str, Any]) -> str:
    """The body a person reads."""
    parameters = [
        parameter
        for component in sent.get("components") or []
        if str(component.get("type")).lower() == "body"
        for parameter in component.get("parameters") or []
    ]
    values = {
        parameter.get("parameter_name") or str(place): _value(parameter)
        for place, parameter in enumerate(parameters, 1)
    }
    body = next((c["text"] for c in template["components"] if c["type"] == "BODY"), "")
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), body)


def _key(component: dict[str, Any]) -> str:
    kind = str(component.get("type")).lower()
    return f"button{component.get('index')}" if kind == "button" else kind


def _value(parameter: dict[str, Any]) -> str:
    inner = parameter.get(str(parameter.get("type")))
    return str(inner.get("fallback_value", "")) if isinstance(inner, dict) else str(inner or "")


def _check_text(template: dict[str, Any], text: str, parameters: list[dict[str, Any]]) -> None:
    wanted = list(dict.fromkeys(_VARIABLE.findall(text)))
    if len(parameters) != len(wanted):
        counted = f"number of localizable_params ({len(parameters)})"
        raise MetaRefusal(132000, f"{counted} does not match the expected number of params ({len(wanted)})")
    names = {parameter.get("parameter_name") for parameter in parameters}
    if template.get("parameter_format") == "NAMED" and names != set(wanted):
        raise MetaRefusal(132012, "Parameter name is missing or does not match the template")
    for parameter in parameters:
        value = _value(parameter)
        if not value:
            raise MetaRefusal(131008, "Parameter text is missing or empty")
        if _BAD_SPACE.search(value):
            raise MetaRefusal(
                132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
            )


def _check_media_header(kind: str, parameters: list[dict[str, Any]]) -> None:
    if len(parameters) != 1 or parameters[0].get("type") != kind:
        raise MetaRefusal(132012, f"header: Format mismatch, expected {kind.upper()}")


def _check_buttons(buttons: list[dict[str, Any]], given: dict[str, list[dict[str, Any]]]) -> None:
    for place, button in enumerate(buttons):
        if button["type"] == "URL" and _VARIABLE.search(button["url"]) and not given.get(f"button{place}"):
            raise MetaRefusal(131008, f"buttons: Button at index {place} of type Url requires a parameter")
