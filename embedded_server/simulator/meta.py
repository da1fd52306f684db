"""Meta's stand-in: sending messages."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from embedded_server.simulator import answers, meta_checks, meta_hooks, phones, templates
from embedded_server.simulator.accounts import MESSAGES_PER_SECOND, Bucket, Number
from embedded_server.simulator.fates import DELIVER, Ending, Fate, Provider, UnknownFate
from embedded_server.simulator.ledger import Entry, text_hash
from embedded_server.simulator.meta_errors import JSON_HEADERS, MetaRefusal, expired
from embedded_server.simulator.world import WORLD, World
from engine import clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Ids are spelled into signed JSON, so nothing that would need escaping may come in.
NODE = "[A-Za-z0-9_.:-]+"
VERSION = r"/{version:v\d+\.\d+}"
_PAIR_EVERY = 6.0
_PAIR_BURST = 45
_WINDOW_SECONDS = 24 * 3600
_SUCCESS = orjson.dumps({"success": True})

routes = web.RouteTableDef()


def graph(body: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), headers=JSON_HEADERS)


def success() -> web.Response:
    return web.Response(body=_SUCCESS, headers=JSON_HEADERS)


def node(handler: Handler) -> Handler:
    """Every Graph call: the token is checked first and a refusal is answered in Meta's words."""

    @functools.wraps(handler)
    async def call(request: web.Request) -> web.StreamResponse:
        try:
            authorize(request)
            return await handler(request)
        except MetaRefusal as refusal:
            return refusal.response()

    return call


def authorize(request: web.Request) -> str:
    """The bearer token.

    Raises:
        MetaRefusal: 190 when it is missing, unknown or, with subcode 463, expired.
    """
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() not in {"bearer", "oauth"}:
        token = request.query.get("access_token", "")
    if not token:
        raise MetaRefusal(
            190, "An active access token must be used to query information about the current user."
        )
    if token == "EXPIRED":  # noqa: S105 - the agreed word for a token that ran out
        raise expired()
    known = request.app[WORLD].accounts.tokens
    if known and token not in known and "|" not in token:
        raise MetaRefusal(190)
    return token


