"""Twilio's stand-in: sending SMS and asking what became of them."""

from __future__ import annotations

import base64
import binascii
import functools
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
from aiohttp import web

from embedded_server.simulator import answers, meta_media, phones, twilio_hooks
from embedded_server.simulator.accounts import TwilioAccount
from embedded_server.simulator.fates import DELIVER, Ending, Fate, Provider, UnknownFate
from embedded_server.simulator.ledger import Entry, text_hash
from embedded_server.simulator.twilio_errors import JSON_HEADERS, TwilioRefusal
from embedded_server.simulator.twilio_log import TwilioMessage, Wanted
from embedded_server.simulator.world import WORLD, World
from engine import clock

Handler = Callable[[web.Request, TwilioAccount], Awaitable[web.StreamResponse]]

_ROOT = "/2010-04-01/Accounts/{account:AC[0-9a-zA-Z]+}"
_LONGEST = 1600

routes = web.RouteTableDef()


def resource(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Every call: Basic credentials must be there, and a refusal is answered in Twilio's words."""

    @functools.wraps(handler)
    async def call(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request, _authenticate(request))
        except TwilioRefusal as refusal:
            return refusal.response()

    return call


def _authenticate(request: web.Request) -> TwilioAccount:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, secret = "", ""
    if scheme.lower() != "basic" or not user or not secret or "EXPIRED" in (user, secret):
        raise TwilioRefusal(20003)
    account = request.app[WORLD].accounts.twilio_account(request.match_info["account"])
    if user == account.sid and not account.known:
        # Whoever signs in with the account itself shows us its auth token, which also signs the webhooks.
        account.auth_token = secret
    return account


@routes.post(_ROOT + "/Messages.json")
@resource
async def create(request: web.Request, account: TwilioAccount) -> web.StreamResponse:
    world = request.app[WORLD]
    form = parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True)
    fields = dict(form)
    _check(fields)
    to, sender = fields["To"], fields.get("From", "")
    if (sender, to) in world.stopped:
        raise TwilioRefusal(21610, to=to, sender=sender)
    fate = _fate(world, to, request.headers.get("X-Simulate"))
    if fate.ending is Ending.REJECT:
        raise TwilioRefusal(fate.code or 20500, to=to, sender=sender, retry_after=fate.retry_after)
    broken = TwilioRefusal(20500).response()
    if fate.ending in {Ending.REFUSE_500, Ending.RESET}:
        return await answers.deliver(world, request, fate, broken, broken)
    media = tuple(value for name, value in form if name == "MediaUrl")
    response = _reply(_render(_accept(world, account, fields, media, fate)), status=201)
    if fate is DELIVER and not world.behavior.answer_after:
        return response
    return await answers.deliver(world, request, fate, response, broken)


@routes.get(_ROOT + "/Messages.json")
@resource
async def list_messages(request: web.Request, account: TwilioAccount) -> web.StreamResponse:
    query = request.query
    size = _number(query.get("PageSize"), 50, most=1000)
    page = _number(query.get("Page"), 0, most=10**9)
    start, end = _bounds(query)
    wanted = Wanted(account=account.sid, to=query.get("To"), sender=query.get("From"), start=start, end=end)
    found = request.app[WORLD].log.select(wanted)
    rows = [_render(message) for message in found[page * size : (page + 1) * size]]

    def uri(number: int) -> str:
        kept = [(k, v) for k, v in query.items() if k not in {"Page", "PageSize", "PageToken"}]
        return f"{request.path}?{urlencode([*kept, ('PageSize', size), ('Page', number)])}"

    more = (page + 1) * size < len(found)
    body = {
        "messages": rows,
        "page": page,
        "page_size": size,
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
        "start": page * size,
        "end": max(page * size + len(rows) - 1, 0),
        "uri": uri(page),
    }
    return _reply(body)


@routes.get(_ROOT + "/Messages/{sid:(SM|MM)[0-9a-f]+}.json")
@resource
async def fetch(request: web.Request, account: TwilioAccount) -> web.StreamResponse:
    message = request.app[WORLD].log.messages.get(request.match_info["sid"])
    if message is None or message.account != account.sid:
        raise TwilioRefusal(20404, to=request.path)
    return _reply(_render(message))


@routes.get(_ROOT + "/Messages/{sid:(SM|MM)[0-9a-f]+}/Media/{medium:[0-9]+}")
@resource
async def fetch_media(request: web.Request, account: TwilioAccount) -> web.StreamResponse:
    world = request.app[WORLD]
    message = world.log.messages.get(request.match_info["sid"])
    medium = world.media.find(request.match_info["medium"])
    if message is None or medium is None or message.account != account.sid or medium.id not in message.media:
        raise TwilioRefusal(20404, to=request.path)
    return meta_media.content_of(request, medium)


