"""Meta's webhooks: statuses, inbound messages and account notices, signed with the app secret."""

from __future__ import annotations

import base64
import functools
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from embedded_server.simulator import ladder, phones
from embedded_server.simulator.accounts import Number, Waba
from embedded_server.simulator.courier import Policy, Post, compose
from embedded_server.simulator.fates import Fate, Provider
from embedded_server.simulator.media import Medium
from embedded_server.simulator.meta_errors import as_status_error
from embedded_server.simulator.world import World
from engine import clock

_BATCH_SECONDS = 0.05
_MEDIA_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message whose statuses are to come."""

    number: Number = field(repr=False)
    id: str
    wa_id: str
    user_id: str | None
    opaque: str | None
    #: ``marketing``, ``utility`` or ``service``.
    category: str
    key: str
    #: Reactions are never delivered or read.
    only_sent: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes to the business."""

    digits: str
    name: str

    @property
    def key(self) -> str:
        return phones.match_key(self.digits)


def new_wamid() -> str:
    return f"wamid.HBgN{base64.b64encode(secrets.token_bytes(24)).decode().translate(_ALPHABET)}"


_ALPHABET = str.maketrans("+/", "AQ")


def dumps(value: Any) -> str:
    """Meta's own spelling: no spaces, everything beyond ASCII escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


@functools.lru_cache(maxsize=256)
def _spelled(name: str) -> str:
    return dumps(name)


def follow(world: World, sent: Sent, fate: Fate) -> None:
    """Plan the statuses of an accepted message and perhaps an answer to it."""
    if not world.behavior.webhooks:
        return
    steps = ladder.climb(world.behavior, world.rng, fate)
    if sent.only_sent:
        steps = steps[:1]
    for delay, status in steps:
        world.courier.later(delay, functools.partial(_emit, world, sent, status, fate.code))
    if not sent.only_sent and (answer := ladder.reply(world.behavior, world.rng, steps)):
        person = Person(sent.wa_id, ladder.name_of(sent.key))
        message = {
            "type": "text",
            "text": {"body": answer[1]},
            "context": {"from": sent.number.digits, "id": sent.id},
        }
        world.courier.later(answer[0], functools.partial(receive, world, sent.number, person, message))


def receive(world: World, number: Number, person: Person, message: dict[str, Any]) -> str:
    """Someone writes to a business number. Returns the message's id."""
    now = clock.now().timestamp()
    world.written[number.id, person.key] = now
    contact: dict[str, Any] = {"profile": {"name": person.name}, "wa_id": person.digits}
    whole = {"from": person.digits, "id": new_wamid(), "timestamp": str(int(now)), **message}
    if world.behavior.user_ids:
        contact["user_id"] = whole["from_user_id"] = phones.user_id(person.key)
    value = f'"contacts":{dumps([contact])},"messages":{dumps([whole])}'
    _post_message_value(world, number, value, (str(whole["id"]),))
    return str(whole["id"])


def attachment(medium: Medium, kind: str, origin: str, caption: str | None) -> dict[str, Any]:
    """The media block of an inbound message; ``origin`` is where the file can be fetched."""
    expires = int(clock.now().timestamp()) + _MEDIA_SECONDS
    block: dict[str, Any] = {
        "mime_type": medium.mime_type,
        "sha256": base64.b64encode(medium.sha256).decode(),
        "id": medium.id,
        "url": f"{origin}/whatsapp_business/attachments/?mid={medium.id}&source=webhook&ext={expires}",
    }
    if caption and kind not in {"audio", "sticker"}:
        block["caption"] = caption
    if kind == "document":
        block["filename"] = medium.filename or "documento.pdf"
    if kind == "audio":
        block["voice"] = True
    if kind == "sticker":
        block["animated"] = False
    return {"type": kind, kind: block}


