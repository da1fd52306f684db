"""Meta's stand-in: numbers, accounts, templates, tokens and webhook subscriptions."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import orjson
from aiohttp import web

from embedded_server.simulator import meta_media
from embedded_server.simulator.accounts import DEFAULT_APP, Number, Waba
from embedded_server.simulator.meta import NODE, VERSION, graph, node, success
from embedded_server.simulator.meta_errors import MetaRefusal, unknown_object
from embedded_server.simulator.world import WORLD, World

_SCOPES = ["business_management", "whatsapp_business_management", "whatsapp_business_messaging"]
_TEMPLATE_FILTERS = ("name", "status", "category", "language")
_NUMBER_ONLY = ("display_phone_number", "verified_name", "throughput", "quality_rating")
_WABA_ONLY = ("timezone_id", "message_template_namespace", "currency", "account_review_status")

routes = web.RouteTableDef()


@routes.get("/debug_token")
@routes.get(VERSION + "/debug_token")
@node
async def debug_token(request: web.Request) -> web.StreamResponse:
    token = request.query.get("input_token")
    if not token:
        raise MetaRefusal(100, "The parameter input_token is required.")
    accounts = request.app[WORLD].accounts
    data: dict[str, Any] = {
        "app_id": next((waba.app_id for waba in accounts.wabas.values()), DEFAULT_APP),
        "type": "SYSTEM_USER",
        "application": "Painel Ipê",
        "data_access_expires_at": 0,
        "expires_at": 0,
        "is_valid": True,
        "issued_at": 1795000000,
        "scopes": _SCOPES,
        "granular_scopes": [{"scope": scope, "target_ids": list(accounts.wabas)} for scope in _SCOPES[1:]],
        "user_id": "122100000000000001",
    }
    if token == "EXPIRED":  # noqa: S105 - the agreed word for a token that ran out
        message = "Error validating access token: Session has expired on Tuesday, 24-Nov-26 10:00:00 PST."
        data |= {
            "is_valid": False,
            "expires_at": 1795543200,
            "error": {"code": 190, "message": message, "subcode": 463},
        }
    elif accounts.tokens and token not in accounts.tokens:
        data |= {"is_valid": False, "error": {"code": 190, "message": "Invalid OAuth access token."}}
    return graph({"data": data})


@routes.get(VERSION + "/{waba:" + NODE + "}/message_templates")
@node
async def list_templates(request: web.Request) -> web.StreamResponse:
    waba = request.app[WORLD].accounts.waba(request.match_info["waba"])
    found = [template for template in waba.templates.values() if _wanted(template, request)]
    page = _page(request, found)
    if "summary" in request.query:
        count = len(waba.templates)
        page["summary"] = {
            "total_count": len(found),
            "message_template_count": count,
            "message_template_limit": 6000,
            "are_translations_complete": True,
        }
    return graph(page)


@routes.get(VERSION + "/{waba:" + NODE + "}/phone_numbers")
@node
async def list_numbers(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    waba = world.accounts.waba(request.match_info["waba"])
    return graph(_page(request, [number_node(world, n) for n in world.accounts.numbers_of(waba)]))


@routes.route("*", VERSION + "/{waba:" + NODE + "}/subscribed_apps")
@node
async def subscribed_apps(request: web.Request) -> web.StreamResponse:
    waba = request.app[WORLD].accounts.waba(request.match_info["waba"])
    if request.method == "GET":
        link = {"id": waba.app_id, "name": "Painel Ipê", "link": "https://www.facebook.com/games/"}
        row: dict[str, Any] = {"whatsapp_business_api_data": link}
        if waba.webhook_url:
            row["override_callback_uri"] = waba.webhook_url
        return graph({"data": [row]})
    wish = await _fields(request)
    if request.method == "POST" and (url := wish.get("override_callback_uri")):
        await shake_hands(url, wish.get("verify_token", ""))
        waba.webhook_url = url
    elif request.method == "DELETE":
        waba.webhook_url = None
    return success()


@routes.post(VERSION + "/{app:" + NODE + "}/subscriptions")
@node
async def subscribe(request: web.Request) -> web.StreamResponse:
    """Subscribe the app's webhook; the handshake happens before we answer, as at Meta."""
    world, wish = request.app[WORLD], await _fields(request)
    if wish.get("object") != "whatsapp_business_account":
        raise MetaRefusal(100, "object must be whatsapp_business_account")
    url = wish.get("callback_url", "")
    await shake_hands(url, wish.get("verify_token", ""))
    world.meta_webhook_url = url
    return success()