def parse(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise MetaRefusal(100, "The body is no valid JSON") from None


@dataclass(frozen=True, slots=True)
class _Order:
    """A message that passed every check."""

    number: Number
    message: dict[str, Any]
    kind: str
    inner: dict[str, Any]
    #: The recipient's digits, or the business-scoped user id.
    to: str
    template: dict[str, Any] | None

    @property
    def body(self) -> str:
        if self.template is not None:
            return templates.rendered(self.template, self.inner)
        inner = self.inner.get("body") if self.kind == "interactive" else self.inner
        words = inner if isinstance(inner, dict) else self.inner
        return str(words.get("body") or words.get("text") or words.get("caption") or words.get("emoji") or "")


@routes.post(VERSION + "/{number:" + NODE + "}/messages")
@routes.post(VERSION + "/{number:" + NODE + "}/marketing_messages")
async def send(request: web.Request) -> web.StreamResponse:
    try:
        authorize(request)
        return await _send(request)
    except MetaRefusal as refusal:
        return refusal.response()


async def _send(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    number = world.accounts.number(request.match_info["number"])
    message = parse(await request.read())
    if isinstance(message, dict) and message.get("status") == "read":
        return _mark_read(message)
    order = _check(world, number, message)
    _throttle(world, order)
    fate = _fate(world, order, request.headers.get("X-Simulate"))
    if fate.ending is Ending.REJECT:
        raise refused(world, number, fate)
    if fate.ending in {Ending.REFUSE_500, Ending.RESET}:
        return await answers.deliver(world, request, fate, success(), MetaRefusal(131000).response())
    response = _accept(world, order, fate)
    if fate is DELIVER and not world.behavior.answer_after:
        return response
    return await answers.deliver(world, request, fate, response, MetaRefusal(131000).response())


def refused(world: World, number: Number, fate: Fate) -> MetaRefusal:
    """The refusal a fate asks for, with the headers of its code."""
    code = fate.code or 131000
    if code == 190:
        return expired()
    refusal = MetaRefusal(code)
    refusal.account = number.waba.id
    if code in {4, 130429}:
        refusal.status = world.behavior.throttle_status
        refusal.retry_after = fate.retry_after or world.behavior.throttle_retry_after
    return refusal


def _mark_read(message: dict[str, Any]) -> web.Response:
    if not str(message.get("message_id", "")).startswith("wamid."):
        raise MetaRefusal(131009, "message_id is not the id of a received message")
    typing = message.get("typing_indicator")
    if typing is not None and typing != {"type": "text"}:
        raise MetaRefusal(100, "typing_indicator must be of type text")
    return success()


def _check(world: World, number: Number, message: Any) -> _Order:
    if number.status != "CONNECTED":
        raise MetaRefusal(133010)
    kind, inner = meta_checks.check_envelope(message)
    to = meta_checks.check_recipient(message, number.digits)
    template = None
    if kind == "template":
        found = number.waba.find_template(inner["name"], inner["language"]["code"])
        template = templates.check_sendable(found, inner)
    elif world.behavior.window and not _window_open(world, number, to):
        raise MetaRefusal(131047)
    media_id = inner.get("id")
    if media_id and world.media.find(str(media_id)) is None:
        raise MetaRefusal(131053, f"Media with id {media_id} does not exist or has expired")
    return _Order(number, message, kind, inner, to, template)


def _window_open(world: World, number: Number, to: str) -> bool:
    written = world.written.get((number.id, phones.match_key(to)), 0.0)
    return clock.now().timestamp() - written < _WINDOW_SECONDS


def _fate(world: World, order: _Order, header: str | None) -> Fate:
    try:
        return world.oracle.fate_of(world.behavior, Provider.META, order.to, header)
    except UnknownFate as error:
        raise MetaRefusal(100, f"X-Simulate: {error} is not in the table") from error


def _throttle(world: World, order: _Order) -> None:
    number, now = order.number, clock.now().timestamp()
    if world.behavior.throughput_limit:
        rate = MESSAGES_PER_SECOND[number.throughput or world.behavior.throughput]
        if number.bucket is None or number.bucket.rate != rate:
            number.bucket = Bucket(rate, rate)
        if not number.bucket.take(now):
            raise refused(world, number, Fate(Ending.REJECT, 130429))
    if world.behavior.pair_limit:
        key = (number.id, phones.match_key(order.to))
        if not world.pairs.setdefault(key, Bucket(1 / _PAIR_EVERY, _PAIR_BURST)).take(now):
            raise MetaRefusal(131056)


def _accept(world: World, order: _Order, fate: Fate) -> web.Response:
    """Write the send into the record, plan what follows, and word the answer."""
    behavior, number, to = world.behavior, order.number, order.to
    person = to[:1].isdecimal()
    key = phones.match_key(to) if person else to
    wa_id = phones.wa_id(to, legacy=behavior.legacy_wa_ids) if person else ""
    user = (phones.user_id(key) if behavior.user_ids else None) if person else to
    wamid, opaque = meta_hooks.new_wamid(), order.message.get("biz_opaque_callback_data")
    world.ledger.record(
        Entry(
            Provider.META,
            wamid,
            number.id,
            order.message.get("to") or to,
            key,
            opaque or "",
            order.kind,
            order.body,
            text_hash(orjson.dumps([order.kind, order.inner], option=orjson.OPT_SORT_KEYS)),
            clock.now().timestamp(),
            number.waba.id,
        )
    )
    category = order.template["category"].lower() if order.template else "service"
    only_sent = order.kind == "reaction"
    meta_hooks.follow(
        world, meta_hooks.Sent(number, wamid, wa_id, user, opaque, category, key, only_sent), fate
    )
    contact = {"input": order.message.get("to") or to}
    if wa_id:
        contact["wa_id"] = wa_id
    if user:
        contact["user_id"] = user
    messages: list[dict[str, str]] = [{"id": wamid}]
    if order.template:
        messages[0]["message_status"] = "accepted"
    return graph({"messaging_product": "whatsapp", "contacts": [contact], "messages": messages})
