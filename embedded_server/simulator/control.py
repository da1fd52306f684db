"""The control API of simulation mode: accounts, scripts, behavior, inbound messages and the record."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from embedded_server.simulator import behavior, meta_hooks, phones, twilio_hooks
from embedded_server.simulator.accounts import Waba
from embedded_server.simulator.control_shapes import (
    AccountsIn,
    InboundIn,
    MetaAccountIn,
    ScriptIn,
    TemplateIn,
)
from embedded_server.simulator.fates import Script, UnknownFate
from embedded_server.simulator.ledger import Filter
from embedded_server.simulator.linked_refusal import LaneRefused
from embedded_server.simulator.media import SAMPLES, Medium
from embedded_server.simulator.world import WORLD, World
from engine import clock

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PAGE = 10_000
Shape = TypeVar("Shape", bound=BaseModel)

routes = web.RouteTableDef()


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only this machine, and only who holds the key when there is one."""
    # A web page that rebinds its own name to loopback still sends that name.
    if request.url.host not in _LOOPBACK:
        return _refuse(403, "forbidden", "The control API answers on loopback names only.")
    key = request.app[WORLD].config.key
    offered = request.headers.get("X-Simulator-Key", "")
    if key is not None and not hmac.compare_digest(key.encode(), offered.encode("utf-8", "replace")):
        return _refuse(401, "wrong_key", "X-Simulator-Key is missing or wrong.")
    try:
        return await handler(request)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        return _refuse(422, "invalid", f"{where}: {first['msg']}")
    except LaneRefused as error:
        return _refuse(error.status, error.code, str(error))
    except UnknownFate as error:
        return _refuse(422, "unknown_fate", f"{error} is not in the table of fates")


@routes.get("/ledger")
async def read_ledger(request: web.Request) -> web.Response:
    """Filters: since (seconds or ISO 8601), provider, sender, to, token; pages by offset and limit."""
    offset, limit = (
        int(request.query.get(name, default)) for name, default in (("offset", 0), ("limit", _PAGE))
    )
    entries, total = request.app[WORLD].ledger.select(_filter(request), offset=offset, limit=limit)
    return reply({"entries": entries, "total": total})


@routes.get("/ledger/summary")
async def summarize(request: web.Request) -> web.Response:
    return reply(request.app[WORLD].ledger.summary(_filter(request)))


@routes.delete("/ledger")
async def clear_ledger(request: web.Request) -> web.Response:
    request.app[WORLD].forget_sends()
    return web.Response(status=204)


@routes.get("/webhooks")
async def read_webhooks(request: web.Request) -> web.Response:
    return reply(request.app[WORLD].courier.report())


@routes.get("/webhooks/acknowledged")
async def read_acknowledged(request: web.Request) -> web.Response:
    """Every event a receiver answered with 200, and how often: these may never be lost."""
    return reply(request.app[WORLD].courier.acknowledged)


@routes.get("/config")
async def read_config(request: web.Request) -> web.Response:
    return reply(_described(request.app[WORLD]))


@routes.post("/config")
async def configure(request: web.Request) -> web.Response:
    """Turn knobs of ``Behavior``; ``meta_webhook_url``, ``twilio_webhook_url`` and ``seed`` go along."""
    world, changes = request.app[WORLD], await read_object(request)
    urls = {name: changes.pop(name) for name in ("meta_webhook_url", "twilio_webhook_url") if name in changes}
    seed = changes.pop("seed", None)
    world.behave(behavior.changed(world.behavior, changes))
    for name, url in urls.items():
        setattr(world, name, _url(url))
    if seed is not None:
        world.rng.seed(int(seed))
    return reply(_described(world))


@routes.post("/reset")
async def reset(request: web.Request) -> web.Response:
    request.app[WORLD].forget()
    return web.Response(status=204)


@routes.post("/accounts")
async def put_accounts(request: web.Request) -> web.Response:
    """Tell the stand-ins about accounts: secrets, numbers, throughput, webhook addresses, tokens."""
    world, wish = request.app[WORLD], await read(request, AccountsIn)
    for url, name in (
        (wish.meta_webhook_url, "meta_webhook_url"),
        (wish.twilio_webhook_url, "twilio_webhook_url"),
    ):
        if url:
            setattr(world, name, _url(url))
    for account in wish.meta:
        _put_meta(world, account)
    for told in wish.twilio:
        twilio = world.accounts.twilio_account(told.sid)
        twilio.auth_token, twilio.known = told.auth_token, True
        twilio.inbound_url = _url(told.inbound_url) if told.inbound_url else twilio.inbound_url
        world.accounts.twilio_numbers |= dict.fromkeys(told.numbers, told.sid)
    world.accounts.tokens |= set(wish.tokens)
    return reply(_described(world))


@routes.post("/templates")
async def put_template(request: web.Request) -> web.Response:
    """Add a template or change one; a new status is announced by webhook."""
    world, wish = request.app[WORLD], await read(request, TemplateIn)
    for waba in [world.accounts.waba(wish.waba)] if wish.waba else list(world.accounts.wabas.values()):
        _put_template(world, waba, wish)
    return web.Response(status=204)