@routes.get(VERSION + "/{node:" + NODE + "}")
@node
async def get_node(request: web.Request) -> web.StreamResponse:
    world, node_id = request.app[WORLD], request.match_info["node"]
    if (medium := world.media.find(node_id)) is not None:
        return graph(meta_media.node_of(request, medium))
    for waba in world.accounts.wabas.values():
        if node_id in waba.templates:
            return graph(waba.templates[node_id])
    return graph(_select(_account_node(world, node_id, request.query.get("fields", "")), request))


@routes.delete(VERSION + "/{node:" + NODE + "}")
@node
async def delete_node(request: web.Request) -> web.StreamResponse:
    if not request.app[WORLD].media.remove(request.match_info["node"]):
        raise unknown_object(request.match_info["node"], "delete")
    return success()


async def shake_hands(url: str, verify_token: str) -> None:
    """Ask the receiver to prove that it expects us.

    Raises:
        MetaRefusal: 2200, when the challenge does not come back exactly.
    """
    challenge = str(10**9 + secrets.randbelow(10**9))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(url, params=query) as response:
            text = await response.text()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise MetaRefusal(
            2200, "Callback verification failed: the callback URL could not be reached"
        ) from None
    if response.status != 200 or text != challenge:
        raise MetaRefusal(2200, f"Callback verification failed: HTTP Status Code = {response.status}")


def number_node(world: World, number: Number) -> dict[str, Any]:
    return {
        "id": number.id,
        "display_phone_number": number.display,
        "verified_name": number.verified_name,
        "quality_rating": number.quality,
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": number.throughput or world.behavior.throughput},
        "status": number.status,
        "account_mode": "LIVE",
        "is_official_business_account": False,
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
    }


def _waba_node(waba: Waba) -> dict[str, Any]:
    return {
        "id": waba.id,
        "name": waba.name,
        "currency": "BRL",
        "timezone_id": "25",
        "message_template_namespace": "1f2c5c1e_7a11_4f0a_a1c2_b3d4e5f60718",
        "account_review_status": "APPROVED",
    }


def _account_node(world: World, node_id: str, fields: str) -> dict[str, Any]:
    """A number or an account; an id nobody used yet becomes what the wanted fields ask for."""
    accounts = world.accounts
    if node_id in accounts.numbers or any(name in fields for name in _NUMBER_ONLY):
        return number_node(world, accounts.number(node_id))
    if node_id in accounts.wabas or any(name in fields for name in _WABA_ONLY):
        return _waba_node(accounts.waba(node_id))
    raise unknown_object(node_id)


def _select(whole: dict[str, Any], request: web.Request) -> dict[str, Any]:
    wanted = {name.split("{")[0].strip() for name in request.query.get("fields", "").split(",")} - {""}
    return {name: value for name, value in whole.items() if not wanted or name in wanted or name == "id"}


def _wanted(template: dict[str, Any], request: web.Request) -> bool:
    if any(name in request.query and template[name] != request.query[name] for name in _TEMPLATE_FILTERS):
        return False
    words = request.query.get("name_or_content", "")
    return words in template["name"] or any(words in str(c.get("text")) for c in template["components"])


def _page(request: web.Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One page by cursor; ``next`` is missing on the last one."""
    start = _place(request.query.get("after"))
    limit = request.query.get("limit", "25")
    end = start + (min(max(int(limit), 1), 1000) if limit.isdecimal() else 25)
    page: dict[str, Any] = {"data": [_select(row, request) for row in rows[start:end]]}
    if not page["data"]:
        return page
    page["paging"] = {"cursors": {"before": _cursor(start), "after": _cursor(min(end, len(rows)))}}
    if end < len(rows):
        query = {**request.query, "after": _cursor(end)}
        url = request.url.with_query(query)
        page["paging"]["next"] = str(url)
    return page


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor + "=="))
    except ValueError:
        raise MetaRefusal(100, "The cursor is not valid") from None


async def _fields(request: web.Request) -> dict[str, str]:
    """What a call brings along, wherever it put it: query, form or JSON."""
    found = dict(request.query)
    raw = await request.read()
    if raw.lstrip().startswith(b"{"):
        try:
            found |= {str(k): str(v) for k, v in orjson.loads(raw).items()}
        except orjson.JSONDecodeError:
            raise MetaRefusal(100, "The body is no valid JSON") from None
    else:
        found |= dict(parse_qsl(raw.decode("utf-8", "replace")))
    return found
