"""What the server tells devices by itself: changed devices and identities, restrictions, shared settings."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable

from embedded_server.simulator.whatsapp.app_state import AppState, Collection
from embedded_server.simulator.whatsapp.envelopes import Attrs, now
from embedded_server.simulator.whatsapp.node import LID, SERVER, Jid, Node
from embedded_server.simulator.whatsapp.people import Person


def device_added(person: Person, number: int) -> Node:
    return _devices_changed(person, number, "add")


def device_removed(person: Person, number: int) -> Node:
    return _devices_changed(person, number, "remove")


def identity_changed(person: Person) -> Node:
    """A new phone, or WhatsApp installed again: every session with the person is worthless."""
    return _notice("encrypt", {"from": person.jid(), "lid": person.jid(LID)}, [Node("identity")])


def few_keys_left(count: int) -> Node:
    return _notice("encrypt", {"from": SERVER}, [Node("count", {"value": count})])


def reach_out_locked(until: int) -> Node:
    """The account may open no new chats before this Unix time."""
    lock = {"is_active": True, "time_enforcement_ends": str(until), "enforcement_type": "DEFAULT"}
    data = json.dumps({"data": {"xwa2_notify_account_reachout_timelock": lock}}).encode()
    update = Node("update", {"op_name": "NotificationUserReachoutTimelockUpdate"}, data)
    return _notice("mex", {"from": SERVER}, [update])


def app_state_changed(state: AppState, name: Collection) -> Node:
    changed = Node("collection", {"name": name, "version": state.version(name)})
    return _notice("server_sync", {"from": SERVER}, [changed])


def _devices_changed(person: Person, number: int, verb: str) -> Node:
    """Under the hidden id: whatsmeow heeds it for the address whose devices it asked for, and that it is."""
    hashes = {"device_hash": devices_hash(person.jid(LID, each) for each in person.device_numbers())}
    changed = Node(verb, hashes, [Node("device", {"jid": person.jid(LID, number)})])
    return _notice("devices", {"from": person.jid(LID)}, [changed])


def devices_hash(devices: Iterable[Jid]) -> str:
    """By which a client sees that its list of someone's devices is wrong (agent and device always in it)."""
    written = sorted(f"{jid.user}.0:{jid.device}@{jid.server}" for jid in devices)
    digest = hashlib.sha256("".join(written).encode()).digest()
    return "2:" + base64.b64encode(digest[:6]).decode().rstrip("=")


def _notice(kind: str, attrs: Attrs, content: list[Node]) -> Node:
    return Node("notification", {"id": secrets.token_hex(6), "t": now(), "type": kind, **attrs}, content)
