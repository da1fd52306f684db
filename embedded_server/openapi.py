"""OpenAPI 3.1, made from the route table, so that it cannot say anything else than the code does."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

import orjson
from aiohttp import web
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from embedded_server import problems
from embedded_server.contract.base import Problem
from embedded_server.routing import Public, Route

PATH = "/api/openapi.json"
_REFERENCE = "#/components/schemas/{model}"

#: A shape, as it is sent or as it is answered.
_Key = tuple[Any, JsonSchemaMode]


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole description of the API."""
    table = list(routes)
    places, definitions = _schemas(table)
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, places)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Master IA", "version": version("master-ia")},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def handler(routes: Iterable[Route]) -> problems.Handler:
    """Serves the document, made at the first request."""

    @cache
    def rendered() -> bytes:
        return orjson.dumps(document(routes))

    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=rendered(), content_type="application/json")

    return serve


def _schemas(table: list[Route]) -> tuple[dict[_Key, dict[str, Any]], dict[str, Any]]:
    wanted: dict[_Key, None] = {(Problem, "serialization"): None}
    for route in table:
        if route.body:
            wanted[route.body, "validation"] = None
        if route.query:
            wanted[route.query, "validation"] = None
        if route.returns:
            wanted[route.returns, "serialization"] = None
    places, definitions = models_json_schema(list(wanted), ref_template=_REFERENCE)
    return places, definitions


def _operation(route: Route, places: dict[_Key, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.name.partition(".")[0]],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route, places),
        "security": [] if route.permission is Public.ANYONE else [{"token": []}],
    }
    if not isinstance(route.permission, Public):
        operation["x-permission"] = route.permission.value
    if route.body:
        schema = places[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    elif route.accepts:
        operation["requestBody"] = {"required": True, "content": {kind: {} for kind in route.accepts}}
    return operation


def _responses(route: Route, places: dict[_Key, dict[str, Any]]) -> dict[str, Any]:
    refused = {
        "description": "Refused: problem details (RFC 9457)",
        "content": {problems.CONTENT_TYPE: {"schema": places[Problem, "serialization"]}},
    }
    if route.streams:
        return {"200": {"description": "Done", "content": {route.streams: {}}}, "default": refused}
    if route.returns is None:
        return {"204": {"description": "Done"}, "default": refused}
    content = {"application/json": {"schema": places[route.returns, "serialization"]}}
    return {str(route.status): {"description": "Done", "content": content}, "default": refused}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "format": "uuid"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in route.parameters]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    shape = route.query.model_json_schema(ref_template=_REFERENCE)
    required = shape.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    if not route.idempotent:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}]