def announce_template(world: World, waba: Waba, template: dict[str, Any]) -> None:
    """Tell the app that a template's status changed."""
    value = {
        "event": template["status"],
        "message_template_id": int(template["id"]),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "reason": template.get("rejected_reason", "NONE"),
        "message_template_category": template["category"],
    }
    announce(world, waba, "message_template_status_update", value)


def announce(world: World, waba: Waba, field_name: str, value: dict[str, Any]) -> None:
    """Post one account-level change of any field."""
    change = {"field": field_name, "value": value}
    moment = int(clock.now().timestamp())
    entry = {"id": waba.id, "time": moment, "changes": [change]}
    body = dumps({"object": "whatsapp_business_account", "entry": [entry]})
    _post(world, waba, body, (f"{field_name}:{moment}",))


def _emit(world: World, sent: Sent, status: str, code: int | None) -> None:
    text, key = _status(sent, status, code), f"{sent.id}:{status}"
    if world.behavior.statuses_per_post > 1:
        _collect(world, sent.number, text, key)
        return
    contacts = ""
    if sent.user_id and status != "failed":
        contacts = (
            f'"contacts":[{{"profile":{{"name":{_spelled(ladder.name_of(sent.key))}}},'
            f'"wa_id":"{sent.wa_id}","user_id":"{sent.user_id}"}}],'
        )
    _post_message_value(world, sent.number, f'{contacts}"statuses":[{text}]', (key,))


def _status(sent: Sent, status: str, code: int | None) -> str:
    text = (
        f'{{"id":"{sent.id}","status":"{status}","timestamp":"{int(clock.now().timestamp())}",'
        f'"recipient_id":"{sent.wa_id}"'
    )
    if sent.user_id:
        text += f',"recipient_user_id":"{sent.user_id}"'
    if sent.opaque is not None:
        text += f',"biz_opaque_callback_data":{dumps(sent.opaque)}'
    if status == "failed":
        text += f',"errors":{dumps([as_status_error(code or 131000)])}'
    elif status != "read":
        free = sent.category == "service"
        kind = "free_customer_service" if free else "regular"
        billable = "false" if free else "true"
        text += (
            f',"pricing":{{"billable":{billable},"pricing_model":"PMP","type":"{kind}",'
            f'"category":"{sent.category}"}}'
        )
    return text + "}"


def _collect(world: World, number: Number, text: str, key: str) -> None:
    number.waiting.append((text, key))
    if len(number.waiting) == 1:
        world.courier.later(_BATCH_SECONDS, functools.partial(_flush, world, number))
    elif len(number.waiting) >= world.behavior.statuses_per_post:
        _flush(world, number)


def _flush(world: World, number: Number) -> None:
    waiting, number.waiting = number.waiting, []
    if waiting:
        statuses = ",".join(text for text, _ in waiting)
        _post_message_value(world, number, f'"statuses":[{statuses}]', tuple(key for _, key in waiting))


def _post_message_value(world: World, number: Number, value: str, keys: tuple[str, ...]) -> None:
    body = (
        f'{{"object":"whatsapp_business_account","entry":[{{"id":"{number.waba.id}",'
        f'"changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp",'
        f'"metadata":{{"display_phone_number":"{number.digits}","phone_number_id":"{number.id}"}},'
        f"{value}}}}}]}}]}}"
    )
    _post(world, number.waba, body, keys)


def _post(world: World, waba: Waba, text: str, keys: tuple[str, ...]) -> None:
    if not world.behavior.webhooks:
        return
    body = text.encode("ascii")
    signature = hmac.digest(waba.app_secret.encode(), body, "sha256").hex()
    headers = {
        "User-Agent": "facebookexternalua",
        "Content-Type": "application/json",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    behavior = world.behavior
    policy = Policy(behavior.retry_after, behavior.retry_cap, 1_000_000, behavior.retry_for)
    url = waba.webhook_url or world.meta_webhook_url
    world.courier.send(Post(Provider.META, url, compose(url, headers, body), keys, policy))