@routes.get("/scripts")
async def read_scripts(request: web.Request) -> web.Response:
    return reply(request.app[WORLD].oracle.scripts)


@routes.post("/scripts")
async def add_script(request: web.Request) -> web.Response:
    """Prepare the fate of the next ``times`` sends, to anyone or to one number."""
    wish = await read(request, ScriptIn)
    to = phones.digits_of(wish.to) or wish.to if wish.to else None
    request.app[WORLD].oracle.scripts.append(Script(wish.fate(), wish.provider, to, wish.times))
    return web.Response(status=201)


@routes.delete("/scripts")
async def clear_scripts(request: web.Request) -> web.Response:
    request.app[WORLD].oracle.scripts.clear()
    return web.Response(status=204)


@routes.post("/inbound")
async def write_to_us(request: web.Request) -> web.Response:
    """Somebody writes to the business: text, an attachment, a button, a reaction, or any raw Meta message."""
    world, wish = request.app[WORLD], await read(request, InboundIn)
    origin = str(request.url.origin())
    medium = _medium(world, wish)
    if wish.provider == "twilio":
        media = (medium,) if medium else ()
        to = wish.to or next(iter(world.accounts.twilio_numbers), "+551150000000")
        return reply({"id": twilio_hooks.receive(world, wish.sender, to, wish.text, media, origin)}, 201)
    to_digits = phones.digits_of(wish.to) or wish.to if wish.to else None
    number = world.accounts.find_number(to_digits)
    message = wish.message or _compose(wish, medium, origin, number.digits)
    person = meta_hooks.Person(phones.digits_of(wish.sender) or wish.sender, wish.person_name)
    return reply({"id": meta_hooks.receive(world, number, person, message)}, 201)


def _compose(wish: InboundIn, medium: Medium | None, origin: str, our_digits: str) -> dict[str, Any]:
    if medium is not None:
        message = meta_hooks.attachment(medium, wish.kind, origin, wish.text or None)
    else:
        message = wish.plain_message()
    if wish.context:
        message["context"] = {"from": our_digits, "id": wish.context}
    return message


def _medium(world: World, wish: InboundIn) -> Medium | None:
    if wish.kind not in SAMPLES:
        return None
    if wish.content is None:
        return world.media.sample(wish.kind)
    mime_type = wish.mime_type or SAMPLES[wish.kind][0]
    try:
        content = base64.b64decode(wish.content, validate=True)
    except binascii.Error:
        content = wish.content.encode()
    return world.media.put(mime_type, content, wish.filename)


def _put_meta(world: World, wish: MetaAccountIn) -> None:
    waba = world.accounts.waba(wish.waba)
    waba.app_secret = wish.app_secret or waba.app_secret
    waba.app_id = wish.app_id or waba.app_id
    waba.name = wish.name or waba.name
    waba.webhook_url = _url(wish.webhook_url) if wish.webhook_url else waba.webhook_url
    for told in wish.numbers:
        number = world.accounts.number(told.id)
        number.waba = waba
        for name, value in told.model_dump(exclude={"id"}, exclude_none=True).items():
            setattr(number, name, value)


def _put_template(world: World, waba: Waba, wish: TemplateIn) -> None:
    template = waba.find_template(wish.name, wish.language)
    if template is None:
        template = wish.fresh(str(1689556908129900 + len(waba.templates)))
        waba.templates[template["id"]] = template
        return
    before = template["status"]
    template |= wish.model_dump(exclude={"waba"}, exclude_unset=True)
    if template["status"] != before:
        meta_hooks.announce_template(world, waba, template)


def _filter(request: web.Request) -> Filter:
    query = request.query
    to = phones.digits_of(query["to"].strip()) if "to" in query else None
    return Filter(
        since=_moment(query.get("since")),
        provider=query.get("provider"),
        sender=query.get("sender"),
        to=phones.match_key(to) if to else query.get("to"),
        token=query.get("token"),
    )


def _moment(text: str | None) -> float:
    if not text:
        return 0.0
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise web.HTTPBadRequest(text="since is seconds since 1970 or an ISO 8601 time") from None
    return moment.replace(tzinfo=moment.tzinfo or clock.now().tzinfo).timestamp()


def _described(world: World) -> dict[str, Any]:
    return {
        **asdict(world.behavior),
        "meta_webhook_url": world.meta_webhook_url,
        "twilio_webhook_url": world.twilio_webhook_url,
    }


def _url(text: Any) -> str:
    if not isinstance(text, str) or not twilio_hooks.is_url(text):
        raise web.HTTPUnprocessableEntity(text="a webhook address is an http or https URL")
    return text


async def read_object(request: web.Request) -> dict[str, Any]:
    try:
        found = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise web.HTTPBadRequest(text="The body must be a JSON object")
    return found


async def read(request: web.Request, shape: type[Shape]) -> Shape:
    return shape.model_validate(await read_object(request))


def reply(body: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


def _refuse(status: int, code: str, message: str) -> web.Response:
    return reply({"code": code, "message": message}, status)