@routes.get("/2010-04-01/Accounts/{account:AC[0-9a-zA-Z]+}.json")
@resource
async def fetch_account(request: web.Request, account: TwilioAccount) -> web.StreamResponse:
    created = _date(clock.now().timestamp())
    body = {
        "sid": account.sid,
        "owner_account_sid": account.sid,
        "friendly_name": "Loja Ipê",
        "status": "active",
        "type": "Full",
        "auth_token": "",
        "date_created": created,
        "date_updated": created,
        "subresource_uris": {"messages": f"/2010-04-01/Accounts/{account.sid}/Messages.json"},
        "uri": f"/2010-04-01/Accounts/{account.sid}.json",
    }
    return _reply(body)


def _reply(body: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), headers=JSON_HEADERS)


def _check(fields: dict[str, str]) -> None:
    to, sender, body = fields.get("To", ""), fields.get("From", ""), fields.get("Body", "")
    if not to:
        raise TwilioRefusal(21604)
    number = to.removeprefix("whatsapp:")
    if not number.startswith("+") or not phones.digits_of(number):
        raise TwilioRefusal(21211, to=to)
    if not sender and not fields.get("MessagingServiceSid"):
        raise TwilioRefusal(21603)
    if sender == to:
        raise TwilioRefusal(21266, to=to)
    if not (body or "MediaUrl" in fields or "ContentSid" in fields):
        raise TwilioRefusal(21602)
    if len(body) > _LONGEST:
        raise TwilioRefusal(21617)
    callback = fields.get("StatusCallback")
    if callback and not twilio_hooks.is_url(callback):
        raise TwilioRefusal(21609)


def _fate(world: World, to: str, header: str | None) -> Fate:
    digits = phones.digits_of(to.removeprefix("whatsapp:"))
    try:
        return world.oracle.fate_of(world.behavior, Provider.TWILIO, digits, header)
    except UnknownFate as error:
        raise TwilioRefusal(21612, to=to) from error


def _accept(
    world: World, account: TwilioAccount, fields: dict[str, str], media: tuple[str, ...], fate: Fate
) -> TwilioMessage:
    """Write the send into the record and plan what follows."""
    now, to, body = clock.now().timestamp(), fields["To"], fields.get("Body", "")
    sender, service = fields.get("From") or None, fields.get("MessagingServiceSid") or None
    callback = fields.get("StatusCallback", "")
    sid = twilio_hooks.new_sid("MM" if media else "SM")
    number = phones.match_key(phones.digits_of(to.removeprefix("whatsapp:")))
    content = "\x1f".join((body, fields.get("ContentSid", ""), fields.get("ContentVariables", ""), *media))
    world.ledger.record(
        Entry(
            Provider.TWILIO,
            sid,
            sender or service or "",
            to,
            number,
            _token(callback),
            "media" if media else "text",
            body,
            text_hash(content.encode()),
            now,
            account.sid,
            callback,
        )
    )
    message = TwilioMessage(
        sid, account.sid, to, sender, body, now, service=None if sender else service, callback=callback
    )
    message.status = "queued" if sender else "accepted"
    message.media = media
    world.log.add(message)
    if sender:
        world.accounts.twilio_numbers[sender] = account.sid
    twilio_hooks.follow(world, message, fate)
    return message


def _token(callback: str) -> str:
    """The correlation token in the callback's query: ``token`` if it is named so, else the query as it is."""
    query = urlsplit(callback).query
    named = dict(parse_qsl(query))
    return named.get("token") or (next(iter(named.values())) if len(named) == 1 else query)


def _render(message: TwilioMessage) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{message.account}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": message.account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _date(message.created),
        "date_sent": _date(message.sent) if message.sent else None,
        "date_updated": _date(message.updated or message.created),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": message.service,
        "num_media": str(len(message.media)),
        "num_segments": str(twilio_hooks.segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "tags": None,
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(moment), UTC))


def _number(text: str | None, default: int, *, most: int) -> int:
    return min(int(text), most) if text and text.isdecimal() else default


def _bounds(query: Mapping[str, str]) -> tuple[float, float]:
    """First and last second of the dates asked for; a date without a time means the whole day in UTC."""
    start, end = -math.inf, math.inf
    if (day := query.get("DateSent")) is not None:
        start, end = _span(day)
    if (after := query.get("DateSent>")) is not None:
        start = max(start, _span(after)[0])
    if (before := query.get("DateSent<")) is not None:
        end = min(end, _span(before)[1])
    return start, end


def _span(text: str) -> tuple[float, float]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioRefusal(21612) from None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    length = timedelta(days=1) if len(text) <= len("2026-11-22") else timedelta(seconds=1)
    return moment.timestamp(), (moment + length).timestamp() - 1
