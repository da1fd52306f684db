"""Twilio's webhooks: status callbacks and inbound messages, signed with the account's auth token."""

from __future__ import annotations

import base64
import functools
import hmac
import secrets
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

from embedded_server.simulator import ladder, phones
from embedded_server.simulator.accounts import TwilioAccount
from embedded_server.simulator.courier import Policy, Post, compose
from embedded_server.simulator.fates import Fate, Provider
from embedded_server.simulator.media import Medium
from embedded_server.simulator.twilio_log import TwilioMessage
from embedded_server.simulator.world import World
from engine import clock

_STATUS = {"failed": "undelivered"}
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_FAILURES = {"4xx": {"4xx"}, "5xx": {"5xx"}, "ct": {"ct"}, "rt": {"rt"}, "all": {"4xx", "5xx", "ct", "rt"}}
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def sign(auth_token: str, url: str, fields: dict[str, str]) -> str:
    """``X-Twilio-Signature`` over the URL as configured, query included, and the sorted fields."""
    covered = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.digest(auth_token.encode(), covered.encode(), "sha1")).decode()


def segments(body: str) -> int:
    """How many SMS the text takes."""
    single, part = (160, 153) if _GSM.issuperset(body) else (70, 67)
    return 1 if len(body) <= single else -(-len(body) // part)


def follow(world: World, message: TwilioMessage, fate: Fate) -> None:
    """Plan the callbacks of an accepted message and perhaps an answer to it."""
    steps = ladder.climb(world.behavior, world.rng, fate)
    if not message.to.startswith("whatsapp:"):
        # An SMS has no read receipt.
        steps = [step for step in steps if step[1] != "read"]
    for delay, status in steps:
        word = _STATUS.get(status, status)
        world.courier.later(delay, functools.partial(_advance, world, message, word, fate.code))
    if world.behavior.webhooks and message.sender:
        answer = ladder.reply(world.behavior, world.rng, steps)
        if answer:
            arrive = functools.partial(receive, world, message.to, message.sender, answer[1])
            world.courier.later(answer[0], arrive)


def receive(
    world: World, sender: str, to: str, body: str, media: tuple[Medium, ...] = (), origin: str = ""
) -> str:
    """Someone sends an SMS to one of our numbers. Returns the message's sid."""
    account = world.accounts.twilio_home(to)
    sid = new_sid("MM" if media else "SM")
    now = clock.now().timestamp()
    word = body.strip().upper()
    if word in _STOP:
        world.stopped.add((to, sender))
    elif word in _START:
        world.stopped.discard((to, sender))
    message = TwilioMessage(sid, account.sid, to, sender, body, now)
    message.direction, message.status, message.sent = "inbound", "received", now
    message.media = tuple(medium.id for medium in media)
    world.log.add(message)
    url = account.inbound_url or world.twilio_webhook_url
    _post(world, account, url, _inbound_fields(message, media, origin), f"{sid}:received")
    return sid


def _inbound_fields(message: TwilioMessage, media: tuple[Medium, ...], origin: str) -> dict[str, str]:
    fields = {
        "ToCountry": "BR",
        "ToState": "SP",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "SP",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.body,
        "FromCountry": "BR",
        "To": message.to,
        "ToZip": "",
        "NumSegments": str(segments(message.body)),
        "MessageSid": message.sid,
        "AccountSid": message.account,
        "From": message.sender or "",
        "ApiVersion": "2010-04-01",
    }
    for place, medium in enumerate(media):
        path = f"/2010-04-01/Accounts/{message.account}/Messages/{message.sid}/Media/{medium.id}"
        fields[f"MediaUrl{place}"] = origin + path
        fields[f"MediaContentType{place}"] = medium.mime_type.partition(";")[0]
    digits = phones.digits_of((message.sender or "").removeprefix("whatsapp:"))
    if (message.sender or "").startswith("whatsapp:"):
        fields |= {"WaId": digits, "ProfileName": ladder.name_of(phones.match_key(digits))}
    return fields


def _advance(world: World, message: TwilioMessage, status: str, code: int | None) -> None:
    now = clock.now().timestamp()
    message.status, message.updated = status, now
    message.sent = message.sent or now
    if status in {"undelivered", "failed"}:
        message.error_code = code or 30008
    if not message.callback:
        return
    fields = {
        "SmsSid": message.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": message.account,
        "From": message.sender or "",
        "ApiVersion": "2010-04-01",
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if message.error_code is not None:
        fields["ErrorCode"] = str(message.error_code)
    if status in {"delivered", "undelivered"}:
        fields["RawDlrDoneDate"] = clock.now().strftime("%y%m%d%H%M")
    account = world.accounts.twilio_account(message.account)
    _post(world, account, message.callback, fields, f"{message.sid}:{status}")


def _post(world: World, account: TwilioAccount, url: str, fields: dict[str, str], key: str) -> None:
    if not world.behavior.webhooks:
        return
    bare, fragment = urldefrag(url)
    headers = {
        "User-Agent": "TwilioProxy/1.1",
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": sign(account.auth_token, bare, fields),
        "I-Twilio-Idempotency-Token": new_sid(""),
    }
    request = compose(bare, headers, urlencode(fields).encode())
    world.courier.send(Post(Provider.TWILIO, bare, request, (key,), _policy(world, fragment)))


def _policy(world: World, fragment: str) -> Policy:
    """Twilio retries once after a failed connect; the URL's fragment may ask for more (``#rc=2&rp=all``)."""
    wish = dict(parse_qsl(fragment))
    count = wish.get("rc", str(world.behavior.twilio_retries))
    failures: set[str] = set()
    for name in wish.get("rp", "ct").split(","):
        failures |= _FAILURES.get(name, set())
    attempts = min(int(count), 5) if count.isdecimal() else 1
    return Policy(world.behavior.retry_after, world.behavior.retry_cap, attempts, 60.0, frozenset(failures))


def is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isascii() and " " not in text
